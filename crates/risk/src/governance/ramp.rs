//! The clock of a ramp, how long it takes, and the values between its ends.
//!
//! ```text
//! value = old + (new − old)·τ      τ = (now − start)/(end − start)      end − start = max(24 h, 240 h·g)
//! ```
//! The distance moved is rounded down: a value is never beyond the line, never falls back, and exact at
//! both ends.
use crate::number::arith::{div_ceil_u128, div_floor_u64, mul_div_floor_u64, wide_mul};
use crate::number::quantity::{E9, FRACTION_BITS, Fraction};
use crate::params::bounds::S_FLOOR_E9;

/// Shortest ramp, seconds: 24 h.
const RAMP_MIN_SECS: u64 = 86_400;
/// Time in which MM may double, seconds: 240 h, so 1/240 per hour. With the speed limit's 4 % that
/// stays below 5 %.
pub(super) const SECS_PER_DOUBLING: u64 = 864_000;
/// Smallest unit shock that any asset can have: the part of MM that no ramp touches is at least this
/// share of a lone position without collateral.
pub(super) const LEAST_SHOCK: Fraction = Fraction::from_bits(div_floor_u64(
    1 << FRACTION_BITS,
    div_floor_u64(E9, S_FLOOR_E9[0]), // 1/0.5 %, a whole number
));

/// When a ramp runs, unix seconds. All zero: no ramp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RampWindow {
    /// Values are those from before until here.
    pub start_ts: i64,
    /// Values are the new ones from here on.
    pub end_ts: i64,
}

impl RampWindow {
    /// A ramp from `now` on that takes `secs` or 24 h, if it has anywhere to go (`secs` > 0). A ramp
    /// longer than time itself ends with it.
    pub(super) fn new(now: i64, secs: u64) -> Self {
        let secs = if secs == 0 {
            0
        } else {
            secs.max(RAMP_MIN_SECS)
        };
        Self {
            start_ts: now,
            end_ts: now.saturating_add_unsigned(secs),
        }
    }

    /// Seconds since the start, 0 before it.
    pub(super) fn elapsed_secs(&self, now: i64) -> u64 {
        u64::try_from(i128::from(now).saturating_sub(i128::from(self.start_ts))).unwrap_or(0)
    }

    /// How far it is at `now`.
    pub(super) fn progress(&self, now: i64) -> Progress {
        if now >= self.end_ts {
            return Progress::DONE;
        }
        Progress {
            elapsed_secs: self.elapsed_secs(now),
            whole_secs: self.elapsed_secs(self.end_ts),
        }
    }
}

/// τ, the share of a ramp that has passed. Kept as two times: a ramp of a million years would move in
/// leaps if its share were rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    elapsed_secs: u64,
    /// At least `elapsed_secs`; above 0.
    whole_secs: u64,
}

impl Progress {
    pub const DONE: Self = Self {
        elapsed_secs: 1,
        whole_secs: 1,
    };

    pub fn is_done(self) -> bool {
        self.elapsed_secs == self.whole_secs
    }

    /// τ of a distance, down. Three 64-bit divisions where the ramp takes less than 136 years.
    pub fn part_of(self, distance: u64) -> u64 {
        mul_div_floor_u64(distance, self.elapsed_secs, self.whole_secs).unwrap_or(distance) // τ ≤ 1
    }

    /// Between two values; exact at both ends.
    pub fn between(self, from: Fraction, to: Fraction) -> Fraction {
        let (from, to) = (from.to_bits(), to.to_bits());
        let moved = self.part_of(from.abs_diff(to));
        Fraction::from_bits(if from <= to {
            from.saturating_add(moved) // ≤ to
        } else {
            from.saturating_sub(moved) // ≥ to
        })
    }
}

/// `240 h·distance/base` in seconds, up: how long a part of MM takes that grows by `distance` from
/// `base`; 240 h from nothing to something, as whitepaper §8.3 has it.
pub(super) fn secs_to_grow(distance: u64, base: u64) -> u64 {
    if distance == 0 {
        return 0;
    }
    // Below 2^84. Only base = 0 fails.
    match div_ceil_u128(wide_mul(distance, SECS_PER_DOUBLING), u128::from(base)) {
        Ok(secs) => u64::try_from(secs).unwrap_or(u64::MAX),
        Err(_) => SECS_PER_DOUBLING,
    }
}

/// |to − from|.
pub(super) fn distance(from: Fraction, to: Fraction) -> u64 {
    from.to_bits().abs_diff(to.to_bits())
}

#[cfg(test)]
#[path = "ramp_tests.rs"]
mod tests;
