//! Joint scenarios (whitepaper §5.1): `M_str = max over j of weight_j·(−Σ N_i·shock_j[bucket(i)])⁺`.
//!
//! Net notionals are summed per bucket first, and the weights are part of the shocks: a scenario costs one
//! product per bucket that holds something, and a comparison. Losses are compared in scaled units; only the
//! largest is converted.
use crate::RiskError;
use crate::number::arith::amount::scaled_floor;
use crate::number::arith::{exceeds_by_share, excess_bits, high, signed_like, wide_mul_signed};
use crate::number::quantity::FRACTION_BITS;
use crate::params::ScenarioCoefficients;

pub use crate::params::BUCKETS;
pub use crate::params::bounds::MAX_SCENARIOS;
/// Bits of a scaled bucket: nine products with a 63-bit shock then fit 127 bits.
const SCALED_BITS: u32 = 59;
/// Two terms closer than this share of the larger count as equal when one is named as binding.
pub(crate) const TIE_BITS: u32 = 40;

/// Twice the error of an estimate and more: a net cut by 31 digits and a shock by 32 leave out less than 2^28 + 2^31 + 1 of
/// their units per bucket. Scenarios that are lower by that are not the worst, nor within 2^-40 of it where it is
/// named: 16 steps of that share do not reach so far down.
const ESTIMATE_RANGE: i64 = 1 << 36;

/// Net notional per bucket, units of 2^-32 quote atoms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Buckets(pub [i128; BUCKETS]);

/// The worst scenario: its loss and its index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Worst {
    pub loss_q32: u128,
    /// Index of the first scenario that loses clearly more than those before it.
    pub index: u8,
}

/// Search for the worst scenario, over losses of one scale.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WorstSoFar {
    loss: i128,
    /// Loss of the scenario of `index`: within 2^-40 of `loss`.
    named: i128,
    index: u8,
}

impl WorstSoFar {
    /// Considers one more scenario, in the order of their indices. A gain is negative.
    #[inline]
    pub fn take(&mut self, index: u8, loss: i128) {
        if loss <= self.named {
            return; // most of them: `named` is at most `loss`
        }
        self.loss = self.loss.max(loss);
        if exceeds_by_share(loss.unsigned_abs(), self.named.unsigned_abs(), TIE_BITS) {
            self.named = loss;
            self.index = index;
        }
    }

    /// The worst of them; 0 when none loses.
    #[inline]
    pub fn worst(&self, scale: LossScale) -> Worst {
        Worst {
            loss_q32: scale.to_q32(self.loss.unsigned_abs()),
            index: self.index,
        }
    }
}

impl Buckets {
    /// Adds a net notional (|N| < 2^102, at most 24 of them).
    ///
    /// Errors: [`RiskError::BucketOutOfBounds`].
    #[inline]
    pub fn add(&mut self, bucket: u8, net_q32: i128) -> Result<(), RiskError> {
        let sum = self
            .0
            .get_mut(usize::from(bucket))
            .ok_or(RiskError::BucketOutOfBounds)?;
        *sum = sum.wrapping_add(net_q32); // below 2^107
        Ok(())
    }

    /// Loss of the worst scenario; 0 when none loses.
    ///
    /// Errors: [`RiskError::ScenarioOutOfBounds`] with more than 16 of them.
    pub fn worst(&self, scenarios: &[ScenarioCoefficients]) -> Result<Worst, RiskError> {
        if scenarios.is_empty() {
            return Ok(Worst::default());
        }
        check_count(scenarios)?;
        let nets = ScaledNets::new(self, 0);
        let estimates = scenarios.iter().map(|scenario| nets.estimate(scenario));
        let loss = |index: usize| {
            scenarios
                .get(index)
                .map_or(0, |scenario| nets.loss(scenario))
        };
        Ok(worst_of(estimates, loss, nets.scale))
    }

    /// Signed loss of one scenario, units of 2^-32 quote atoms, towards 0; negative when it gains.
    pub fn loss_q32(&self, scenario: &ScenarioCoefficients) -> i128 {
        let nets = ScaledNets::new(self, 0);
        let loss = nets.loss(scenario);
        signed_like(nets.scale.to_q32(loss.unsigned_abs()), loss)
    }
}

/// A scaled loss in the units of estimates: of 2^63.
#[inline]
pub(crate) const fn estimated(loss: i128) -> i64 {
    high(loss.cast_unsigned() << 1).cast_signed() // a loss is below 2^126
}

/// What a scaled net adds to an estimate, in 64-bit products.
#[inline]
pub(crate) const fn estimated_part(net: i64, shock: i64) -> i64 {
    (net >> 31).wrapping_mul(shock >> 32) // 2^28 · 2^31
}

/// The worst of at most 16 losses by their estimates. Those that are far from it are not computed.
#[inline]
pub(crate) fn worst_of(
    estimates: impl Iterator<Item = i64>,
    loss: impl Fn(usize) -> i128,
    scale: LossScale,
) -> Worst {
    let (mut known, mut highest) = ([i64::MIN; MAX_SCENARIOS], i64::MIN);
    for (place, estimate) in known.iter_mut().zip(estimates) {
        *place = estimate;
        highest = highest.max(estimate);
    }
    if highest == i64::MIN {
        return Worst::default(); // no scenario: an estimate is above −2^63
    }
    let near = highest.saturating_sub(ESTIMATE_RANGE);
    let mut worst = WorstSoFar::default();
    for (index, estimate) in (0_u8..).zip(&known) {
        if *estimate >= near {
            worst.take(index, loss(index.into()));
        }
    }
    worst.worst(scale)
}

/// Errors: [`RiskError::ScenarioOutOfBounds`] with more than 16 of them.
pub(crate) fn check_count(scenarios: &[ScenarioCoefficients]) -> Result<(), RiskError> {
    if scenarios.len() > MAX_SCENARIOS {
        Err(RiskError::ScenarioOutOfBounds)
    } else {
        Ok(())
    }
}

/// A common shift of net notionals. A scaled loss is in units of 2^(shift − 92) quote atoms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LossScale {
    shift: u32,
}

impl LossScale {
    /// A net notional that the scale was made for, in scaled units, towards −∞.
    #[inline]
    pub fn net(self, net_q32: i128) -> i64 {
        scaled_floor(net_q32, self.shift) // |net| < 2^(59 + shift)
    }

    /// A scaled loss in units of 2^-32 quote atoms, down.
    #[inline]
    const fn to_q32(self, loss: u128) -> u128 {
        // Sums are below 2^103: the shift is at most 44, below the 60 digits of a shock.
        loss >> FRACTION_BITS.saturating_sub(self.shift)
    }
}

/// Net notionals per bucket, cut to 59 bits by one common shift.
pub(crate) struct ScaledNets {
    nets: [i64; BUCKETS],
    pub scale: LossScale,
}

impl ScaledNets {
    /// The buckets, on a scale with room for one more net of up to `bound_q32`.
    pub fn new(buckets: &Buckets, bound_q32: u128) -> Self {
        let largest = buckets
            .0
            .iter()
            .fold(bound_q32, |bits, sum| bits | sum.unsigned_abs());
        let scale = LossScale {
            shift: excess_bits(largest, SCALED_BITS),
        };
        Self {
            nets: buckets.0.map(|sum| scale.net(sum)),
            scale,
        }
    }

    /// The loss in units of 2^63 scaled ones, off by less than half of [`ESTIMATE_RANGE`]: in 64-bit products.
    #[inline]
    fn estimate(&self, scenario: &ScenarioCoefficients) -> i64 {
        let pairs = self.nets.iter().zip(&scenario.shock);
        // 8 · 2^28 · 2^31 = 2^62
        pairs.fold(0_i64, |loss, (net, shock)| {
            loss.wrapping_sub(estimated_part(*net, *shock))
        })
    }

    /// `−Σ N·shock`, scaled; negative when the scenario gains.
    #[inline]
    pub fn loss(&self, scenario: &ScenarioCoefficients) -> i128 {
        let pairs = self.nets.iter().zip(&scenario.shock);
        let held = pairs.filter(|(net, _)| **net != 0);
        // 8 · 2^59 · 2^63 = 2^125
        held.fold(0_i128, |loss, (net, shock)| {
            loss.wrapping_sub(wide_mul_signed(*net, *shock))
        })
    }
}

#[cfg(test)]
#[path = "scenario_tests.rs"]
mod tests;
