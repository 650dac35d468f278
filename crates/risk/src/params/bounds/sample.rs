//! Bounds of the volatility samples.
use super::{AGE_MAX_SECS, CONFIDENCE_MAX_E9, FUTURE_MAX_SECS, require, within};
use crate::RiskError;
use crate::params::SampleParams;

/// Fast half-life, seconds: 6 h to 7 d.
pub const HALF_LIFE_FAST_SECS: [u32; 2] = [21_600, 604_800];
/// Slow half-life, seconds: 30 d to 365 d.
pub const HALF_LIFE_SLOW_SECS: [u32; 2] = [2_592_000, 31_536_000];
/// Shortest sample spacing, seconds: the largest return of one sample, ln 2, then gives a variance of at
/// most (ln 2)²·450 < 217 per hour, below the 256 that its format holds (docs/whitepaper.md §10).
pub const SPACING_MIN_SECS: u64 = 8;
/// How long an absence has been announced until the recorded price stands for the missing one, seconds. At least the
/// spacing of samples and the age of one, by the bounds of both: the next sample after the last price update of before the
/// announcement lands in time to refute it.
pub const ABSENCE_SECS: i64 = 315;
/// Longest sample spacing and age of a sample together, seconds: whoever samples on time refutes every announcement of
/// an absence before it counts.
pub const SPACING_AND_AGE_MAX_SECS: u64 = ABSENCE_SECS.unsigned_abs();
/// The spacing is at least this many times the age of a sample: who picks the moment moves σ little.
pub const SPACING_PER_AGE: u64 = 4;
/// Clamp of a sample in σ, × 10^9: half to four times the default.
pub const CLAMP_MULT_E9: [u64; 2] = [8_000_000_000, 64_000_000_000];
/// Least clamp of a sample, × 10^9.
pub const CLAMP_MIN_E9: [u64; 2] = [1_000_000, 50_000_000];
/// Largest price ratio of one sample, × 10^9.
pub const CLAMP_MAX_RATIO_E9: [u64; 2] = [1_050_000_000, 2_000_000_000];

impl SampleParams {
    /// Checks the half-lives, the clamp, and what makes a sample usable.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left.
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        require(
            within(self.half_life_fast_secs, HALF_LIFE_FAST_SECS),
            RiskError::HalfLifeFastOutOfBounds,
        )?;
        require(
            within(self.half_life_slow_secs, HALF_LIFE_SLOW_SECS),
            RiskError::HalfLifeSlowOutOfBounds,
        )?;
        require(
            within(self.clamp_mult_e9, CLAMP_MULT_E9)
                && within(self.clamp_min_e9, CLAMP_MIN_E9)
                && within(self.clamp_max_ratio_e9, CLAMP_MAX_RATIO_E9),
            RiskError::ClampOutOfBounds,
        )?;
        require(
            within(self.max_age_secs, [1, AGE_MAX_SECS]) && self.max_future_secs <= FUTURE_MAX_SECS,
            RiskError::AgeOutOfBounds,
        )?;
        require(
            within(self.max_conf_e9, [1, CONFIDENCE_MAX_E9]),
            RiskError::BandOutOfBounds,
        )?;
        require(
            within(
                u64::from(self.min_spacing_secs),
                [
                    u64::from(self.max_age_secs)
                        .saturating_mul(SPACING_PER_AGE)
                        .max(SPACING_MIN_SECS),
                    SPACING_AND_AGE_MAX_SECS.saturating_sub(u64::from(self.max_age_secs)),
                ],
            ),
            RiskError::SpacingOutOfBounds,
        )
    }
}
