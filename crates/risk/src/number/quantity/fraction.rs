//! Conversions and directed products of [`Fraction`], [`Variance`] and [`Multiple`].
use super::{E9, E18, Fraction, Multiple, Reciprocal, Variance};
use crate::RiskError;
use crate::number::arith::{
    RoundedDown, TopBits, div_ceil_u128, div_floor_u128, div_rem_u128_u64, excess_bits, high,
    isqrt_ceil, isqrt_floor, join, low, mul_shr_ceil, mul_shr_floor, mul_u128_u64_shr_ceil,
    q60_of_e9, shl_exact, shr_ceil, shr_floor, table, top_bits, top_bits_ceil, wide_mul,
};

/// Binary digits of a [`Fraction`].
pub const FRACTION_BITS: u32 = 60;
/// Binary digits of a [`Multiple`].
pub const MULTIPLE_BITS: u32 = 48;

/// 5^24, below 2^56: `10^24 = 5^24 · 2^24`.
const FIVE_POW_24: u64 = 59_604_644_775_390_625;

/// `⌈√secs · 2^48⌉` of 0 to 60 seconds, the ages that a price standard accepts.
const ROOTS_OF_AGES: [u64; 61] = table::roots_ceil(2 * MULTIPLE_BITS);

/// `⌈√secs · 2^48⌉`, below 2^64.
fn root_secs_ceil(secs: u32) -> u64 {
    isqrt_ceil(u128::from(secs) << (2 * MULTIPLE_BITS))
}

impl Fraction {
    /// `x / 10^9`, up. Errors: [`RiskError::Overflow`] at 16 and above.
    pub fn from_e9_ceil(x: u64) -> Result<Self, RiskError> {
        let RoundedDown { floor, is_exact } = q60_of_e9(x).ok_or(RiskError::Overflow)?;
        Ok(Self::from_bits(
            floor.saturating_add(u64::from(!is_exact)), // 15.999999999 is below 2^64 by 10^9 units
        ))
    }

    /// `x / 10^9`, down. Errors: [`RiskError::Overflow`] at 16 and above.
    pub fn from_e9_floor(x: u64) -> Result<Self, RiskError> {
        let converted = q60_of_e9(x).ok_or(RiskError::Overflow)?;
        Ok(Self::from_bits(converted.floor))
    }

    /// `x / 10^18`, up. Errors: [`RiskError::Overflow`] at 16 and above.
    pub fn from_e18_ceil(x: u64) -> Result<Self, RiskError> {
        Self::checked(div_ceil_u128(
            u128::from(x) << FRACTION_BITS,
            u128::from(E18),
        )?)
    }

    /// Units of 10^-9, up; always below 1.6e10. Of a fraction that was a multiple of 10^-9, rounded down,
    /// it is that multiple.
    pub(crate) fn to_e9_ceil(self) -> u64 {
        low(shr_ceil(wide_mul(self.to_bits(), E9), FRACTION_BITS))
    }

    /// Units of 10^-18, up; always below 1.6e19.
    pub fn to_e18_ceil(self) -> u128 {
        shr_ceil(wide_mul(self.to_bits(), E18), FRACTION_BITS)
    }

    /// Product, up, saturating at [`Fraction::MAX`].
    #[inline]
    pub fn mul_ceil(self, other: Self) -> Self {
        Self::saturated(mul_shr_ceil(self.to_bits(), other.to_bits(), FRACTION_BITS))
    }

    /// Product, down, saturating at [`Fraction::MAX`].
    #[inline]
    pub fn mul_floor(self, other: Self) -> Self {
        Self::saturated(mul_shr_floor(
            self.to_bits(),
            other.to_bits(),
            FRACTION_BITS,
        ))
    }

    /// Product with a multiple, up, saturating at [`Fraction::MAX`].
    #[inline]
    pub fn scale_ceil(self, multiple: Multiple) -> Self {
        Self::saturated(mul_shr_ceil(
            self.to_bits(),
            multiple.to_bits(),
            MULTIPLE_BITS,
        ))
    }

    /// Sum, saturating at [`Fraction::MAX`].
    #[inline]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Difference, 0 when negative.
    #[inline]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `⌈self · amount⌉` in the unit of the amount; below 16 times it.
    #[inline]
    pub fn of_ceil(self, amount: u64) -> u128 {
        shr_ceil(wide_mul(self.to_bits(), amount), FRACTION_BITS)
    }

    /// The square, exact.
    #[inline]
    pub fn squared(self) -> Variance {
        Variance::from_bits(wide_mul(self.to_bits(), self.to_bits()))
    }

    /// `n / d`, down, at most 2^-58 relative below it; saturating at [`Fraction::MAX`], also for d = 0.
    pub fn ratio_floor(n: u128, d: u128) -> Self {
        if n >> 4 >= d {
            return Self::MAX;
        }
        // Cut both so that n·2^60 fits: d keeps at least 60 of its bits.
        let shift = excess_bits(d, 64);
        let (n, d) = (n >> shift, shr_ceil(d, shift));
        let ratio = div_floor_u128(n << FRACTION_BITS, d);
        Self::saturated(ratio.and_then(|bits| u64::try_from(bits).map_err(|_| RiskError::Overflow)))
    }

    fn checked(bits: u128) -> Result<Self, RiskError> {
        u64::try_from(bits)
            .map(Self::from_bits)
            .map_err(|_| RiskError::Overflow)
    }

    #[inline]
    fn saturated(bits: Result<u64, RiskError>) -> Self {
        Self::from_bits(bits.unwrap_or(u64::MAX))
    }
}

impl Variance {
    /// Zero.
    pub const ZERO: Self = Self::from_bits(0);

    /// Square root, up, saturating at [`Fraction::MAX`].
    #[inline]
    pub fn sqrt_ceil(self) -> Fraction {
        Fraction::from_bits(isqrt_ceil(self.to_bits()))
    }

    /// Square root, down.
    #[inline]
    pub fn sqrt_floor(self) -> Fraction {
        Fraction::from_bits(isqrt_floor(self.to_bits()))
    }

    /// `x / 10^24`, up. Errors: [`RiskError::Overflow`] at 256 and above.
    pub fn from_e24_ceil(x: u128) -> Result<Self, RiskError> {
        // x · 2^120 / 10^24 = x · 2^96 / 5^24, by long division in digits of 64 and 32 bits.
        let whole = div_rem_u128_u64(x, FIVE_POW_24)?;
        let middle = div_rem_u128_u64(u128::from(whole.remainder) << 64, FIVE_POW_24)?;
        let rest = u128::from(middle.remainder) << 32;
        let last = div_ceil_u128(rest, u128::from(FIVE_POW_24))?;
        if whole.quotient >> 32 != 0 {
            return Err(RiskError::Overflow);
        }
        let bits = whole.quotient << 96 | middle.quotient << 32; // middle < 2^64
        bits.checked_add(last)
            .map(Self::from_bits)
            .ok_or(RiskError::Overflow)
    }

    /// Units of 10^-24, up; below 2.6e26.
    pub fn to_e24_ceil(self) -> u128 {
        // 2^128 · 5^24 / 2^96 < 2^88: never out of range.
        mul_u128_u64_shr_ceil(self.to_bits(), FIVE_POW_24, 96).unwrap_or(u128::MAX)
    }

    /// Variance per hour from two words, low first, as accounts store it.
    pub const fn from_words(words: [u64; 2]) -> Self {
        let [low, high] = words;
        Self::from_bits(join(high, low))
    }

    /// Two words, low first.
    pub const fn to_words(self) -> [u64; 2] {
        [low(self.to_bits()), high(self.to_bits())]
    }
}

impl Multiple {
    /// `multiple · √(secs/3600)`, √hours, up, at most 2^-47 above the exact value.
    ///
    /// Errors: [`RiskError::Overflow`] at 65,536 and above.
    pub fn times_sqrt_hours_ceil(multiple_e9: u64, secs: u32) -> Result<Self, RiskError> {
        // √(secs/3600) = √secs/60
        let age = usize::try_from(secs).ok();
        let sqrt_secs = match age.and_then(|age| ROOTS_OF_AGES.get(age)) {
            Some(root) => *root,
            None => root_secs_ceil(secs),
        };
        // 60·10^9 = 2^11 · 29,296,875: a divisor below 2^32 costs a tenth, and ⌈⌈x/a⌉/b⌉ = ⌈x/(a·b)⌉.
        let product = shr_ceil(wide_mul(sqrt_secs, multiple_e9), 11);
        let bits = div_ceil_u128(product, 29_296_875)?;
        u64::try_from(bits)
            .map(Self::from_bits)
            .map_err(|_| RiskError::Overflow)
    }

    /// Number of `2^-48` units.
    pub const fn to_bits(self) -> u64 {
        self.0.to_bits()
    }

    /// From a stored number of `2^-48` units.
    pub const fn from_bits(bits: u64) -> Self {
        Self(fixed::types::U16F48::from_bits(bits))
    }
}

impl Reciprocal {
    /// `1 / divisor`, up, at most 2^-63 relative above it; 0 for divisor 0.
    pub fn new_ceil(divisor: u64) -> Self {
        // 2^top ≤ divisor < 2^(top + 1)
        let Some(top) = divisor.checked_ilog2() else {
            return Self::default();
        };
        let mut shift = top.saturating_add(64); // ≤ 127
        let mut mantissa = (1u128 << shift).div_ceil(u128::from(divisor)); // in (2^63, 2^64]
        if mantissa >> 64 != 0 {
            // The divisor is a power of two: its reciprocal is one bit longer, and exact.
            mantissa >>= 1;
            shift = top.saturating_add(63);
        }
        Self {
            mantissa: low(mantissa),
            shift,
        }
    }

    /// The number that this is the reciprocal of, down, at most 2^-62 relative below it; 0 for that of 0.
    pub fn divisor_floor(self) -> u64 {
        u64::try_from(Self::new_ceil(1).ratio_floor(self, 0)).unwrap_or(u64::MAX)
    }

    /// Whether it is at most `other`. The reciprocal of 0 exceeds every other.
    pub(crate) fn at_most(self, other: Self) -> bool {
        let order = |x: Self| match x.mantissa {
            0 => (1, 0, 0),
            mantissa => (0, u32::MAX.saturating_sub(x.shift), mantissa), // normalised
        };
        order(self) <= order(other)
    }

    /// `self · factor / 2^bits`, down, less than 2^-63 relative below it.
    pub(crate) fn times_floor(self, factor: u64, bits: u32) -> Self {
        self.of_product(top_bits(wide_mul(self.mantissa, factor)), bits)
    }

    /// `self · factor / 2^bits`, up, at most 2^-63 relative above it.
    pub(crate) fn times_ceil(self, factor: u64, bits: u32) -> Self {
        self.of_product(top_bits_ceil(wide_mul(self.mantissa, factor)), bits)
    }

    /// `self.mantissa · factor`, given by its top bits, over the divisor of `self` times `2^bits`.
    fn of_product(self, product: TopBits, bits: u32) -> Self {
        let shift = i64::from(self.shift)
            .saturating_add(i64::from(bits))
            .saturating_sub(i64::from(product.exponent));
        Self {
            mantissa: product.top,
            shift: u32::try_from(shift).unwrap_or(0), // never below 63 of a product up to 1
        }
    }

    /// `⌊self / other · 2^bits⌋` for bits < 64, at most 2^-62 relative below it; 0 when `other` is that
    /// of 0, saturating.
    pub(crate) fn ratio_floor(self, other: Self, bits: u32) -> u128 {
        // Both mantissas have 64 bits: a quotient of 64 or 65, which stands for 64 binary digits.
        let dividend = u128::from(self.mantissa) << 64;
        let quotient = div_floor_u128(dividend, u128::from(other.mantissa)).unwrap_or(0);
        let excess = i64::from(other.shift)
            .saturating_sub(i64::from(self.shift))
            .saturating_add(i64::from(bits))
            .saturating_sub(64);
        let distance = u32::try_from(excess.unsigned_abs()).unwrap_or(u32::MAX);
        if excess < 0 {
            shr_floor(quotient, distance)
        } else {
            shl_exact(quotient, distance).unwrap_or(u128::MAX)
        }
    }

    /// `⌈amount / divisor⌉` in units of `2^-bits`; at most 2^-63 relative above it before rounding.
    #[inline]
    pub fn quotient_ceil(self, amount: u64, bits: u32) -> u128 {
        // shift ≥ 63 whenever the mantissa is not 0, so `bits ≤ 63` never underflows.
        shr_ceil(
            wide_mul(amount, self.mantissa),
            self.shift.saturating_sub(bits),
        )
    }
}

#[cfg(test)]
#[path = "fraction_tests.rs"]
mod tests;
