//! The sums behind ln and 2^x, all down, in units of 2^-64.
use super::{low, mul_high};

/// `|m − n|/(m + n)`, down. Both are in [2^63, 2^65) and within 1.5 times of each other: the result is
/// below 1/5, and |m − n| below 2^64, so the shift keeps every bit.
pub(crate) const fn slope_floor(m: u128, n: u128) -> u64 {
    low((m.abs_diff(n) << 64) / (m + n))
}

/// `2 · atanh(slope)`, at most 60 units below the exact value; slope < 0.18.
pub(crate) const fn twice_atanh(slope: u64) -> u64 {
    let square = mul_high(slope, slope);
    let (mut power, mut sum) = (slope, slope);
    let mut n = 3;
    while power != 0 && n < 31 {
        power = mul_high(power, square);
        sum += power / n; // the sum stays below atanh(0.18) · 2^64
        n += 2;
    }
    2 * sum
}

/// `e^y − 1` to degree 8, at most 2 units below that polynomial; y < 0.022.
#[inline]
pub(crate) fn exp_minus_one(y: u64) -> u64 {
    // y(1 + y/2·(1 + y/3·(…))), innermost first; each step loses below 2 units.
    let mut tail = 0;
    for n in (1..=8).rev() {
        tail = (y + mul_high(y, tail)) / n; // y·(1 + tail) < 0.03
    }
    tail
}
