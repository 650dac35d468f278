#!/bin/sh
# jiff 0.2.43 (Rust): `civil::Date` parses a text that holds a time of day and drops it without an error:
# "2022-01-01T05:00" and "2022-01-01 23:59" are 2022-01-01. So is "20220101".
#
# Why it matters: on a command line `--test-from 2022-01-01T05:00` then means midnight. Who takes dates from a user
# compares the text with what the date prints.
#
# Needs: cargo, a crate registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cargo add --quiet jiff@=0.2.43 --no-default-features --features std
cat > src/main.rs <<'END'
fn main() {
    for text in ["2022-01-01T05:00", "2022-01-01 23:59", "20220101"] {
        println!("{text:?} is {:?}", text.parse::<jiff::civil::Date>());
    }
}
END
cat > expected <<'END'
"2022-01-01T05:00" is Ok(2022-01-01)
"2022-01-01 23:59" is Ok(2022-01-01)
"20220101" is Ok(2022-01-01)
END
cargo run --quiet > seen
cat seen
diff expected seen
