//! Bounds of a liquidation.
use super::{require, within};
use crate::RiskError;
use crate::number::quantity::E9;
use crate::params::LiquidationParams;

/// Largest φ_max, × 10^9.
pub const PENALTY_MAX_E9: u64 = 100_000_000;
/// Longest grace, seconds.
pub const GRACE_MAX_SECS: u32 = 60;
/// For how long a flag lasts unseen, seconds: time for a keeper to land a transaction; never so long that a
/// recovery in between goes unseen for more than a few liquidation windows (§7.1).
pub const FLAG_LAPSE_SECS: [u32; 2] = [30, 300];
/// β, × 10^9.
pub const BETA_E9: [u64; 2] = [20_000_000, 500_000_000];
/// Longest liquidation window, seconds.
pub const WINDOW_MAX_SECS: u32 = 3_600;
/// Largest dust limit: $1,000, ten times the default.
pub const DUST_MAX_QUOTE_ATOMS: u64 = 1_000_000_000;
/// Largest estimate of what a flag and a liquidation cost: $10.
pub const KEEPER_COST_MAX_QUOTE_ATOMS: u64 = 10_000_000;

impl LiquidationParams {
    /// Checks penalty, grace, window, cost of a step and exit.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left.
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        require(
            self.penalty_abs_e9 <= PENALTY_MAX_E9,
            RiskError::PenaltyOutOfBounds,
        )?;
        require(
            self.liquidator_share_e9 <= E9 && self.insurance_share_e9 <= E9,
            RiskError::FeeOutOfBounds,
        )?;
        require(
            self.grace_secs <= GRACE_MAX_SECS && within(self.flag_lapse_secs, FLAG_LAPSE_SECS),
            RiskError::GraceOutOfBounds,
        )?;
        require(
            within(self.window_secs, [1, WINDOW_MAX_SECS])
                && self.window_cap_quote_atoms > 0
                && self.window_share_e9 <= E9
                && self.dust_quote_atoms <= DUST_MAX_QUOTE_ATOMS
                && self.keeper_cost_quote_atoms <= KEEPER_COST_MAX_QUOTE_ATOMS,
            RiskError::WindowOutOfBounds,
        )?;
        require(within(self.beta_e9, BETA_E9), RiskError::BetaOutOfBounds)
    }
}
