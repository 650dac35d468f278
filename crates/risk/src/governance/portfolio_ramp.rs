//! The ramp of the portfolio: θ, φ, ρ and the scenarios.
//!
//! ```text
//! g = max( Δθ/(1 − θ) + max(0.6·Δρ_hi, 1.25·Δρ_lo),  φ′/φ − 1,  per scenario and bucket: new/old − 1 )
//! ```
//! θ and ρ act on the same term of MM, so their g are added. Where `new/old` is of weight·shock: old
//! counts as at least 0.5 %, the smallest unit shock of any asset, below which no scenario sets the
//! margin of a lone position; from 0 it takes at least 240 h. Falls and rises of a bucket are ramped
//! apart: a shock that changes its sign starts from 0.
use super::ramp::{LEAST_SHOCK, Progress, RampWindow, SECS_PER_DOUBLING, distance, secs_to_grow};
use crate::number::quantity::Fraction;
use crate::params::{PortfolioCoefficients, ScenarioCoefficients};

/// Parameters of the portfolio as targets: what IM reads at once and MM moves towards.
#[derive(Clone, Copy, Debug)]
pub struct TargetTerms<'a> {
    /// Portfolio parameters in binary.
    pub coefficients: &'a PortfolioCoefficients,
    /// Joint scenarios. A scenario keeps its index; one that is missing is all zero.
    pub scenarios: &'a [ScenarioCoefficients],
}

impl TargetTerms<'_> {
    fn scenario(&self, index: usize) -> ScenarioCoefficients {
        self.scenarios.get(index).copied().unwrap_or_default()
    }
}

/// Where the parameters of the portfolio come from and when, but for the scenarios, of which there is one
/// start each beside it. All zero: no ramp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortfolioRamp {
    window: RampWindow,
    from: Terms,
}

/// Terms of [`PortfolioCoefficients`] that MM reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Terms {
    theta: Fraction,
    one_minus_theta: Fraction,
    phi: Fraction,
    rho_lo: Fraction,
    rho_hi: Fraction,
}

impl Terms {
    fn from_coefficients(c: &PortfolioCoefficients) -> Self {
        Self {
            theta: c.theta,
            one_minus_theta: c.one_minus_theta,
            phi: c.phi,
            rho_lo: c.rho_lo,
            rho_hi: c.rho_hi,
        }
    }

    /// Each value where it is not tighter than `to`, else that of `to`: loosening acts at once.
    fn at_most(self, to: &Self) -> Self {
        Self {
            theta: self.theta.max(to.theta),
            one_minus_theta: self.one_minus_theta.min(to.one_minus_theta),
            phi: self.phi.min(to.phi),
            rho_lo: self.rho_lo.max(to.rho_lo),
            rho_hi: self.rho_hi.min(to.rho_hi),
        }
    }

    /// 240 h·g, seconds; 0 when nothing tightens.
    fn secs_to(&self, to: &Self) -> u64 {
        // d ln M/dρ is at most 0.47 for ρ_hi ≥ 0.85 and 0.81 for ρ_lo ≤ 0.6, at θ = 0.8: whitepaper §8.3 takes
        // 0.6 = 3/5 and 1.25 = 5/4. Fractions are below 2^64/16 here: no product saturates.
        let one = Fraction::ONE.to_bits();
        let hi = distance(self.rho_hi, to.rho_hi).saturating_mul(3);
        let lo = distance(self.rho_lo, to.rho_lo).saturating_mul(5);
        let rho =
            secs_to_grow(hi, one.saturating_mul(5)).max(secs_to_grow(lo, one.saturating_mul(4)));
        let theta = secs_to_grow(
            distance(self.theta, to.theta),
            self.one_minus_theta.to_bits(),
        );
        theta
            .saturating_add(rho)
            .max(secs_to_grow(distance(self.phi, to.phi), self.phi.to_bits()))
    }
}

impl PortfolioRamp {
    /// Number of words of [`PortfolioRamp::to_words`].
    pub const WORDS: usize = 7;

    /// The ramp after a change of the target from `old` to `new`. Starts from the values in force
    /// at `now`, and so do the scenarios: `starts`, one per scenario that there may be, are read and
    /// written. Unchanged where the change touches nothing that it moves.
    pub fn next(
        &self,
        starts: &mut [ScenarioCoefficients],
        old: &TargetTerms,
        new: &TargetTerms,
        now: i64,
    ) -> Self {
        let to = Terms::from_coefficients(new.coefficients);
        let same = |index| old.scenario(index) == new.scenario(index);
        if Terms::from_coefficients(old.coefficients) == to && (0..starts.len()).all(same) {
            return *self;
        }
        let from = Terms::from_coefficients(&self.coefficients(old.coefficients, now)).at_most(&to);
        let mut secs = from.secs_to(&to);
        for (index, start) in starts.iter_mut().enumerate() {
            let held = self.scenario(start, &old.scenario(index), now);
            let to = new.scenario(index);
            *start = scenario_at_most(&held, &to);
            secs = secs.max(scenario_secs(start, &to));
        }
        Self {
            window: RampWindow::new(now, secs),
            from,
        }
    }

    /// The coefficients that MM reads at `now`; `to` are the target ones, which IM reads.
    pub fn coefficients(&self, to: &PortfolioCoefficients, now: i64) -> PortfolioCoefficients {
        let progress = self.window.progress(now);
        if progress.is_done() {
            return *to;
        }
        let from = &self.from;
        PortfolioCoefficients {
            theta: progress.between(from.theta, to.theta),
            one_minus_theta: progress.between(from.one_minus_theta, to.one_minus_theta),
            phi: progress.between(from.phi, to.phi),
            rho_lo: progress.between(from.rho_lo, to.rho_lo),
            rho_hi: progress.between(from.rho_hi, to.rho_hi),
            ..*to
        }
    }

    /// The scenario that MM reads at `now`: `start` is the one stored by [`PortfolioRamp::next`], `to` the
    /// target one, which IM reads.
    pub fn scenario(
        &self,
        start: &ScenarioCoefficients,
        to: &ScenarioCoefficients,
        now: i64,
    ) -> ScenarioCoefficients {
        let progress = self.window.progress(now);
        if progress.is_done() || start == to {
            return *to;
        }
        let mut shock = start.shock;
        for (from, to) in shock.iter_mut().zip(to.shock) {
            *from = between(progress, *from, to);
        }
        ScenarioCoefficients { shock }
    }

    /// When it runs.
    pub const fn window(&self) -> RampWindow {
        self.window
    }

    /// As words, for an account.
    pub fn to_words(&self) -> [u64; Self::WORDS] {
        [
            self.window.start_ts.cast_unsigned(),
            self.window.end_ts.cast_unsigned(),
            self.from.theta.to_bits(),
            self.from.one_minus_theta.to_bits(),
            self.from.phi.to_bits(),
            self.from.rho_lo.to_bits(),
            self.from.rho_hi.to_bits(),
        ]
    }

    /// From the words of [`PortfolioRamp::to_words`]; all-zero words are no ramp.
    pub fn from_words(words: &[u64; Self::WORDS]) -> Self {
        let [start, end, theta, one_minus_theta, phi, rho_lo, rho_hi] = *words;
        Self {
            window: RampWindow {
                start_ts: start.cast_signed(),
                end_ts: end.cast_signed(),
            },
            from: Terms {
                theta: Fraction::from_bits(theta),
                one_minus_theta: Fraction::from_bits(one_minus_theta),
                phi: Fraction::from_bits(phi),
                rho_lo: Fraction::from_bits(rho_lo),
                rho_hi: Fraction::from_bits(rho_hi),
            },
        }
    }
}

/// From `from` to `to`, towards `from`: the share τ of the way, down.
fn between(progress: Progress, from: i64, to: i64) -> i64 {
    let moved = progress.part_of(from.abs_diff(to));
    if to < from {
        from.saturating_sub_unsigned(moved) // between the two
    } else {
        from.saturating_add_unsigned(moved)
    }
}

/// The shocks of `held` where they are not harder than those of `to`, on the same side of 0.
fn scenario_at_most(
    held: &ScenarioCoefficients,
    to: &ScenarioCoefficients,
) -> ScenarioCoefficients {
    let mut shock = held.shock;
    for (from, to) in shock.iter_mut().zip(to.shock) {
        *from = (*from).clamp(to.min(0), to.max(0));
    }
    ScenarioCoefficients { shock }
}

/// The longest of 240 h·g of every bucket, seconds; 0 when nothing tightens.
fn scenario_secs(start: &ScenarioCoefficients, to: &ScenarioCoefficients) -> u64 {
    let secs = |(from, to): (i64, i64)| {
        let distance = from.abs_diff(to);
        let secs = secs_to_grow(distance, from.unsigned_abs().max(LEAST_SHOCK.to_bits()));
        if from == 0 && distance != 0 {
            secs.max(SECS_PER_DOUBLING)
        } else {
            secs
        }
    };
    let pairs = start.shock.into_iter().zip(to.shock);
    pairs.map(secs).max().unwrap_or(0)
}

#[cfg(test)]
#[path = "portfolio_ramp_tests.rs"]
mod tests;
