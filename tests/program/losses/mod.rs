//! Bad debt and its payers.
//!
//! | instruction | file |
//! |---|---|
//! | settle_loss, deleverage, withdraw_pro_rata | deficit.rs |
//! | resolve_bankruptcy | bankruptcy.rs |
//! | borrow, and interest of loans | loans.rs |
//! | liquidate: collateral, pairs, the top-up of a reward | collateral.rs |
pub(crate) mod bankruptcy;
pub(crate) mod collateral;
pub(crate) mod deficit;
pub(crate) mod loans;

use crate::support::{Stage, stage};
use freeboard_tests::distress::PoorPool;
use freeboard_tests::{AssetHandle, Trader, World, usd};

pub fn borrower() -> (Stage, Trader) {
    borrower_of(100_000)
}

/// An account with 1,000 SOL of collateral and a loan of so many dollars.
pub fn borrower_of(dollars: u64) -> (Stage, Trader) {
    let mut stage = stage();
    let sol = stage.sol.clone();
    let world = &mut stage.world;
    let trader = world.new_borrower(&sol, 1_000_000_000_000, usd(dollars));
    world.assert_books();
    (stage, trader)
}

/// A small pool, a winner and a loser of equal size: more than ten times the pool a side.
pub fn poor_pool() -> (World, AssetHandle, Trader, Trader) {
    let pool = PoorPool::with_losers(1);
    let loser = pool.losers[0].clone();
    (pool.world, pool.sol, pool.winner, loser)
}
