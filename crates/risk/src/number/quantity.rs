//! Units as types. Each says its unit, scale, range and sign; nothing converts silently.
use crate::RiskError;
use crate::number::arith::table::powers_of_ten;
use crate::number::arith::wide_mul_by_small;
use fixed::types::{U4F60, U8F120, U16F48};

mod fraction;
mod unit_price;

pub use fraction::{FRACTION_BITS, MULTIPLE_BITS};
pub(crate) use unit_price::AMOUNT_BITS;

/// 10^9: scale of every `_e9` parameter.
pub const E9: u64 = 1_000_000_000;
/// Seconds of an hour: rates and volatilities are per hour.
pub const HOUR_SECS: u64 = 3_600;
/// 10^18: scale of every `_e18` output.
pub const E18: u64 = 1_000_000_000_000_000_000;

/// Unsigned fraction with 60 binary digits: shocks, volatilities (per √hour), rates. Range [0, 16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fraction(pub U4F60);

/// Variance per hour with 120 binary digits. Range [0, 256).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variance(pub U8F120);

/// Unsigned multiple with 48 binary digits: `k·√h` (in √hours), a cap in units of another. Range
/// [0, 65536).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Multiple(pub U16F48);

/// `mantissa · 2^-shift`, an upper bound of 1/divisor: turns division by a parameter (L, the width of
/// the crowding range) into a product. Zero stands for "no divisor".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reciprocal {
    pub(crate) mantissa: u64,
    pub(crate) shift: u32,
}

/// Oracle price in USD per whole base unit × 10^12: holds each Pyth exponent from -12 to 0 exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(pub u128);

/// Price of one base atom in quote atoms, in binary: mantissa · 2^exponent. Zero or normalised
/// (top bit of the mantissa set), so a conversion from [`Price`] is off by at most 2^-61 relative,
/// in the direction its constructor names. Multiplying by a size then needs no division. Exponents of
/// prices and amounts stay within ±400, so that sums of a few of them never wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitPrice {
    pub(crate) mantissa: u64,
    pub(crate) exponent: i32,
}

impl Fraction {
    /// Zero.
    pub const ZERO: Self = Self(U4F60::ZERO);
    /// One.
    pub const ONE: Self = Self(U4F60::ONE);
    /// Largest value, just below 16; also what saturating operations return.
    pub const MAX: Self = Self(U4F60::MAX);

    /// Number of `2^-60` units: how accounts store it (`_q60`).
    pub const fn to_bits(self) -> u64 {
        self.0.to_bits()
    }

    /// From a stored number of `2^-60` units.
    pub const fn from_bits(bits: u64) -> Self {
        Self(U4F60::from_bits(bits))
    }
}

impl Variance {
    /// Number of `2^-120` units: how accounts store it, as two words, low first.
    pub const fn to_bits(self) -> u128 {
        self.0.to_bits()
    }

    /// From a stored number of `2^-120` units.
    pub const fn from_bits(bits: u128) -> Self {
        Self(U8F120::from_bits(bits))
    }
}

impl Price {
    /// Exact price from a decimal mantissa and exponent.
    ///
    /// Errors: [`RiskError::ExponentOutOfRange`] outside [-12, 0].
    pub fn from_decimal(mantissa: u64, exponent: i32) -> Result<Self, RiskError> {
        const POWERS: [u64; 13] = powers_of_ten();
        let digits = exponent
            .checked_add(12)
            .ok_or(RiskError::ExponentOutOfRange)?;
        let index = usize::try_from(digits).map_err(|_| RiskError::ExponentOutOfRange)?;
        let scale = POWERS.get(index).ok_or(RiskError::ExponentOutOfRange)?;
        Ok(Self(wide_mul_by_small(mantissa, *scale)))
    }
}
