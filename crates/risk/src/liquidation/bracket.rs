//! Two places between which a slack crosses zero, and where to look next: on the chord between them, with the Illinois
//! rule against an end that stays; halfway once the chords are used up.
//!
//! Slacks here are close to linear: chords need a few steps where halving needs one per binary digit.
use crate::RiskError;
use crate::number::arith::{excess_bits, half_to_zero, mul_div_ceil_u64};

/// What was seen at both ends.
pub(super) struct Bracket {
    /// Below zero.
    low: i128,
    /// At zero or above.
    high: i128,
    /// Which end the last step moved: whether the high one; none before the first step.
    raised: Option<bool>,
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
            raised: None,
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

    /// Puts the place that was looked at in the stead of the high end where it `reaches` zero, else of the low one.
    #[inline(always)]
    pub fn narrow(&mut self, reaches: bool, slack: i128) {
        let stays = self.raised == Some(reaches);
        if reaches {
            self.high = slack;
            if stays {
                self.low = half_to_zero(self.low);
            }
        } else {
            self.low = slack.min(0);
            if stays {
                self.high = half_to_zero(self.high);
            }
        }
        self.raised = Some(reaches);
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
            bracket.narrow(seen >= 0, seen);
            if seen >= 0 {
                reaching = place;
            } else {
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
