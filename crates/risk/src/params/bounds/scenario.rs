//! Bounds of a joint scenario.
use super::{BASIS_MAX_E9, require, within};
use crate::RiskError;
use crate::number::arith::wide_mul;
use crate::number::quantity::E9;
use crate::params::Scenario;

/// Most joint scenarios.
pub const MAX_SCENARIOS: usize = 16;
/// Shock of a scenario, × 10^9.
pub const SCENARIO_SHOCK_E9: [i64; 2] = [-1_000_000_000, 3_000_000_000];
/// Largest loss of a scenario, weight · fall, × 10^18: with the largest basis it stays below 1, so that a
/// deposit never raises MM by more than it raises equity.
pub const SCENARIO_LOSS_MAX_E18: u128 = wide_mul(E9 - BASIS_MAX_E9, E9);

impl Scenario {
    /// Checks a joint scenario. Errors: [`RiskError::ScenarioOutOfBounds`].
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        let shocks_within = self
            .shock_e9
            .iter()
            .all(|shock| within(*shock, SCENARIO_SHOCK_E9));
        let deepest = self.shock_e9.iter().copied().min().unwrap_or(0).min(0);
        let loss = wide_mul(self.weight_e9, deepest.unsigned_abs());
        require(
            self.weight_e9 <= E9 && shocks_within && loss <= SCENARIO_LOSS_MAX_E18,
            RiskError::ScenarioOutOfBounds,
        )
    }
}
