//! A feed that is taken for dead: since the proposal nobody has shown a price update of it, and its market ends at the last
//! recorded price.
use crate::endings::settlement;
use crate::error::{FreeboardError, ensure};
use crate::oracle;
use crate::state::{Asset, OracleKind};
use anchor_lang::prelude::*;

/// Ends a market at its last recorded price, which nobody has renewed since `proposed_ts`.
///
/// A price update that was read and not recorded, too wide or too far from its EMA, shows that the feed lives.
///
/// Errors: `FeedNotDead` if a price update was read since.
pub fn at_last_price(asset: &mut Asset, proposed_ts: i64, now: i64) -> Result<()> {
    ensure(
        asset.shown_publish_ts < proposed_ts,
        FreeboardError::FeedNotDead,
    )?;
    settlement::end(asset, asset.recorded.price(), now)
}

/// Refuses to take a feed for dead that holds a price update published since `proposed_ts`, of whatever quality. A legacy
/// feed has one address, where everybody sees whether it lives. A receiver feed may lie in any account: there it is up
/// to anybody with a price update to let the asset read it, by a sample for one, before the change is carried out.
///
/// Errors: `FeedNotDead`; `FeedMismatch` where it is not the legacy feed.
pub fn check_dead(asset: &Asset, feed: &AccountInfo, proposed_ts: i64) -> Result<()> {
    let given = asset.oracle_kind() != OracleKind::PythLegacy || feed.key.to_bytes() == asset.feed;
    ensure(given, FreeboardError::FeedMismatch)?;
    ensure(
        update_ts(asset, feed).is_none_or(|at| at < proposed_ts),
        FreeboardError::FeedNotDead,
    )
}

/// Whether the account holds a price update of the asset's feed published since `proposed_ts`, and not in the future.
pub fn lives(asset: &Asset, feed: &AccountInfo, proposed_ts: i64, now: i64) -> bool {
    let latest = now.saturating_add(asset.oracle.max_future_secs.into());
    update_ts(asset, feed).is_some_and(|at| (proposed_ts..=latest).contains(&at))
}

/// When the price update in the account was published; none for one that is closed, halted, or no feed of the asset.
fn update_ts(asset: &Asset, feed: &AccountInfo) -> Option<i64> {
    let update = oracle::read(asset.oracle_kind(), &asset.feed, feed).ok()?;
    Some(update.publish_ts)
}
