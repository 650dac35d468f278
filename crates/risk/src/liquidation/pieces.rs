//! The size of a closing, piece by piece: see [`super::search`].
use super::peak::is_higher;
use super::search::{Aim, Lots, Piece, SizeProbe};
use super::sizing::Sizing;
use crate::RiskError;
use crate::number::arith::{div_floor_u64, excess_bits, mul_div_floor_u64, sub_i128};
use crate::number::atoms::QuoteAtoms;
use crate::number::quantity::AMOUNT_BITS;

/// Steps from the left before the search by sections takes over; a book needs one per kink of MM and a few.
const CHORDS_FROM_LEFT: u32 = 48;
/// E(x) − (1 + β)·MM(x) rises by less than this many times P per base atom: 1.5 times (1.5·8 + ½ + 0.1), or
/// 3 for a scenario, and 1.
const STEEPEST: u64 = 20;

impl Sizing<'_> {
    /// The size that the aim asks for, piece by piece.
    #[inline(never)] // a stack frame of its own
    pub(super) fn search_pieces(
        &self,
        lots: Lots,
        whole: Piece,
        aim: Aim,
    ) -> Result<SizeProbe, RiskError> {
        let mut best: Option<SizeProbe> = None;
        let mut first = whole.first;
        loop {
            let end = self.end_of_piece(lots, first.lots, whole.last.lots)?;
            let last = if end == whole.last.lots {
                whole.last
            } else {
                self.probe(lots, end)?
            };
            let piece = Piece { first, last };
            if aim == Aim::Target
                && let Some(found) = self.least_from_left(lots, piece)?
            {
                return Ok(found);
            }
            let peak = self.peak(lots, piece, aim)?;
            if aim == Aim::Target && peak.effect.reaches() {
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

    /// The least size of a piece that reaches the liquidation target; none if none does.
    #[inline(never)] // a stack frame of its own
    fn least_from_left(&self, lots: Lots, piece: Piece) -> Result<Option<SizeProbe>, RiskError> {
        let Piece { first, last } = piece;
        if first.lots > 0 && first.effect.reaches() {
            return Ok(Some(first));
        }
        let mut left = first;
        let missing = first.effect.slack().min(0).unsigned_abs() >> AMOUNT_BITS;
        let missing = u64::try_from(missing).unwrap_or(u64::MAX);
        let missing = QuoteAtoms::new(div_floor_u64(missing, STEEPEST));
        let atoms = self.base_atoms_floor(missing).get();
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

    /// A size that reaches the liquidation target while a lot less does not, by halving.
    fn halved(&self, lots: Lots, piece: Piece) -> Result<SizeProbe, RiskError> {
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

/// A number of lots after `right` before which none reaches the liquidation target, at least one; none if no larger one of the
/// piece does.
fn step_from_left(left: &SizeProbe, right: &SizeProbe) -> Result<Option<u64>, RiskError> {
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
