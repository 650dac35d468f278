//! What a change does to margins, before anybody carries it out: the program's own code on copies of the
//! accounts, with the prices and the volatility of now.
//!
//! | moment | what holds |
//! |---|---|
//! | before | what the accounts say |
//! | after | right after the change: IM follows at once, MM where it may |
//! | end | once every ramp has ended: the speed limit of u_MM, the ramps of assets and portfolio, collateral weight; and L where what is traded now leads it |
use anchor_lang::error::Error;
use freeboard::governance::{Applied, Target};
use freeboard::instructions::MarginReport;
use freeboard::state::{Asset, Change, EXCHANGE_TARGET, Exchange, MarginAccount};
use freeboard_risk::governance::{AssetRamp, PortfolioRamp};
use freeboard_risk::params::PortfolioCoefficients;
use freeboard_risk::price::unit_shock::unit_shock_mm;
use freeboard_risk::price::volatility::VolatilityState;

use crate::dump::{Dump, Located};
use crate::feed::FeedAccount;
use crate::margin::{self, PricedAsset};

/// Exchange and assets, to be changed without a chain.
#[derive(Clone)]
pub struct ForecastState {
    /// The exchange.
    pub exchange: Exchange,
    /// Its assets.
    pub assets: Vec<Asset>,
}

/// An account's margins at each moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForecastOutcome {
    /// Before the change.
    pub before: MarginReport,
    /// Right after it.
    pub after: MarginReport,
    /// Once every ramp has ended.
    pub end: MarginReport,
    /// The same without the change: ramps that run already end too.
    pub end_without: MarginReport,
}

/// What comes of some changes.
pub struct Forecast {
    /// What each was.
    pub applied: Vec<Applied>,
    /// When the last ramp ends, unix seconds; none if one never does.
    pub settled_ts: Option<i64>,
    /// Every margin account, or why its margin is not known.
    pub accounts: Vec<Located<Result<ForecastOutcome, Error>>>,
}

impl ForecastState {
    /// Exchange and assets of a dump.
    pub fn from_dump(dump: &Dump) -> Self {
        Self {
            exchange: dump.exchange.state,
            assets: dump.assets.iter().map(|one| one.asset.state).collect(),
        }
    }

    /// The exchange and the asset that a change names.
    ///
    /// Errors: `ChangeTargetMismatch` if there is no such asset.
    pub fn target(&mut self, change: &Change) -> Result<Target<'_>, Error> {
        let named = match change {
            Change::Listing { .. } => EXCHANGE_TARGET, // it has no asset yet
            other => other.target(),
        };
        let asset = self.assets.iter_mut().find(|asset| asset.index == named);
        Target::new(&mut self.exchange, asset, change)
    }

    /// Carries out a change that was proposed at `proposed_ts`, unix seconds.
    ///
    /// Errors: those of [`Target::apply`].
    pub fn apply(&mut self, change: &Change, proposed_ts: i64, now: i64) -> Result<Applied, Error> {
        self.target(change)?.apply(change, proposed_ts, now)
    }

    /// When every ramp has ended, unix seconds, at least `now`; none if one never does.
    ///
    /// Errors: those of a volatility that was never written.
    pub fn settled_ts(&self, now: i64) -> Result<Option<i64>, Error> {
        let volatilities = self.volatilities()?;
        Ok(first(now, |ts| self.is_settled(&volatilities, ts)))
    }

    /// Ends every ramp with the clock at `now`, so that prices keep their age.
    ///
    /// Errors: those of a volatility that was never written.
    pub fn settle(&mut self, now: i64) -> Result<(), Error> {
        self.exchange.portfolio_ramp_words = PortfolioRamp::default().to_words();
        for asset in &mut self.assets {
            let mut volatility = asset.volatility()?;
            // After all time: also the end of what falls so slowly that it never arrives.
            volatility.u_prev = unit_shock_mm(&volatility, &asset.target(), i64::MAX);
            volatility.u_prev_ts = now;
            asset.volatility_words = volatility.to_words();
            asset.ramp_words = AssetRamp::default().to_words();
            asset.depth_cut_e9 = asset.target_cut_e9(now);
        }
        Ok(())
    }

    fn volatilities(&self) -> Result<Vec<VolatilityState>, Error> {
        self.assets.iter().map(Asset::volatility).collect()
    }

    /// Whether MM and its equity are where the parameters lead.
    fn is_settled(&self, volatilities: &[VolatilityState], now: i64) -> bool {
        let Self { exchange, assets } = self;
        is_exchange_settled(exchange, now)
            && assets
                .iter()
                .zip(volatilities)
                .all(|(asset, volatility)| is_asset_settled(asset, volatility, now))
    }

    fn priced(&self, dump: &Dump) -> Vec<PricedAsset> {
        let feeds = dump.assets.iter().map(|one| &one.feed);
        let pairs = self.assets.iter().zip(feeds);
        pairs
            .filter_map(|(asset, feed)| {
                // A market that has ended needs no feed.
                let settled = || asset.is_settled().then(FeedAccount::default);
                Some(PricedAsset {
                    asset: *asset,
                    feed: feed.clone().or_else(settled)?,
                })
            })
            .collect()
    }
}

/// Whether what MM reads of the portfolio is where its parameters lead.
pub(super) fn is_exchange_settled(exchange: &Exchange, now: i64) -> bool {
    let target = PortfolioCoefficients::from_words(&exchange.portfolio_words);
    let ramp = PortfolioRamp::from_words(&exchange.portfolio_ramp_words);
    ramp.coefficients(&target, now) == target
        && exchange.effective_scenarios(now) == exchange.scenario_coefficients()
}

/// Whether what MM reads of an asset is where its parameters and this volatility lead.
pub(super) fn is_asset_settled(asset: &Asset, volatility: &VolatilityState, now: i64) -> bool {
    let to = asset.target();
    AssetRamp::from_words(&asset.ramp_words).coefficients(&to, now) == to
        && unit_shock_mm(volatility, &to, now) == volatility.u_target
}

/// The first time from `now` on at which something holds that then holds for ever; none if it never does.
pub fn first(now: i64, holds: impl Fn(i64) -> bool) -> Option<i64> {
    if holds(now) {
        return Some(now);
    }
    let (mut before, mut step) = (now, 3_600i64);
    let mut after = now.saturating_add(step);
    while !holds(after) {
        if after == i64::MAX {
            return None;
        }
        before = after;
        step = step.saturating_mul(2);
        after = now.saturating_add(step);
    }
    while before.saturating_add(1) < after {
        let middle = before.midpoint(after);
        if holds(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    Some(after)
}

/// Carries out changes at `now` on copies of a dump's accounts and reports every margin account; `progress` is
/// called after each.
///
/// Errors: those of [`ForecastState::apply`] and [`Dump::check_dead`].
pub fn forecast(
    dump: &Dump,
    changes: &[Change],
    proposed_ts: i64,
    now: i64,
    mut progress: impl FnMut(),
) -> Result<Forecast, Error> {
    let before = ForecastState::from_dump(dump);
    let mut after = before.clone();
    let applied = changes
        .iter()
        .map(|change| {
            dump.check_dead(change, proposed_ts)?;
            after.apply(change, proposed_ts, now)
        })
        .collect::<Result<_, _>>()?;
    let (mut end, mut end_without) = (after.clone(), before.clone());
    end.settle(now)?;
    end_without.settle(now)?;
    let moments = [&before, &after, &end, &end_without].map(|state| ForecastMoment {
        exchange: &state.exchange,
        assets: state.priced(dump),
        now,
    });
    let accounts = dump.margin_accounts.iter().map(|account| {
        let outcome = outcome(&moments, &account.state);
        progress();
        Located {
            address: account.address,
            state: outcome,
        }
    });
    Ok(Forecast {
        applied,
        accounts: accounts.collect(),
        settled_ts: after.settled_ts(now)?,
    })
}

/// What margins are computed from.
struct ForecastMoment<'a> {
    exchange: &'a Exchange,
    assets: Vec<PricedAsset>,
    now: i64,
}

fn outcome(
    moments: &[ForecastMoment; 4],
    account: &MarginAccount,
) -> Result<ForecastOutcome, Error> {
    let [before, after, end, end_without] = moments
        .each_ref()
        .map(|moment| margin::report(moment.exchange, account, &moment.assets, moment.now));
    Ok(ForecastOutcome {
        before: before?,
        after: after?,
        end: end?,
        end_without: end_without?,
    })
}

/// Publish time of the newest price that the dumps hold, unix seconds; none without a price.
pub fn newest_price_ts(dump: &Dump) -> Option<i64> {
    let prices = dump.assets.iter().filter_map(|one| {
        let feed = one.feed.as_ref()?;
        feed.latest(&one.asset.state).ok()
    });
    prices.map(|price| price.publish_ts).max()
}

#[cfg(test)]
#[path = "forecast_tests.rs"]
mod tests;
