#!/bin/sh
# jiff 0.2.43 (Rust): `civil::Date` parses a text that holds a time of day and drops it without an error:
# "2022-01-01T05:00" and "2022-01-01 23:59" are 2022-01-01. So is "20220101".
#
# Why it matters: on a command line `--test-from 2022-01-01T05:00` then means midnight. Who takes dates from a user
# compares the text with what the date prints.
#
# Needs: cargo, a crate registry. Exits with 0 while this is so, with another status once it is not.
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
jiff = { version = "=0.2.43", default-features = false, features = ["std"] }
[workspace]
END
cat > src/main.rs <<'END'
use jiff::civil::Date;

fn main() {
    for text in ["2022-01-01T05:00", "2022-01-01 23:59", "20220101"] {
        let date: Date = text.parse().expect("no error");
        println!("`{text}` is {date}");
        assert_eq!(date, Date::constant(2022, 1, 1));
    }
}
END
cargo run --quiet
