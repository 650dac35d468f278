//! The price that a market is settled at: an average over its last day (whitepaper §8.10).
//!
//! ```text
//! price = Σ P_i · min(t_i − t_{i−1}, 15 min) / Σ min(t_i − t_{i−1}, 15 min)        the divisor at least 12 h
//! ```
//! One price moves the average by at most 15 min / 12 h = 2.1 % of how far it is off. Nobody can shift what is
//! counted already.
use crate::number::quantity::Price;

/// How long before the end prices begin to count, seconds.
pub const AVERAGE_SECS: i64 = 86_400;
/// What the average must cover at least, seconds: else the market ends later.
pub const COVERED_SECS: i64 = 43_200;
/// Least time between two prices, seconds.
pub const SPACING_SECS: i64 = 60;
/// The most that one price counts for, seconds.
pub const WEIGHT_MAX_SECS: i64 = 900;

/// The prices of a market's last day, averaged over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeAverage {
    /// Σ price · seconds, USD per whole unit × 10^12 · s.
    pub price_secs_e12: u128,
    /// Seconds that it covers.
    pub secs: i64,
    /// Time of the last price that was counted, unix seconds; 0 before the first.
    pub last_ts: i64,
}

/// What became of a price that was to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It stands for so many seconds; 0 for the first, which starts the clock.
    For {
        /// Seconds.
        secs: i64,
    },
    /// Less than [`SPACING_SECS`] after the one before: nothing changed.
    TooSoon,
    /// The sum would leave its range: nothing changed.
    TooLarge,
}

impl TimeAverage {
    /// Whether prices count at `now`, in a market whose positions are settled from `settle_from_ts` on.
    pub const fn is_open(settle_from_ts: i64, now: i64) -> bool {
        now >= settle_from_ts.saturating_sub(AVERAGE_SECS)
    }

    /// Whether the market may end at the average: its time has come, and enough of the last day is covered.
    pub const fn is_due(&self, settle_from_ts: i64, now: i64) -> bool {
        now >= settle_from_ts && self.secs >= COVERED_SECS
    }

    /// Counts a price for the seconds since the one before, at most [`WEIGHT_MAX_SECS`].
    pub fn count(&mut self, price: Price, now: i64) -> Counted {
        if self.last_ts == 0 {
            self.last_ts = now;
            return Counted::For { secs: 0 };
        }
        let elapsed = now.saturating_sub(self.last_ts);
        if elapsed < SPACING_SECS {
            return Counted::TooSoon;
        }
        let secs = elapsed.min(WEIGHT_MAX_SECS);
        let part = price.0.checked_mul(secs.unsigned_abs().into());
        let Some(sum) = part.and_then(|part| part.checked_add(self.price_secs_e12)) else {
            return Counted::TooLarge;
        };
        self.price_secs_e12 = sum;
        self.secs = self.secs.saturating_add(secs);
        self.last_ts = now;
        Counted::For { secs }
    }

    /// The average of what was counted, USD per whole unit × 10^12, down; zero while that is nothing.
    pub fn price_floor(&self) -> Price {
        let secs = self.secs.unsigned_abs().into();
        Price(self.price_secs_e12.checked_div(secs).unwrap_or(0))
    }
}

#[cfg(test)]
#[path = "settlement_tests.rs"]
mod tests;
