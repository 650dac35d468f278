//! Bounds of the volatility samples.
use super::{AGE_MAX_SECS, CONFIDENCE_MAX_E9, FUTURE_MAX_SECS, bounds, require, within};
use crate::RiskError;
use crate::params::SampleParams;

/// How long an absence has been announced until the recorded price stands for the missing one, seconds. At least the
/// spacing of samples and the age of one, by the bounds of both: the next sample after the last price update of before
/// the announcement lands in time to refute it.
pub const ABSENCE_SECS: i64 = 315;

bounds! {
    /// Checks the half-lives, the clamp, and what makes a sample usable.
    pub fn check_bounds of SampleParams, "params.sample." {
        HalfLifeFastOutOfBounds {
            half_life_fast_secs: Secs(21_600, 604_800);
        }
        HalfLifeSlowOutOfBounds {
            half_life_slow_secs: Secs(2_592_000, 31_536_000);
        }
        ClampOutOfBounds {
            /// In σ: half to four times the default.
            clamp_mult_e9: Fraction(8_000_000_000, 64_000_000_000);
            /// In σ: less would hide a move, more is what `clamp_mult_e9` allows at most.
            clamp_short_mult_e9: Fraction(4_000_000_000, 64_000_000_000);
            clamp_min_e9: Percent(1_000_000, 50_000_000);
            /// Price ratio of one sample.
            clamp_max_ratio_e9: Fraction(1_050_000_000, 2_000_000_000);
        }
        AgeOutOfBounds {
            max_age_secs: Secs(1, AGE_MAX_SECS);
            /// Twice the default of whitepaper §2.1.
            max_future_secs: Secs(0, FUTURE_MAX_SECS);
        }
        BandOutOfBounds {
            /// 2.5 times the largest default.
            max_conf_e9: Percent(1, CONFIDENCE_MAX_E9);
        }
        SpacingOutOfBounds {
            /// The largest return of one sample, ln 2, then gives a variance of at most (ln 2)²·450 < 217 per hour,
            /// below the 256 that its format holds (whitepaper §10.3).
            min_spacing_secs: Secs(8, u32::MAX);
            /// The choice of the moment moves σ little.
            spacing_is_many_ages: If("`min_spacing_secs` at least {} · `max_age_secs`",
                ["params.sample.min_spacing_secs", "params.sample.max_age_secs"], Count(4));
            /// Sampling on time refutes every announcement of an absence before it counts.
            sample_refutes_absence: If("`min_spacing_secs` + `max_age_secs` at most {}",
                ["params.sample.min_spacing_secs", "params.sample.max_age_secs"], Secs(ABSENCE_SECS.unsigned_abs()));
        }
    }
}

impl SampleParams {
    fn spacing_is_many_ages(&self, ages: u64) -> bool {
        u64::from(self.min_spacing_secs) >= u64::from(self.max_age_secs).saturating_mul(ages)
    }

    fn sample_refutes_absence(&self, most_secs: u64) -> bool {
        u64::from(self.min_spacing_secs).saturating_add(u64::from(self.max_age_secs)) <= most_secs
    }
}
