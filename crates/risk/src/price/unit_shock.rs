//! The unit shock of an asset: volatility times horizon, rate-limited for maintenance (whitepaper §3.4).
//!
//! ```text
//! σ_IM = min(σ_cap, σ_t·(1 + 5 %·(hours since the anchor time − 1)⁺))
//! c_IM = max(s_floor, k·σ_IM·√h_im)
//! u_MM = min(hi, max(lo, s_floor, k·σ_t·√h_mm)),  lo = u_prev·(1 − 1 %)^Δh,  hi = u_prev·(1 + 3 %)^Δh
//! ```
//! All up. The caches of [`VolatilityState`] leave a few products; 2^x only when the limiter binds.
use crate::number::arith::{
    div_ceil_u128, low, mul_high, mul_u128_u64_shr_ceil, wide_mul, wide_mul_by_small,
};
use crate::number::math::{scale_exp2_ceil, scale_exp2_neg_ceil};
use crate::number::quantity::{FRACTION_BITS, Fraction};
use crate::params::AssetCoefficients;
use crate::price::volatility::VolatilityState;

/// Inputs of the shocks: an asset's volatility at one moment (whitepaper §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitShock {
    /// u_MM = c_MM: maintenance core shock before size.
    pub u_mm: Fraction,
    /// c_IM: initial core shock before size.
    pub c_im: Fraction,
    /// σ_IM per √hour.
    pub sigma_im: Fraction,
}

/// The unit shocks at clock time `now`.
#[inline]
pub fn unit_shock(
    state: &VolatilityState,
    coefficients: &AssetCoefficients,
    now: i64,
) -> UnitShock {
    let sigma_im = sigma_im(state, coefficients, now);
    UnitShock {
        u_mm: unit_shock_mm(state, coefficients, now),
        c_im: sigma_im
            .scale_ceil(coefficients.k_sqrt_h_im)
            .max(coefficients.s_floor),
        sigma_im,
    }
}

/// σ_IM per √hour: σ_t, grown with the age of the newest sample, up.
pub fn sigma_im(state: &VolatilityState, coefficients: &AssetCoefficients, now: i64) -> Fraction {
    let age_secs = u64::try_from(now.saturating_sub(state.anchor_ts)).unwrap_or(0);
    let excess_secs = age_secs.saturating_sub(u64::from(coefficients.stale_after_secs));
    if excess_secs == 0 {
        return state.sigma_target.min(coefficients.sigma_cap);
    }
    // The growth may be far above 1 when a feed was silent for weeks: it keeps its 128 bits.
    let per_hour = wide_mul(coefficients.stale_per_h.to_bits(), excess_secs);
    let growth = div_ceil_u128(per_hour, 3_600).unwrap_or(u128::MAX); // never fails: 3,600 ≠ 0
    let sigma = state.sigma_target.to_bits();
    let added = mul_u128_u64_shr_ceil(growth, sigma, FRACTION_BITS).unwrap_or(u128::MAX);
    let added = Fraction::from_bits(low(added.min(u128::from(u64::MAX))));
    let grown = state.sigma_target.saturating_add(added);
    grown.min(coefficients.sigma_cap)
}

/// u_MM: the target, followed from `u_prev` at no more than the speed limit, up.
pub fn unit_shock_mm(
    state: &VolatilityState,
    coefficients: &AssetCoefficients,
    now: i64,
) -> Fraction {
    let (start, target) = (state.u_prev.to_bits(), state.u_target.to_bits());
    let elapsed_secs = u64::try_from(now.saturating_sub(state.u_prev_ts)).unwrap_or(0);
    let bits = if target > start {
        let exponent = wide_mul_by_small(coefficients.log2_up, elapsed_secs);
        if reaches(start, target, exponent) {
            target
        } else {
            scale_exp2_ceil(start, exponent).min(target)
        }
    } else {
        let exponent = wide_mul_by_small(coefficients.log2_down, elapsed_secs);
        if reaches(target, start, exponent) {
            target
        } else {
            scale_exp2_neg_ceil(start, exponent).max(target)
        }
    };
    Fraction::from_bits(bits)
}

/// Whether `low_end · 2^x ≥ high_end ≥ low_end` for certain: `2^x ≥ 1 + x·ln 2 ≥ 1 + 11/16·x`.
#[inline]
fn reaches(low_end: u64, high_end: u64, exponent: u128) -> bool {
    let Ok(fraction) = u64::try_from(exponent) else {
        // x ≥ 1
        return u128::from(low_end) * 2 >= u128::from(high_end);
    };
    let growth = (fraction >> 4).saturating_mul(11); // < 2^64
    mul_high(low_end, growth) >= high_end.saturating_sub(low_end)
}

#[cfg(test)]
mod tests;
