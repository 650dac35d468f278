#!/bin/sh
# flate2 1.1.10 (Rust): `GzDecoder` reads the first member of a gzip file and then says that the file has ended. What
# `cat a.csv.gz b.csv.gz` or an appending writer made is cut off without an error; gzip(1) and Python read all of it.
#
# Why it matters: archives of prices are put together by appending members. A replay that reads them by `GzDecoder` ends
# early and looks complete. `MultiGzDecoder` reads all members.
#
# Needs: cargo, a crate registry, gzip. Exits with 0 while this is so, with another status once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
flate2 = "=1.1.10"
[workspace]
END
cat > src/main.rs <<'END'
use std::io::{Read, stdin};

fn main() {
    let mut bytes = Vec::new();
    stdin().read_to_end(&mut bytes).expect("a file");
    let (mut first, mut all) = (String::new(), String::new());
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut first).expect("no error");
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut all).expect("no error");
    println!("GzDecoder: {} of {} lines, without an error", first.lines().count(), all.lines().count());
    assert_eq!((first.as_str(), all.as_str()), ("1\n2\n", "1\n2\n3\n4\n"));
}
END
{ printf '1\n2\n' | gzip; printf '3\n4\n' | gzip; } > two.gz
test "$(gzip -dc two.gz | wc -l)" -eq 4
cargo run --quiet < two.gz
