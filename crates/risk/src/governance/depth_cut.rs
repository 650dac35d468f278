//! The part of L that does not count because too little is traded (whitepaper §4.5), and how fast it moves.
//!
//! ```text
//! L_eff = L · (1 − cut)          0 ≤ cut ≤ ½
//! cut moves towards its target by at most 1/240 per hour since the sample before, a quarter of an hour at most
//! ```
//! MM reads 1/√L. With ½ of L left, 1/240 of L are 1/120 of what is left, so MM rises by at most 1/240 per hour, as by a
//! ramp of L. Two rules keep the promise of [`super`]: a sample after a silence counts a quarter of an hour, so that
//! nothing jumps; and while a ramp of the asset runs, or for the time that one ran, the cut does not grow, so that both
//! together are no faster than one. A falling cut lowers MM and waits for nothing.
use super::asset_ramp::{AssetTerms, LevelCoefficients};
use super::ramp::SECS_PER_DOUBLING;
use crate::number::arith::{div_ceil_u128, div_floor_u64, mul_div_floor_u64};
use crate::number::quantity::{E9, Reciprocal};
use crate::params::AssetCoefficients;
use crate::params::bounds::DEPTH_CUT_MAX_E9;

/// The most time that one sample counts, seconds: three times the default spacing.
const STEP_MOST_SECS: i64 = 900;
/// Binary digits of 1/(1 − cut), which is at most 2.
const FACTOR_BITS: u32 = 62;

/// The part of L that does not count, as of the newest sample. All zero: L is whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DepthCut {
    /// The part, × 10^9; at most [`DEPTH_CUT_MAX_E9`].
    pub cut_e9: u64,
    /// Clock time of the newest step, unix seconds.
    pub at_ts: i64,
}

impl DepthCut {
    /// Moves towards `target_e9` at `now`, when a sample is taken; `ramp_end_ts` is when the asset's ramp ends or ended.
    /// The distance is rounded down.
    pub fn follow(&mut self, target_e9: u64, ramp_end_ts: i64, now: i64) {
        let target_e9 = target_e9.min(DEPTH_CUT_MAX_E9);
        let grows = target_e9 > self.cut_e9;
        let since_ts = match grows {
            true => self.at_ts.max(ramp_end_ts),
            false => self.at_ts,
        };
        let elapsed_secs = now.saturating_sub(since_ts).clamp(0, STEP_MOST_SECS);
        let scaled = elapsed_secs.unsigned_abs().saturating_mul(E9);
        let step_e9 = div_floor_u64(scaled, SECS_PER_DOUBLING);
        self.cut_e9 = match grows {
            true => self.cut_e9.saturating_add(step_e9).min(target_e9),
            false => self.cut_e9.saturating_sub(step_e9).max(target_e9),
        };
        self.at_ts = self.at_ts.max(now);
    }

    /// These coefficients with what is left of L: L down, 1/L up.
    #[must_use]
    pub fn coefficients(&self, c: &AssetCoefficients) -> AssetCoefficients {
        let left_e9 = self.left_e9();
        AssetCoefficients {
            depth_quote_atoms: mul_div_floor_u64(c.depth_quote_atoms, left_e9, E9).unwrap_or(0), // ≤ L
            inverse_depth: self.inverse(c.inverse_depth),
            ..*c
        }
    }

    /// The same of both levels.
    #[must_use]
    pub fn levels(&self, levels: &LevelCoefficients) -> LevelCoefficients {
        LevelCoefficients {
            maintenance: self.coefficients(&levels.maintenance),
            initial: levels.initial.map(|terms| AssetTerms {
                inverse_depth: self.inverse(terms.inverse_depth),
                ..terms
            }),
        }
    }

    /// `1/(L·(1 − cut))`, up.
    fn inverse(&self, inverse_depth: Reciprocal) -> Reciprocal {
        let whole = u128::from(E9) << FACTOR_BITS; // below 2^92
        let factor = div_ceil_u128(whole, u128::from(self.left_e9())).unwrap_or(0); // at most 2^63
        inverse_depth.times_ceil(u64::try_from(factor).unwrap_or(u64::MAX), FACTOR_BITS)
    }

    /// What is left of L, × 10^9; at least half of it, whatever an account says.
    fn left_e9(&self) -> u64 {
        E9.saturating_sub(self.cut_e9.min(DEPTH_CUT_MAX_E9))
    }
}

#[cfg(test)]
#[path = "depth_cut_tests.rs"]
mod tests;
