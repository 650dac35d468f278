//! What must always hold (model §9), under random actions of traders, LPs, liquidators, keepers, a cranker who
//! chooses his moments, and somebody who tries everything with accounts that are not his. Two exchanges: one
//! with a rich pool, one whose pool cannot pay what the accounts win.
//!
//! play.rs: who acts, and what he does · keepers.rs: what those do who look for accounts in trouble ·
//! checks.rs: the properties · refusals.rs: which refusal each action may meet.
mod checks;
mod keepers;
mod play;
mod refusals;

use play::{Base, Play};
use std::collections::BTreeMap;

/// Actions per seed.
const ACTIONS: u32 = 200;
/// Seeds per exchange; `FREEBOARD_SEEDS` gives another number, `FREEBOARD_FIRST_SEED` another first.
const SEEDS: u64 = 100;

/// What has been done, by kind and, for liquidations, by closing.
pub type Counts = BTreeMap<String, u32>;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn run(base: &Base) -> Counts {
    let (first, seeds) = (
        number("FREEBOARD_FIRST_SEED", 1),
        number("FREEBOARD_SEEDS", SEEDS),
    );
    let mut counts = Counts::new();
    for seed in first..first + seeds {
        let mut play = Play::new(base, seed);
        for action in 0..ACTIONS {
            play.step(action);
        }
        for (what, number) in play.counts {
            *counts.entry(what).or_default() += number;
        }
    }
    println!("{counts:#?}");
    counts
}

/// Asserts that each of these happened at least so often, per hundred seeds.
fn at_least(counts: &Counts, least: &[(&str, u32)]) {
    let seeds = number("FREEBOARD_SEEDS", SEEDS);
    for (what, number) in least {
        let done = counts.get(*what).copied().unwrap_or(0);
        let wanted = u64::from(*number) * seeds / 100;
        assert!(u64::from(done) >= wanted, "{what}: {done} of {wanted}");
    }
}

#[test]
fn p4_to_p9_hold_with_a_rich_pool() {
    let counts = run(&Base::rich());
    at_least(
        &counts,
        &[
            ("Trade", 1_300),
            ("FillOrder", 130),
            ("PositionByPool", 120),
            ("PositionByLiquidator", 90),
            ("Collateral", 70),
            ("Pair", 10),
            ("impacts paid", 8),
            ("Resolve", 60),
            ("ExecuteLiquidity", 60),
            ("CancelLiquidity", 40),
            ("loans", 100),
            ("P8 reduces", 300),
            ("P9 probes", 400),
            ("attacks refused", 700),
        ],
    );
}

#[test]
fn p4_to_p9_hold_with_a_poor_pool() {
    let counts = run(&Base::poor());
    at_least(
        &counts,
        &[
            ("Trade", 450),
            ("FillOrder", 35),
            ("PositionByPool", 60),
            ("PositionByLiquidator", 50),
            ("impacts paid", 8),
            ("Resolve", 60),
            ("Deleverage", 15),
            ("ProRata", 300),
            ("Settle", 25),
            ("ExecuteLiquidity", 30),
            ("P8 reduces", 150),
        ],
    );
}
