//! Cash of the pool is where it is needed: all of it rebalanced now and then, a single asset swept when its ledger has
//! drifted from its allocation.
use freeboard_client::freeboard::state::Asset;
use freeboard_client::state::AssetState;

use crate::book::ExchangeBook;
use crate::config::{KeeperConfig, SweepConfig};
use crate::job::{Duty, JobKey, KeeperJob};

/// The rebalancing, if it is due; else a job for each asset that has drifted.
pub fn wanted(book: &ExchangeBook, now: i64, told: &KeeperConfig) -> Vec<KeeperJob> {
    let state = &book.state;
    let every = i64::try_from(told.sweep.rebalance_every.as_secs()).unwrap_or(i64::MAX);
    let age_secs = now.saturating_sub(state.exchange.borrow.updated_ts);
    if age_secs >= every && !state.assets.is_empty() {
        let key = JobKey::whole(Duty::Sweep, state.keys.pool);
        let title = format!("a rebalancing of the pool, the last {age_secs} s ago");
        return vec![KeeperJob::new(key, state.rebalance_pool(), title)];
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
    drifted.filter_map(job).collect()
}

/// Whether the ledger's cash is further from the allocation than it may be.
fn has_drifted(asset: &Asset, told: &SweepConfig) -> bool {
    let drift = i128::from(asset.ledger.pool_atoms) - i128::from(asset.allocation_atoms);
    let drift = drift.unsigned_abs();
    let share = u128::from(asset.allocation_atoms.unsigned_abs()) * u128::from(told.drift_percent);
    drift >= u128::from(told.least_drift_quote_atoms) && drift * 100 > share
}
