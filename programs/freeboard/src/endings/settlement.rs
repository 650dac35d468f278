//! The end of a market: announced, reduce-only for 7 days, then settled at one price for everybody.
//!
//! The price of an orderly end is an average over the last day: [`TimeAverage`]. Each price counts for the seconds since
//! the one before, at most 15 minutes, and anyone may give one each minute.
//!
//! A caller chooses the moment, and a price within `age_trade`. So one price moves the average by at most
//! 15 min / 12 h = 2.1 % of how far it is off, and the price standard `Trade` bounds that by `conf_trade` and
//! `ema_trade`. A caller that is alone in giving prices picks the best of each quarter of an hour; another one that gives
//! one each minute leaves it the minutes that it is faster in, and with them the best price of those. Nobody can
//! shift what is counted already, nobody chooses at which price the market ends once 12 h are covered, and giving
//! none only makes it wait.
//!
//! Until then positions can be closed at the price of the moment while most of the average is known: the side that would
//! lose by the average closes, the side that would gain by it waits. The pool gives both that choice.
use crate::error::{FreeboardError, ensure};
use crate::state::{Asset, AssetStatus, RecordedPrice, SettlementAverage, to_words};
use anchor_lang::prelude::*;
use freeboard_risk::market::settlement::{Counted, TimeAverage};
use freeboard_risk::number::quantity::Price;
use freeboard_risk::price::observation::NOT_BEYOND;

/// How long positions can be closed at the price of the moment before they are settled, seconds.
pub const CLOSING_SECS: i64 = 7 * 86_400;

/// Begins a wind-down: from now on positions are only reduced, and after 7 days they are settled.
pub fn announce(asset: &mut Asset, now: i64) {
    asset.status = AssetStatus::WindingDown as u8;
    asset.settle_from_ts = now.saturating_add(CLOSING_SECS);
    asset.average = SettlementAverage::default();
}

/// Refuses prices of a market that is not in the last day of its wind-down, or past it.
///
/// Errors: `AssetSettled`, `AssetNotWindingDown`, `SettlementTooEarly`.
pub fn check_time(asset: &Asset, now: i64) -> Result<()> {
    ensure(!asset.is_settled(), FreeboardError::AssetSettled)?;
    ensure(
        asset.status() == AssetStatus::WindingDown,
        FreeboardError::AssetNotWindingDown,
    )?;
    let open = TimeAverage::is_open(asset.settle_from_ts, now);
    ensure(open, FreeboardError::SettlementTooEarly)
}

/// Whether the closing time is over and enough of its last day is covered.
pub fn is_due(asset: &Asset, now: i64) -> bool {
    asset.average.as_core().is_due(asset.settle_from_ts, now)
}

/// Counts a price for the time since the one before and returns for how long, seconds; the first only starts
/// the clock.
///
/// Errors: `SettlementPriceTooSoon`, `Overflow`.
pub fn count(asset: &mut Asset, price: Price, now: i64) -> Result<i64> {
    let mut average = asset.average.as_core();
    match average.count(price, now) {
        Counted::For { secs } => {
            asset.average.set(&average);
            Ok(secs)
        }
        Counted::TooSoon => Err(FreeboardError::SettlementPriceTooSoon.raise()),
        Counted::TooLarge => Err(FreeboardError::Overflow.raise()),
    }
}

/// The average of what was counted, down; zero while that is nothing.
pub fn average(asset: &Asset) -> Price {
    asset.average.as_core().price_floor()
}

/// Ends a market at this price: from now on it is the asset's only one, and no funding accrues.
///
/// Errors: `Overflow`.
pub fn end(asset: &mut Asset, price: Price, now: i64) -> Result<()> {
    asset.accrue_funding(now)?;
    asset.status = AssetStatus::Settled as u8;
    asset.renew_funding_rate()?;
    asset.recorded = RecordedPrice {
        price_e12: to_words(price.0),
        confidence_e12: [0; 2],
        ema_e12: to_words(price.0),
        publish_ts: now,
    };
    // Also where the last update was dated ahead of the clock: no price of this asset is newer than its end.
    asset.tradable = asset.recorded;
    asset.ema_beyond_since_ts = NOT_BEYOND;
    asset.still_samples = 0;
    Ok(())
}
