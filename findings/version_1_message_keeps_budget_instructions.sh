#!/bin/sh
# solana-message 4.4.1 (Rust): its compiler of version-1 messages (SIMD-0385) takes ComputeBudget instructions like any
# other and leaves the message's own budget empty, without an error, and `validate` passes. In version 1 the network
# obeys no ComputeBudget instruction and has no default, so such a transaction asks for 0 compute units and for 0 bytes
# of loaded accounts. The same call with the same instructions is right in version 0.
#
# Why it matters: a keeper that changes only the message's version sends liquidations that can never run. Freeboard's
# client refuses ComputeBudget instructions and puts the budget into the header.
#
# Needs: cargo, a crate registry. Prints what it sees; exits with 0 while that is what is written below.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --vcs none --name finding
cargo add --quiet solana-message@=4.4.1 --features wincode
cargo add --quiet solana-compute-budget-interface@=3.0.0
cat > src/main.rs <<'END'
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_message::{Address, Hash, v1};

fn main() {
    let asked = [
        ComputeBudgetInstruction::set_compute_unit_limit(300_000),
        ComputeBudgetInstruction::set_loaded_accounts_data_size_limit(1_000_000),
    ];
    let payer = Address::new_from_array([1; 32]);
    let message = v1::Message::try_compile(&payer, &asked, Hash::default()).expect("compiles");
    println!("valid: {:?}", message.validate());
    println!("instructions: {}", message.instructions.len());
    println!("compute units: {:?}", message.config.compute_unit_limit);
    println!("loaded bytes: {:?}", message.config.loaded_accounts_data_size_limit);
}
END
cat > expected <<'END'
valid: Ok(())
instructions: 2
compute units: None
loaded bytes: None
END
cargo run --quiet > seen
cat seen
diff expected seen
