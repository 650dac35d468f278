//! The size of a closing: the least that reaches the exit, else the one that leaves E − (1 + β)·MM largest.
//!
//! MM(x) is convex but at the point where a short meets its own collateral (the other leg of the asset takes
//! over, and the basis charge begins to fall) and where s_max begins or ends to bind: at most three points,
//! four pieces. On a piece the slack is the largest of three concave functions ([`super::tariff`]), so
//!
//! - its least zero is found from the left: a chord of a concave function, drawn on, lies above it, so the
//!   chords' least zero never passes the function's, and a function that falls while it is below zero has none;
//! - its largest value is the largest of the three peaks, each found by sections.
//!
//! Nearly all closings have one piece that falls to its end: there a bracketed search needs a few steps, and two
//! sizes a lot apart prove what it found.
use super::case::Case;
use super::tariff::Effect;
use crate::RiskError;
use crate::arith::{
    div_floor_u64, excess_bits, half_to_zero, mul_div_ceil_u64, mul_div_floor_u64, sub_i128,
};
use crate::quantity::AMOUNT_BITS;

/// Steps from the left before the search by sections takes over; a book needs one per kink of MM and a few.
const CHORDS_FROM_LEFT: u32 = 48;
/// Chords of a bracketed search before halving takes over.
const CHORDS: u32 = 12;
/// A slope is measured over at least this part of a position, 2^-24: over less the last digits of MM would show.
const GRAIN_BITS: u32 = 24;
/// E(x) − (1 + β)·MM(x) rises by less than this many times P per base atom: 1.5 times (1.5·8 + ½ + 0.1), or
/// 3 for a scenario, and 1.
const STEEPEST: u64 = 20;

/// The sizes that may be closed: whole lots and, last, all there is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lots {
    pub lot_atoms: u64,
    pub what_atoms: u64,
}

impl Lots {
    /// How many sizes above 0 there are.
    pub fn count(self) -> u64 {
        self.what_atoms.div_ceil(self.lot_atoms.max(1))
    }

    /// Sizes nearer to one another than this are not told apart by the last digits of MM: a lot of up to 2^24.
    fn grain(self) -> u64 {
        (self.count() >> GRAIN_BITS).max(1)
    }

    /// So many lots before the last size a slope towards it is measured: its last step may be a part of a lot, over
    /// which nothing would show.
    fn step_back(self) -> u64 {
        let rest = self.what_atoms.checked_rem(self.lot_atoms).unwrap_or(0);
        self.grain().saturating_add(u64::from(rest > 0))
    }

    /// The size of so many lots, base atoms.
    pub fn atoms(self, lots: u64) -> u64 {
        lots.saturating_mul(self.lot_atoms).min(self.what_atoms)
    }
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// The exit; where none reaches it, the largest E − (1 + β)·MM.
    Exit,
    /// The least MM: of an account that is closed as far as that helps.
    LeastMargin,
}

/// A size and what it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe {
    pub lots: u64,
    pub effect: Effect,
}

/// What a peak is looked for in: a value whose upper level sets are intervals.
#[derive(Clone, Copy)]
enum Height {
    Relief,
    Slack(usize),
}

impl Height {
    /// Sizes that raise MM lie below all others.
    fn of(self, effect: &Effect) -> (bool, i128) {
        match self {
            Self::Slack(limit) if effect.frees() => (
                true,
                effect.slack_q32.get(limit).copied().unwrap_or(i128::MIN),
            ),
            _ => (effect.frees(), effect.relief_q32),
        }
    }
}

/// Sizes between two on which MM is convex.
#[derive(Clone, Copy)]
struct Piece {
    first: Probe,
    last: Probe,
}

impl Case<'_> {
    /// The size in 1..=`most` lots that the aim asks for. Without one that lowers MM, the one that raises it least.
    ///
    /// Errors: [`RiskError::Overflow`].
    #[inline(never)] // a stack frame of its own
    pub fn search(&self, lots: Lots, most: u64, aim: Aim) -> Result<Probe, RiskError> {
        let nothing = Probe {
            lots: 0,
            effect: self.untouched()?,
        };
        let all = self.probe(lots, most)?;
        let whole = Piece {
            first: nothing,
            last: all,
        };
        if self.is_convex(lots, most)? {
            match aim {
                Aim::Exit if all.effect.reaches() => {
                    if let Some(found) = self.bracketed(lots, whole)? {
                        return Ok(found);
                    }
                }
                _ if self.rises_to_its_end(lots, &all, aim)? => return Ok(all),
                _ => {}
            }
        }
        self.search_pieces(lots, whole, aim)
    }

    fn probe(&self, lots: Lots, count: u64) -> Result<Probe, RiskError> {
        let effect = self.at(lots.atoms(count))?;
        Ok(Probe {
            lots: count,
            effect,
        })
    }

    /// Whether the whole range is one piece.
    fn is_convex(&self, lots: Lots, most: u64) -> Result<bool, RiskError> {
        let first = self.regime(0)?;
        if !first.size_binds && !self.may_cross() {
            return Ok(true); // |N| falls from where s_max does not bind
        }
        Ok(first == self.regime(lots.atoms(most))?)
    }

    /// Whether everything looked at is as high at the last size as a lot before it: then it is highest there.
    fn rises_to_its_end(&self, lots: Lots, all: &Probe, aim: Aim) -> Result<bool, RiskError> {
        if !all.effect.frees() {
            return Ok(false);
        }
        if all.lots <= 1 || all.effect.margin_q32 == 0 && aim == Aim::LeastMargin {
            return Ok(true);
        }
        let before = self.probe(lots, all.lots.saturating_sub(lots.step_back()))?;
        Ok(all.effect.relief_q32 >= before.effect.relief_q32
            && (aim == Aim::LeastMargin || rises(&before.effect, &all.effect)))
    }

    /// The least size that reaches the exit, of a piece whose last one does; none if it might not be the least.
    ///
    /// Close to linear: chords (with the Illinois rule against a stale end) need a few steps where halving
    /// needs one per binary digit, and halving takes over when they do not.
    #[inline(never)] // a stack frame of its own
    fn bracketed(&self, lots: Lots, piece: Piece) -> Result<Option<Probe>, RiskError> {
        let Piece {
            first: mut below,
            last: mut reaching,
        } = piece;
        let (mut low, mut high) = (below.effect.slack(), reaching.effect.slack());
        let (mut last, mut steps) = (None, 0_u32);
        loop {
            let gap = reaching.lots.saturating_sub(below.lots);
            if gap <= 1 {
                break;
            }
            let step = if steps < CHORDS {
                chord_ceil(gap, low, high)?
            } else {
                div_floor_u64(gap, 2)
            };
            // Strictly between the two.
            let middle = below
                .lots
                .saturating_add(step.clamp(1, gap.saturating_sub(1)));
            let probe = self.probe(lots, middle)?;
            let reached = probe.effect.reaches();
            if reached {
                (reaching, high) = (probe, probe.effect.slack());
            } else {
                (below, low) = (probe, probe.effect.slack().min(0));
            }
            if last == Some(reached) {
                if reached {
                    low = half_to_zero(low);
                } else {
                    high = half_to_zero(high);
                }
            }
            last = Some(reached);
            steps = steps.saturating_add(1);
        }
        let grain = lots.grain();
        if grain > 1 && below.lots > grain {
            below = self.probe(lots, reaching.lots.saturating_sub(grain))?;
        }
        // A concave function that does not fall from the one to the other was lower before.
        let least = rises(&below.effect, &reaching.effect)
            && reaching.effect.relief_q32 >= below.effect.relief_q32;
        Ok((least || reaching.lots <= 1).then_some(reaching))
    }

    /// The same, piece by piece.
    #[inline(never)] // a stack frame of its own
    fn search_pieces(&self, lots: Lots, whole: Piece, aim: Aim) -> Result<Probe, RiskError> {
        let mut best: Option<Probe> = None;
        let mut first = whole.first;
        loop {
            let end = self.end_of_piece(lots, first.lots, whole.last.lots)?;
            let last = if end == whole.last.lots {
                whole.last
            } else {
                self.probe(lots, end)?
            };
            let piece = Piece { first, last };
            if aim == Aim::Exit
                && let Some(found) = self.least_from_left(lots, piece)?
            {
                return Ok(found);
            }
            let peak = self.peak(lots, piece, aim)?;
            if aim == Aim::Exit && peak.effect.reaches() {
                // Not found from the left within its steps.
                return self.halved(lots, Piece { first, last: peak });
            }
            if best.is_none_or(|best| is_higher(&peak, &best, aim)) {
                best = Some(peak);
            }
            if end >= whole.last.lots {
                break;
            }
            first = self.probe(lots, end.saturating_add(1))?;
        }
        Ok(best.unwrap_or(whole.last))
    }

    /// The last size in `first..=last` of the piece that `first` is in.
    fn end_of_piece(&self, lots: Lots, first: u64, last: u64) -> Result<u64, RiskError> {
        let regime = self.regime(lots.atoms(first))?;
        if regime == self.regime(lots.atoms(last))? {
            return Ok(last); // |N| falls to 0 and rises: each regime is one run of sizes
        }
        let (mut within, mut beyond) = (first, last);
        while beyond.saturating_sub(within) > 1 {
            let middle = within.midpoint(beyond);
            if self.regime(lots.atoms(middle))? == regime {
                within = middle;
            } else {
                beyond = middle;
            }
        }
        Ok(within)
    }

    /// The least size of a piece that reaches the exit; none if none does.
    #[inline(never)] // a stack frame of its own
    fn least_from_left(&self, lots: Lots, piece: Piece) -> Result<Option<Probe>, RiskError> {
        let Piece { first, last } = piece;
        if first.lots > 0 && first.effect.reaches() {
            return Ok(Some(first));
        }
        let mut left = first;
        let missing = first.effect.slack().min(0).unsigned_abs() >> AMOUNT_BITS;
        let missing = u64::try_from(missing).unwrap_or(u64::MAX);
        let atoms = self.base_atoms_floor(div_floor_u64(missing, STEEPEST));
        let grain = lots.grain();
        let step = div_floor_u64(atoms, lots.lot_atoms.max(1));
        let (mut next, mut is_bound) = (first.lots.saturating_add(step.max(grain)), step >= grain);
        for _ in 0..CHORDS_FROM_LEFT {
            if next > last.lots {
                if is_bound || left.lots >= last.lots {
                    return Ok(None);
                }
                next = last.lots; // the last grain
            }
            let probe = if next == last.lots {
                last
            } else {
                self.probe(lots, next)?
            };
            if probe.effect.reaches() {
                let piece = Piece {
                    first: left,
                    last: probe,
                };
                return if is_bound {
                    Ok(Some(probe))
                } else {
                    self.halved(lots, piece).map(Some)
                };
            }
            let Some(step) = step_from_left(&left, &probe)? else {
                return Ok(None);
            };
            left = probe;
            next = left.lots.saturating_add(step.max(grain));
            is_bound = step >= grain;
        }
        Ok(None)
    }

    /// The highest of a piece's peaks.
    fn peak(&self, lots: Lots, piece: Piece, aim: Aim) -> Result<Probe, RiskError> {
        if aim == Aim::LeastMargin {
            return self.peak_of(lots, piece, Height::Relief);
        }
        let mut best = self.peak_of(lots, piece, Height::Slack(1))?;
        let same = |limit: usize| {
            let by = |probe: &Probe| probe.effect.slack_q32.get(limit).copied();
            [&piece.first, &piece.last]
                .iter()
                .all(|probe| by(probe) == probe.effect.slack_q32.get(1).copied())
        };
        for limit in [0, 2] {
            if limit == 0 && same(0) {
                continue; // no impact: the same limit
            }
            let peak = self.peak_of(lots, piece, Height::Slack(limit))?;
            if is_higher(&peak, &best, aim) {
                best = peak;
            }
        }
        Ok(best)
    }

    /// The size at which `height` is largest, of several the largest.
    #[inline(never)] // a stack frame of its own
    fn peak_of(&self, lots: Lots, piece: Piece, height: Height) -> Result<Probe, RiskError> {
        let (mut low, mut high) = (piece.first.lots, piece.last.lots);
        if high.saturating_sub(low) <= 1 {
            return Ok(self.higher(piece.first, piece.last, height));
        }
        let grain = lots.grain();
        let before = self.probe(lots, high.saturating_sub(lots.step_back()).max(low))?;
        if height.of(&piece.last.effect) > height.of(&before.effect) {
            return Ok(piece.last);
        }
        let mut middle = self.probe(lots, section(low, high)?)?;
        while high.saturating_sub(low) > grain.saturating_mul(2) {
            let right = high.saturating_sub(middle.lots) > middle.lots.saturating_sub(low);
            let at = if right {
                section(middle.lots, high)?
            } else {
                // From the middle downwards by the same share.
                let gap = middle.lots.saturating_sub(low);
                let step = section(0, gap)?;
                middle.lots.saturating_sub(step)
            };
            let probe = self.probe(lots, at)?;
            let (new, old) = (height.of(&probe.effect), height.of(&middle.effect));
            let better = new > old || (new == old && right);
            match (better, right) {
                (true, true) => (low, middle) = (middle.lots, probe),
                (true, false) => (high, middle) = (middle.lots, probe),
                (false, true) => high = at,
                (false, false) => low = at,
            }
        }
        let mut best = middle;
        for end in [low, high] {
            if end != middle.lots {
                best = self.higher(best, self.probe(lots, end)?, height);
            }
        }
        Ok(best)
    }

    fn higher(&self, one: Probe, other: Probe, height: Height) -> Probe {
        let (low, high) = if one.lots < other.lots {
            (one, other)
        } else {
            (other, one)
        };
        if low.lots == 0 || height.of(&high.effect) >= height.of(&low.effect) {
            high
        } else {
            low
        }
    }

    /// A size that reaches the exit while a lot less does not, by halving.
    fn halved(&self, lots: Lots, piece: Piece) -> Result<Probe, RiskError> {
        let (mut below, mut reaching) = (piece.first.lots, piece.last);
        while reaching.lots.saturating_sub(below) > 1 {
            let probe = self.probe(lots, below.midpoint(reaching.lots))?;
            if probe.effect.reaches() {
                reaching = probe;
            } else {
                below = probe.lots;
            }
        }
        Ok(reaching)
    }
}

/// Whether `one` is the better answer to the aim.
fn is_higher(one: &Probe, other: &Probe, aim: Aim) -> bool {
    let height = |probe: &Probe| {
        let effect = &probe.effect;
        match aim {
            Aim::Exit if effect.frees() => (probe.lots > 0, true, effect.slack()),
            _ => (probe.lots > 0, effect.frees(), effect.relief_q32),
        }
    };
    height(one) > height(other)
}

/// Whether no limit's slack falls from the one to the other.
fn rises(before: &Effect, after: &Effect) -> bool {
    let pairs = before.slack_q32.iter().zip(&after.slack_q32);
    pairs.into_iter().all(|(before, after)| after >= before)
}

/// A number of lots after `right` before which none reaches the exit, at least one; none if no larger one of the
/// piece does.
fn step_from_left(left: &Probe, right: &Probe) -> Result<Option<u64>, RiskError> {
    let gap = right.lots.saturating_sub(left.lots);
    let zero = |before: i128, after: i128| -> Result<Option<u64>, RiskError> {
        if after >= 0 {
            return Ok(Some(0));
        }
        if after <= before {
            return Ok(None);
        }
        // after/(after − before) of the gap, down.
        let (fall, rise) = (after.unsigned_abs(), after.abs_diff(before));
        let shift = excess_bits(rise.max(fall), 62);
        let cut = |x: u128| u64::try_from(x >> shift).map_err(|_| RiskError::Overflow);
        let (fall, rise) = (cut(fall)?, cut(rise)?.saturating_add(1));
        Ok(Some(mul_div_floor_u64(gap, fall, rise).unwrap_or(u64::MAX)))
    };
    let mut bound = None;
    for (before, after) in left.effect.slack_q32.iter().zip(right.effect.slack_q32) {
        let at = zero(*before, after)?;
        bound = match (bound, at) {
            (Some(one), Some(other)) => Some(u64::min(one, other)),
            (one, other) => one.or(other),
        };
    }
    // Sizes that lower MM are an interval, too.
    let lift = |relief| sub_i128(relief, 1);
    let frees = zero(
        lift(left.effect.relief_q32)?,
        lift(right.effect.relief_q32)?,
    )?;
    let (Some(bound), Some(frees)) = (bound, frees) else {
        return Ok(None);
    };
    Ok(Some(bound.max(frees).max(1)))
}

/// A size strictly between two that are at least 2 apart: 0.382 of the way.
fn section(low: u64, high: u64) -> Result<u64, RiskError> {
    let gap = high.saturating_sub(low);
    let step = mul_div_floor_u64(gap, 381_966, 1_000_000)?;
    Ok(low.saturating_add(step.clamp(1, gap.saturating_sub(1).max(1))))
}

/// Where a line from `low` < 0 at 0 to `high` ≥ 0 at `gap` crosses zero, up.
pub(super) fn chord_ceil(gap: u64, low: i128, high: i128) -> Result<u64, RiskError> {
    let (fall, rise) = (low.unsigned_abs(), low.abs_diff(high).max(1));
    let shift = excess_bits(rise, 63);
    let cut = |slack: u128| u64::try_from(slack >> shift).map_err(|_| RiskError::Overflow);
    mul_div_ceil_u64(gap, cut(fall)?, cut(rise)?.max(1))
}
