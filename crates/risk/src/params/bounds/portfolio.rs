//! Bounds of the portfolio.
use super::{require, within};
use crate::RiskError;
use crate::number::quantity::E9;
use crate::params::PortfolioParams;

/// Largest θ, × 10^9: EMIR RTS 153/2013 Art. 27 (4).
pub const THETA_MAX_E9: u64 = 800_000_000;
/// φ, × 10^9.
pub const PHI_E9: [u64; 2] = [100_000_000, E9];
/// Largest ρ_lo, × 10^9.
pub const RHO_LO_MAX_E9: u64 = 600_000_000;
/// ρ_hi, × 10^9: at most 1, so every correlation matrix of one common ρ is positive semidefinite.
pub const RHO_HI_E9: [u64; 2] = [850_000_000, E9];
/// Largest weight of positive PnL, × 10^9.
pub const UPNL_WEIGHT_MAX_E9: u64 = 500_000_000;
/// z, × 10^9.
pub const Z_E9: [u64; 2] = [1_000_000_000, 3_000_000_000];
/// IM over MM, × 10^9 (§5): fixed.
pub const IM_OVER_MM_E9: u64 = 1_250_000_000;
/// Favourable move of an unusable asset, × 10^9 (§2 b): fixed.
pub const UNUSABLE_MOVE_E9: u64 = 500_000_000;
/// Funding provision, seconds (§4): fixed.
pub const FUNDING_PROVISION_SECS: u32 = 28_800;

impl PortfolioParams {
    /// Checks the parameters of the portfolio.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left, [`RiskError::FixedParameterChanged`].
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        require(self.theta_e9 <= THETA_MAX_E9, RiskError::ThetaOutOfBounds)?;
        require(within(self.phi_e9, PHI_E9), RiskError::PhiOutOfBounds)?;
        require(
            self.rho_lo_e9 <= RHO_LO_MAX_E9 && within(self.rho_hi_e9, RHO_HI_E9),
            RiskError::CorrelationOutOfBounds,
        )?;
        require(
            self.upnl_weight_e9 <= UPNL_WEIGHT_MAX_E9,
            RiskError::UpnlWeightOutOfBounds,
        )?;
        require(
            within(self.z_e9, Z_E9),
            RiskError::ConfidenceMultipleOutOfBounds,
        )?;
        require(
            self.im_over_mm_e9 == IM_OVER_MM_E9
                && self.unusable_move_e9 == UNUSABLE_MOVE_E9
                && self.funding_provision_secs == FUNDING_PROVISION_SECS,
            RiskError::FixedParameterChanged,
        )
    }
}
