//! Bounds of the pool, its loans and LPs, rewards, deleveraging and orders.
use super::{require, within};
use crate::RiskError;
use crate::number::arith::wide_add;
use crate::params::PoolParams;

/// Largest borrow rate per hour, × 10^9: 0.01 %, 88 % a year.
pub const BORROW_RATE_MAX_E9: u64 = 100_000;
/// Delay of an LP request, seconds: 24 h to 7 d.
pub const LP_DELAY_SECS: [u32; 2] = [86_400, 604_800];
/// How long it can be executed after that, seconds, at least: 12 h, so that no pause outlasts it.
pub const LP_WINDOW_MIN_SECS: u32 = 43_200;
/// The window is at most this part of the delay, so that who asks again and again has at most a third of his
/// shares ripe at any moment, on how many requests he may spread them (§6).
pub const LP_WINDOWS_PER_DELAY: u32 = 2;
/// Largest reward that insurance raises a liquidator to, × 10^9 of what is closed: 1 %.
pub const REWARD_MAX_E9: u64 = 10_000_000;
/// First score of a deleveraging, × 10^9: 1 to 100.
pub const ADL_START_SCORE_E9: [u64; 2] = [1_000_000_000, 100_000_000_000];
/// Half-life of that score, seconds.
pub const ADL_HALF_LIFE_SECS: [u32; 2] = [5, 600];
/// How long after an order its observation must be published, seconds.
pub const FILL_DELAY_SECS: [u32; 2] = [1, 10];
/// Longest life of an order, seconds (§6).
pub const ORDER_EXPIRY_SECS: [u32; 2] = [5, 60];

impl PoolParams {
    /// Checks rates, delays and caps of the pool, of rewards, deleveraging and orders.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left.
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        let highest = wide_add(self.borrow_base_per_h_e9, self.borrow_slope_per_h_e9);
        require(
            highest <= u128::from(BORROW_RATE_MAX_E9),
            RiskError::BorrowRateOutOfBounds,
        )?;
        require(
            within(self.lp_delay_secs, LP_DELAY_SECS)
                && self.lp_window_secs >= LP_WINDOW_MIN_SECS
                && self.lp_window_secs.saturating_mul(LP_WINDOWS_PER_DELAY) <= self.lp_delay_secs,
            RiskError::LpDelayOutOfBounds,
        )?;
        require(self.pool_cap_quote_atoms > 0, RiskError::PoolCapOutOfBounds)?;
        require(
            self.insurance_cap_quote_atoms > 0,
            RiskError::InsuranceCapOutOfBounds,
        )?;
        require(
            self.reward_min_e9 <= REWARD_MAX_E9,
            RiskError::RewardOutOfBounds,
        )?;
        require(
            within(self.adl_start_score_e9, ADL_START_SCORE_E9)
                && within(self.adl_half_life_secs, ADL_HALF_LIFE_SECS),
            RiskError::DeleverageOutOfBounds,
        )?;
        require(
            within(self.fill_delay_secs, FILL_DELAY_SECS)
                && within(self.order_expiry_secs, ORDER_EXPIRY_SECS)
                && self.fill_delay_secs < self.order_expiry_secs, // else no order is ever filled
            RiskError::OrderTimeOutOfBounds,
        )
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
