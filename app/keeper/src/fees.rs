//! What a transaction may cost: never more than a share of what it earns.
use freeboard_client::network::FeePolicy;

use crate::book::ExchangeBook;
use crate::config::{FeeChoice, FeeConfig};

/// What the network asks for one signature, lamports.
const SIGNATURE_LAMPORTS: u64 = 5_000;
/// Lamports of a SOL.
const LAMPORTS_PER_SOL: u128 = 1_000_000_000;
/// Compute units that a fixed fee is estimated for: a liquidation of several positions.
const USUAL_UNITS: u64 = 200_000;
/// Units of 10^-12 dollars in a quote atom.
const E12_PER_ATOM: u128 = 1_000_000;

/// What a SOL is worth, quote atoms: by the asset of the configured name, else as configured.
pub fn quote_atoms_per_sol(book: &ExchangeBook, told: &FeeConfig) -> u64 {
    let named = book.state.asset_named(&told.sol_asset);
    let price = named.and_then(|one| {
        let feed = one.feed.as_ref()?;
        feed.latest(&one.asset).ok()
    });
    let atoms = price.and_then(|price| u64::try_from(price.price.0 / E12_PER_ATOM).ok());
    atoms
        .filter(|atoms| *atoms > 0)
        .unwrap_or(told.quote_atoms_per_sol)
}

/// The most that a transaction may cost beyond its signature, lamports, down: a share of what it earns, quote atoms.
pub fn most_lamports(book: &ExchangeBook, told: &FeeConfig, reward_atoms: i64) -> u64 {
    let Some(reward) = u64::try_from(reward_atoms).ok().filter(|atoms| *atoms > 0) else {
        return told.most_lamports_unpaid.min(told.most_lamports);
    };
    let share = u128::from(reward) * u128::from(told.most_percent_of_reward) * LAMPORTS_PER_SOL;
    let lamports = share / (100 * u128::from(quote_atoms_per_sol(book, told)));
    u64::try_from(lamports)
        .unwrap_or(u64::MAX)
        .min(told.most_lamports)
}

/// How the priority fee of a transaction that earns this is chosen.
pub fn policy(book: &ExchangeBook, told: &FeeConfig, reward_atoms: i64) -> FeePolicy {
    let most_lamports = most_lamports(book, told, reward_atoms);
    match told.policy {
        FeeChoice::None => FeePolicy::None,
        FeeChoice::Fixed => FeePolicy::Fixed {
            micro_lamports_per_unit: told.micro_lamports_per_unit,
            most_lamports,
        },
        // Asked for beside the transactions and not before each: a question is an answer's time in which another is first.
        FeeChoice::Recent => FeePolicy::Fixed {
            micro_lamports_per_unit: book.recent_fee,
            most_lamports,
        },
    }
}

/// What a liquidation is expected to cost before its fee is known, quote atoms, up. A recent fee counts as the most for
/// what earns nothing.
pub fn expected_cost_atoms(book: &ExchangeBook, told: &FeeConfig) -> i64 {
    let priority = match told.policy {
        FeeChoice::None => 0,
        FeeChoice::Fixed => told.micro_lamports_per_unit.saturating_mul(USUAL_UNITS) / 1_000_000,
        FeeChoice::Recent => told.most_lamports_unpaid,
    };
    let lamports = u128::from(priority.min(told.most_lamports) + SIGNATURE_LAMPORTS);
    let atoms = lamports * u128::from(quote_atoms_per_sol(book, told));
    i64::try_from(atoms.div_ceil(LAMPORTS_PER_SOL)).unwrap_or(i64::MAX)
}
