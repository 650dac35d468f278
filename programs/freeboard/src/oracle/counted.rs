//! Which price of an asset counts: the choice of the core, over what a caller shows of the feed.
use crate::error::{FreeboardError, ensure};
use crate::oracle;
use crate::state::Asset;
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::price::counted::PriceMoves;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;

pub use freeboard_risk::price::counted::CountedPrice;

/// The price that counts by a standard: what the caller shows of the feed, or a recorded one for it.
#[inline(always)] // once per asset of every account
pub fn counted(
    asset: &Asset,
    shown: Option<Observation>,
    standard: PriceStandard,
    sigma_im: Fraction,
    now: i64,
) -> CountedPrice {
    let beside = (asset.recorded.publish_ts, asset.still_samples);
    CountedPrice::choose_fresh(standard, shown, beside, &asset.limits(), now)
        .unwrap_or_else(|| choose_beside_record(asset, shown, standard, sigma_im, now))
}

#[cold]
#[inline(never)]
fn choose_beside_record(
    asset: &Asset,
    shown: Option<Observation>,
    standard: PriceStandard,
    sigma_im: Fraction,
    now: i64,
) -> CountedPrice {
    let moves = PriceMoves {
        k_e9: asset.params.k_e9,
        sigma_im,
    };
    CountedPrice::choose(standard, shown, &asset.known(), &asset.limits(), moves, now)
}

/// The newest price that a standard judges where the caller must show one: that, or a recorded one.
///
/// Errors: those of [`oracle::read`], `PriceFromFuture`.
pub fn read_newest(
    asset: &Asset,
    feed: &AccountInfo,
    standard: PriceStandard,
    now: i64,
) -> Result<Observation> {
    let shown = oracle::read_update(asset, feed, now)?;
    Ok(asset.newest_for(standard, Some(shown)))
}

/// The same, refused where the standard does not accept it.
///
/// Errors: those of [`read_newest`]; `PriceStale`, `ConfidenceTooWide`, `PriceFarFromEma`, `PriceStandsStill`.
pub fn read_accepted(
    asset: &Asset,
    feed: &AccountInfo,
    standard: PriceStandard,
    now: i64,
) -> Result<Observation> {
    let price = read_newest(asset, feed, standard, now)?;
    asset.check_price(standard, &price, now)?;
    Ok(price)
}

/// The price given at an asset's feed, where no recorded one counts before it: for what needs a new price, a sample or
/// the end of a market, and is not answered by what others have recorded.
///
/// Errors: those of [`oracle::read`], `PriceFromFuture`, `PriceOlderThanRecorded`.
pub fn read_current(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<Observation> {
    let shown = oracle::read_update(asset, feed, now)?;
    let counts = asset.newest_for(PriceStandard::Trade, Some(shown)) == shown;
    ensure(counts, FreeboardError::PriceOlderThanRecorded)?;
    Ok(shown)
}

/// The price for the pool's value: the newest known, if a withdrawal or a liquidation accepts it.
///
/// Errors: those of an account that is not the asset's feed.
pub fn price_for_pool_value(
    asset: &Asset,
    feed: &AccountInfo,
    now: i64,
) -> Result<Option<Observation>> {
    let shown = oracle::shown(asset, feed, now)?;
    let newest = asset.newest_for(PriceStandard::Either, shown);
    let accepted = asset.check_price(PriceStandard::Either, &newest, now);
    Ok(accepted.is_ok().then_some(newest))
}
