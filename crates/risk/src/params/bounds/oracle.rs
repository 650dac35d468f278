//! Bounds of what makes an oracle price usable.
use super::{AGE_MAX_SECS, CONFIDENCE_MAX_E9, FUTURE_MAX_SECS, require, within};
use crate::RiskError;
use crate::params::OracleParams;

/// Largest age of the price of a fill, seconds.
pub const AGE_FILL_MAX_SECS: u32 = 10;
/// Widest confidence to reduce, × 10^9: about 3 times the default.
pub const CONFIDENCE_REDUCE_MAX_E9: u64 = 100_000_000;
/// Widest EMA band to trade, × 10^9: 4 times the default.
pub const EMA_TRADE_MAX_E9: u64 = 200_000_000;
/// Widest EMA band to liquidate, × 10^9: 2.5 times the default.
pub const EMA_LIQUIDATION_MAX_E9: u64 = 500_000_000;
/// `liq_delay_max`, seconds: from one minute to one hour, the life of a flag.
pub const EMA_WAIVER_SECS: [u32; 2] = [60, 3_600];

impl OracleParams {
    /// Checks ages and bands.
    ///
    /// Errors: [`RiskError::AgeOutOfBounds`], [`RiskError::BandOutOfBounds`].
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        require(
            within(self.age_trade_secs, [1, AGE_MAX_SECS])
                && within(self.age_fill_secs, [1, AGE_FILL_MAX_SECS])
                && within(self.age_liquidation_secs, [1, AGE_MAX_SECS])
                && self.max_future_secs <= FUTURE_MAX_SECS,
            RiskError::AgeOutOfBounds,
        )?;
        require(
            within(self.conf_trade_e9, [1, CONFIDENCE_MAX_E9])
                && within(self.conf_reduce_e9, [1, CONFIDENCE_REDUCE_MAX_E9])
                && within(self.conf_liquidation_e9, [1, CONFIDENCE_MAX_E9])
                && within(self.ema_trade_e9, [1, EMA_TRADE_MAX_E9])
                && within(self.ema_liquidation_e9, [1, EMA_LIQUIDATION_MAX_E9])
                && within(self.ema_waiver_secs, EMA_WAIVER_SECS),
            RiskError::BandOutOfBounds,
        )
    }
}
