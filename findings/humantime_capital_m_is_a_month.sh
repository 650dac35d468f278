#!/bin/sh
# humantime 2.4.0 (Rust), which many programs read durations of a configuration by: "1m" is a minute and "1M" a month of
# 2,630,016 s, without an error. Other units are not written with a capital: "1H", "1D" and "1S" are refused.
#
# Why it matters: a keeper with `pause = "1M"` waits for 30 days and a half. freeboard-keeper reads its pauses by this
# crate; its own limits, where a key has one, are what stops a month.
#
# Needs: cargo, a crate registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cargo add --quiet humantime@=2.4.0
cat > src/main.rs <<'END'
fn main() {
    for text in ["1s", "1S", "1m", "1M", "1h", "1H", "1d", "1D"] {
        let found = humantime::parse_duration(text).map(|duration| format!("{} s", duration.as_secs()));
        println!("{text}: {}", found.unwrap_or("refused".to_owned()));
    }
}
END
cat > expected <<'END'
1s: 1 s
1S: refused
1m: 60 s
1M: 2630016 s
1h: 3600 s
1H: refused
1d: 86400 s
1D: refused
END
cargo run --quiet > seen
cat seen
diff expected seen
