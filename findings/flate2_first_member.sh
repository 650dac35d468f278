#!/bin/sh
# flate2 1.1.10 (Rust): `GzDecoder` reads the first member of a gzip file and then says that the file has ended. What
# `cat a.csv.gz b.csv.gz` or an appending writer made is cut off without an error; gzip(1) and Python read all of it.
#
# Why it matters: archives of prices are put together by appending members. A replay that reads them by `GzDecoder` ends
# early and looks complete. `MultiGzDecoder` reads all members.
#
# Needs: cargo, a crate registry, gzip. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cargo add --quiet flate2@=1.1.10
cat > src/main.rs <<'END'
use std::io::{Read, stdin};

fn main() {
    let mut bytes = Vec::new();
    stdin().read_to_end(&mut bytes).expect("a file");
    let (mut first, mut all) = (String::new(), String::new());
    flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut first).expect("no error");
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut all).expect("no error");
    println!("GzDecoder      {first:?}");
    println!("MultiGzDecoder {all:?}");
}
END
cat > expected <<'END'
gzip           1 2 3 4
GzDecoder      "1\n2\n"
MultiGzDecoder "1\n2\n3\n4\n"
END
{ printf '1\n2\n' | gzip; printf '3\n4\n' | gzip; } > two.gz
echo "gzip           $(gzip -dc two.gz | paste -sd ' ' -)" > seen
cargo run --quiet < two.gz >> seen
cat seen
diff expected seen
