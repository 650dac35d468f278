#!/bin/sh
# csv 1.4.0 (Rust, with csv-core 0.1.13): a quote that is opened in a row and never closed swallows every line after it
# into that one field, and the reader ends without an error. Where the field is the last of its row, the number of fields
# is right as well.
#
# Why it matters: a price file with one stray quote in its volume column reads as one valid row. A backtest then judges a
# margin on the prices before it and says nothing. `quoting(false)` makes the quote part of the field, where parsing the
# number refuses it with its line.
#
# Needs: cargo, a crate registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cargo add --quiet csv@=1.4.0 csv-core@=0.1.13
cat > src/main.rs <<'END'
fn main() {
    let text = "unix,close,volume\n0,100,1\n3600,101,\"1\n7200,50,1\n10800,49,1\n";
    for quoting in [true, false] {
        println!("quoting({quoting}) reads four rows as:");
        for row in csv::ReaderBuilder::new().quoting(quoting).from_reader(text.as_bytes()).records() {
            println!("{:?}", row.expect("no row is an error"));
        }
    }
}
END
cat > expected <<'END'
quoting(true) reads four rows as:
StringRecord(["0", "100", "1"])
StringRecord(["3600", "101", "1\n7200,50,1\n10800,49,1\n"])
quoting(false) reads four rows as:
StringRecord(["0", "100", "1"])
StringRecord(["3600", "101", "\"1"])
StringRecord(["7200", "50", "1"])
StringRecord(["10800", "49", "1"])
END
cargo run --quiet > seen
cat seen
diff expected seen
