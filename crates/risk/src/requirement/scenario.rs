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

/// Buckets cut to 59 bits by one common shift.
struct ScaledNets {
    buckets: [i64; BUCKETS],
    shift: u32,
}

impl ScaledNets {
    fn new(buckets: &Buckets) -> Self {
        let largest = buckets
            .0
            .iter()
            .fold(0, |bits: u128, sum| bits | sum.unsigned_abs());
        let shift = excess_bits(largest, SCALED_BITS);
        // |sum| < 2^(59 + shift): the shifted value fits; the fallback is never taken.
        let buckets = buckets
            .0
            .map(|sum| i64::try_from(sum >> shift).unwrap_or(i64::MAX));
        Self { buckets, shift }
    }

    /// `−Σ N·shock` in units of 2^(shift − 92) quote atoms.
    #[inline]
    fn loss(&self, scenario: &ScenarioCoefficients) -> Result<i128, RiskError> {
        self.buckets
            .iter()
            .zip(&scenario.shock)
            .filter(|(sum, _)| **sum != 0)
            // 8 · 2^59 · 2^63 = 2^125
            .try_fold(0, |loss, (sum, shock)| {
                sub_i128(loss, wide_mul_signed(*sum, *shock))
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
