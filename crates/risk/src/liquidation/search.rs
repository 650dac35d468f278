//! The size of a closing: the least that reaches the liquidation target, else the one that leaves E − (1 + β)·MM largest.
//!
//! MM(x) is convex but at the point where a short meets its own collateral (the other leg of the asset takes
//! over, and the basis charge begins to fall) and where s_max begins or ends to bind: at most three points,
//! four pieces. On a piece the slack is the largest of three concave functions ([`super::tariff`]), so
//!
//! - its least zero is found from the left ([`super::pieces`]): a chord of a concave function, drawn on, lies above
//!   it, so the chords' least zero never passes the function's, and a function that falls while it is below zero has
//!   none;
//! - its largest value is the largest of the three peaks, each found by sections ([`super::peak`]).
//!
//! Nearly all closings have one piece that falls to its end: there a bracketed search needs a few steps, and two
//! sizes a lot apart prove what it found.
use super::bracket::Bracket;
use super::sizing::Sizing;
use super::tariff::ClosingEffect;
use crate::RiskError;

/// Chords of a bracketed search before halving takes over.
const CHORDS: u32 = 12;
/// A slope is measured over at least this part of a position, 2^-24: over less the last digits of MM would show.
const GRAIN_BITS: u32 = 24;

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
    pub fn grain(self) -> u64 {
        (self.count() >> GRAIN_BITS).max(1)
    }

    /// The size from which a slope to `end` is measured: a grain before it, and a lot more where the last step is a
    /// part of a lot over which nothing would show.
    pub fn before(self, end: u64) -> u64 {
        let before = end.saturating_sub(self.grain());
        let apart = self.atoms(end).saturating_sub(self.atoms(before));
        // A grain of whole lots is more than half of 2^-24.
        let shows = apart > self.what_atoms >> GRAIN_BITS.saturating_add(1);
        before.saturating_sub(u64::from(!shows))
    }

    /// The size of so many lots, base atoms.
    pub fn atoms(self, lots: u64) -> u64 {
        lots.saturating_mul(self.lot_atoms).min(self.what_atoms)
    }
}

/// Aim of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// The exit; where none reaches it, the largest E − (1 + β)·MM.
    Target,
    /// The least MM: of an account that is closed as far as that helps.
    LeastMargin,
}

/// A size and what it does.
#[derive(Clone, Copy, Debug)]
pub(super) struct SizeProbe {
    pub lots: u64,
    pub effect: ClosingEffect,
}

/// Sizes between two on which MM is convex.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub first: SizeProbe,
    pub last: SizeProbe,
}

impl Sizing<'_> {
    /// The size in 1..=`most` lots that the aim asks for. Without one that lowers MM, the one that raises it least.
    ///
    /// Errors: [`RiskError::Overflow`].
    #[inline(never)] // a stack frame of its own
    pub fn search(&self, lots: Lots, most: u64, aim: Aim) -> Result<SizeProbe, RiskError> {
        let nothing = SizeProbe {
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
                Aim::Target if all.effect.reaches() => {
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

    /// Returns the effect of so many lots.
    pub(super) fn probe(&self, lots: Lots, count: u64) -> Result<SizeProbe, RiskError> {
        let effect = self.effect_of(lots.atoms(count))?;
        Ok(SizeProbe {
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
    fn rises_to_its_end(&self, lots: Lots, all: &SizeProbe, aim: Aim) -> Result<bool, RiskError> {
        if !all.effect.frees() {
            return Ok(false);
        }
        if all.lots <= 1 || all.effect.margin_q32 == 0 && aim == Aim::LeastMargin {
            return Ok(true);
        }
        let before = self.probe(lots, lots.before(all.lots))?;
        Ok(all.effect.relief_q32 >= before.effect.relief_q32
            && (aim == Aim::LeastMargin || rises(&before.effect, &all.effect)))
    }

    /// The least size that reaches the liquidation target, of a piece whose last one does; none if it might not be the least.
    #[inline(never)] // a stack frame of its own
    fn bracketed(&self, lots: Lots, piece: Piece) -> Result<Option<SizeProbe>, RiskError> {
        let Piece {
            first: mut below,
            last: mut reaching,
        } = piece;
        let mut bracket = Bracket::new(below.effect.slack(), reaching.effect.slack(), CHORDS);
        loop {
            let gap = reaching.lots.saturating_sub(below.lots);
            if gap <= 1 {
                break;
            }
            let middle = below.lots.saturating_add(bracket.step(gap)?);
            let probe = self.probe(lots, middle)?;
            let slack = probe.effect.slack();
            if probe.effect.reaches() {
                bracket.lower_high(slack);
                reaching = probe;
            } else {
                bracket.raise_low(slack);
                below = probe;
            }
        }
        let before = lots.before(reaching.lots);
        if before > 0 && before < below.lots {
            below = self.probe(lots, before)?;
        }
        // A concave function that does not fall from the one to the other was lower before.
        let least = rises(&below.effect, &reaching.effect)
            && reaching.effect.relief_q32 >= below.effect.relief_q32;
        Ok((least || reaching.lots <= 1).then_some(reaching))
    }
}

/// Whether no limit's slack falls from the one to the other.
fn rises(before: &ClosingEffect, after: &ClosingEffect) -> bool {
    let pairs = before.slack_q32.iter().zip(&after.slack_q32);
    pairs.into_iter().all(|(before, after)| after >= before)
}
