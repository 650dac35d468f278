//! Shock of one asset (whitepaper §4.1): how far its price may move against the account.
//!
//! ```text
//! full:  s_MM = min(s_max, c_MM·√max(1, A/L))        s_IM = min(s_max, b + open-interest add-on),   b = c_IM·√max(1, A/L)
//! open-interest add-on = clip((OI·P − oi_lo)/(oi_hi − oi_lo), 0, 1)·(1 − b)⁺ + γ·min(1, R/(OI·P))
//! core:  min(c, s)
//! ```
//! All up. Without a size add-on (A ≤ L) and without an open-interest add-on nothing is divided and no root is taken.
use crate::RiskError;
use crate::number::arith::amount::part_floor;
use crate::number::arith::{
    div_ceil_u128, high, isqrt_ceil, leading_zeros, low, mul_shr_ceil, top_bits_ceil, wide_mul,
};
use crate::number::quantity::{AMOUNT_BITS, FRACTION_BITS, Fraction, UnitPrice};
use crate::params::AssetCoefficients;
use crate::requirement::holding::{Holding, NetSide};
use crate::requirement::valued::ValuedHolding;

/// The two shocks of an asset at one level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shock {
    /// min(c, s): the part that can be hedged.
    pub core: Fraction,
    /// s: with size and open-interest add-on.
    pub full: Fraction,
}

impl Shock {
    #[inline]
    fn new(core: Fraction, full: Fraction, ceiling: Fraction) -> Self {
        let full = full.min(ceiling);
        Self {
            core: core.min(full),
            full,
        }
    }

    /// `X = N·core`, units of 2^-32 quote atoms; |X| < 2^106.
    #[inline]
    pub(crate) fn signed_q32(&self, valued: &ValuedHolding) -> i128 {
        let x = part_floor(valued.net_q32, self.core.to_bits());
        valued.side.signed(x)
    }

    /// `K = A·(s − core)`, units of 2^-32 quote atoms.
    #[inline]
    pub(crate) fn addon_q32(&self, valued: &ValuedHolding) -> u128 {
        if self.full == self.core {
            return 0;
        }
        let excess = self.full.saturating_sub(self.core);
        part_floor(valued.net_q32, excess.to_bits())
    }
}

/// Maintenance shock, up. Depends on nothing momentary and nothing others do.
#[inline]
pub(crate) fn maintenance_shock(
    unit_shock: Fraction,
    valued: &ValuedHolding,
    coefficients: &AssetCoefficients,
) -> Shock {
    let ceiling = match valued.side {
        NetSide::Short => coefficients.s_max_short,
        _ => coefficients.s_max_mm_long,
    };
    Shock::new(
        unit_shock,
        with_size(unit_shock, valued, coefficients),
        ceiling,
    )
}

/// Initial shock, up: also the open-interest add-on.
///
/// Errors: [`RiskError::Overflow`] when the open interest is worth 2^64 quote atoms or more.
#[inline(always)] // what seldom is needed stands apart
pub(crate) fn initial_shock(
    holding: &Holding,
    unit: UnitPrice,
    valued: &ValuedHolding,
) -> Result<Shock, RiskError> {
    let coefficients = &holding.coefficients;
    let ceiling = match valued.side {
        NetSide::Short => coefficients.s_max_short,
        _ => coefficients.s_max_im_long,
    };
    let core = holding.unit_shock.c_im;
    let base = with_size(core, valued, coefficients);
    let has_add_on =
        coefficients.inverse_oi_range.mantissa != 0 || holding.liquidated_quote_atoms != 0;
    let full = if has_add_on {
        base.saturating_add(open_interest_add_on(holding, unit, base)?)
    } else {
        base
    };
    Ok(Shock::new(core, full, ceiling))
}

/// `B + F` of a holding, units of 2^-32 quote atoms: what hedging never reduces.
#[inline]
pub(crate) fn charges_q32(
    size_atoms: i64,
    valued: &ValuedHolding,
    coefficients: &AssetCoefficients,
) -> u128 {
    if size_atoms == 0 {
        return 0;
    }
    let provision = coefficients.funding_provision.to_bits();
    let funding = part_floor(valued.position_q32, provision);
    if size_atoms > 0 || valued.weighted_q32 == 0 {
        return funding;
    }
    let hedged = valued.position_q32.min(valued.weighted_q32);
    funding.wrapping_add(part_floor(hedged, coefficients.basis.to_bits())) // each below 2^106
}

/// `shock·√max(1, A/L)`, up, saturating at [`Fraction::MAX`].
#[inline(always)] // the root stands apart
fn with_size(
    shock: Fraction,
    valued: &ValuedHolding,
    coefficients: &AssetCoefficients,
) -> Fraction {
    if valued.net_q32 < u128::from(coefficients.depth_quote_atoms) << AMOUNT_BITS {
        return shock; // A ≤ L, but for an error that the root would not show
    }
    let net_q32 = valued.net_q32.wrapping_add(valued.net_error_q32().into()); // below 2^103
    times_root(shock, net_q32, coefficients).max(shock)
}

/// `shock·√(A/L)` for A ≥ L, up.
#[inline(never)]
fn times_root(shock: Fraction, net_q32: u128, coefficients: &AssetCoefficients) -> Fraction {
    let inverse = coefficients.inverse_depth;
    if inverse.mantissa == 0 {
        return Fraction::MAX; // L = 0: nothing can be absorbed
    }
    let net = top_bits_ceil(net_q32);
    // A/L = top · mantissa · 2^exponent; one bit goes where the exponent is odd.
    let product = wide_mul(net.top, inverse.mantissa);
    let exponent = i64::from(net.exponent)
        .saturating_sub(32)
        .saturating_sub(i64::from(inverse.shift));
    let (square, exponent) = if exponent & 1 == 0 {
        (product, exponent)
    } else {
        // Half of it, up.
        (
            (product >> 1).saturating_add(product & 1),
            exponent.saturating_add(1),
        )
    };
    let root = isqrt_ceil(square);
    // A ≥ L, so √(A/L) ≥ 1 and root < 2^64: the exponent is in [−126, −62], its half in [−63, −31].
    match u32::try_from((exponent >> 1).saturating_neg()) {
        Ok(shift) => {
            Fraction::from_bits(mul_shr_ceil(shock.to_bits(), root, shift).unwrap_or(u64::MAX))
        }
        Err(_) => Fraction::MAX,
    }
}

/// `open_interest_add_on`, up, given `b`.
#[inline(never)]
fn open_interest_add_on(
    holding: &Holding,
    unit: UnitPrice,
    base: Fraction,
) -> Result<Fraction, RiskError> {
    let coefficients = &holding.coefficients;
    let has_range = coefficients.inverse_oi_range.mantissa != 0;
    let interest_q32 = unit.value_q32_floor(holding.open_interest_atoms)?;
    // No open interest is exactly none: the error bound of range_share would show in a narrow range.
    let open_interest_part = if has_range && holding.open_interest_atoms != 0 {
        range_share(interest_q32, coefficients).mul_ceil(Fraction::ONE.saturating_sub(base))
    } else {
        Fraction::ZERO
    };
    let liquidated = liquidated_share(holding.liquidated_quote_atoms, interest_q32)?;
    Ok(open_interest_part.saturating_add(coefficients.gamma.mul_ceil(liquidated)))
}

/// `clip((OI·P − oi_lo)/(oi_hi − oi_lo), 0, 1)`, up.
fn range_share(interest_q32: u128, coefficients: &AssetCoefficients) -> Fraction {
    // The value is at most 2^-61 of itself and one unit too low.
    let interest_q32 = interest_q32
        .saturating_add(interest_q32 >> 60)
        .saturating_add(1);
    let low_q32 = u128::from(coefficients.oi_lo_quote_atoms) << AMOUNT_BITS;
    let high_q32 = u128::from(coefficients.oi_hi_quote_atoms) << AMOUNT_BITS;
    if interest_q32 >= high_q32 {
        return Fraction::ONE;
    }
    let excess_q32 = interest_q32.saturating_sub(low_q32);
    // Below 2^96 after the comparison: at most 32 bits are dropped, up.
    let excess = top_bits_ceil(excess_q32);
    let bits = (FRACTION_BITS - AMOUNT_BITS).checked_add_signed(i32::from(excess.exponent));
    let share = match bits {
        Some(bits) => coefficients
            .inverse_oi_range
            .quotient_ceil(excess.top, bits),
        // Less than 2^36 units: the share is computed without shifting it up first.
        None => coefficients
            .inverse_oi_range
            .quotient_ceil(low(excess_q32), FRACTION_BITS - AMOUNT_BITS),
    };
    Fraction::from_bits(low(share.min(u128::from(Fraction::ONE.to_bits()))))
}

/// `min(1, R/(OI·P))`, up; 0 for R = 0, 1 for OI = 0 < R.
fn liquidated_share(liquidated: u64, interest_q32: u128) -> Result<Fraction, RiskError> {
    if liquidated == 0 {
        return Ok(Fraction::ZERO);
    }
    if u128::from(liquidated) << AMOUNT_BITS >= interest_q32 {
        return Ok(Fraction::ONE);
    }
    // interest ≥ 2^32 units here. R·2^92/interest, with the interest cut to its top 64 bits:
    // R·2^32 < interest < 2^(128 − zeros), so R·2^(28 + zeros) < 2^124.
    let zeros = leading_zeros(interest_q32);
    let divisor = high(interest_q32 << zeros);
    let dividend = u128::from(liquidated) << zeros.saturating_add(28);
    let share = div_ceil_u128(dividend, u128::from(divisor))?;
    Ok(Fraction::from_bits(low(
        share.min(u128::from(Fraction::ONE.to_bits()))
    )))
}

#[cfg(test)]
#[path = "shock_tests.rs"]
mod tests;
