//! The end of a market: announced, reduce-only for 7 days, then settled at one price for everybody.
//!
//! The price of an orderly end is an average over the last day. Each price counts for the seconds since the one
//! before, at most 15 minutes, and anyone may give one each minute:
//!
//! ```text
//! price = Σ P_i · min(t_i − t_{i−1}, 15 min) / Σ min(t_i − t_{i−1}, 15 min)        the divisor at least 12 h
//! ```
//! Whoever gives a price chooses the moment, and a price update within `age_trade`. So one price update moves the average by at
//! most 15 min / 12 h = 2.1 % of how far it is off, and the price standard `Trade` bounds that by `conf_trade` and
//! `ema_trade`. Who is alone in giving prices picks the best price update of each quarter of an hour; whoever gives one
//! each minute leaves him the minutes that he is faster in, and with them the best price update of those. Nobody can
//! shift what is counted already, nobody chooses at which price the market ends once 12 h are covered, and who
//! gives none only makes it wait.
//!
//! Until then positions can be closed at the price of the moment while most of the average is known: who would
//! lose by the average closes, who would gain by it waits. The pool gives both that choice.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::state::{Asset, AssetStatus, RecordedPrice, SettlementAverage, from_words, to_words};
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::Price;
use freeboard_risk::price::observation::NOT_BEYOND;

/// How long positions can be closed at the price of the moment before they are settled, seconds.
pub const CLOSING_SECS: i64 = 7 * 86_400;
/// How long before the end prices begin to count, seconds.
pub const AVERAGE_SECS: i64 = 86_400;
/// What the average must cover at least, seconds: else the market ends later.
pub const COVERED_SECS: i64 = 43_200;
/// Least time between two prices, seconds.
pub const SPACING_SECS: i64 = 60;
/// The most that one price counts for, seconds.
pub const WEIGHT_MAX_SECS: i64 = 900;

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
    let from = asset.settle_from_ts.saturating_sub(AVERAGE_SECS);
    ensure(now >= from, FreeboardError::SettlementTooEarly)
}

/// Whether the closing time is over and enough of its last day is covered.
pub fn is_due(asset: &Asset, now: i64) -> bool {
    now >= asset.settle_from_ts && asset.average.secs >= COVERED_SECS
}

/// Counts a price for the time since the one before and returns for how long, seconds; the first only starts
/// the clock.
///
/// Errors: `SettlementPriceTooSoon`, `Overflow`.
pub fn count(asset: &mut Asset, price: Price, now: i64) -> Result<i64> {
    let average = &mut asset.average;
    if average.last_ts == 0 {
        average.last_ts = now;
        return Ok(0);
    }
    let elapsed = now.saturating_sub(average.last_ts);
    ensure(
        elapsed >= SPACING_SECS,
        FreeboardError::SettlementPriceTooSoon,
    )?;
    let weight = elapsed.min(WEIGHT_MAX_SECS);
    let sum = price
        .0
        .checked_mul(weight.unsigned_abs().into())
        .and_then(|part| part.checked_add(from_words(average.price_secs_e12)))
        .or_raise(FreeboardError::Overflow)?;
    average.price_secs_e12 = to_words(sum);
    average.secs = average.secs.saturating_add(weight);
    average.last_ts = now;
    Ok(weight)
}

/// The average of what was counted, down; zero while that is nothing.
pub fn average(asset: &Asset) -> Price {
    let secs = asset.average.secs.unsigned_abs().into();
    let sum = from_words(asset.average.price_secs_e12);
    Price(sum.checked_div(secs).unwrap_or(0))
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
    asset.ema_beyond_since_ts = NOT_BEYOND;
    asset.still_samples = 0;
    Ok(())
}
