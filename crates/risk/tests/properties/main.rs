//! The named properties of the model (whitepaper §9.1) on the pure core, over parameters
//! from the whole box that the hard bounds allow.
//!
//! | file | properties |
//! |---|---|
//! | `margin.rs` | P1, P2: monotone, order-free, subadditive, homogeneous |
//! | `rounding.rs` | P3: against exact arithmetic |
//! | `account.rs` | P4, P8, P9: what an owner's own action, a pause or a bad price can do |
//! | `relief.rs` | P4: collateral beyond the cap keeps positions, opens none and pays nothing out |
//! | `speed_limit.rs` | P5: any pattern of cranks and parameter changes |
//! | `exceedances.rs` | live validation counts what it says |
//! | `books.rs` | P6: nothing is lost when a position is filled or a penalty split |
//! | `liquidation.rs`, `liquidation_size.rs` | P7: better, not too much, the best size, never profitable |
//! | `liquidation_size.rs`, `slices.rs` | P10: some closing is always allowed |
//! | `vault.rs` | P6, P10: what of collateral counts, and that nobody keeps others' in its vault |
//! | `governance/` | P4, P5: what a parameter change can do, and how fast |
//! | `pool.rs` | P3, P6 for LPs: what rounding and uncertain prices leave stays in the pool |
//!
//! 10,000 cases each; `PROPTEST_CASES` sets another number (`cargo xtask test --deep`: 1,000,000).
mod account;
mod books;
mod draw;
mod exact;
mod exceedances;
mod exchange;
mod governance;
mod liquidation;
mod liquidation_size;
mod margin;
mod pool;
mod prices;
mod relief;
mod rounding;
mod skew;
mod slices;
mod speed_limit;
mod vault;

use proptest::prelude::*;
use proptest::test_runner::Config;

/// How many cases, from the environment or 10,000.
fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok();
    let cases = cases.map_or(10_000, |text| {
        text.parse().expect("PROPTEST_CASES is a number")
    });
    Config {
        cases,
        max_global_rejects: cases, // accounts without what a property is about
        failure_persistence: None,
        max_shrink_iters: 4_096,
        ..Config::default()
    }
}

/// Rolls of a case, for [`draw::Dice`].
fn rolls(count: usize) -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), count)
}
