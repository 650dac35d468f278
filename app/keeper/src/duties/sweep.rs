//! Cash of the pool is where it is needed: all of it rebalanced now and then, a single asset swept when its ledger has
//! drifted from its allocation.
use freeboard_client::freeboard::state::Asset;
use freeboard_client::state::AssetState;

use crate::book::ExchangeBook;
use crate::config::{KeeperConfig, SweepConfig};
use crate::job::{Duty, JobKey, KeeperJob};

/// Longest time between two rebalancings during a deficit, seconds: who withdraws loses a share of it for good, also when
/// cash that has come in covers it and nobody has looked.
const DEFICIT_EVERY_SECS: i64 = 60;

/// The rebalancing, if it is due, and a job for each asset that has drifted: where the one is refused, the other is done.
pub fn wanted(book: &ExchangeBook, now: i64, told: &KeeperConfig) -> Vec<KeeperJob> {
    let state = &book.state;
    let mut every = i64::try_from(told.sweep.rebalance_every.as_secs()).unwrap_or(i64::MAX);
    if state.pool.deficit_atoms > 0 {
        every = every.min(DEFICIT_EVERY_SECS);
    }
    let age_secs = now.saturating_sub(state.exchange.borrow.updated_ts);
    let mut jobs = Vec::new();
    if age_secs >= every && !state.assets.is_empty() {
        let key = JobKey::whole(Duty::Sweep, state.keys.pool);
        let title = format!("a rebalancing of the pool, the last {age_secs} s ago");
        jobs.push(KeeperJob::new(key, state.rebalance_pool(), title));
    }
    let drifted = state
        .assets
        .iter()
        .filter(|one| has_drifted(&one.asset, &told.sweep));
    let job = |one: &AssetState| {
        let instruction = state.sweep_pool(&[one.asset.index])?;
        let key = JobKey::whole(Duty::Sweep, one.keys.asset);
        Some(KeeperJob::new(
            key,
            instruction,
            format!("a sweep of {}", one.name()),
        ))
    };
    jobs.extend(drifted.filter_map(job));
    jobs
}

/// Whether the ledger's cash is further from the allocation than it may be.
fn has_drifted(asset: &Asset, told: &SweepConfig) -> bool {
    let drift = i128::from(asset.ledger.pool_atoms) - i128::from(asset.allocation_atoms);
    let drift = drift.unsigned_abs();
    let share = u128::from(asset.allocation_atoms.unsigned_abs()) * u128::from(told.drift_percent);
    drift >= u128::from(told.least_drift_quote_atoms) && drift * 100 > share
}
