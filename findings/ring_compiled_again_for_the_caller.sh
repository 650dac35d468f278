#!/bin/sh
# ring 0.17.14 (Rust): its build script looks at the variable CARGO_PKG_NAME of whoever calls cargo. Called by a program
# that cargo itself has run, as every `cargo xtask` does, the variable is there; called from a shell it is not, and ring
# is compiled again, and with it rustls, reqwest, every RPC client and bank of Solana that depend on it.
#
# Why it matters: whoever used our `cargo xtask test` and then plain `cargo test` waited for minutes at each
# change between them. xtask now takes the variables of its own package away before it calls cargo.
#
# Needs: cargo, a C compiler, a crate registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset CARGO_PKG_NAME
cargo init --quiet --vcs none --lib --name finding
cargo add --quiet ring@=0.17.14
compiled() {
    echo "$1: $(grep -c 'Compiling ring' log || true) times"
}
{
    cargo build 2> log; compiled "from a shell"
    cargo build 2> log; compiled "from a shell, again"
    CARGO_PKG_NAME=xtask cargo build 2> log; compiled "by a program that cargo runs"
    cargo build 2> log; compiled "from a shell, after it"
} > seen
cat > expected <<'END'
from a shell: 1 times
from a shell, again: 0 times
by a program that cargo runs: 1 times
from a shell, after it: 1 times
END
cat seen
diff expected seen
