#!/bin/sh
# config 0.15.27 (Rust): where a program asks for an integer, the crate takes any number and rounds it: 1.5 of a TOML
# file is 2 in a u64, -1.0 is 0, 1e30 is the greatest u64, nan is 0 and true is 1, all without an error. Only -1 without
# a point is refused. The crate toml alone refuses every one of them.
#
# Why it matters: a keeper whose file says `percentile = 99.5` works with 100, and `most_lamports = -1.0` is 0.
# freeboard-keeper reads its file by this crate: write whole numbers where its example has whole ones.
#
# Needs: cargo, a crate registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cargo add --quiet config@=0.15.27 --no-default-features --features toml
cargo add --quiet toml@=0.9.12
cargo add --quiet serde@=1.0.229 --features derive
cat > src/main.rs <<'END'
use config::{Config, File, FileFormat};

#[derive(serde::Deserialize)]
struct Settings {
    count: u64,
}

fn main() {
    for value in ["99", "99.5", "-1", "-1.0", "1e30", "nan", "true"] {
        let text = format!("count = {value}");
        let built = Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
        let by_config = built.and_then(|found| found.try_deserialize::<Settings>());
        let by_toml = toml::from_str::<Settings>(&text);
        let tell = |found: Option<Settings>| found.map_or("refused".to_owned(), |found| found.count.to_string());
        println!("{text}: config {}, toml {}", tell(by_config.ok()), tell(by_toml.ok()));
    }
}
END
cat > expected <<'END'
count = 99: config 99, toml 99
count = 99.5: config 100, toml refused
count = -1: config refused, toml refused
count = -1.0: config 0, toml refused
count = 1e30: config 18446744073709551615, toml refused
count = nan: config 0, toml refused
count = true: config 1, toml refused
END
cargo run --quiet > seen
cat seen
diff expected seen
