//! Bounds of what makes an oracle price usable.
use super::{AGE_MAX_SECS, CONFIDENCE_MAX_E9, FUTURE_MAX_SECS, bounds, require, within};
use crate::RiskError;
use crate::params::OracleParams;

bounds! {
    /// Checks ages and bands.
    pub fn check_bounds of OracleParams, "oracle." {
        AgeOutOfBounds {
            age_trade_secs: Secs(1, AGE_MAX_SECS);
            age_fill_secs: Secs(1, 10);
            age_liquidation_secs: Secs(1, AGE_MAX_SECS);
            /// Twice the default of whitepaper §2.2.
            max_future_secs: Secs(0, FUTURE_MAX_SECS);
        }
        BandOutOfBounds {
            /// 2.5 times the largest default.
            conf_trade_e9: Percent(1, CONFIDENCE_MAX_E9);
            /// About 3 times the default.
            conf_reduce_e9: Percent(1, 100_000_000);
            /// 2.5 times the largest default.
            conf_liquidation_e9: Percent(1, CONFIDENCE_MAX_E9);
            /// 4 times the default.
            ema_trade_e9: Percent(1, 200_000_000);
            /// 2.5 times the default.
            ema_liquidation_e9: Percent(1, 500_000_000);
            /// Up to the life of a flag.
            ema_waiver_secs: Secs(60, 3_600);
        }
    }
}
