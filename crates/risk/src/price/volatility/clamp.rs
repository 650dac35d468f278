//! The return of a sample: how far it may reach, for the anchor and for the short variance (whitepaper §3.1, §3.2).
use core::cmp::Ordering;

use crate::RiskError;
use crate::number::arith::{
    Product, add_u128, div_ceil_u128, div_floor_u64, div_rem_u128_u64, low, mul_u128_u64_shr_ceil,
    mul_u128_u64_shr_floor, shr_ceil, wide_mul,
};
use crate::number::math::{LOG_BITS, LnRatio, Scaled, ln_ratio};
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, HOUR_SECS, Multiple, Variance};
use crate::params::{AssetParams, SampleParams};

use super::VolatilityState;

/// 2^-44, added to a return that is not 0. A clamped return moves the anchor to within 2^-57 of e^b, so this is more than
/// 8,000 of them in a row may leave; an observed price is exact.
const ANCHOR_ERROR: Fraction = Fraction::from_bits(1 << (FRACTION_BITS - 44));

/// Units of b: millionths of a return.
const BOUND_UNITS: u64 = 1_000_000;
/// One of them × 10^9.
const BOUND_UNIT_E9: u64 = 1_000;

/// Binary digits of a multiple of σ before it is squared; below 2^38 with them.
const MULTIPLE_DIGITS: u32 = 32;
/// Binary digits of its square.
const SQUARE_DIGITS: u32 = 51;

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

/// What of a return counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoundedReturn {
    /// The return was beyond b.
    pub clamped: bool,
    /// `|r_c|`, up.
    pub size: Fraction,
    /// `r_c²/Δt_h`, up: what enters v_fast and v_slow.
    pub all_per_h: Variance,
    /// `r_s²/Δt_h`, up: what enters v_short.
    pub short_per_h: Variance,
}

impl BoundedReturn {
    /// Cuts a return to the bounds of the state before it. They are compared in squares: σ_c, a root, is taken only where
    /// the return may be beyond b.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range, and at a time of 0.
    pub(super) fn new(
        seen: LogReturn,
        before: &VolatilityState,
        elapsed_secs: u64,
        params: &AssetParams,
    ) -> Result<Self, RiskError> {
        let sample = &params.sample;
        let least = Fraction::from_e9_ceil(sample.clamp_min_e9)?;
        if seen.upper <= least {
            // Whatever σ_c is, it is cut by the price ratio alone.
            let bound = within_ratio(least, sample.clamp_max_ratio_e9)?;
            return Self::cut(seen, bound, elapsed_secs);
        }
        let variance = before.variance_c(params)?;
        let whole = Self::cut(seen, Fraction::MAX, elapsed_secs).ok();
        let mut counted = match whole {
            Some(whole) if whole.is_surely_within(variance, sample)? => whole,
            _ => {
                let typical = typical_bound(variance.sqrt_ceil(), elapsed_secs, sample)?;
                let bound = within_ratio(typical.max(least), sample.clamp_max_ratio_e9)?;
                Self::cut(seen, bound, elapsed_secs)?
            }
        };
        let short = times_squared(variance, sample.clamp_short_mult_e9)?;
        if counted.all_per_h > short {
            let least_per_h = squared_per_hour(least, elapsed_secs)?;
            counted.short_per_h = short.max(least_per_h).min(counted.all_per_h);
        }
        Ok(counted)
    }

    /// The return within ±`bound`, for v_short as for the others.
    fn cut(seen: LogReturn, bound: Fraction, elapsed_secs: u64) -> Result<Self, RiskError> {
        let clamped = seen.lower > bound;
        let size = if clamped { bound } else { seen.upper };
        let per_h = squared_per_hour(size, elapsed_secs)?;
        Ok(Self {
            clamped,
            size,
            all_per_h: per_h,
            short_per_h: per_h,
        })
    }

    /// Whether b is not reached for certain: `9/8·r²/Δt_h ≤ c²·σ_c²` leaves b more than its rounding, as the return is
    /// above the least clamp, 0.1 % or more; and the price ratio is not reached either.
    fn is_surely_within(
        self,
        variance: Variance,
        params: &SampleParams,
    ) -> Result<bool, RiskError> {
        let per_h = self.all_per_h.to_bits();
        let more = per_h.saturating_add(per_h >> 3);
        Ok(is_below_ratio(self.size, params.clamp_max_ratio_e9)?
            && more <= times_squared(variance, params.clamp_mult_e9)?.to_bits())
    }
}

/// `r²/Δt_h`, up.
///
/// Errors: [`RiskError::Overflow`] beyond the range of a variance, and at a time of 0. A return within every bound, ln 2,
/// fits it after 8 seconds, the least spacing.
fn squared_per_hour(size: Fraction, elapsed_secs: u64) -> Result<Variance, RiskError> {
    // r² = q·Δt + rest
    let per_sec = div_rem_u128_u64(size.squared().to_bits(), elapsed_secs)?;
    let rest = div_ceil_u128(
        wide_mul(per_sec.remainder, HOUR_SECS),
        u128::from(elapsed_secs),
    )?;
    let whole = mul_u128_u64_shr_floor(per_sec.quotient, HOUR_SECS, 0)?;
    add_u128(whole, rest).map(Variance::from_bits)
}

/// `(multiple·σ)²` of σ², up by less than 2e-10 of it, saturating.
///
/// Errors: [`RiskError::Overflow`] for a multiple out of range: above 90.
fn times_squared(variance: Variance, multiple_e9: u64) -> Result<Variance, RiskError> {
    if let Some(square) = square_of_whole(multiple_e9) {
        // As shipped: exact, and a tenth of the cost.
        let product = mul_u128_u64_shr_floor(variance.to_bits(), square, 0);
        return Ok(Variance::from_bits(product.unwrap_or(u128::MAX)));
    }
    let multiple = div_ceil_u128(u128::from(multiple_e9) << MULTIPLE_DIGITS, u128::from(E9))?;
    let multiple = u64::try_from(multiple).map_err(|_| RiskError::Overflow)?;
    // Below 2^77, so 2^64 with the digits kept.
    let square = shr_ceil(
        wide_mul(multiple, multiple),
        2 * MULTIPLE_DIGITS - SQUARE_DIGITS,
    );
    let square = u64::try_from(square).map_err(|_| RiskError::Overflow)?;
    let product = mul_u128_u64_shr_ceil(variance.to_bits(), square, SQUARE_DIGITS);
    Ok(Variance::from_bits(product.unwrap_or(u128::MAX)))
}

/// The square of a whole multiple below 2^32; none of another one.
fn square_of_whole(multiple_e9: u64) -> Option<u64> {
    let whole = u32::try_from(div_floor_u64(multiple_e9, E9)).ok()?;
    (multiple_e9.checked_rem(E9) == Some(0)).then(|| low(wide_mul(whole.into(), whole.into())))
}

/// `⌊c·σ_c·√Δt_h⌋`, whole millionths of the product rounded up.
///
/// Errors: [`RiskError::Overflow`] for parameters out of range.
fn typical_bound(
    sigma_c: Fraction,
    elapsed_secs: u64,
    params: &SampleParams,
) -> Result<Fraction, RiskError> {
    let elapsed_secs = u32::try_from(elapsed_secs).unwrap_or(u32::MAX);
    let sixteen = sigma_c.scale_ceil(Multiple::times_sqrt_hours_ceil(16 * E9, elapsed_secs)?);
    whole_units(sixteenths_ceil(sixteen, params.clamp_mult_e9)?)
}

/// Whether a return is at most `1 − 1/x` of a ratio x, and so below ln x for certain.
///
/// Errors: [`RiskError::Overflow`] for a ratio below 1.
fn is_below_ratio(size: Fraction, ratio_e9: u64) -> Result<bool, RiskError> {
    let excess = ratio_e9.checked_sub(E9).ok_or(RiskError::Overflow)?;
    let product = Product(size.to_bits().into(), ratio_e9.into());
    Ok(product.at_most(Product(Fraction::ONE.to_bits().into(), excess.into())))
}

/// `min(bound, ln ratio)`, the logarithm up.
fn within_ratio(bound: Fraction, ratio_e9: u64) -> Result<Fraction, RiskError> {
    // Below that the ceiling cannot bind and its logarithm is not needed.
    if is_below_ratio(bound, ratio_e9)? {
        return Ok(bound);
    }
    let ratio = Scaled::from_u128(u128::from(ratio_e9))?;
    let ceiling = ln_ratio(ratio, Scaled::from_u128(u128::from(E9))?);
    Ok(bound.min(fraction_of_log_ceil(ceiling.magnitude.upper())))
}

/// `sixteen · multiple / 16`, up, saturating: beyond every ceiling. 16 is taken out because
/// 64·√Δt_h may exceed the range of a [`Multiple`].
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
    Fraction::from_e9_ceil(units.saturating_mul(BOUND_UNIT_E9))
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

#[cfg(test)]
#[path = "clamp_tests.rs"]
mod tests;
