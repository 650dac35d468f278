//! The return of a sample: how far it may reach, for the anchor and for the short variance (whitepaper §3.1, §3.2).
use core::cmp::Ordering;

use crate::RiskError;
use crate::number::arith::{div_ceil_u128, low, mul_div_floor_u64, shr_ceil, wide_mul};
use crate::number::math::{LOG_BITS, LnRatio, Scaled, ln_ratio};
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, Multiple};
use crate::params::SampleParams;

/// Binary digits from a unit of doubt, 2^-44, to one of a fraction.
const DOUBT_SHIFT: u32 = FRACTION_BITS - 44;

/// A return by its size and side, before any clamp.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogReturn {
    /// Whether the price fell, stood or rose.
    pub direction: Ordering,
    /// `|r|`, up.
    pub upper: Fraction,
    /// `|r|`, down: a return counts as clamped only where it is beyond b for certain.
    pub lower: Fraction,
}

impl LogReturn {
    /// `ln(price/anchor)`.
    pub(super) fn between(anchor: Scaled, price: Scaled) -> Self {
        let LnRatio { order, magnitude } = ln_ratio(price, anchor);
        Self {
            direction: order,
            upper: fraction_of_log_ceil(magnitude.upper()),
            lower: fraction_of_log_floor(magnitude.lower()),
        }
    }

    /// `|r|`, up, from an anchor with this doubt.
    pub(super) fn upper_from(self, anchor_doubt: u16) -> Fraction {
        let doubt = Fraction::from_bits(u64::from(anchor_doubt) << DOUBT_SHIFT);
        self.upper.saturating_add(doubt)
    }
}

/// The largest returns that one sample may show, up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReturnBounds {
    /// b: what moves the anchor and enters v_fast and v_slow.
    pub all: Fraction,
    /// What enters v_short; it may exceed b.
    pub short: Fraction,
    /// How far a move of the anchor by b may be from exact, units of 2^-44: one, and 2^-31 of a b that comes from σ_c.
    pub doubt: u16,
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
        let typical = sixteenths_ceil(sixteen, params.clamp_mult_e9)?;
        let all = within_ratio(typical.max(least), params.clamp_max_ratio_e9)?;
        Ok(Self {
            all,
            doubt: if all == typical { doubt_of(all) } else { 1 },
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
            doubt: 1,
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

/// 2^-31 of b, up, saturating; units of 2^-44.
///
/// b is a little too large, because v and σ_c are rounded up (less than 2^-31 of it), and so the anchor it moved is too
/// far. What follows is measured from there and would look smaller than it is, and v with it: so it is taken as larger by
/// the doubt. That keeps v above its exact value, and within 1e-9 of it.
fn doubt_of(bound: Fraction) -> u16 {
    let units = u16::try_from(bound.to_bits() >> (31 + DOUBT_SHIFT)).unwrap_or(u16::MAX);
    units.saturating_add(1)
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
