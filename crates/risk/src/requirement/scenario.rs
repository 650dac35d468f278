//! Joint scenarios (whitepaper §5.1): `M_str = max over j of weight_j·(−Σ N_i·shock_j[bucket(i)])⁺`.
//!
//! Net notionals are summed per bucket first, so a scenario costs at most one product per bucket.
use crate::RiskError;
use crate::number::arith::{
    add_i128, exceeds_by_share, excess_bits, mul_u128_u64_shr_floor, signed_like, sub_i128,
    wide_mul_signed,
};
use crate::params::ScenarioCoefficients;

pub use crate::params::BUCKETS;
pub use crate::params::bounds::MAX_SCENARIOS;
/// Bits of a scaled bucket: eight products with a 63-bit shock then fit 128 bits.
const SCALED_BITS: u32 = 59;
/// Two terms closer than this share of the larger count as equal when one is named as binding.
pub(crate) const TIE_BITS: u32 = 40;

/// Net notional per bucket, units of 2^-32 quote atoms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Buckets(pub [i128; BUCKETS]);

/// The worst scenario: its loss and its index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Worst {
    pub loss_q32: u128,
    /// Index of the first scenario that loses clearly more than those before it.
    pub index: u8,
    /// Loss of that one.
    named_q32: u128,
}

impl Worst {
    /// Considers one more scenario, in the order of their indices.
    #[inline]
    pub fn take(&mut self, index: u8, loss_q32: u128) {
        self.loss_q32 = self.loss_q32.max(loss_q32);
        if exceeds_by_share(loss_q32, self.named_q32, TIE_BITS) {
            self.named_q32 = loss_q32;
            self.index = index;
        }
    }
}

impl Buckets {
    /// Adds a net notional (|N| < 2^98, at most 24 of them).
    ///
    /// Errors: [`RiskError::BucketOutOfBounds`], [`RiskError::Overflow`].
    #[inline]
    pub fn add(&mut self, bucket: u8, net_q32: i128) -> Result<(), RiskError> {
        let sum = self
            .0
            .get_mut(usize::from(bucket))
            .ok_or(RiskError::BucketOutOfBounds)?;
        *sum = add_i128(*sum, net_q32)?;
        Ok(())
    }

    /// Loss of the worst scenario; 0 when none loses.
    ///
    /// Errors: [`RiskError::ScenarioOutOfBounds`] with more than 16 of them.
    pub fn worst(&self, scenarios: &[ScenarioCoefficients]) -> Result<Worst, RiskError> {
        let mut worst = Worst::default();
        if scenarios.is_empty() {
            return Ok(worst);
        }
        check_count(scenarios)?;
        let scaled = ScaledNets::new(self);
        for (index, scenario) in (0u8..).zip(scenarios) {
            worst.take(index, scaled.weighted_loss_q32(scenario)?);
        }
        Ok(worst)
    }

    /// Signed loss of one scenario, weighted, units of 2^-32 quote atoms; negative when it gains.
    pub fn weighted_loss_q32(&self, scenario: &ScenarioCoefficients) -> Result<i128, RiskError> {
        let scaled = ScaledNets::new(self);
        let loss = scaled.loss(scenario)?;
        let weighted = scaled.weighted_q32(loss.unsigned_abs(), scenario)?;
        Ok(signed_like(weighted, loss))
    }
}

/// Errors: [`RiskError::ScenarioOutOfBounds`] with more than 16 of them.
pub(crate) fn check_count(scenarios: &[ScenarioCoefficients]) -> Result<(), RiskError> {
    if scenarios.len() > MAX_SCENARIOS {
        Err(RiskError::ScenarioOutOfBounds)
    } else {
        Ok(())
    }
}

/// Buckets that hold something, cut to 59 bits by one common shift: a scenario costs nothing for the others.
struct ScaledNets {
    /// Number and net.
    held: [(u8, i64); BUCKETS],
    count: usize,
    shift: u32,
}

impl ScaledNets {
    fn new(buckets: &Buckets) -> Self {
        let largest = buckets
            .0
            .iter()
            .fold(0, |bits: u128, sum| bits | sum.unsigned_abs());
        let shift = excess_bits(largest, SCALED_BITS);
        let mut scaled = Self {
            held: [(0, 0); BUCKETS],
            count: 0,
            shift,
        };
        for (number, sum) in (0u8..).zip(&buckets.0) {
            // |sum| < 2^(59 + shift): the shifted value fits; the fallback is never taken.
            let net = i64::try_from(sum >> shift).unwrap_or(i64::MAX);
            if net == 0 {
                continue;
            }
            if let Some(slot) = scaled.held.get_mut(scaled.count) {
                *slot = (number, net);
                scaled.count = scaled.count.saturating_add(1); // at most 8: there was a slot
            }
        }
        scaled
    }

    /// `−Σ N·shock` in units of 2^(shift − 92) quote atoms.
    #[inline]
    fn loss(&self, scenario: &ScenarioCoefficients) -> Result<i128, RiskError> {
        let held = self.held.get(..self.count).unwrap_or(&[]);
        held.iter().try_fold(0, |loss, (number, net)| {
            let shock = scenario.shock.get(usize::from(*number)).copied();
            // 8 · 2^59 · 2^63 = 2^125
            sub_i128(loss, wide_mul_signed(*net, shock.unwrap_or(0)))
        })
    }

    #[inline]
    fn weighted_q32(&self, loss: u128, scenario: &ScenarioCoefficients) -> Result<u128, RiskError> {
        // 60 digits of the shock, 60 of the weight; sums below 2^103 keep the shift below 45.
        let digits = 120_u32.saturating_sub(self.shift);
        mul_u128_u64_shr_floor(loss, scenario.weight.to_bits(), digits)
    }

    #[inline]
    fn weighted_loss_q32(&self, scenario: &ScenarioCoefficients) -> Result<u128, RiskError> {
        match u128::try_from(self.loss(scenario)?) {
            Ok(loss) if loss > 0 => self.weighted_q32(loss, scenario),
            _ => Ok(0),
        }
    }
}

#[cfg(test)]
#[path = "scenario_tests.rs"]
mod tests;
