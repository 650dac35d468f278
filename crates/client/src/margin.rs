//! The margin report of decoded accounts: what `view_margin` answers, without a transaction.
//!
//! Which price counts is decided here as the program decides it; every number comes from the core.
use crate::feed::FeedAccount;
use freeboard::{
    error::FreeboardError,
    events::MarginSnapshot,
    instructions::{AssetMargin, MarginReport},
    state::{Asset, Exchange, MarginAccount},
};
use freeboard_risk::{
    RiskError,
    contribution::{Contribution, report_with_contributions},
    holding::{Holding, MAX_HOLDINGS},
    margin,
    observation::Observation,
    params::{PortfolioCoefficients, ScenarioCoefficients},
    portfolio::Portfolio,
    trade::decay_liquidated,
    unit_shock::unit_shock,
};

/// An asset and the account that holds its price.
#[derive(Clone, Debug)]
pub struct PricedAsset {
    /// The asset.
    pub asset: Asset,
    /// Its feed.
    pub feed: FeedAccount,
}

/// Why there is no report.
#[derive(Debug, PartialEq)]
pub enum MarginError {
    /// The account holds this asset, and it is not among those given.
    AssetMissing(u16),
    /// The program would refuse: a feed that is not the asset's.
    Refused(anchor_lang::error::Error),
    /// The core refuses.
    Risk(RiskError),
}

impl From<RiskError> for MarginError {
    fn from(error: RiskError) -> Self {
        Self::Risk(error)
    }
}

impl From<anchor_lang::error::Error> for MarginError {
    fn from(error: anchor_lang::error::Error) -> Self {
        Self::Refused(error)
    }
}

/// The report that `view_margin` gives at clock time `now`.
///
/// `assets` may be in any order and hold more than the account does.
pub fn report(
    exchange: &Exchange,
    account: &MarginAccount,
    assets: &[PricedAsset],
    now: i64,
) -> Result<MarginReport, MarginError> {
    let order = crate::slots::order(account);
    let holdings = holdings(account, &order, assets, now)?;
    let coefficients = PortfolioCoefficients::from_words(&exchange.portfolio_words);
    let scenarios: Vec<ScenarioCoefficients> = exchange.scenario_coefficients();
    let portfolio = Portfolio {
        coefficients: &coefficients,
        scenarios: &scenarios,
        quote_atoms: account.quote_atoms,
        holdings: &holdings,
    };
    answer(&portfolio, &order, account.flagged_ts)
}

/// What an account holds of each asset in `order`, valued at `now` for every purpose at once.
pub fn holdings(
    account: &MarginAccount,
    order: &[u16],
    assets: &[PricedAsset],
    now: i64,
) -> Result<Vec<Holding>, MarginError> {
    let find = |index: u16| {
        let found = assets.iter().find(|priced| priced.asset.index == index);
        found.ok_or(MarginError::AssetMissing(index))
    };
    order
        .iter()
        .map(|index| holding(account, find(*index)?, now))
        .collect()
}

fn holding(
    account: &MarginAccount,
    priced: &PricedAsset,
    now: i64,
) -> Result<Holding, MarginError> {
    let asset = &priced.asset;
    let counted = CountedPrice::of(priced, now)?;
    let coefficients = asset.coefficients(now);
    let position = account
        .positions
        .iter()
        .find(|slot| slot.asset_index == asset.index);
    let collateral = account
        .collaterals
        .iter()
        .find(|slot| slot.asset_index == asset.index);
    let elapsed_secs = u64::try_from(now.saturating_sub(asset.liquidated_ts)).unwrap_or(0);
    Ok(Holding {
        price: counted.observation.price,
        confidence: counted.observation.confidence,
        ema: counted.observation.ema,
        usable_initial: counted.usable_initial,
        usable_liquidation: counted.usable_liquidation,
        unit_shock: unit_shock(&asset.volatility()?, &coefficients, now),
        coefficients,
        open_interest_atoms: asset.open_interest_atoms(),
        liquidated_quote_atoms: decay_liquidated(asset.liquidated_quote_atoms, elapsed_secs),
        size_atoms: position.map_or(0, |slot| slot.base_size_atoms),
        entry_quote_atoms: position.map_or(0, |slot| slot.entry_notional_atoms),
        funding_quote_atoms: 0,
        collateral_atoms: collateral.map_or(0, |slot| slot.amount_atoms),
    })
}

struct CountedPrice {
    observation: Observation,
    usable_initial: bool,
    usable_liquidation: bool,
}

impl CountedPrice {
    /// The feed's price if it can be read and is the newest known, else the recorded one, unusable.
    fn of(priced: &PricedAsset, now: i64) -> Result<Self, MarginError> {
        let (asset, feed) = (&priced.asset, &priced.feed);
        let read = if feed.is_closed() {
            None
        } else {
            readable(feed, asset, now)?
        };
        let Some(observation) = read else {
            let observation = asset.recorded.observation();
            return Ok(Self {
                observation,
                usable_initial: false,
                usable_liquidation: false,
            });
        };
        let limits = asset.oracle.into();
        let beyond_since = asset.recorded.ema_beyond_since_ts;
        Ok(Self {
            usable_initial: observation.check_trade(&limits, now).is_ok(),
            usable_liquidation: observation
                .check_liquidation(&limits, now, beyond_since)
                .is_ok(),
            observation,
        })
    }
}

/// The observation, none if its content cannot count; an account that is not the feed is an error.
fn readable(
    feed: &FeedAccount,
    asset: &Asset,
    now: i64,
) -> Result<Option<Observation>, MarginError> {
    let foreign = [
        FreeboardError::FeedOwnerInvalid,
        FreeboardError::FeedMismatch,
        FreeboardError::FeedMalformed,
    ];
    match feed.observation(asset, now) {
        Ok(observation) => Ok(Some(observation)),
        Err(error) if foreign.into_iter().any(|code| error == code.into()) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

fn answer(
    portfolio: &Portfolio,
    order: &[u16],
    flagged_ts: i64,
) -> Result<MarginReport, MarginError> {
    let mut shares = [Contribution::default(); MAX_HOLDINGS];
    let report = report_with_contributions(portfolio, &mut shares)?;
    let rows = order.iter().zip(portfolio.holdings).zip(shares);
    let assets = rows.map(|((asset_index, holding), share)| {
        Ok(AssetMargin {
            asset_index: *asset_index,
            initial_atoms: atoms(share.initial_atoms)?,
            maintenance_atoms: atoms(share.maintenance_atoms)?,
            u_mm_q60: holding.unit_shock.u_mm.to_bits(),
            usable_initial: holding.usable_initial,
            usable_liquidation: holding.usable_liquidation,
        })
    });
    Ok(MarginReport {
        initial: snapshot(&report.initial.requirement)?,
        maintenance: snapshot(&report.maintenance)?,
        liquidation: snapshot(&report.liquidation.requirement)?,
        free_collateral_atoms: atoms(report.initial.headroom_atoms)?,
        meets_initial_margin: report.initial.meets_initial_margin(),
        is_liquidatable: report.liquidation.requirement.is_liquidatable(),
        initial_binding: report.initial.requirement.binding.into(),
        maintenance_binding: report.maintenance.binding.into(),
        gross_notional_atoms: atoms(report.gross_notional_atoms)?,
        flagged_ts,
        assets: assets.collect::<Result<_, RiskError>>()?,
    })
}

fn snapshot(requirement: &margin::Requirement) -> Result<MarginSnapshot, RiskError> {
    Ok(MarginSnapshot {
        margin_atoms: atoms(requirement.margin_atoms)?,
        equity_atoms: atoms(requirement.equity_atoms)?,
    })
}

fn atoms(amount: i128) -> Result<i64, RiskError> {
    i64::try_from(amount).map_err(|_| RiskError::Overflow)
}
