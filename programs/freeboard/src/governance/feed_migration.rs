//! Whether another feed shows what an asset's feed shows: when the change is proposed and when it is carried out,
//! so that the two agree at both ends of the timelock.
//!
//! The band is the least of `conf_trade`, `ema_trade` and 1 % of the old price: two feeds of one thing differ by no
//! more than the uncertainty that each may state, and no parameter lets a migration be a jump. It is measured at
//! this moment's prices, never at their EMAs: a feed that left the market since the proposal is refused at once.
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::oracle;
use crate::state::{Asset, FeedBinding};
use anchor_lang::prelude::*;
use freeboard_risk::params::OracleParams;
use freeboard_risk::price::feed::{FeedRecord, NOT_ABSENT};
use freeboard_risk::price::migration::{FeedBand, is_feed_silent};
use freeboard_risk::price::observation::{NOT_BEYOND, Observation};
use freeboard_risk::price::standard::PriceStandard;

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

/// The old feed and the new one, as the accounts of a change of feeds name them.
///
/// Errors: `AssetAccountMissing`, `AssetAccountUnexpected`.
pub fn pair<'a, 'info>(feeds: &'a [AccountInfo<'info>]) -> Result<&'a [AccountInfo<'info>; 2]> {
    match feeds.len() {
        0 | 1 => Err(FreeboardError::AssetAccountMissing.raise()),
        _ => feeds
            .try_into()
            .or_raise(FreeboardError::AssetAccountUnexpected),
    }
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
    let silent = is_feed_silent(asset.shown_publish_ts, now);
    ensure(silent, FreeboardError::FeedNotSilent)?;
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
    let band = FeedBand::new(&limits);
    let within = band.holds(old.price, new.price);
    ensure(within, FreeboardError::FeedsDisagree)?;
    Ok(Agreed {
        old,
        is_live,
        new,
        band_e9: band.band_e9,
    })
}

/// Binds the asset to the new feed and records its price. How long the price has been far from its EMA, has stood
/// still or is absent is counted anew: the old feed says nothing of the new one. What both differ by is neither a return nor
/// an exceedance; a window of live validation that begins at a price of a dead feed is missed.
///
/// Errors: `Overflow`.
pub fn bind(asset: &mut Asset, binding: &FeedBinding, agreed: &Agreed, now: i64) -> Result<()> {
    let (old, new) = (agreed.old.price, agreed.new.price);
    let mut exceedances = asset.exceedances();
    if agreed.is_live {
        let mut volatility = asset.volatility()?;
        volatility.move_anchor(old, new);
        asset.volatility_words = volatility.to_words();
        exceedances.migrate(old, new, agreed.new.publish_ts);
    } else {
        exceedances.abandon(agreed.new.publish_ts);
    }
    asset.set_exceedances(&exceedances);
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
