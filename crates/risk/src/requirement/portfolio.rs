//! An account as the margin sees it.
use crate::governance::TargetTerms;
use crate::params::{PortfolioCoefficients, ScenarioCoefficients};
use crate::requirement::holding::Holding;

/// An account as the margin sees it.
#[derive(Clone, Copy, Debug)]
pub struct Portfolio<'a> {
    /// Portfolio parameters in binary, as in force for MM.
    pub coefficients: &'a PortfolioCoefficients,
    /// Joint scenarios, at most 16, as in force for MM.
    pub scenarios: &'a [ScenarioCoefficients],
    /// Terms that IM and its equity read in place of both: the target ones while a ramp runs. `None` where
    /// both levels read the same.
    pub initial: Option<TargetTerms<'a>>,
    /// Signed quote balance; negative is a loan. Quote atoms.
    pub quote_atoms: i64,
    /// One per asset, at most 24.
    pub holdings: &'a [Holding],
}

impl<'a> Portfolio<'a> {
    /// Parameters and scenarios that a level reads.
    #[inline]
    pub(crate) const fn read_at(&self, level: Level) -> TargetTerms<'a> {
        match (level, self.initial) {
            (Level::Initial, Some(target)) => target,
            _ => TargetTerms {
                coefficients: self.coefficients,
                scenarios: self.scenarios,
            },
        }
    }

    /// Whether part of some collateral is relief: then the initial level reads less of it than MM.
    #[inline]
    pub(crate) fn has_relief(&self) -> bool {
        self.holdings.iter().any(|held| held.unrelieved.is_some())
    }
}

/// Level at which an account is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Whether the account may be liquidated.
    Maintenance,
    /// Whether it may open, increase or withdraw.
    Initial,
}

/// The term that sets a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Correlated shocks.
    Var,
    /// The floor φ·G.
    Floor,
    /// The joint scenario of this index.
    Scenario(u8),
    /// IM only: 1.25 times the maintenance margin in force.
    Maintenance,
}
