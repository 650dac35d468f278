//! Bounds of a liquidation.
use super::{NO_END, bounds, require, within};
use crate::RiskError;
use crate::number::quantity::E9;
use crate::params::LiquidationParams;

bounds! {
    /// Checks penalty, grace, window, cost of a step, liquidation target and call level.
    pub fn check_bounds of LiquidationParams, "liquidation." {
        PenaltyOutOfBounds {
            penalty_abs_e9: Percent(0, 100_000_000);
        }
        FeeOutOfBounds {
            liquidator_share_e9: Fraction(0, E9);
            insurance_share_e9: Fraction(0, E9);
        }
        GraceOutOfBounds {
            grace_secs: Secs(0, 60);
            /// Time for a keeper to land a transaction; never so long that a recovery in between goes unseen for more
            /// than a few liquidation windows (whitepaper §7.1).
            flag_lapse_secs: Secs(30, 300);
        }
        WindowOutOfBounds {
            window_secs: Secs(1, 3_600);
            window_cap_quote_atoms: Usd(1, NO_END);
            window_share_e9: Fraction(0, E9);
            /// Ten times the default.
            dust_quote_atoms: Usd(0, 1_000_000_000);
            keeper_cost_quote_atoms: Usd(0, 10_000_000);
        }
        BetaOutOfBounds {
            beta_e9: Fraction(20_000_000, 500_000_000);
        }
        CallLevelOutOfBounds {
            /// Above MM by more than an hour of its speed limit; at most the least IM/MM, so that a call comes after an
            /// account can no longer increase.
            call_level_e9: Fraction(1_050_000_000, 1_250_000_000);
        }
    }
}
