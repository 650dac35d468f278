#!/bin/sh
# csv 1.4.0 (Rust): a quote that is opened in a row and never closed swallows every line after it into that one field, and
# the reader ends without an error. Where the field is the last of its row, the number of fields is right as well.
#
# Why it matters: a price file with one stray quote in its volume column reads as one valid row. A backtest then judges a
# margin on the prices before it and says nothing. `quoting(false)` makes the quote part of the field, where parsing the
# number refuses it with its line.
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
csv = "=1.4.0"
[workspace]
END
cat > src/main.rs <<'END'
fn rows(quoting: bool) -> Vec<csv::StringRecord> {
    let text = "unix,close,volume\n0,100,1\n3600,101,\"1\n7200,50,1\n10800,49,1\n";
    let mut reader = csv::ReaderBuilder::new().quoting(quoting).from_reader(text.as_bytes());
    reader.records().collect::<Result<_, _>>().expect("no row is an error")
}

fn main() {
    let swallowed = rows(true);
    println!("four rows are read as {}, without an error", swallowed.len());
    assert_eq!(swallowed.len(), 2);
    assert_eq!(&swallowed[1][2], "1\n7200,50,1\n10800,49,1\n");
    let whole = rows(false);
    println!("without quoting as {}, the field is `{}`", whole.len(), &whole[1][2]);
    assert_eq!(whole.len(), 4);
    assert!(whole[1][2].parse::<f64>().is_err());
}
END
cargo run --quiet
