#!/usr/bin/env bash
# Surprise: solana-message's version-1 compiler (SIMD-0385) takes ComputeBudget instructions like any other and leaves
# the message's own budget empty, without an error, and its validate() passes. In version 1 the network obeys no
# ComputeBudget instruction and has no default, so such a transaction asks for 0 compute units and for 0 bytes of
# loaded accounts. The same call with the same instructions is right in version 0.
#
# Why it matters here: a keeper that changes only the message version sends liquidations that can never run. Our
# client refuses ComputeBudget instructions and puts the budget into the header.
#
# Seen with solana-message 4.4.1, solana-compute-budget-interface 3.0.0, solana-instruction 3.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cat > Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"
[dependencies]
solana-message = { version = "=4.4.1", features = ["wincode"] }
solana-compute-budget-interface = "=3.0.0"
TOML
cat > src/main.rs <<'RUST'
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_message::{Address, Hash, v1};

fn main() {
    let asked = [
        ComputeBudgetInstruction::set_compute_unit_limit(300_000),
        ComputeBudgetInstruction::set_loaded_accounts_data_size_limit(1_000_000),
    ];
    let payer = Address::new_from_array([1; 32]);
    let message = v1::Message::try_compile(&payer, &asked, Hash::default()).expect("compiles");
    message.validate().expect("valid");
    println!("instructions: {}", message.instructions.len());
    println!("compute units: {:?}", message.config.compute_unit_limit);
    println!("loaded bytes: {:?}", message.config.loaded_accounts_data_size_limit);
}
RUST
seen=$(cargo run --quiet 2> "$folder/errors" || { cat "$folder/errors" >&2; exit 1; })
expected='instructions: 2
compute units: None
loaded bytes: None'
echo "$seen"
if [ "$seen" != "$expected" ]; then
    echo "the behaviour has changed" >&2
    exit 1
fi
