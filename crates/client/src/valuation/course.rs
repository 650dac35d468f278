//! What time alone does to the margin of an account: the speed limit of u_MM and the ramps of parameters go on, while prices,
//! holdings and what the volatility leads to stay as they are. Return data has no room for it, so it is found off chain.
use anchor_lang::error::Error;
use freeboard::arrange::{Holdings, SharedRisk, Standards};
use freeboard::error::OrRefuse;
use freeboard::state::{Asset, Collateral, Exchange, MarginAccount};
use freeboard_risk::RiskError;
use freeboard_risk::market::collateral::CollateralBalance;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::unit_shock::unit_shock_mm;
use freeboard_risk::price::volatility::VolatilityState;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{Requirement, liquidation_valuation};

use super::fetched::Fetched;
use super::forecast::{first, is_asset_settled, is_exchange_settled};
use super::margin::PricedAsset;

/// For how long a course is followed where it does not end before, seconds.
pub const LONGEST_SECS: i64 = 30 * 86_400;
/// How far apart it is looked at, seconds: u_MM moves by a few per cent in that time.
const STEP_SECS: i64 = 3_600;

/// Where MM is on its way to, and when it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginCourse {
    /// After how many seconds MM stays where it is; 0 if it does already, none if it never arrives.
    pub settled_after_secs: Option<i64>,
    /// MM then, quote atoms, up.
    pub settled_margin_atoms: i128,
    /// After how many seconds the account is liquidatable, 0 if it is; none if it is not within [`LONGEST_SECS`].
    pub liquidatable_after_secs: Option<i64>,
}

/// One asset of an account whose margin is followed.
#[derive(Clone, Copy, Debug)]
pub struct FollowedAsset {
    /// The asset, whose ramp goes on.
    pub asset: Asset,
    /// Its volatility, which u_MM follows.
    pub volatility: VolatilityState,
    /// What is held of it, as a liquidation counts it now.
    pub holding: Holding,
    /// The collateral of it, of which the same shares count later.
    pub balance: CollateralBalance,
}

impl MarginCourse {
    /// Follows a margin account at clock time `now`. `assets` may be in any order and hold more than the account does.
    ///
    /// Errors: those of the program; `AssetAccountMissing` where `assets` lacks one that is held.
    pub fn new(
        exchange: &Exchange,
        account: &MarginAccount,
        assets: &[PricedAsset],
        now: i64,
    ) -> Result<Self, Error> {
        let counted = Standards::of_view(PriceStandard::Liquidation);
        let holdings = Holdings::load(account, &mut Fetched(assets), counted, now)?;
        let held = holdings.list.iter().zip(&holdings.sources);
        let followed = held.filter_map(|(holding, source)| {
            let mut assets = assets.iter();
            let priced = assets.find(|priced| priced.asset.index == source.asset_index)?;
            let slot = account.find_collateral(source.asset_index);
            let balance = slot.map(Collateral::balance).unwrap_or_default();
            Some((&priced.asset, *holding, balance))
        });
        let followed = followed.map(|(asset, holding, balance)| {
            Ok(FollowedAsset {
                asset: *asset,
                volatility: asset.volatility()?,
                holding,
                balance,
            })
        });
        let followed = followed.collect::<Result<Vec<_>, Error>>()?;
        let quote_atoms = account.quote_after_interest(exchange, now)?;
        Self::of_assets(exchange, quote_atoms, &followed, now).or_refuse()
    }

    /// Follows an account with this quote balance and these assets at clock time `now`.
    ///
    /// Errors: those of the core.
    pub fn of_assets(
        exchange: &Exchange,
        quote_atoms: i64,
        followed: &[FollowedAsset],
        now: i64,
    ) -> Result<Self, RiskError> {
        let at = |ts| requirement_at(exchange, quote_atoms, followed, ts);
        let settled_ts = first(now, |ts| {
            is_exchange_settled(exchange, ts)
                && followed
                    .iter()
                    .all(|one| is_asset_settled(&one.asset, &one.volatility, ts))
        });
        let settled_after_secs = settled_ts.map(|ts| ts.saturating_sub(now));
        let followed_secs = settled_after_secs.map_or(LONGEST_SECS, |secs| secs.min(LONGEST_SECS));
        let liquidatable_after_secs = first_below(followed_secs, |secs| {
            Ok::<_, RiskError>(at(now.saturating_add(secs))?.is_liquidatable())
        })?;
        Ok(Self {
            settled_after_secs,
            settled_margin_atoms: at(i64::MAX)?.margin_atoms,
            liquidatable_after_secs,
        })
    }
}

/// MM and equity of the same holdings at another time.
fn requirement_at(
    exchange: &Exchange,
    quote_atoms: i64,
    followed: &[FollowedAsset],
    ts: i64,
) -> Result<Requirement, RiskError> {
    let later = |one: &FollowedAsset| {
        let mut holding = one.holding;
        let levels = one.asset.coefficients_by_level(ts);
        (holding.coefficients, holding.initial) = (levels.maintenance, levels.initial);
        holding.unit_shock.u_mm = unit_shock_mm(&one.volatility, &holding.coefficients, ts);
        holding.unrelieved = None;
        holding.hold_collateral(CollateralBalance {
            amount_atoms: holding.collateral_atoms,
            ..one.balance
        })?;
        Ok(holding)
    };
    let holdings = followed.iter().map(later);
    let holdings = holdings.collect::<Result<Vec<Holding>, RiskError>>()?;
    let shared = SharedRisk::load(exchange, ts);
    let portfolio = shared.portfolio(quote_atoms, &holdings);
    Ok(liquidation_valuation(&portfolio)?.requirement)
}

/// The first second up to `longest_secs` at which an account is below its margin, looked for hour by hour and then to the
/// second; none where it is at no hour, nor at the end.
///
/// Errors: those of `below`.
pub fn first_below<E>(
    longest_secs: i64,
    below: impl Fn(i64) -> Result<bool, E>,
) -> Result<Option<i64>, E> {
    if below(0)? {
        return Ok(Some(0));
    }
    let (mut healthy, mut found) = (0_i64, 0_i64);
    while found < longest_secs {
        found = healthy.saturating_add(STEP_SECS).min(longest_secs);
        if below(found)? {
            break;
        }
        healthy = found;
    }
    if healthy == found {
        return Ok(None);
    }
    while found - healthy > 1 {
        let middle = found.midpoint(healthy);
        if below(middle)? {
            found = middle;
        } else {
            healthy = middle;
        }
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_second_below_is_found() {
        let found = |since: i64| {
            let below = |secs| Ok::<_, ()>(secs >= since);
            first_below(2 * STEP_SECS + 7, below).unwrap()
        };
        for since in [1, 2, 3_599, 3_600, 3_601, 7_200, 7_207] {
            assert_eq!(found(since), Some(since));
        }
        assert_eq!(found(-1), Some(0));
        assert_eq!(found(7_208), None);
        assert_eq!(first_below(0, |_| Ok::<_, ()>(false)), Ok(None));
        // MM may rise and fall again: the first of two spans is found.
        let twice = |secs| Ok::<_, ()>((3_000..4_000).contains(&secs) || secs > 9_000);
        assert_eq!(first_below(LONGEST_SECS, twice), Ok(Some(3_000)));
        assert_eq!(first_below(LONGEST_SECS, |_| Err(7)), Err(7));
    }
}
