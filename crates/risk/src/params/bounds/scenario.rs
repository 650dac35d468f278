//! Bounds of a joint scenario.
use super::{BASIS_MAX_E9, bounds, require, within};
use crate::RiskError;
use crate::number::arith::wide_mul;
use crate::number::quantity::E9;
use crate::params::Scenario;

bounds! {
    /// Checks a joint scenario.
    pub fn check_bounds of Scenario, "scenarios." {
        ScenarioOutOfBounds {
            weight_e9: Fraction(0, E9);
            shock_e9: Each(Fraction, -1_000_000_000, 3_000_000_000);
            /// With the largest basis it stays below 1: a deposit never raises MM by more than equity.
            loss_spares_deposits: If("weight · fall at most {}",
                ["scenarios.weight_e9", "scenarios.shock_e9"], Fraction(E9 - BASIS_MAX_E9));
        }
    }
}

impl Scenario {
    fn loss_spares_deposits(&self, most_e9: u64) -> bool {
        let deepest = self.shock_e9.iter().copied().min().unwrap_or(0).min(0);
        wide_mul(self.weight_e9, deepest.unsigned_abs()) <= wide_mul(most_e9, E9)
    }
}
