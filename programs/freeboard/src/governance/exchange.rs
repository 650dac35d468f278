//! Changes of the exchange: portfolio, scenarios, liquidation, pool, timelock, roles.
use super::check_timelock;
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::state::{Change, Exchange, OfferedBy, Role, Scenario};
use anchor_lang::prelude::*;
use freeboard_risk::governance::{Directed, PortfolioRamp, TargetTerms};
use freeboard_risk::params::bounds::{Payouts, Scenarios};
use freeboard_risk::params::{self as risk, PortfolioCoefficients, ScenarioCoefficients};

/// Every value of the exchange that can be changed.
pub fn all(exchange: &Exchange) -> Vec<Change> {
    let held = |role| Change::OfferRole {
        role,
        holder: exchange.holder(role),
    };
    vec![
        Change::Portfolio {
            params: exchange.portfolio,
        },
        Change::Scenarios {
            scenarios: exchange.scenarios().to_vec(),
        },
        Change::Liquidation {
            params: exchange.liquidation,
        },
        Change::Pool {
            params: exchange.pool,
        },
        Change::Timelock {
            secs: exchange.timelock_secs,
        },
        Change::Payouts {
            recipient: exchange.payout_recipient,
            cap_quote_atoms: exchange.payout_cap_quote_atoms,
        },
        held(Role::Governance),
        held(Role::RiskManager),
        held(Role::Guardian),
    ]
}

pub(super) fn current(exchange: &Exchange, change: &Change) -> Option<Change> {
    all(exchange).into_iter().find(|held| held.is_like(change))
}

pub(super) fn check_change(exchange: &Exchange, change: &Change) -> Result<()> {
    match change {
        Change::Portfolio { params } => risk::PortfolioParams::from(*params)
            .check_bounds()
            .or_refuse(),
        Change::Scenarios { scenarios } => check_scenarios(scenarios),
        Change::Liquidation { params } => risk::LiquidationParams::from(*params)
            .check_bounds()
            .or_refuse(),
        Change::Pool { params } => risk::PoolParams::from(*params).check_bounds().or_refuse(),
        Change::Timelock { secs } => check_timelock(*secs),
        // A stolen key takes no more than that a day, and of fees alone.
        Change::Payouts {
            cap_quote_atoms, ..
        } => {
            let cap_quote_atoms = *cap_quote_atoms;
            Payouts { cap_quote_atoms }.check_bounds().or_refuse()
        }
        Change::OfferRole { holder, role } => {
            ensure(
                *holder != Pubkey::default(),
                FreeboardError::RoleHolderInvalid,
            )?;
            // An offer that the holder made itself is not one that it cannot take back.
            let already = exchange.is_imposed(*role) && exchange.offered(*role) == *holder;
            ensure(!already, FreeboardError::ChangeEmpty)
        }
        _ => Err(FreeboardError::ChangeTargetMismatch.raise()),
    }
}

/// Errors: `ScenarioOutOfBounds`.
pub(crate) fn check_scenarios(scenarios: &[Scenario]) -> Result<()> {
    let count = Scenarios {
        scenarios: scenarios.len(),
    };
    count.check_bounds().or_refuse()?;
    for scenario in scenarios {
        risk::Scenario::from(scenario).check_bounds().or_refuse()?;
    }
    Ok(())
}

/// A scenario keeps its place; one that is not there is all zero.
pub(super) fn scenarios_only_tighten(old: &[Scenario], new: &[Scenario]) -> bool {
    let at = |scenarios: &[Scenario], place: usize| {
        scenarios
            .get(place)
            .map_or_else(risk::Scenario::default, risk::Scenario::from)
    };
    let places = 0..old.len().max(new.len());
    let changes = |place| risk::Scenario::compare(&at(old, place), &at(new, place));
    places.clone().all(|place| changes(place).only_tighter())
        && places.map(changes).any(|changes| !changes.is_empty())
}

pub(super) fn apply(exchange: &mut Exchange, change: &Change, now: i64) -> Result<i64> {
    match change {
        Change::Portfolio { params } => {
            let next = PortfolioCoefficients::new(&(*params).into()).or_refuse()?;
            let scenarios = exchange.scenario_coefficients();
            let ramp_end_ts = ramp(exchange, &next, &scenarios, now);
            exchange.portfolio = *params;
            exchange.portfolio_words = next.to_words();
            return Ok(ramp_end_ts);
        }
        Change::Scenarios { scenarios } => {
            let next: Vec<ScenarioCoefficients> = scenarios
                .iter()
                .map(|scenario| ScenarioCoefficients::new(&scenario.into()).or_refuse())
                .collect::<Result<_>>()?;
            let portfolio = PortfolioCoefficients::from_words(&exchange.portfolio_words);
            let ramp_end_ts = ramp(exchange, &portfolio, &next, now);
            exchange.set_scenarios(scenarios)?;
            return Ok(ramp_end_ts);
        }
        Change::Liquidation { params } => exchange.liquidation = *params,
        Change::Pool { params } => exchange.pool = *params,
        Change::Timelock { secs } => exchange.timelock_secs = *secs,
        Change::Payouts {
            recipient,
            cap_quote_atoms,
        } => {
            exchange.payout_recipient = *recipient;
            exchange.payout_cap_quote_atoms = *cap_quote_atoms;
        }
        Change::OfferRole { role, holder } => {
            exchange.offer(*role, *holder, OfferedBy::Governance)?
        }
        _ => return Err(FreeboardError::ChangeNeedsInstruction.raise()), // a listing
    }
    Ok(now)
}

/// Starts, prolongs or ends the ramp of the portfolio; returns its end.
#[inline(never)]
fn ramp(
    exchange: &mut Exchange,
    coefficients: &PortfolioCoefficients,
    scenarios: &[ScenarioCoefficients],
    now: i64,
) -> i64 {
    let old = PortfolioCoefficients::from_words(&exchange.portfolio_words);
    let old_scenarios = exchange.scenario_coefficients();
    let mut starts: Vec<ScenarioCoefficients> = exchange
        .scenario_start_words
        .iter()
        .map(ScenarioCoefficients::from_words)
        .collect();
    let next = PortfolioRamp::from_words(&exchange.portfolio_ramp_words).next(
        &mut starts,
        &TargetTerms {
            coefficients: &old,
            scenarios: &old_scenarios,
        },
        &TargetTerms {
            coefficients,
            scenarios,
        },
        now,
    );
    for (words, start) in exchange.scenario_start_words.iter_mut().zip(&starts) {
        *words = start.to_words();
    }
    exchange.portfolio_ramp_words = next.to_words();
    next.window().end_ts
}
