//! Division of 128 bits by 64, in 64-bit divisions.
//!
//! On SBPF one of those costs 1 CU; the 128-bit division of the runtime, one call for the quotient and one for what is left,
//! 200 to 900.
use super::{RoundedDown, high, join, leading_zeros, low};
use crate::RiskError;

/// A digit of the long divisions.
const DIGIT: u64 = (1 << 32) - 1;

/// A quotient and what is left: `n = quotient · d + remainder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// ⌊n/d⌋.
    pub quotient: u128,
    /// n mod d.
    pub remainder: u64,
}

impl Division {
    /// ⌈n/d⌉. A remainder implies d ≥ 2, so it fits.
    #[inline]
    pub const fn ceil(self) -> u128 {
        self.quotient + (self.remainder != 0) as u128
    }
}

/// `n / d` and `n mod d`.
///
/// Errors: [`RiskError::Overflow`] when d = 0.
#[inline]
pub fn div_rem_u128_u64(n: u128, d: u64) -> Result<Division, RiskError> {
    if d == 0 {
        return Err(RiskError::Overflow);
    }
    let (n_high, n_low) = (high(n), low(n));
    if n_high == 0 {
        return Ok(Division {
            quotient: u128::from(n_low / d),
            remainder: n_low % d,
        });
    }
    let (q_high, r) = (n_high / d, n_high % d);
    if d >> 32 != 0 {
        let last = by_two_digits(r, n_low, d);
        return Ok(Division {
            quotient: join(q_high, last.quotient),
            remainder: last.remainder,
        });
    }
    // Long division in 32-bit digits: each remainder is < d < 2^32, so `remainder << 32 | digit` fits.
    let step = r << 32 | n_low >> 32;
    let (q_mid, r) = (step / d, step % d);
    let step = r << 32 | (n_low & DIGIT);
    let (q_low, r) = (step / d, step % d);
    Ok(Division {
        quotient: join(q_high, q_mid << 32 | q_low),
        remainder: r,
    })
}

/// A quotient of 64 bits and what is left.
#[derive(Clone, Copy)]
pub(super) struct ShortDivision {
    pub quotient: u64,
    pub remainder: u64,
}

/// `(n_high · 2^64 + n_low) / d` for `n_high < d`, 2^32 ≤ d.
#[inline(never)]
const fn by_two_digits(n_high: u64, n_low: u64, d: u64) -> ShortDivision {
    let shift = leading_zeros(d as u128) - 64; // below 32
    let n = join(n_high, n_low) << shift; // n < d · 2^64
    let division = by_normalised(n, d << shift);
    ShortDivision {
        quotient: division.quotient,
        remainder: division.remainder >> shift,
    }
}

/// `n / d` for a d whose top bit is set and an n below `d · 2^64`.
#[inline]
pub(super) const fn by_normalised(n: u128, d: u64) -> ShortDivision {
    let first = digit(high(n), low(n) >> 32, d);
    let last = digit(first.remainder, low(n) & DIGIT, d);
    ShortDivision {
        quotient: first.quotient << 32 | last.quotient,
        remainder: last.remainder,
    }
}

/// `(n · 2^32 + next) / d`, a quotient below 2^32: `n < d`, `next < 2^32`, the top bit of d set.
///
/// The quotient by d's upper half alone is at most two too large (Knuth, The Art of Computer Programming 2, algorithm D).
#[inline]
const fn digit(n: u64, next: u64, d: u64) -> ShortDivision {
    let (upper, lower) = (d >> 32, d & DIGIT);
    let (mut quotient, mut rest) = (n / upper, n % upper);
    while quotient > DIGIT || quotient.wrapping_mul(lower) > (rest << 32 | next) {
        quotient -= 1;
        rest += upper; // below 2^33
        if rest > DIGIT {
            break;
        }
    }
    // Modulo 2^64: the difference is below d.
    let remainder = (n << 32 | next).wrapping_sub(quotient.wrapping_mul(d));
    ShortDivision {
        quotient,
        remainder,
    }
}

/// `x / 10^9` in units of 2^-60, down; none from 16 on.
///
/// 2^60/10^9 = 2^51/5^9, and 5^9 < 2^21: two steps of 64-bit divisions.
#[inline]
pub(crate) const fn q60_of_e9(x: u64) -> Option<RoundedDown<u64>> {
    const FIVE_POW_9: u64 = 1_953_125;
    const SIXTEEN_E9: u64 = 16_000_000_000;
    if x >= SIXTEEN_E9 {
        return None;
    }
    let first = x << 8; // below 2^42
    let last = (first % FIVE_POW_9) << 43; // below 2^64
    let (upper, lower) = (first / FIVE_POW_9, last / FIVE_POW_9); // the lower below 2^43
    Some(RoundedDown {
        floor: upper << 43 | lower,
        is_exact: last.is_multiple_of(FIVE_POW_9),
    })
}
