//! Changes of one asset: its parameters, its feed, its life.
use super::{Target, dead_feed};
use crate::endings::settlement;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::state::{
    Asset, AssetParams, AssetStatus, Change, Exchange, FeedBinding, Implied, ImpliedSource,
    Listing, TradeParams,
};
use anchor_lang::prelude::*;
use freeboard_risk::governance::{AssetRamp, BucketMove, Directed, check_bucket_change};
use freeboard_risk::params::bounds::is_valid_name;
use freeboard_risk::params::{self as risk, AssetCoefficients};

/// 100 % in the scale of shares.
const ALL_E9: u64 = 1_000_000_000;

pub(super) fn current(asset: &Asset, change: &Change) -> Option<Change> {
    all(asset).into_iter().find(|held| held.is_like(change))
}

/// Every value of an asset that can be changed.
pub fn all(asset: &Asset) -> Vec<Change> {
    let asset_index = asset.index;
    vec![
        Change::AssetRisk {
            asset_index,
            params: Box::new(asset.params),
        },
        Change::AssetOracle {
            asset_index,
            params: asset.oracle,
        },
        Change::AssetTrade {
            asset_index,
            params: asset.trade,
        },
        Change::AssetFeed {
            asset_index,
            feed: FeedBinding {
                kind: asset.oracle_kind(),
                feed: asset.feed,
            },
        },
        Change::ImpliedVolatility {
            asset_index,
            source: asset.implied.source(),
        },
        Change::ReduceOnly {
            asset_index,
            reduce_only: asset.status() != AssetStatus::Active,
        },
    ]
}

pub(super) fn check_change(
    asset: &Asset,
    exchange: &Exchange,
    change: &Change,
    now: i64,
) -> Result<()> {
    match change {
        Change::AssetRisk { params, .. } => check_risk(asset, exchange, &(**params).into(), now),
        Change::AssetOracle { params, .. } => check_oracle(asset, &(*params).into()),
        Change::AssetTrade { params, .. } => {
            let old = asset.trade.pool_share_e9;
            pool_shares_with(exchange, old, params.pool_share_e9)?;
            check_trade(asset, &(*params).into())
        }
        // The rest of another feed is judged with both feeds at hand.
        Change::AssetFeed { feed, .. } => {
            ensure(!asset.is_settled(), FreeboardError::AssetSettled)?;
            check_no_index(feed.feed, asset.implied.feed_binding())
        }
        Change::SettleDeadFeed { .. } => ensure(!asset.is_settled(), FreeboardError::AssetSettled),
        Change::ImpliedVolatility { source, .. } => {
            ensure(!asset.is_settled(), FreeboardError::AssetSettled)?;
            if let ImpliedSource::Feed { feed } = source {
                check_no_index(asset.feed, Some(*feed))?;
            }
            let implied = Implied::new(source, asset.params.sigma_cap_e9, now);
            implied.map(drop).or_refuse()
        }
        Change::ReduceOnly { .. } | Change::WindDown { .. } => {
            let running = matches!(
                asset.status(),
                AssetStatus::Active | AssetStatus::ReduceOnly
            );
            ensure(running, FreeboardError::AssetWindingDown)
        }
        _ => Err(FreeboardError::ChangeTargetMismatch.raise()),
    }
}

/// The feed of the price is not the index: $150 would be 150 % a year.
///
/// Errors: `ImpliedVolatilityOutOfBounds`.
fn check_no_index(price: [u8; 32], index: Option<FeedBinding>) -> Result<()> {
    ensure(
        index.is_none_or(|index| index.feed != price),
        FreeboardError::ImpliedVolatilityOutOfBounds,
    )
}

/// Volatility and shocks: within their bounds, nothing changed that is fixed, no collateral weight once the end is decided, and no
/// bucket that tells nothing of the old one.
///
/// Errors: the code of a bound, `OpenInterestCapOutOfBounds`, `FixedParameterChanged`, `AssetWindingDown`.
fn check_risk(asset: &Asset, exchange: &Exchange, new: &risk::AssetParams, now: i64) -> Result<()> {
    let (params, oracle, trade) = (asset.params.into(), asset.oracle.into(), asset.trade.into());
    new.check_bounds(&oracle, &trade).or_refuse()?;
    check_open(asset, &trade, trade.skew_max_atoms(new.s_floor_e9), &params)?;
    let changes = risk::AssetParams::compare(&params, new);
    ensure(
        changes.fixed.is_empty(),
        FreeboardError::FixedParameterChanged,
    )?;
    // Once the end is decided, no change that was on its way lends against it again.
    let running = asset.settle_from_ts == 0 && !asset.is_settled();
    ensure(
        running || new.collateral_weight_e9 == 0,
        FreeboardError::AssetWindingDown,
    )?;
    if new.bucket != params.bucket {
        let moved = BucketMove {
            from: params.bucket,
            to: new.bucket,
        };
        for scenarios in [
            exchange.effective_scenarios(now),
            exchange.scenario_coefficients(),
        ] {
            check_bucket_change(&scenarios, moved).or_refuse()?;
        }
    }
    Ok(())
}

/// Oracle limits: within their bounds, alone and with the asset's shocks.
///
/// Errors: the code of a bound.
fn check_oracle(asset: &Asset, new: &risk::OracleParams) -> Result<()> {
    let params = risk::AssetParams::from(asset.params);
    params.check_bounds(new, &asset.trade.into()).or_refuse()
}

/// Perpetual market: within its bounds, alone and with the asset's shocks and what is open.
///
/// Errors: the code of a bound, `OpenInterestCapOutOfBounds`.
fn check_trade(asset: &Asset, new: &risk::TradeParams) -> Result<()> {
    let params = risk::AssetParams::from(asset.params);
    params.check_bounds(&asset.oracle.into(), new).or_refuse()?;
    let skew_max_atoms = new.skew_max_atoms(params.s_floor_e9);
    check_open(asset, &asset.trade.into(), skew_max_atoms, &params)
}

/// What is open already, under a cap that has been lowered since, is moved along no scale and secured by no
/// floor that it could not have been opened at: it is within the largest cap of the new values, or that cap does
/// not fall.
///
/// Errors: `OpenInterestCapOutOfBounds`.
fn check_open(
    asset: &Asset,
    trade: &risk::TradeParams,
    skew_max_atoms: u64,
    params: &risk::AssetParams,
) -> Result<()> {
    let falls = skew_max_atoms < trade.skew_max_atoms(params.s_floor_e9);
    ensure(
        !falls || asset.open_interest_atoms() <= skew_max_atoms,
        FreeboardError::OpenInterestCapOutOfBounds,
    )
}

/// Name and hard bounds of a new asset.
///
/// Errors: `NameInvalid`, the code of a bound.
pub fn check_listing(listing: &Listing) -> Result<()> {
    ensure(is_valid_name(&listing.name), FreeboardError::NameInvalid)?;
    risk::AssetParams::from(listing.params)
        .check_bounds(&listing.oracle.into(), &listing.trade.into())
        .or_refuse()
}

pub(super) fn apply(
    target: &mut Target,
    change: &Change,
    proposed_ts: i64,
    now: i64,
) -> Result<i64> {
    let provision_secs = target.exchange.portfolio.funding_provision_secs;
    match change {
        Change::AssetRisk { params, .. } => {
            return set_risk(target.asset()?, params, provision_secs, now);
        }
        Change::AssetOracle { params, .. } => target.asset()?.oracle = *params,
        Change::AssetTrade { params, .. } => set_trade(target, params, now)?,
        Change::ImpliedVolatility { source, .. } => set_implied(target.asset()?, source, now)?,
        Change::ReduceOnly { reduce_only, .. } => {
            let status = match reduce_only {
                true => AssetStatus::ReduceOnly,
                false => AssetStatus::Active,
            };
            target.asset()?.status = status as u8;
        }
        Change::WindDown { .. } => {
            let asset = target.asset()?;
            settlement::announce(asset, now);
            return end_weight(asset, provision_secs, now);
        }
        Change::SettleDeadFeed { .. } => {
            let asset = target.asset()?;
            dead_feed::at_last_price(asset, proposed_ts, now)?;
            return end_weight(asset, provision_secs, now);
        }
        _ => return Err(FreeboardError::ChangeNeedsInstruction.raise()),
    }
    Ok(now)
}

/// Replaces the perpetual market's parameters, and what all markets together may take of the pool.
fn set_trade(target: &mut Target, params: &TradeParams, now: i64) -> Result<()> {
    let old = target.held()?.trade.pool_share_e9;
    let total = pool_shares_with(target.exchange, old, params.pool_share_e9)?;
    target.exchange.pool_share_total_e9 = total;
    let asset = target.asset()?;
    asset.accrue_funding(now)?;
    asset.trade = *params;
    asset.renew_funding_rate()
}

/// Replaces the source of the implied volatility: what the old one has shown counts no longer.
fn set_implied(asset: &mut Asset, source: &ImpliedSource, now: i64) -> Result<()> {
    asset.implied = Implied::new(source, asset.params.sigma_cap_e9, now).or_refuse()?;
    asset.refresh_volatility(now).map(drop)
}

/// What cannot be sold here soon is no security for a loan. Returns when MM no longer counts it.
fn end_weight(asset: &mut Asset, provision_secs: u32, now: i64) -> Result<i64> {
    let params = AssetParams {
        collateral_weight_e9: 0,
        ..asset.params
    };
    let [version, ..] = &mut asset.versions; // of AssetRisk
    *version = version.wrapping_add(1);
    set_risk(asset, &params, provision_secs, now)
}

/// Replaces volatility and shock parameters: IM reads them at once, MM along a ramp whose end is returned.
#[inline(never)]
fn set_risk(asset: &mut Asset, params: &AssetParams, provision_secs: u32, now: i64) -> Result<i64> {
    let (old, core) = (asset.target(), (*params).into());
    let new = AssetCoefficients::new(&core, provision_secs).or_refuse()?;
    let ramp = AssetRamp::from_words(&asset.ramp_words).next(&old, &new, now);
    let mut volatility = asset.volatility_at(now)?;
    volatility.retarget(now, &old, &core, &new).or_refuse()?;
    asset.accrue_funding(now)?;
    let reference = asset.params.turnover_reference_quote_atoms;
    asset.params = *params;
    asset.renew_turnover(reference, now);
    asset.coefficient_words = new.to_words();
    asset.ramp_words = ramp.to_words();
    asset.volatility_words = volatility.to_words();
    asset.renew_funding_rate()?;
    Ok(ramp.window().end_ts)
}

/// Sum of all assets' shares of the pool with one replaced.
///
/// Errors: `UtilizationOutOfBounds` above 1.
pub fn pool_shares_with(exchange: &Exchange, old_e9: u64, new_e9: u64) -> Result<u64> {
    exchange
        .pool_share_total_e9
        .checked_sub(old_e9)
        .and_then(|rest| rest.checked_add(new_e9))
        .filter(|total| *total <= ALL_E9)
        .or_raise(FreeboardError::UtilizationOutOfBounds)
}
