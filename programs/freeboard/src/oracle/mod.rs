//! From a Pyth account to the core's `Observation`. Both account forms; who may have written the
//! account and whether it is the asset's own feed are checked here, age and width by the core.
mod legacy;
mod receiver;

use crate::{
    error::{FreeboardError, OrRaise, OrRefuse},
    settlement,
    state::{Asset, OracleKind},
};
use anchor_lang::prelude::*;
use freeboard_risk::observation::Observation;

/// The observation in the asset's feed.
///
/// Errors: `FeedOwnerInvalid`, `FeedMismatch`, `FeedMalformed`, `PriceNotFullyVerified`,
/// `PriceNotTrading`; from the core `PriceNotPositive`, `EmaNotPositive`, `ExponentOutOfRange`.
pub fn read(kind: u8, feed_binding: &[u8; 32], feed: &AccountInfo) -> Result<Observation> {
    let message = match kind {
        kind if kind == OracleKind::PythReceiver as u8 => receiver::read(feed_binding, feed)?,
        _ => legacy::read(feed_binding, feed)?,
    };
    Observation::from_pyth(
        message.price,
        message.confidence,
        message.ema,
        message.exponent,
        message.publish_ts,
    )
    .or_refuse()
}

/// Newest observation of an asset, given at its feed, that is neither from the future nor older
/// than what is recorded. A market that has ended has its settlement price, and its feed is not read.
///
/// Errors: those of [`read`], `PriceFromFuture`, `PriceOlderThanRecorded`.
#[inline(always)]
pub fn read_current(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<Observation> {
    if asset.is_settled() {
        return Ok(settlement::observation(asset, now));
    }
    read_newest(asset, feed, now)
}

#[inline(never)]
fn read_newest(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<Observation> {
    let observation = read(asset.oracle_kind, &asset.feed, feed)?;
    let newest_ts = asset.newest_publish_ts;
    observation
        .check_order(now, asset.oracle.max_future_secs, newest_ts)
        .or_refuse()?;
    Ok(observation)
}

/// What both account forms hold.
struct Message {
    price: i64,
    confidence: u64,
    ema: i64,
    exponent: i32,
    publish_ts: i64,
}

/// `N` bytes at an offset.
fn bytes_at<const N: usize>(data: &[u8], offset: usize) -> Result<[u8; N]> {
    let end = offset.saturating_add(N);
    let bytes = data
        .get(offset..end)
        .and_then(|bytes| bytes.try_into().ok());
    bytes.or_raise(FreeboardError::FeedMalformed)
}
