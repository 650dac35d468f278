//! The return of a sample: how far it may reach, for the anchor and for the short variance (whitepaper §3.1, §3.2).
use core::cmp::Ordering;

use crate::RiskError;
use crate::number::arith::{div_ceil_u128, low, mul_div_floor_u64, shr_ceil, wide_mul};
use crate::number::math::{LOG_BITS, LnRatio, Scaled, ln_ratio};
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, Multiple};
use crate::params::SampleParams;

/// 2^-44, added to a return that is not 0. A clamped return moves the anchor to within 2^-57 of e^b, so this is more than
/// 8,000 of them in a row may leave; an observed price is exact.
const ANCHOR_ERROR: Fraction = Fraction::from_bits(1 << (FRACTION_BITS - 44));

/// Units of b: millionths of a return.
const BOUND_UNITS: u64 = 1_000_000;

/// A return by its size and side, before any clamp.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogReturn {
    /// Whether the price fell, stood or rose.
    pub direction: Ordering,
    /// `|r|`, up, whatever clamped returns have done to the anchor; 0 where the price is the anchor.
    pub upper: Fraction,
    /// `|r|`, down: a return counts as clamped only where it is beyond b for certain.
    pub lower: Fraction,
}

impl LogReturn {
    /// `ln(price/anchor)`.
    pub(super) fn between(anchor: Scaled, price: Scaled) -> Self {
        let LnRatio { order, magnitude } = ln_ratio(price, anchor);
        let upper = fraction_of_log_ceil(magnitude.upper());
        Self {
            direction: order,
            upper: if order == Ordering::Equal {
                upper
            } else {
                upper.saturating_add(ANCHOR_ERROR)
            },
            lower: fraction_of_log_floor(magnitude.lower()),
        }
    }
}

/// The largest returns that one sample may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReturnBounds {
    /// b: what moves the anchor and enters v_fast and v_slow. Whole millionths, down, where it comes from σ_c.
    pub all: Fraction,
    /// What enters v_short, up; it may exceed b.
    pub short: Fraction,
}

impl ReturnBounds {
    /// The bounds after `elapsed_secs` at a volatility of σ_c.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    pub(super) fn new(
        sigma_c: Fraction,
        elapsed_secs: u64,
        params: &SampleParams,
    ) -> Result<Self, RiskError> {
        let elapsed_secs = u32::try_from(elapsed_secs).unwrap_or(u32::MAX);
        let sixteen = sigma_c.scale_ceil(Multiple::times_sqrt_hours_ceil(16 * E9, elapsed_secs)?);
        let least = Fraction::from_e9_ceil(params.clamp_min_e9)?;
        let typical = whole_units(sixteenths_ceil(sixteen, params.clamp_mult_e9)?)?;
        Ok(Self {
            all: within_ratio(typical.max(least), params.clamp_max_ratio_e9)?,
            short: sixteenths_ceil(sixteen, params.clamp_short_mult_e9)?.max(least),
        })
    }

    /// The bounds for a return up to the least of them: whatever σ_c is, it is cut by the price ratio alone.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    pub(super) fn least(params: &SampleParams) -> Result<Self, RiskError> {
        let least = Fraction::from_e9_ceil(params.clamp_min_e9)?;
        Ok(Self {
            all: within_ratio(least, params.clamp_max_ratio_e9)?,
            short: least,
        })
    }
}

/// `min(bound, ln ratio)`, the logarithm up.
fn within_ratio(bound: Fraction, ratio_e9: u64) -> Result<Fraction, RiskError> {
    // ln x ≥ 1 − 1/x: below that the ceiling cannot bind and its logarithm is not needed.
    let excess = ratio_e9.checked_sub(E9).ok_or(RiskError::Overflow)?;
    let excess = mul_div_floor_u64(excess, E9, ratio_e9)?;
    if bound <= Fraction::from_e9_floor(excess)? {
        return Ok(bound);
    }
    let ratio = Scaled::from_u128(u128::from(ratio_e9))?;
    let ceiling = ln_ratio(ratio, Scaled::from_u128(u128::from(E9))?);
    Ok(bound.min(fraction_of_log_ceil(ceiling.magnitude.upper())))
}

/// `sixteen · multiple / 16`, up, saturating: beyond every ceiling. One root serves both bounds, to 4 digits more than
/// that of a single σ would.
fn sixteenths_ceil(sixteen: Fraction, multiple_e9: u64) -> Result<Fraction, RiskError> {
    let product = shr_ceil(wide_mul(sixteen.to_bits(), multiple_e9), 4);
    let bits = div_ceil_u128(product, u128::from(E9))?; // ⌈⌈x/a⌉/b⌉ = ⌈x/(a·b)⌉
    Ok(Fraction::from_bits(low(bits.min(u128::from(u64::MAX)))))
}

/// The whole millionths of a return.
///
/// v and σ_c are rounded up, and b with them. A b that is too large by 1e-9 would move the anchor too far, what follows would
/// look smaller than it is, and v fall below its exact value. In whole units both are the same number: it is too large, by one
/// unit, only where the exact one ends within the rounding below a whole unit.
///
/// Errors: none; a return below 16 is a number of units below 2^24.
fn whole_units(bound: Fraction) -> Result<Fraction, RiskError> {
    let units = low(wide_mul(bound.to_bits(), BOUND_UNITS) >> FRACTION_BITS);
    Fraction::from_e9_ceil(units.saturating_mul(E9 / BOUND_UNITS))
}

/// A logarithm (2^-64) as a fraction, up, saturating.
fn fraction_of_log_ceil(log: u128) -> Fraction {
    let bits = shr_ceil(log, LOG_BITS - FRACTION_BITS);
    Fraction::from_bits(low(bits.min(u128::from(u64::MAX))))
}

/// A logarithm (2^-64) as a fraction, down, saturating.
fn fraction_of_log_floor(log: u128) -> Fraction {
    let bits = log >> (LOG_BITS - FRACTION_BITS);
    Fraction::from_bits(low(bits.min(u128::from(u64::MAX))))
}
