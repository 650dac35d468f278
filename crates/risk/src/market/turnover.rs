//! What is traded and liquidated in a market, and how far it falls behind what governance calls ordinary (whitepaper §4.5).
//!
//! ```text
//! turnover = Σ notional · 2^(−age/1 week)          a steady r per hour sums to r · 168/ln 2 = 242.4 · r
//! target   = clip(1 − turnover/(242.4 · reference), 0, ½)          the part of L that is not to count
//! ```
//! The half-life is a week, so that a Sunday with half the volume of other days lowers it by 4.7 %. Only time lowers it: no
//! trade, liquidation or sample does.
use crate::number::arith::{mul_div_ceil_u64, mul_div_floor_u64};
use crate::number::atoms::QuoteAtoms;
use crate::number::math::halved_ceil;
use crate::number::quantity::E9;
use crate::params::bounds::DEPTH_CUT_MAX_E9;

/// Half-life of what was traded, seconds: a week, the period that volumes have.
pub const TURNOVER_HALF_LIFE_SECS: u64 = 604_800;
/// Hours that a traded atom counts for in the sum: 168/ln 2, × 10^9.
const MEAN_LIFE_HOURS_E9: u64 = 242_372_766_869;

/// Notional traded and liquidated, decaying, as of a clock time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketTurnover {
    /// The sum at `at_ts`, quote atoms.
    pub sum_quote_atoms: u64,
    /// Clock time of the sum, unix seconds.
    pub at_ts: i64,
}

impl MarketTurnover {
    /// Of a market that has always traded so much per hour: where the measure of a new reference begins, so that L is
    /// whole until less than that is traded.
    pub fn of_reference(reference_per_h: QuoteAtoms, now: i64) -> Self {
        Self {
            sum_quote_atoms: steady_sum_ceil(reference_per_h),
            at_ts: now,
        }
    }

    /// Counts a notional that was traded or liquidated at `now`, saturating. What was there is rounded up: by less than an
    /// atom for each notional that is counted.
    pub fn add(&mut self, notional: QuoteAtoms, now: i64) {
        let decayed = self.sum_at_ceil(now);
        self.sum_quote_atoms = decayed.saturating_add(notional.get());
        self.at_ts = self.at_ts.max(now);
    }

    /// What was traded per hour, the mean of all time weighted by 2^(−age/1 week), quote atoms, down.
    pub fn per_h_floor(&self, now: i64) -> QuoteAtoms {
        let mean = mul_div_floor_u64(self.sum_at_ceil(now), E9, MEAN_LIFE_HOURS_E9);
        mean.map_or(QuoteAtoms::MAX, QuoteAtoms::new) // never above the sum
    }

    /// The part of L that is not to count, × 10^9, up; 0 without a reference.
    pub fn target_cut_e9(&self, reference_per_h: QuoteAtoms, now: i64) -> u64 {
        let ordinary = steady_sum_ceil(reference_per_h);
        if ordinary == 0 {
            return 0;
        }
        // Out of range far above 1.
        let share_e9 = mul_div_floor_u64(self.sum_at_ceil(now), E9, ordinary).unwrap_or(E9);
        E9.saturating_sub(share_e9).min(DEPTH_CUT_MAX_E9)
    }

    /// The sum at `now`, quote atoms, up. A clock that runs back changes nothing.
    fn sum_at_ceil(&self, now: i64) -> u64 {
        let elapsed_secs = now.saturating_sub(self.at_ts).max(0).unsigned_abs();
        halved_ceil(self.sum_quote_atoms, elapsed_secs, TURNOVER_HALF_LIFE_SECS)
    }
}

/// What a steady turnover sums to, quote atoms, up; saturating far above the largest reference.
fn steady_sum_ceil(per_h: QuoteAtoms) -> u64 {
    mul_div_ceil_u64(per_h.get(), MEAN_LIFE_HOURS_E9, E9).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "turnover_tests.rs"]
mod tests;
