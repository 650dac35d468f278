//! Bounds of the portfolio.
use super::{bounds, require, within};
use crate::RiskError;
use crate::number::quantity::E9;
use crate::params::PortfolioParams;

/// Largest ρ_lo, × 10^9.
pub const RHO_LO_MAX_E9: u64 = 600_000_000;
/// ρ_hi, × 10^9.
pub const RHO_HI_E9: [u64; 2] = [850_000_000, E9];

bounds! {
    /// Checks the parameters of the portfolio.
    pub fn check_bounds of PortfolioParams, "portfolio." {
        ThetaOutOfBounds {
            /// EMIR RTS 153/2013 Art. 27 (4).
            theta_e9: Fraction(0, 800_000_000);
        }
        PhiOutOfBounds {
            phi_e9: Fraction(100_000_000, E9);
        }
        CorrelationOutOfBounds {
            rho_lo_e9: Fraction(0, RHO_LO_MAX_E9);
            /// At most 1, so that every correlation matrix of one common ρ is positive semidefinite.
            rho_hi_e9: Fraction(RHO_HI_E9[0], RHO_HI_E9[1]);
        }
        UpnlWeightOutOfBounds {
            upnl_weight_e9: Fraction(0, 500_000_000);
        }
        ConfidenceMultipleOutOfBounds {
            z_e9: Fraction(1_000_000_000, 3_000_000_000);
        }
        FixedParameterChanged {
            /// whitepaper §5.2.
            im_over_mm_e9: Fraction(1_250_000_000, 1_250_000_000);
            /// whitepaper §2.6.
            unusable_move_e9: Percent(500_000_000, 500_000_000);
            /// whitepaper §4.4.
            funding_provision_secs: Secs(28_800, 28_800);
        }
    }
}
