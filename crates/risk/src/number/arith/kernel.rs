//! The sums behind ln and 2^x, all down, in units of 2^-64.
use super::division::by_normalised;
use super::{join, low};

/// `|m − n|/(m + n)`, down. Both are in [2^63, 2^65) and within 1.5 times of each other: the result is
/// at most 1/5, and |m − n| below 2^64, so the shift keeps every bit.
pub(crate) const fn slope_floor(m: u128, n: u128) -> u64 {
    let (difference, sum) = (m.abs_diff(n), m + n);
    // The sum has 65 or 66 bits. Cut to 64 it is less than 2^-63 too small, and the quotient, below 2^62, at most one
    // too large.
    let cut = if sum >> 65 == 0 { 1 } else { 2 };
    let division = by_normalised(difference << (64 - cut), low(sum >> cut));
    let lost = division.quotient * (low(sum) & ((1 << cut) - 1)); // at most three times a number below 2^62
    let left = (division.remainder as u128) << cut;
    division.quotient - (lost as u128 > left) as u64
}

/// `a · b / 2^62`, down, of two numbers below 2^63: 31 binary digits cut off leave 32, so no sum of the parts exceeds 64
/// bits. A third of what a product of 128 bits costs.
#[inline]
const fn mul_shr_62(a: u64, b: u64) -> u64 {
    const CUT: u32 = 31;
    const LOWER: u64 = (1 << CUT) - 1;
    let (a_upper, a_lower) = (a >> CUT, a & LOWER);
    let (b_upper, b_lower) = (b >> CUT, b & LOWER);
    let lowest = a_lower.wrapping_mul(b_lower) >> CUT;
    let middle = a_upper
        .wrapping_mul(b_lower)
        .wrapping_add(a_lower.wrapping_mul(b_upper))
        .wrapping_add(lowest);
    a_upper.wrapping_mul(b_upper).wrapping_add(middle >> CUT)
}

/// `a · b / 2^64`, down, of two numbers below 2^63.
#[inline]
const fn mul_high_short(a: u64, b: u64) -> u64 {
    mul_shr_62(a, b) >> 2
}

/// `a · b / 2^64`, down, of an a below 2^62 and a b whose top bit is set.
#[inline]
pub(crate) const fn mul_high_by_upper(a: u64, b: u64) -> u64 {
    // b = 2^63 + rest; the sum is below 2^64.
    (a << 1).wrapping_add(mul_shr_62(a, b & (u64::MAX >> 1))) >> 2
}

/// `a · b / 2^63`, down, of two numbers below 2^63.
#[inline]
pub(crate) const fn mul_shr_63_floor(a: u64, b: u64) -> u64 {
    mul_shr_62(a, b) >> 1
}

/// `a · b / 2^63`, up, of two numbers below 2^63.
#[inline]
pub(crate) const fn mul_shr_63_ceil(a: u64, b: u64) -> u64 {
    // What is cut off are 63 of the product's 64 lowest binary digits; below 2^63 a unit more fits.
    mul_shr_63_floor(a, b) + (a.wrapping_mul(b) << 1 != 0) as u64
}

/// `a · b / 2^63`, up, of an a below 2^125 and a b below 2^63.
pub(crate) const fn mul_u128_shr_63_ceil(a: u128, b: u64) -> u128 {
    const CUT: u32 = 62;
    const LOWER: u64 = (1 << CUT) - 1;
    // a · b = upper·b · 2^62 + lower·b
    let (upper, lower) = (low(a >> CUT), low(a) & LOWER);
    let product = join(mul_high_short(upper, b), upper.wrapping_mul(b));
    let sum = product.wrapping_add(mul_shr_62(lower, b) as u128); // below 2^126 + 2^63
    let is_exact = low(sum) & 1 == 0 && lower.wrapping_mul(b) & LOWER == 0;
    (sum >> 1).wrapping_add(!is_exact as u128)
}

/// `2 · atanh(slope)`, at most 60 units below the exact value; slope < 0.18.
pub(crate) const fn twice_atanh(slope: u64) -> u64 {
    let square = mul_high_short(slope, slope);
    let (mut power, mut sum) = (slope, slope);
    let mut n = 3;
    while power != 0 && n < 31 {
        power = mul_high_short(power, square);
        sum += power / n; // the sum stays below atanh(0.18) · 2^64
        n += 2;
    }
    2 * sum
}

/// `e^y − 1` to degree 8, at most 2 units below that polynomial; y < 0.022.
#[inline]
pub(crate) fn exp_minus_one(y: u64) -> u64 {
    // y(1 + y/2·(1 + y/3·(…))), innermost first; each step loses below 2 units.
    let mut tail = y / 8;
    for n in (1..=7).rev() {
        tail = (y + mul_high_short(y, tail)) / n; // y·(1 + tail) < 0.03
    }
    tail
}
