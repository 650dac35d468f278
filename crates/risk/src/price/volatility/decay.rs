//! How one sample moves a variance: the weight of the past, the share of the return (whitepaper §3.1).
use crate::RiskError;
use crate::number::arith::kernel::{mul_shr_63_ceil, mul_shr_63_floor, mul_u128_shr_63_ceil};
use crate::number::arith::{add_u128, high, mul_u128_u64_shr_ceil, ratio_q64_floor};
use crate::number::math::exp2_fraction;
use crate::number::quantity::Variance;
use crate::params::SampleParams;

/// H_fast over the half-life of v_short.
const HALF_LIVES_SHORT: u32 = 6;

/// Binary digits of the weights w.
const WEIGHT_BITS: u32 = 63;

/// Bounds of a weight, in [½, 1], units of 2^-63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    lower: u64,
    upper: u64,
}

/// The weights of the three variances after one wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weights {
    pub fast: Weight,
    pub slow: Weight,
    /// `w_fast^6`, which is 2^(−Δt/H_short) without another 2^x; ½ from Δt = H_short on, as for the others.
    pub short: Weight,
}

impl Weights {
    /// The weights after `elapsed_secs`.
    ///
    /// Errors: [`RiskError::Overflow`] for a half-life or a time of 0.
    pub(super) fn new(elapsed_secs: u64, params: &SampleParams) -> Result<Self, RiskError> {
        let fast = Weight::new(elapsed_secs, params.half_life_fast_secs)?;
        let short_ends =
            elapsed_secs >= u64::from(params.half_life_fast_secs.div_ceil(HALF_LIVES_SHORT));
        Ok(Self {
            fast,
            slow: Weight::new(elapsed_secs, params.half_life_slow_secs)?,
            short: if short_ends {
                Weight::HALF
            } else {
                fast.sixth_power()
            },
        })
    }
}

impl Weight {
    const HALF: Self = Self {
        lower: 1 << (WEIGHT_BITS - 1),
        upper: 1 << (WEIGHT_BITS - 1),
    };

    /// `2^(−min(Δt, H)/H)`.
    ///
    /// Errors: [`RiskError::Overflow`] for a half-life or a time of 0.
    pub(super) fn new(elapsed_secs: u64, half_life_secs: u32) -> Result<Self, RiskError> {
        let half_life = u64::from(half_life_secs);
        if half_life == 0 || elapsed_secs == 0 {
            return Err(RiskError::Overflow);
        }
        if elapsed_secs >= half_life {
            return Ok(Self::HALF);
        }
        let exponent = ratio_q64_floor(elapsed_secs, half_life); // Δt < H < 2^32
        // 2^−x = 2^(1 − x)/2: 62 binary digits of the one are 63 of the other. The exponent may be one
        // unit too small, which moves w by less than 2^-63.
        let power = exp2_fraction(exponent.wrapping_neg());
        Ok(Self {
            lower: power.lower().saturating_sub(1), // ≥ 2^62 before
            upper: power.upper().min(1 << WEIGHT_BITS),
        })
    }

    /// The product: of weights after less than a half-life, below 1 by more than their bounds are apart.
    fn times(self, other: Self) -> Self {
        Self {
            lower: mul_shr_63_floor(self.lower, other.lower),
            upper: mul_shr_63_ceil(self.upper, other.upper),
        }
    }

    fn sixth_power(self) -> Self {
        let cube = self.times(self).times(self);
        cube.times(cube)
    }

    /// `⌈w·v⌉ + ⌈(1 − w)·r²/Δt_h⌉` of this `r²/Δt_h`.
    ///
    /// Errors: [`RiskError::Overflow`] beyond the range of a variance.
    pub(super) fn decayed(
        self,
        v: Variance,
        squared_per_h: Variance,
    ) -> Result<Variance, RiskError> {
        let kept = share_ceil(self.upper, v)?;
        if squared_per_h == Variance::ZERO {
            return Ok(Variance::from_bits(kept));
        }
        let lost = (1_u64 << WEIGHT_BITS).saturating_sub(self.lower); // 1 − w, up; w ≤ 1
        let gained = share_ceil(lost, squared_per_h)?;
        add_u128(kept, gained).map(Variance::from_bits)
    }
}

/// `⌈share · v⌉` of a share in units of 2^-63.
///
/// Errors: [`RiskError::Overflow`] beyond 128 bits.
fn share_ceil(share: u64, v: Variance) -> Result<u128, RiskError> {
    let bits = v.to_bits();
    if high(bits) >> 61 == 0 && share >> WEIGHT_BITS == 0 {
        // A variance below 32, so any of a σ below 5.6 per √hour.
        return Ok(mul_u128_shr_63_ceil(bits, share));
    }
    mul_u128_u64_shr_ceil(bits, share, WEIGHT_BITS)
}

#[cfg(test)]
#[path = "decay_tests.rs"]
mod tests;
