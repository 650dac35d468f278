//! Whether another feed shows what an asset's feed shows: when the change is proposed and when it is carried out,
//! so that the two agree at both ends of the timelock.
//!
//! The band is the least of `conf_trade`, `ema_trade` and 1 % of the old price: two feeds of one thing differ by no
//! more than the uncertainty that each may state, and no parameter lets a migration be a jump. It is measured at
//! this moment's prices, never at their EMAs: a feed that left the market since the proposal is refused at once.
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::oracle;
use crate::state::{Asset, FeedBinding};
use anchor_lang::prelude::*;
use freeboard_risk::number::arith::product_le;
use freeboard_risk::number::quantity::{E9, Price};
use freeboard_risk::params::OracleParams;
use freeboard_risk::price::feed::{FeedRecord, NOT_ABSENT};
use freeboard_risk::price::observation::{NOT_BEYOND, Observation};
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::volatility::VolatilityState;

/// The widest band between two feeds, 10^-9 of the old price.
pub const BAND_MAX_E9: u64 = 10_000_000;
/// For how long nobody must have seen a price update of the old feed until its recorded price stands for it, seconds.
/// Whoever carries the change out chooses the account of a receiver feed and could hide a living one.
pub const SILENT_SECS: i64 = 3_600;

/// What two feeds that agree show.
#[derive(Clone, Copy, Debug)]
pub struct Agreed {
    /// The old feed's price, or the recorded one if that feed has died.
    pub old: Observation,
    /// Whether the old feed itself gave it.
    pub is_live: bool,
    /// The new feed's.
    pub new: Observation,
    /// How far they may be apart, 10^-9 of the old price.
    pub band_e9: u64,
}

/// Both feeds give a price that may be traded on, within the band of each other: what a proposal needs.
///
/// Errors: those of a feed and of the price standard `Trade`; `FeedsDisagree`.
pub fn agree_now(
    asset: &Asset,
    binding: &FeedBinding,
    old: &AccountInfo,
    new: &AccountInfo,
    now: i64,
) -> Result<Agreed> {
    let old = oracle::read_current(asset, old, now)?;
    asset.check_price(PriceStandard::Trade, &old, now)?;
    agreed(asset, binding, (old, true), new, now)
}

/// The same, or with an old feed that has died since: then its recorded price stands for it.
///
/// Errors: as before; `FeedNotSilent` where the old feed gives no price and has given one lately.
pub fn agree_or_dead(
    asset: &Asset,
    binding: &FeedBinding,
    old: &AccountInfo,
    new: &AccountInfo,
    now: i64,
) -> Result<Agreed> {
    let live = oracle::given(asset, old, now)?;
    let trades = |price: &Observation| {
        let checked = asset.check_price(PriceStandard::Trade, price, now);
        checked.is_ok()
    };
    if let Some(old) = live.filter(trades) {
        return agreed(asset, binding, (old, true), new, now);
    }
    let silent_secs = now.saturating_sub(asset.shown_publish_ts);
    ensure(silent_secs > SILENT_SECS, FreeboardError::FeedNotSilent)?;
    let recorded = asset.recorded.observation();
    agreed(asset, binding, (recorded, false), new, now)
}

#[inline(never)]
fn agreed(
    asset: &Asset,
    binding: &FeedBinding,
    (old, is_live): (Observation, bool),
    new: &AccountInfo,
    now: i64,
) -> Result<Agreed> {
    let limits: OracleParams = asset.oracle.into();
    let new = oracle::read(binding.kind, &binding.feed, new)?;
    new.check_order(now, limits.max_future_secs, asset.recorded.publish_ts)
        .or_refuse()?;
    let by_trade = PriceStandard::Trade.check_limits(&new, &limits, now);
    by_trade.or_refuse()?;
    let band_e9 = limits
        .conf_trade_e9
        .min(limits.ema_trade_e9)
        .min(BAND_MAX_E9);
    let apart = new.price.0.abs_diff(old.price.0);
    let within = product_le(apart, E9.into(), old.price.0, band_e9.into());
    ensure(within, FreeboardError::FeedsDisagree)?;
    Ok(Agreed {
        old,
        is_live,
        new,
        band_e9,
    })
}

/// Binds the asset to the new feed and records its price. How long the price has been far from its EMA, has stood
/// still or is absent is counted anew: the old feed says nothing of the new one.
///
/// Errors: `Overflow`.
pub fn bind(asset: &mut Asset, binding: &FeedBinding, agreed: &Agreed, now: i64) -> Result<()> {
    if agreed.is_live {
        let mut volatility = asset.volatility()?;
        shift_anchor(&mut volatility, agreed.old.price, agreed.new.price);
        asset.volatility_words = volatility.to_words();
    }
    asset.oracle_kind = binding.kind as u8;
    asset.feed = binding.feed;
    asset.set_known(&FeedRecord {
        beyond_since_ts: NOT_BEYOND,
        absent_since_ts: NOT_ABSENT,
        still_samples: 0,
        ..asset.known()
    });
    asset.record(&agreed.new, now)
}

/// Multiplies the price that the next return is measured from by new / old, down by less than 1e-12 of it: what
/// the feeds differ by is no return. A price so large that it cannot keeps its anchor; then at most the band counts
/// as one.
fn shift_anchor(volatility: &mut VolatilityState, Price(old): Price, Price(new): Price) {
    let shifted = volatility.anchor.to_u128().ok();
    let shifted = shifted.and_then(|anchor| anchor.checked_mul(new)?.checked_div(old));
    if let Some(Ok(anchor)) = shifted.map(freeboard_risk::number::math::Scaled::from_u128) {
        volatility.anchor = anchor;
    }
}
