//! A storm: volatility of a multiple of now from now on, at the prices of now. IM follows at once, MM's unit shock by
//! its speed limit.
use freeboard_client::course::first_below;
use freeboard_client::risk::RiskError;
use freeboard_client::risk::number::quantity::Variance;
use freeboard_client::risk::price::unit_shock::unit_shock;
use freeboard_client::risk::requirement::holding::Holding;
use freeboard_client::risk::requirement::margin::report;
use serde::Serialize;

use super::account::{AskedAccount, HeldMarket};
use super::answer::{as_share, atoms};

/// The volatility of a storm, as a multiple of that of now.
pub const STORM_SIGMAS: u32 = 3;
/// When it is looked at, hours after it began.
const HOURS: [i64; 3] = [1, 6, 24];
/// Until when it is looked for the moment at which the account falls below its margin.
const LONGEST_SECS: i64 = 7 * 86_400;

/// What a storm does to the margins, if prices stay.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Storm {
    /// Its volatility, as a multiple of that of now.
    pub sigmas: u32,
    /// The margins after a while.
    pub steps: Vec<StormStep>,
    /// After how many seconds the account would be liquidatable; none within 7 days.
    pub liquidatable_after_secs: Option<i64>,
}

/// The margins so many hours after a storm began.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StormStep {
    /// Hours since it began.
    pub hours: i64,
    /// Unit shock of MM of each asset, share of its price.
    pub unit_shocks: Vec<f64>,
    /// MM, quote atoms, up.
    pub maintenance_margin_atoms: i64,
    /// IM, quote atoms, up.
    pub initial_margin_atoms: i64,
    /// Equity − MM, quote atoms.
    pub cushion_atoms: i64,
}

impl Storm {
    /// Of this account.
    ///
    /// Errors: those of the core for parameters or amounts out of range.
    pub fn new(account: &AskedAccount) -> Result<Self, RiskError> {
        let markets = account.markets.iter();
        let stormy = markets
            .map(|market| stormy(market, account.now))
            .collect::<Result<Vec<_>, _>>()?;
        let step = |secs| holdings(&stormy, account.now, secs);
        let steps = HOURS.into_iter().map(|hours| {
            let holdings = step(hours * 3_600);
            let report = account.with_holdings(&holdings, report)?;
            let liquidation = report.liquidation.requirement;
            let shocks = holdings.iter().map(|one| as_share(one.unit_shock.u_mm));
            Ok(StormStep {
                hours,
                unit_shocks: shocks.collect(),
                maintenance_margin_atoms: atoms(report.maintenance.margin_atoms),
                initial_margin_atoms: atoms(report.initial.requirement.margin_atoms),
                cushion_atoms: atoms(liquidation.free_collateral_atoms()),
            })
        });
        let steps = steps.collect::<Result<Vec<_>, RiskError>>()?;
        let below = |secs| {
            let report = account.with_holdings(&step(secs), report)?;
            Ok::<_, RiskError>(report.liquidation.requirement.is_liquidatable())
        };
        Ok(Self {
            sigmas: STORM_SIGMAS,
            steps,
            liquidatable_after_secs: first_below(LONGEST_SECS, below)?,
        })
    }
}

/// A market whose variances are those of the storm, its unit shock still that of now.
fn stormy(market: &HeldMarket, now: i64) -> Result<HeldMarket, RiskError> {
    let more = |v: Variance| {
        let times = u128::from(STORM_SIGMAS * STORM_SIGMAS);
        Variance::from_bits(v.to_bits().saturating_mul(times))
    };
    let mut market = market.clone();
    let state = &mut market.volatility;
    (state.v_fast, state.v_slow) = (more(state.v_fast), more(state.v_slow));
    state.v_short = more(state.v_short);
    state.refresh(&market.params, &market.holding.coefficients)?;
    state.u_prev = market.holding.unit_shock.u_mm;
    state.u_prev_ts = now;
    Ok(market)
}

/// What is held, so many seconds later; samples go on.
fn holdings(markets: &[HeldMarket], now: i64, secs: i64) -> Vec<Holding> {
    let at_ts = now.saturating_add(secs);
    let later = |market: &HeldMarket| {
        let mut state = market.volatility;
        state.anchor_ts = at_ts;
        let coefficients = &market.holding.coefficients;
        Holding {
            unit_shock: unit_shock(&state, coefficients, at_ts),
            ..market.holding
        }
    };
    markets.iter().map(later).collect()
}
