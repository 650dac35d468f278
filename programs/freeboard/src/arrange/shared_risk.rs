//! What all accounts of an exchange share: portfolio coefficients and scenarios, of MM and of IM.
use crate::state::Exchange;
use freeboard_risk::governance::{PortfolioRamp, TargetTerms};
use freeboard_risk::params::{PortfolioCoefficients, ScenarioCoefficients};
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::portfolio::Portfolio;

/// Portfolio parameters in binary, read once per instruction.
pub struct SharedRisk {
    /// Portfolio coefficients that MM reads.
    pub portfolio: PortfolioCoefficients,
    /// Scenarios that MM reads.
    pub scenarios: Vec<ScenarioCoefficients>,
    /// What IM reads instead while a ramp runs.
    initial: Option<Box<(PortfolioCoefficients, Vec<ScenarioCoefficients>)>>,
}

impl SharedRisk {
    /// What the exchange prescribes, and what is in force at `now`.
    pub fn load(exchange: &Exchange, now: i64) -> Self {
        let portfolio = PortfolioCoefficients::from_words(&exchange.portfolio_words);
        let scenarios = exchange.scenario_coefficients();
        let ramp = PortfolioRamp::from_words(&exchange.portfolio_ramp_words);
        if now >= ramp.window().end_ts {
            return Self {
                portfolio,
                scenarios,
                initial: None,
            };
        }
        Self {
            portfolio: ramp.coefficients(&portfolio, now),
            scenarios: exchange.effective_scenarios(now),
            initial: Some(Box::new((portfolio, scenarios))),
        }
    }

    /// The core's view of an account with this quote balance and these holdings.
    pub fn portfolio<'a>(&'a self, quote_atoms: i64, holdings: &'a [Holding]) -> Portfolio<'a> {
        Portfolio {
            coefficients: &self.portfolio,
            scenarios: &self.scenarios,
            initial: self
                .initial
                .as_deref()
                .map(|(coefficients, scenarios)| TargetTerms {
                    coefficients,
                    scenarios,
                }),
            quote_atoms,
            holdings,
        }
    }
}
