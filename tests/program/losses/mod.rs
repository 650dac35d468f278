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
use freeboard_tests::{AssetHandle, AssetSpec, Trader, World, usd};

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

/// A small pool of $10,000, all of it SOL's, a winner and a loser of equal size: more than ten times the pool a
/// side, at an initial shock of 8 %.
pub fn poor_pool() -> (World, AssetHandle, Trader, Trader) {
    let mut sol = AssetSpec::sol().with_pool_share(1_000_000_000);
    sol.trade.util_max_e9 = 1_000_000_000;
    sol.params.h_im_secs = 2 * sol.params.h_mm_secs;
    let mut world = World::new();
    let sol = world.create_asset(sol);
    world.ready(usd(10_000));
    let winner = world.new_trader(usd(30_000));
    let loser = world.new_trader(usd(30_000));
    for units in [500.0, 500.0] {
        world.trade(&winner, &sol, sol.atoms(units / 10.0)).unwrap();
        world.trade(&loser, &sol, -sol.atoms(units / 10.0)).unwrap();
    }
    for _ in 0..12 {
        world.warp_fresh(1);
        world.trade(&winner, &sol, sol.atoms(50.0)).unwrap();
        world.trade(&loser, &sol, -sol.atoms(50.0)).unwrap();
    }
    (world, sol, winner, loser)
}
