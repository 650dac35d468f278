//! Directed integer arithmetic: every function names the direction it rounds.
//!
//! Formula of all of them: `a · b / d` or `a · b / 2^shift`, exact in 128 (or 192) bits, rounded once.
//! On SBPF a 64-bit division costs 1 CU, a 64×64→128 product about 20 and a 128-bit division
//! 100–300, so products are split into 64-bit halves and divisors below 2^32 are divided in steps.
// The one module where an operator may stand alone: its functions are short, and the bound that keeps
// each in range is stated beside the operation and tested. Everything else calls these, or the
// `checked_*` and `saturating_*` of the integers.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::integer_division,
    clippy::indexing_slicing
)]
use crate::RiskError;

pub(crate) mod amount;
mod division;
pub(crate) mod kernel;
pub(crate) mod long;
mod root;
pub(crate) mod table;

pub(crate) use division::q60_of_e9;
pub use division::{Division, div_rem_u128_u64};

/// Low 64 bits.
#[inline]
pub(crate) const fn low(x: u128) -> u64 {
    #[allow(clippy::cast_possible_truncation)] // the purpose of the function
    {
        x as u64
    }
}

/// High 64 bits.
#[inline]
pub(crate) const fn high(x: u128) -> u64 {
    low(x >> 64)
}

/// `high · 2^64 + low`.
#[inline]
pub(crate) const fn join(high: u64, low: u64) -> u128 {
    (high as u128) << 64 | low as u128
}

/// The magnitude with the sign of `like`, exact below 2^127.
#[inline]
pub(crate) const fn signed_like(magnitude: u128, like: i128) -> i128 {
    if like < 0 {
        negated(magnitude)
    } else {
        magnitude.cast_signed()
    }
}

/// `−magnitude`, exact below 2^127.
#[inline]
pub(crate) const fn negated(magnitude: u128) -> i128 {
    magnitude.cast_signed().wrapping_neg()
}

/// `a + b`. Errors: [`RiskError::Overflow`].
#[inline]
pub(crate) fn add_u128(a: u128, b: u128) -> Result<u128, RiskError> {
    a.checked_add(b).ok_or(RiskError::Overflow)
}

/// `a + b`. Errors: [`RiskError::Overflow`].
#[inline]
pub(crate) fn add_i128(a: i128, b: i128) -> Result<i128, RiskError> {
    a.checked_add(b).ok_or(RiskError::Overflow)
}

/// `a − b`. Errors: [`RiskError::Overflow`].
#[inline]
pub(crate) fn sub_i128(a: i128, b: i128) -> Result<i128, RiskError> {
    a.checked_sub(b).ok_or(RiskError::Overflow)
}

/// Exact sum of two 64-bit numbers.
#[inline]
pub(crate) const fn wide_add(a: u64, b: u64) -> u128 {
    a as u128 + b as u128
}

/// Exact difference of two signed 64-bit numbers.
#[inline]
pub(crate) const fn wide_sub_signed(a: i64, b: i64) -> i128 {
    a as i128 - b as i128
}

/// Whether `a > b · (1 + 2^-bits)`, the share of b rounded down.
#[inline]
pub(crate) const fn exceeds_by_share(a: u128, b: u128, bits: u32) -> bool {
    // By difference: b plus its share might not fit.
    match a.checked_sub(b) {
        Some(excess) => excess > shr_floor(b, bits),
        None => false,
    }
}

/// Zero bits above the highest one; 128 for 0.
///
/// SBPF has no instruction for it, and LLVM expands it wherever it stands: out of line it makes the
/// program smaller, not faster.
#[inline]
pub(crate) const fn leading_zeros(x: u128) -> u32 {
    match (high(x), low(x)) {
        (0, 0) => 128,
        (0, lower) => 64 + amount::zeros_above(lower),
        (upper, _) => amount::zeros_above(upper),
    }
}

/// By how many bits `x` is longer than `bits`: the shift that cuts it to that many; 0 when it fits.
#[inline]
pub(crate) const fn excess_bits(x: u128, bits: u32) -> u32 {
    (128 - leading_zeros(x)).saturating_sub(bits) // at most 128 leading zeros
}

/// A number by its 64 highest bits: `(top + rest/2^64) · 2^exponent`; all zero for 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TopBits {
    /// The top bit is set.
    pub top: u64,
    /// What of `top` is cut off; 0 where it was rounded.
    pub rest: u64,
    pub exponent: i16,
}

/// The highest bits of `x`, exact with the rest.
#[inline]
pub(crate) const fn top_bits(x: u128) -> TopBits {
    if x == 0 {
        return TopBits {
            top: 0,
            rest: 0,
            exponent: 0,
        };
    }
    let zeros = leading_zeros(x); // at most 127
    let shifted = x << zeros;
    let exponent = 64_i16.wrapping_sub(zeros as i16); // within ±64
    TopBits {
        top: high(shifted),
        rest: low(shifted),
        exponent,
    }
}

/// The highest bits of `x`, up, without a rest.
#[inline]
pub(crate) const fn top_bits_ceil(x: u128) -> TopBits {
    let TopBits {
        top,
        rest,
        exponent,
    } = top_bits(x);
    let (top, exponent) = match (top, rest) {
        (top, 0) => (top, exponent),
        (u64::MAX, _) => (1 << 63, exponent + 1), // exponent ≤ 64
        (top, _) => (top + 1, exponent),
    };
    TopBits {
        top,
        rest: 0,
        exponent,
    }
}

/// `value · 2^shift`, or nothing where it exceeds 128 bits.
#[inline]
pub(crate) const fn shl_exact(value: u128, shift: u32) -> Option<u128> {
    if shift >= 128 {
        return if value == 0 { Some(0) } else { None };
    }
    let shifted = value << shift;
    if shifted >> shift == value {
        Some(shifted)
    } else {
        None
    }
}

/// Exact product of two 64-bit numbers.
#[inline]
pub const fn wide_mul(a: u64, b: u64) -> u128 {
    (a as u128) * (b as u128)
}

/// Exact `a · b + carry`, the last two below 2^32: in 64-bit products.
#[inline]
const fn mul_by_digit(a: u64, b: u64, carry: u64) -> u128 {
    const DIGIT: u64 = (1 << 32) - 1;
    // (2^32 − 1)² + 2^32 − 1 < 2^64
    let first = (a & DIGIT).wrapping_mul(b).wrapping_add(carry);
    let second = (a >> 32).wrapping_mul(b).wrapping_add(first >> 32);
    join(second >> 32, second << 32 | (first & DIGIT))
}

/// Exact product of two 64-bit numbers, at a third of the cost where `b` is below 2^32.
#[inline]
pub(crate) const fn wide_mul_by_small(a: u64, b: u64) -> u128 {
    if b >> 32 == 0 {
        mul_by_digit(a, b, 0)
    } else {
        wide_mul(a, b)
    }
}

/// Exact product of two signed 64-bit numbers, within ±2^126.
#[inline]
pub(crate) const fn wide_mul_signed(a: i64, b: i64) -> i128 {
    (a as i128) * (b as i128)
}

/// `a · b / 2^64`, floored; always fits.
#[inline]
pub(crate) const fn mul_high(a: u64, b: u64) -> u64 {
    high(wide_mul(a, b))
}

/// `⌊n / d⌋`.
///
/// Errors: [`RiskError::Overflow`] when d = 0.
pub fn div_floor_u128(n: u128, d: u128) -> Result<u128, RiskError> {
    match u64::try_from(d) {
        Ok(d) => Ok(div_rem_u128_u64(n, d)?.quotient),
        Err(_) => Ok(n / d),
    }
}

/// `⌈n / d⌉`.
///
/// Errors: [`RiskError::Overflow`] when d = 0.
pub fn div_ceil_u128(n: u128, d: u128) -> Result<u128, RiskError> {
    match u64::try_from(d) {
        Ok(d) => Ok(div_rem_u128_u64(n, d)?.ceil()),
        Err(_) => Ok(n.div_ceil(d)),
    }
}

/// `⌊n / d⌋`; 0 when d = 0.
#[inline]
pub(crate) const fn div_floor_u64(n: u64, d: u64) -> u64 {
    match n.checked_div(d) {
        Some(quotient) => quotient,
        None => 0,
    }
}

/// `x / 2`, towards 0.
#[inline]
pub(crate) const fn half_to_zero(x: i128) -> i128 {
    x / 2
}

/// `⌊n · 2^64 / d⌋` for `n < d < 2^32`, by two divisions of 32 digits each; 2^64 − 1 outside.
#[inline]
pub(crate) const fn ratio_q64_floor(n: u64, d: u64) -> u64 {
    if n >= d || d >> 32 != 0 {
        return u64::MAX;
    }
    let (first, rest) = ((n << 32) / d, (n << 32) % d);
    let last = (rest << 32) / d;
    first << 32 | last
}

/// `⌊a · b / d⌋`.
///
/// Errors: [`RiskError::Overflow`] when d = 0 or the result exceeds 64 bits.
pub fn mul_div_floor_u64(a: u64, b: u64, d: u64) -> Result<u64, RiskError> {
    let division = div_rem_u128_u64(wide_mul(a, b), d)?;
    u64::try_from(division.quotient).map_err(|_| RiskError::Overflow)
}

/// `⌈a · b / d⌉`.
///
/// Errors: [`RiskError::Overflow`] when d = 0 or the result exceeds 64 bits.
pub fn mul_div_ceil_u64(a: u64, b: u64, d: u64) -> Result<u64, RiskError> {
    let division = div_rem_u128_u64(wide_mul(a, b), d)?;
    u64::try_from(division.ceil()).map_err(|_| RiskError::Overflow)
}

/// `⌊x / 2^shift⌋`; 0 when shift ≥ 128.
#[inline]
pub const fn shr_floor(x: u128, shift: u32) -> u128 {
    if shift < 128 { x >> shift } else { 0 }
}

/// `⌈x / 2^shift⌉`; for shift ≥ 128 that is 1 unless x = 0.
#[inline]
pub const fn shr_ceil(x: u128, shift: u32) -> u128 {
    let floor = shr_floor(x, shift);
    let exact = if shift < 128 {
        floor << shift == x
    } else {
        x == 0
    };
    if exact { floor } else { floor + 1 } // inexact implies shift ≥ 1: floor + 1 fits
}

/// `⌊a · b / 2^shift⌋`.
///
/// Errors: [`RiskError::Overflow`] when the result exceeds 64 bits.
#[inline]
pub fn mul_shr_floor(a: u64, b: u64, shift: u32) -> Result<u64, RiskError> {
    u64::try_from(shr_floor(wide_mul(a, b), shift)).map_err(|_| RiskError::Overflow)
}

/// `⌈a · b / 2^shift⌉`.
///
/// Errors: [`RiskError::Overflow`] when the result exceeds 64 bits.
#[inline]
pub fn mul_shr_ceil(a: u64, b: u64, shift: u32) -> Result<u64, RiskError> {
    u64::try_from(shr_ceil(wide_mul(a, b), shift)).map_err(|_| RiskError::Overflow)
}

/// A number of 192 bits: `top · 2^64 + bottom`.
#[derive(Clone, Copy)]
struct Bits192 {
    top: u128,
    bottom: u64,
}

/// Exact `a · b`.
#[inline]
const fn mul_192(a: u128, b: u64) -> Bits192 {
    if b >> 32 == 0 {
        return mul_192_by_digit(a, b);
    }
    let bottom = wide_mul(low(a), b);
    Bits192 {
        // (2^64 − 1)² + 2^64 − 1 < 2^128
        top: wide_mul(high(a), b) + (bottom >> 64),
        bottom: low(bottom),
    }
}

/// Exact `a · b` of a b below 2^32: a quarter of the cost.
#[inline(never)]
const fn mul_192_by_digit(a: u128, b: u64) -> Bits192 {
    let lower = mul_by_digit(low(a), b, 0);
    Bits192 {
        top: mul_by_digit(high(a), b, high(lower)),
        bottom: low(lower),
    }
}

/// A number rounded down.
#[derive(Clone, Copy)]
pub(crate) struct RoundedDown<T> {
    pub(crate) floor: T,
    /// Whether it was that already.
    pub(crate) is_exact: bool,
}

/// `a · b / 2^shift`, down.
#[inline]
fn mul_u128_u64_shr(a: u128, b: u64, shift: u32) -> Result<RoundedDown<u128>, RiskError> {
    let Bits192 { top, bottom } = mul_192(a, b);
    if shift >= 64 {
        let floor = shr_floor(top, shift - 64);
        let is_exact = bottom == 0 && shr_ceil(top, shift - 64) == floor;
        return Ok(RoundedDown { floor, is_exact });
    }
    if shr_floor(top, 64 + shift) != 0 {
        return Err(RiskError::Overflow);
    }
    // top < 2^(64 + shift), so the left shift keeps every bit.
    let floor = top << (64 - shift) | (bottom >> shift) as u128;
    let is_exact = bottom >> shift << shift == bottom;
    Ok(RoundedDown { floor, is_exact })
}

/// `⌊a · b / 2^shift⌋`, exact in 192 bits.
///
/// Errors: [`RiskError::Overflow`] when the result exceeds 128 bits.
#[inline]
pub fn mul_u128_u64_shr_floor(a: u128, b: u64, shift: u32) -> Result<u128, RiskError> {
    Ok(mul_u128_u64_shr(a, b, shift)?.floor)
}

/// `⌈a · b / 2^shift⌉`, exact in 192 bits.
///
/// Errors: [`RiskError::Overflow`] when the result exceeds 128 bits.
#[inline]
pub fn mul_u128_u64_shr_ceil(a: u128, b: u64, shift: u32) -> Result<u128, RiskError> {
    let RoundedDown { floor, is_exact } = mul_u128_u64_shr(a, b, shift)?;
    if is_exact {
        return Ok(floor);
    }
    add_u128(floor, 1)
}

/// A number of 256 bits: `high · 2^128 + low`.
#[derive(Clone, Copy)]
struct Bits256 {
    high: u128,
    low: u128,
}

/// Whether `a · b ≤ c · d` is seen by two divisions: with k above b/d, a·k ≤ c gives a·b ≤ a·k·d ≤ c·d.
#[inline]
const fn is_surely_at_most([a, b]: [u64; 2], [c, d]: [u64; 2]) -> bool {
    d != 0 && a <= c / (b / d).saturating_add(1)
}

/// Two factors whose product may have 256 bits: compared without it.
#[derive(Clone, Copy, Debug)]
pub struct Product(pub u128, pub u128);

impl Product {
    /// Whether this product is at most the other, exact.
    pub const fn at_most(self, other: Self) -> bool {
        let (Self(a, b), Self(c, d)) = (self, other);
        if high(a | b | c | d) == 0 {
            let (a, b, c, d) = (low(a), low(b), low(c), low(d));
            return is_surely_at_most([a, b], [c, d]) || wide_mul(a, b) <= wide_mul(c, d);
        }
        let (left, right) = (self.exact(), other.exact());
        left.high < right.high || (left.high == right.high && left.low <= right.low)
    }

    const fn exact(self) -> Bits256 {
        let Self(a, b) = self;
        let Bits192 { top, bottom } = mul_192(a, low(b));
        if high(b) == 0 {
            return Bits256 {
                high: top >> 64,
                low: top << 64 | bottom as u128,
            };
        }
        let upper = mul_192(a, high(b));
        // a · high(b) + top < 2^192 since the whole product is < 2^256.
        let middle = (top & u64::MAX as u128) + upper.bottom as u128;
        Bits256 {
            high: upper.top + (top >> 64) + (middle >> 64),
            low: middle << 64 | bottom as u128,
        }
    }
}

/// `⌊√n⌋`; always fits.
pub const fn isqrt_floor(n: u128) -> u64 {
    isqrt(n).floor
}

/// `⌈√n⌉`, saturating at 2^64 − 1 (reached only above (2^64 − 1)², where the root is 2^64).
pub const fn isqrt_ceil(n: u128) -> u64 {
    let RoundedDown { floor, is_exact } = isqrt(n);
    if is_exact {
        return floor;
    }
    floor.saturating_add(1)
}

/// `√n`, down.
///
/// Karatsuba square root: the root of the top 64 bits, one 64-bit division, one correction.
const fn isqrt(n: u128) -> RoundedDown<u64> {
    if high(n) == 0 {
        let floor = root::root_floor(low(n));
        let is_exact = floor.wrapping_mul(floor) == low(n);
        return RoundedDown { floor, is_exact };
    }
    let shift = leading_zeros(n) & !1; // even, so that the root shifts by half of it
    let scaled = n << shift;
    let (top, bottom) = (high(scaled), low(scaled)); // top ≥ 2^62
    let root = root::root_of_normal(top); // 2^31 ≤ root < 2^32
    let rest = top - root.wrapping_mul(root); // ≤ 2·root < 2^33
    // (rest·2^32 + next digit) / (2·root), halved on both sides to fit 64 bits; ≤ 2^32.
    let digit = (rest << 31 | bottom >> 33) / root;
    // The estimate is the root or one above it; it may be 2^64.
    if digit >> 32 != 0 && root == (1 << 32) - 1 {
        return RoundedDown {
            floor: u64::MAX >> (shift / 2),
            is_exact: false,
        };
    }
    let estimate = (root << 32) + digit;
    let square = wide_mul(estimate, estimate);
    // n is a square where the scaled one is, as the shift is even.
    let (root, is_exact) = if square > scaled {
        // (estimate − 1)² = estimate² − 2·estimate + 1
        (estimate - 1, square - scaled == 2 * (estimate as u128) - 1)
    } else {
        (estimate, square == scaled)
    };
    RoundedDown {
        floor: root >> (shift / 2),
        is_exact,
    }
}

#[cfg(test)]
mod tests;
