//! Two places between which a slack crosses zero, and where to look next: on the chord between them, with the Illinois
//! rule against an end that stays; halfway once the chords are used up.
//!
//! Slacks here are close to linear: chords need a few steps where halving needs one per binary digit.
use crate::RiskError;
use crate::number::arith::{excess_bits, half_to_zero, mul_div_ceil_u64};

/// One of the two places.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Low,
    High,
}

/// What was seen at both ends.
pub(super) struct Bracket {
    /// Below zero.
    low: i128,
    /// At zero or above.
    high: i128,
    /// Which end the last step moved; none before the first one.
    moved: Option<End>,
    /// Steps by chords before halving takes over.
    chords_left: u32,
}

impl Bracket {
    /// From the slack at the end below zero and at the other one, with so many chords.
    #[inline(always)] // a search spends its compute units here
    pub const fn new(low: i128, high: i128, chords: u32) -> Self {
        Self {
            low,
            high,
            moved: None,
            chords_left: chords,
        }
    }

    /// Where to look next: so far from the low end towards the high one, a `gap` of 2 or more away, and strictly
    /// between them.
    ///
    /// Errors: [`RiskError::Overflow`].
    #[inline(always)]
    pub fn step(&self, gap: u64) -> Result<u64, RiskError> {
        let step = if self.chords_left > 0 {
            chord_ceil(gap, self.low, self.high)?
        } else {
            gap >> 1
        };
        Ok(step.clamp(1, gap.saturating_sub(1)))
    }

    /// The place that was looked at does not reach zero: it is the low end from here on.
    #[inline(always)]
    pub fn raise_low(&mut self, slack: i128) {
        self.low = slack.min(0);
        if self.moved == Some(End::Low) {
            self.high = half_to_zero(self.high);
        }
        self.count(End::Low);
    }

    /// It does: it is the high end.
    #[inline(always)]
    pub fn lower_high(&mut self, slack: i128) {
        self.high = slack;
        if self.moved == Some(End::High) {
            self.low = half_to_zero(self.low);
        }
        self.count(End::High);
    }

    #[inline(always)]
    fn count(&mut self, moved: End) {
        self.moved = Some(moved);
        self.chords_left = self.chords_left.saturating_sub(1);
    }
}

/// Where a line from `low` < 0 at 0 to `high` ≥ 0 at `gap` crosses zero, up.
fn chord_ceil(gap: u64, low: i128, high: i128) -> Result<u64, RiskError> {
    let (fall, rise) = (low.unsigned_abs(), low.abs_diff(high).max(1));
    let shift = excess_bits(rise, 63);
    let cut = |slack: u128| u64::try_from(slack >> shift).map_err(|_| RiskError::Overflow);
    mul_div_ceil_u64(gap, cut(fall)?, cut(rise)?.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks for the least place in 1..=`end` where the slack is not below zero. Returns it and the steps taken.
    fn least(end: u64, chords: u32, slack: impl Fn(u64) -> i128) -> (u64, u32) {
        let (mut below, mut reaching, mut steps) = (0, end, 0);
        let mut bracket = Bracket::new(slack(0), slack(end), chords);
        while reaching - below > 1 {
            let place = below + bracket.step(reaching - below).unwrap();
            assert!(below < place && place < reaching);
            let seen = slack(place);
            if seen >= 0 {
                bracket.lower_high(seen);
                reaching = place;
            } else {
                bracket.raise_low(seen);
                below = place;
            }
            steps += 1;
        }
        (reaching, steps)
    }

    #[test]
    fn a_line_is_found_in_two_steps_and_a_jump_by_halving() {
        let line = |place: u64| 10 * i128::from(place) - 6_000_005;
        assert_eq!(least(1_000_000, 12, line), (600_001, 2));
        let jump = |place: u64| if place < 700_003 { -1 } else { 1 << 80 };
        let (found, steps) = least(1_000_000, 0, jump);
        assert!(found == 700_003 && steps <= 20, "{found} {steps}");
        // Chords go up by a place a step here; halving takes over.
        let (found, steps) = least(1_000_000, 12, jump);
        assert!(found == 700_003 && steps <= 32, "{found} {steps}");
    }

    #[test]
    fn slacks_of_any_size_give_a_place_between() {
        for (low, high) in [
            (i128::MIN, i128::MAX),
            (-1, 0),
            (i128::MIN, 0),
            (-1, i128::MAX),
        ] {
            for gap in [2, 3, u64::MAX] {
                let step = Bracket::new(low, high, 1).step(gap).unwrap();
                assert!(step >= 1 && step < gap, "{low} {high} {gap}: {step}");
            }
        }
    }
}
