//! Bounds of the pool, its loans and LPs, rewards, deleveraging and orders.
use super::{NO_END, bounds, require, within};
use crate::RiskError;
use crate::number::arith::wide_add;
use crate::params::PoolParams;

bounds! {
    /// Checks rates, delays and caps of the pool, of rewards, deleveraging and orders.
    pub fn check_bounds of PoolParams, "pool." {
        BorrowRateOutOfBounds {
            /// 88 % a year.
            highest_rate_fits: If("`borrow_base_per_h_e9` + `borrow_slope_per_h_e9` at most {}",
                ["pool.borrow_base_per_h_e9", "pool.borrow_slope_per_h_e9"], PercentPerHour(100_000));
        }
        LpDelayOutOfBounds {
            lp_delay_secs: Secs(86_400, 604_800);
            /// No pause outlasts it.
            lp_window_secs: Secs(43_200, u32::MAX);
            /// An LP that asks again and again has at most a third of its shares ripe at any moment, on however many
            /// requests they are spread (whitepaper §6.17).
            window_is_part_of_delay: If("`lp_delay_secs` at least {} · `lp_window_secs`",
                ["pool.lp_delay_secs", "pool.lp_window_secs"], Count(2));
        }
        PoolCapOutOfBounds {
            pool_cap_quote_atoms: Usd(1, NO_END);
        }
        InsuranceCapOutOfBounds {
            insurance_cap_quote_atoms: Usd(1, NO_END);
        }
        RewardOutOfBounds {
            /// Of what is closed; in force at most the taker fee.
            reward_min_e9: Percent(0, 10_000_000);
            /// Trader, filler and LP together still lose by a fill.
            fill_reward_share_e9: Percent(0, 500_000_000);
        }
        DeleverageOutOfBounds {
            adl_start_score_e9: Fraction(1_000_000_000, 100_000_000_000);
            adl_half_life_secs: Secs(5, 600);
        }
        OrderTimeOutOfBounds {
            fill_delay_secs: Secs(1, 10);
            order_expiry_secs: Secs(5, 60);
            /// Otherwise no order is ever filled.
            orders_can_be_filled: If("`fill_delay_secs` below `order_expiry_secs`",
                ["pool.fill_delay_secs", "pool.order_expiry_secs"]);
        }
    }
}

impl PoolParams {
    fn highest_rate_fits(&self, most_e9: u64) -> bool {
        wide_add(self.borrow_base_per_h_e9, self.borrow_slope_per_h_e9) <= u128::from(most_e9)
    }

    fn window_is_part_of_delay(&self, windows: u32) -> bool {
        self.lp_window_secs.saturating_mul(windows) <= self.lp_delay_secs
    }

    fn orders_can_be_filled(&self) -> bool {
        self.fill_delay_secs < self.order_expiry_secs
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
