//! The end of a market: announced, reduce-only for 7 days, then settled at one price for everybody.
use crate::{
    error::{FreeboardError, ensure},
    state::{Asset, AssetStatus},
};
use anchor_lang::prelude::*;

/// How long positions can be closed at the price of the moment before they are settled, seconds.
pub const CLOSING_SECS: i64 = 7 * 86_400;

/// Begins a wind-down: from now on positions are only reduced, and after 7 days they are settled.
pub fn announce(asset: &mut Asset, now: i64) {
    asset.status = AssetStatus::WindingDown as u8;
    asset.settle_from_ts = now.saturating_add(CLOSING_SECS);
}

/// Ends a market at its last recorded price, which nobody has renewed since `proposed_ts`.
///
/// Errors: `FeedNotDead` if a print was read since.
pub fn at_last_price(asset: &mut Asset, proposed_ts: i64) -> Result<()> {
    ensure(
        asset.newest_publish_ts < proposed_ts,
        FreeboardError::FeedNotDead,
    )?;
    asset.status = AssetStatus::Settled as u8;
    Ok(())
}
