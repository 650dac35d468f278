//! Scripted attacks on the real program. Each test says what the attacker does and what bounds his gain,
//! and asserts the number. Attacks that still succeed are ignored until the program is repaired; run them
//! with `--ignored`.
mod below_zero;
mod calm;
mod doubtful;
mod estimator;
mod governance;
mod grinding;
mod hidden;
mod hidden_from_the_pool;
mod liquidation;
mod liquidity;
mod oracle;
mod pairs;
mod pool;
mod prices;
mod pump;
mod rewards;
mod self_liquidation;
pub mod skew;
mod timing;
mod updates;

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard_tests::{AssetHandle, Trader, World};

/// Equity of these accounts at the oracle price, quote atoms.
fn equity(world: &World, traders: &[&Trader]) -> i64 {
    let of = |trader: &&Trader| {
        let report = world.client_report(trader).expect("a report");
        report.maintenance.equity_atoms
    };
    traders.iter().map(of).sum()
}

/// What the owner of these accounts can still have: one below zero is left behind.
fn wealth(world: &World, traders: &[&Trader]) -> i64 {
    traders
        .iter()
        .map(|trader| equity(world, &[trader]).max(0))
        .sum()
}

/// Cash of pool and insurance fund.
fn counterparty(world: &World) -> i128 {
    let books = world.books();
    books.pool_atoms + books.insurance_atoms
}

/// Dollars as signed quote atoms.
fn dollars(amount: i64) -> i64 {
    amount * 1_000_000
}

/// The instruction with an account that does not exist where the feed of this asset belongs: it looks
/// like a feed that was closed.
fn without_feed(mut instruction: Instruction, asset: &AssetHandle) -> Instruction {
    let nothing = Pubkey::new_unique();
    for meta in &mut instruction.accounts {
        if meta.pubkey == asset.feed {
            meta.pubkey = nothing;
        }
    }
    instruction
}
