//! Where a piece is highest: three concave functions, each by sections.
use super::search::{Aim, Lots, Piece, SizeProbe};
use super::sizing::Sizing;
use super::tariff::ClosingEffect;
use crate::RiskError;
use crate::number::arith::mul_div_floor_u64;

/// A value with a peak to be found: its upper level sets are intervals.
#[derive(Clone, Copy)]
enum Height {
    Relief,
    Slack(usize),
}

/// What sizes are ordered by: first whether they free margin.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    frees: bool,
    height_q32: i128,
}

impl Height {
    /// Sizes that raise MM lie below all others.
    fn of(self, effect: &ClosingEffect) -> Rank {
        let height_q32 = match self {
            Self::Slack(limit) if effect.frees() => {
                effect.slack_q32.get(limit).copied().unwrap_or(i128::MIN)
            }
            _ => effect.relief_q32,
        };
        Rank {
            frees: effect.frees(),
            height_q32,
        }
    }
}

impl Sizing<'_> {
    /// The highest of a piece's peaks.
    pub(super) fn peak(&self, lots: Lots, piece: Piece, aim: Aim) -> Result<SizeProbe, RiskError> {
        if aim == Aim::LeastMargin {
            return self.peak_of(lots, piece, Height::Relief);
        }
        let mut best = self.peak_of(lots, piece, Height::Slack(1))?;
        let same = |limit: usize| {
            let by = |probe: &SizeProbe| probe.effect.slack_q32.get(limit).copied();
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
    fn peak_of(&self, lots: Lots, piece: Piece, height: Height) -> Result<SizeProbe, RiskError> {
        let (mut low, mut high) = (piece.first.lots, piece.last.lots);
        if high.saturating_sub(low) <= 1 {
            return Ok(self.higher(piece.first, piece.last, height));
        }
        let grain = lots.grain();
        let before = self.probe(lots, lots.before(high).max(low))?;
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

    fn higher(&self, one: SizeProbe, other: SizeProbe, height: Height) -> SizeProbe {
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
}

/// Whether `one` is the better answer to the aim.
pub(super) fn is_higher(one: &SizeProbe, other: &SizeProbe, aim: Aim) -> bool {
    let height = |probe: &SizeProbe| {
        let effect = &probe.effect;
        match aim {
            Aim::Target if effect.frees() => (probe.lots > 0, true, effect.slack()),
            _ => (probe.lots > 0, effect.frees(), effect.relief_q32),
        }
    };
    height(one) > height(other)
}

/// A size strictly between two that are at least 2 apart: 0.382 of the way.
fn section(low: u64, high: u64) -> Result<u64, RiskError> {
    let gap = high.saturating_sub(low);
    let step = mul_div_floor_u64(gap, 381_966, 1_000_000)?;
    Ok(low.saturating_add(step.clamp(1, gap.saturating_sub(1).max(1))))
}
