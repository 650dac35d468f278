//! Price of one base atom in quote atoms, as a 64-bit binary float.
//!
//! USD × 10^12 per whole base unit is `10^-(6 + base_decimals)` times that in quote atoms per base
//! atom. The power of ten comes from a table of directed reciprocals, so nothing is divided here.
use super::{Fraction, Price, UnitPrice};
use crate::RiskError;
use crate::number::arith::amount::{AMOUNT_LIMIT_BITS, Normal, amount_floor, normal_floor};
use crate::number::arith::table::{Binary, reciprocals_floor};
use crate::number::arith::{
    TopBits, div_ceil_u128, div_floor_u128, high, shl_exact, shr_ceil, shr_floor, top_bits_ceil,
    wide_mul,
};
use crate::number::atoms::{BaseAtoms, QuoteAtoms};

/// Binary digits after the point of every intermediate amount (`_q32`), in quote atoms.
pub(crate) const AMOUNT_BITS: u32 = 32;
/// Largest `base_decimals`.
const MAX_DECIMALS: usize = 18;
const _: () = assert!(AMOUNT_LIMIT_BITS == 64 + AMOUNT_BITS);

/// `10^-(6 + decimals)`, down. Never exact, so up is one more.
const RECIPROCALS: [Binary; MAX_DECIMALS + 1] = reciprocals_floor(6);

impl UnitPrice {
    /// Zero.
    pub const ZERO: Self = Self {
        mantissa: 0,
        exponent: 0,
    };

    /// Quote atoms per base atom, down, at most 2^-61 relative below the exact price.
    ///
    /// Errors: [`RiskError::Overflow`] when `base_decimals` > 18.
    pub fn from_price_floor(price: Price, base_decimals: u8) -> Result<Self, RiskError> {
        let reciprocal = reciprocal(base_decimals)?;
        Ok(match u64::try_from(price.0) {
            // Below $18 M per base unit: the same digits as of the price's highest bits.
            Ok(price) => {
                Self::normalized_floor(wide_mul(price, reciprocal.mantissa), reciprocal.exponent)
            }
            Err(_) => {
                let top = Self::normalized_floor(price.0, reciprocal.exponent);
                Self::normalized_floor(wide_mul(top.mantissa, reciprocal.mantissa), top.exponent)
            }
        })
    }

    /// Quote atoms per base atom, up, at most 2^-61 relative above the exact price.
    ///
    /// Errors: [`RiskError::Overflow`] when `base_decimals` > 18.
    pub fn from_price_ceil(price: Price, base_decimals: u8) -> Result<Self, RiskError> {
        let reciprocal = reciprocal(base_decimals)?;
        let top = Self::normalized_ceil(price.0, 0);
        let product = wide_mul(top.mantissa, reciprocal.mantissa.saturating_add(1)); // below 2^64: see the tests
        Ok(Self::normalized_ceil(
            product,
            top.exponent.wrapping_add(reciprocal.exponent),
        ))
    }

    /// What a size is worth, down. Errors: [`RiskError::Overflow`] above 64 bits.
    pub fn notional_floor(self, size: BaseAtoms) -> Result<QuoteAtoms, RiskError> {
        let whole = self.value_q32_floor(size.get())? >> AMOUNT_BITS;
        let whole = u64::try_from(whole).map_err(|_| RiskError::Overflow)?;
        Ok(QuoteAtoms::new(whole))
    }

    /// What a size is worth, up. Errors: [`RiskError::Overflow`] above 64 bits.
    pub fn notional_ceil(self, size: BaseAtoms) -> Result<QuoteAtoms, RiskError> {
        let whole = u64::try_from(self.times_ceil(size.get())?);
        Ok(QuoteAtoms::new(whole.map_err(|_| RiskError::Overflow)?))
    }

    /// `⌊self · factor⌋`. Errors: [`RiskError::Overflow`] above 128 bits.
    pub(crate) fn times_floor(self, factor: u64) -> Result<u128, RiskError> {
        self.times(factor, shr_floor)
    }

    /// `⌈self · factor⌉`. Errors: [`RiskError::Overflow`] above 128 bits.
    pub(crate) fn times_ceil(self, factor: u64) -> Result<u128, RiskError> {
        self.times(factor, shr_ceil)
    }

    #[inline]
    fn times(self, factor: u64, shift_right: fn(u128, u32) -> u128) -> Result<u128, RiskError> {
        let product = wide_mul(self.mantissa, factor);
        match u32::try_from(self.exponent) {
            Ok(left) => shl_exact(product, left).ok_or(RiskError::Overflow),
            Err(_) => Ok(shift_right(product, self.exponent.unsigned_abs())),
        }
    }

    /// `⌊self · atoms⌋` in units of 2^-32 quote atoms, below 2^96.
    ///
    /// Errors: [`RiskError::Overflow`] at 2^64 quote atoms and above.
    #[inline]
    pub(crate) fn value_q32_floor(self, atoms: u64) -> Result<u128, RiskError> {
        amount_floor(
            wide_mul(self.mantissa, atoms),
            self.exponent.wrapping_add(AMOUNT_EXPONENT),
        )
    }

    /// The same, ending below 2^96: for what nobody is paid.
    #[inline]
    pub(crate) fn value_q32_saturating(self, atoms: u64) -> u128 {
        let end = (1 << AMOUNT_LIMIT_BITS) - 1;
        self.value_q32_floor(atoms).unwrap_or(end)
    }

    /// `self · atoms_e9 · 10^-9`, units of 2^-32 quote atoms, at most 2^-60 relative and one unit low.
    ///
    /// Errors: [`RiskError::Overflow`] at 2^64 quote atoms and above.
    #[inline]
    pub(crate) fn value_of_e9_q32(self, atoms_e9: u128) -> Result<u128, RiskError> {
        let size = Self::normalized_floor(atoms_e9, self.exponent);
        let product = high(wide_mul(self.mantissa, size.mantissa));
        amount_floor(
            wide_mul(product, NANO),
            size.exponent
                .wrapping_add(64 - NANO_EXPONENT + AMOUNT_EXPONENT),
        )
    }

    /// The size that a notional buys, down, saturating at 2^64 − 1; that for a price of 0.
    pub fn base_atoms_floor(self, notional: QuoteAtoms) -> BaseAtoms {
        BaseAtoms::new(self.base_atoms(notional.get(), div_floor_u128, shr_floor))
    }

    /// The size that a notional buys, up, saturating at 2^64 − 1; that for a price of 0.
    pub fn base_atoms_ceil(self, notional: QuoteAtoms) -> BaseAtoms {
        BaseAtoms::new(self.base_atoms(notional.get(), div_ceil_u128, shr_ceil))
    }

    fn base_atoms(
        self,
        quote_atoms: u64,
        divide: fn(u128, u128) -> Result<u128, RiskError>,
        shift_right: fn(u128, u32) -> u128,
    ) -> u64 {
        // quote / (mantissa · 2^exponent), with all 64 bits that a shifted quotient can have.
        let quote = u128::from(quote_atoms);
        let wanted = self.exponent.checked_neg().map(u32::try_from);
        let quotient = match wanted {
            Some(Ok(left)) => match shl_exact(quote, left) {
                Some(quote) => divide(quote, u128::from(self.mantissa)),
                None => return u64::MAX,
            },
            _ => divide(quote, u128::from(self.mantissa))
                .map(|q| shift_right(q, self.exponent.unsigned_abs())),
        };
        quotient
            .ok()
            .and_then(|q| u64::try_from(q).ok())
            .unwrap_or(u64::MAX)
    }

    /// `self − z · other`, 0 when negative. Off by at most 2^-62 of `self` in either direction.
    pub(crate) fn minus_scaled(self, z: Fraction, other: Self) -> Self {
        let unit = self.exponent.wrapping_sub(ALIGN_BITS);
        match scaled(z, other, unit) {
            Some(subtrahend) => {
                let left = (u128::from(self.mantissa) << 63).saturating_sub(subtrahend);
                Self::normalized_floor(left, unit)
            }
            None => Self::ZERO,
        }
    }

    /// `self + z · other`. Off by at most 2^-61 of the sum in either direction.
    pub(crate) fn plus_scaled(self, z: Fraction, other: Self) -> Self {
        let own_unit = self.exponent.wrapping_sub(ALIGN_BITS);
        let own = u128::from(self.mantissa) << 63; // below 2^127
        match scaled(z, other, own_unit) {
            // Both below 2^127.
            Some(addend) => Self::normalized_floor(own.saturating_add(addend), own_unit),
            None => {
                // z · other ≥ 2^127 units: align to that instead, and drop what is below its last bit.
                let product = wide_mul(z.to_bits(), other.mantissa);
                let unit = other.exponent.wrapping_sub(Z_BITS);
                let drop = unit.abs_diff(own_unit);
                let own = shr_floor(own, drop.saturating_add(1));
                Self::normalized_floor((product >> 1).saturating_add(own), unit.wrapping_add(1))
            }
        }
    }

    /// `value · 2^exponent` with the 64 highest bits of the value.
    #[inline]
    fn normalized_floor(value: u128, exponent: i32) -> Self {
        let Normal { top, exponent } = normal_floor(value, exponent);
        Self {
            mantissa: top,
            exponent,
        }
    }

    fn normalized_ceil(value: u128, exponent: i32) -> Self {
        Self::shifted(top_bits_ceil(value), exponent)
    }

    /// The highest bits times `2^exponent`; zero stays zero.
    #[inline]
    fn shifted(bits: TopBits, exponent: i32) -> Self {
        if bits.top == 0 {
            return Self::ZERO;
        }
        Self {
            mantissa: bits.top,
            exponent: exponent.wrapping_add(i32::from(bits.exponent)),
        }
    }
}

/// 10^-9 in units of 2^-93, down: all 64 bits.
const NANO: u64 = NANOS[0].mantissa;
const NANO_EXPONENT: i32 = -NANOS[0].exponent;
const NANOS: [Binary; 1] = reciprocals_floor(9);
/// [`AMOUNT_BITS`] as an exponent.
const AMOUNT_EXPONENT: i32 = 32;
/// A mantissa shifted left by this many bits stays below 2^127, so that a sum of two fits.
const ALIGN_BITS: i32 = 63;
/// Binary digits of z.
const Z_BITS: i32 = 60;

/// `⌊z · price⌋` in units of 2^unit; `None` when it is 2^127 of them or more.
fn scaled(z: Fraction, price: UnitPrice, unit: i32) -> Option<u128> {
    let product = wide_mul(z.to_bits(), price.mantissa);
    let shift = price.exponent.wrapping_sub(Z_BITS).wrapping_sub(unit);
    match u32::try_from(shift) {
        Ok(left) => shl_exact(product, left).filter(|p| p >> 127 == 0),
        Err(_) => Some(shr_floor(product, shift.unsigned_abs())).filter(|p| p >> 127 == 0),
    }
}

fn reciprocal(base_decimals: u8) -> Result<Binary, RiskError> {
    RECIPROCALS
        .get(usize::from(base_decimals))
        .copied()
        .ok_or(RiskError::Overflow)
}

#[cfg(test)]
#[path = "unit_price_tests.rs"]
mod tests;
