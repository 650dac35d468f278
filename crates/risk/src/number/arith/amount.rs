//! Amounts of a margin: below 2^96, which is 2^64 quote atoms ($18 T) in units of 2^-32. What is multiplied by a fraction
//! has at most three digits of 32 bits then, and needs no product of 128 bits.
use super::table::zeros_of_byte;
use super::{high, join, low, mul_192, shl_exact};
use crate::RiskError;

/// Binary digits of an amount.
pub(crate) const AMOUNT_LIMIT_BITS: u32 = 96;
/// A digit of the products.
const DIGIT: u64 = (1 << 32) - 1;

/// `⌊product · 2^exponent⌋` as an amount.
///
/// Errors: [`RiskError::Overflow`] at 2^96 and above.
#[inline]
pub(crate) fn amount_floor(product: u128, exponent: i32) -> Result<u128, RiskError> {
    let (upper, lower) = (high(product), low(product));
    match u32::try_from(exponent.wrapping_neg()) {
        Ok(right @ 0..64) => {
            let kept = upper >> right;
            if kept >> (AMOUNT_LIMIT_BITS - 64) != 0 {
                return Err(RiskError::Overflow);
            }
            // In two steps: 64 − right may be 64. 63 − right, without a check that it is not below 0.
            Ok(join(kept, upper << 1 << (right ^ 63) | lower >> right))
        }
        Ok(right @ 64..128) => Ok(u128::from(upper >> (right ^ 64))),
        Ok(_) => Ok(0),
        Err(_) => shl_exact(product, exponent.unsigned_abs())
            .filter(|amount| amount >> AMOUNT_LIMIT_BITS == 0)
            .ok_or(RiskError::Overflow),
    }
}

/// A number by its 64 highest bits, what is below them cut off: `top · 2^exponent`; 0 for 0.
#[derive(Clone, Copy)]
pub(crate) struct Normal {
    pub top: u64,
    pub exponent: i32,
}

/// `x · 2^exponent`, down to 64 bits.
#[inline]
pub(crate) const fn normal_floor(x: u128, exponent: i32) -> Normal {
    let (upper, lower) = (high(x), low(x));
    let (upper, lower, exponent) = if upper == 0 {
        (lower, 0, exponent)
    } else {
        (upper, lower, exponent.wrapping_add(64))
    };
    if upper == 0 {
        return Normal {
            top: 0,
            exponent: 0,
        };
    }
    let zeros = zeros_above(upper);
    Normal {
        // In two steps: 64 − zeros may be 64.
        top: upper << zeros | lower >> 1 >> (zeros ^ 63),
        exponent: exponent.wrapping_sub(zeros as i32),
    }
}

/// `⌊x / 2^shift⌋` of an x that has 64 bits then, the sign included, and a shift below 64: its lowest digits.
#[inline]
pub(crate) const fn scaled_floor(x: i128, shift: u32) -> i64 {
    let x = x.cast_unsigned();
    (high(x) << 1 << (shift ^ 63) | low(x) >> shift).cast_signed()
}

/// `⌊amount · fraction⌋`, the fraction in units of 2^-60; of any number for which that has 128 bits.
#[inline(never)] // smaller, and no more: the callers spill less
pub(crate) const fn part_floor(amount: u128, fraction_q60: u64) -> u128 {
    if amount >> AMOUNT_LIMIT_BITS != 0 {
        return long_part_floor(amount, fraction_q60);
    }
    let (a0, a1, a2) = (low(amount) & DIGIT, low(amount) >> 32, high(amount));
    let (b0, b1) = (fraction_q60 & DIGIT, fraction_q60 >> 32);
    // Each product is at most (2^32 − 1)²: with two digits more it still has 64 bits.
    let first = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b0) >> 32);
    let second = a0.wrapping_mul(b1).wrapping_add(first & DIGIT);
    let third = a1.wrapping_mul(b1).wrapping_add(first >> 32);
    // What stands above bit 64 of the product: third + second / 2^32 + a2·b.
    let (upper, carry) = third.overflowing_add(a2.wrapping_mul(b0));
    let last = a2.wrapping_mul(b1);
    let (upper, carry_more) = upper.overflowing_add(last << 32);
    let (upper, carry_last) = upper.overflowing_add(second >> 32);
    let highest = (last >> 32)
        .wrapping_add(carry as u64)
        .wrapping_add(carry_more as u64)
        .wrapping_add(carry_last as u64);
    join(highest << 4 | upper >> 60, upper << 4 | second << 32 >> 60)
}

/// `⌈amount · fraction⌉`, as [`part_floor`].
#[inline]
pub(crate) const fn part_ceil(amount: u128, fraction_q60: u64) -> u128 {
    // What is cut off are the 60 lowest digits of the product.
    let cut = low(amount).wrapping_mul(fraction_q60) << 4;
    part_floor(amount, fraction_q60).wrapping_add((cut != 0) as u128)
}

/// Zero bits above the highest one of a number above 0.
///
/// SBPF has no instruction for it, and LLVM expands it wherever it stands: out of line it makes the
/// program smaller, not faster.
#[inline(never)]
pub(super) const fn zeros_above(x: u64) -> u32 {
    let (mut zeros, mut rest) = (0, x);
    if rest >> 32 == 0 {
        zeros += 32;
        rest <<= 32;
    }
    if rest >> 48 == 0 {
        zeros += 16;
        rest <<= 16;
    }
    if rest >> 56 == 0 {
        zeros += 8;
        rest <<= 8;
    }
    zeros + zeros_of_byte(rest >> 56)
}

#[cold]
#[inline(never)]
const fn long_part_floor(amount: u128, fraction_q60: u64) -> u128 {
    let product = mul_192(amount, fraction_q60);
    product.top << 4 | (product.bottom >> 60) as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_exact_products_cut() {
        let amounts = (0..125).flat_map(|bits| [1 << bits, (1 << bits) - 1, (1 << bits) + 12_345]);
        for amount in amounts.filter(|amount: &u128| amount >> 124 == 0) {
            for fraction in [
                0,
                1,
                1 << 31,
                DIGIT,
                1 << 32,
                1 << 60,
                987_654_321_987,
                u64::MAX,
            ] {
                // Digit by digit of the amount.
                let parts = [0, 32, 64, 96]
                    .map(|at| (amount >> at & u128::from(DIGIT)) * u128::from(fraction));
                let carried = parts[0] + ((parts[1] & u128::from(DIGIT)) << 32);
                let rest = (parts[1] >> 32) + parts[2] + (parts[3] << 32) + (carried >> 64);
                let exact = rest << 4 | (carried & u128::from(u64::MAX)) >> 60;
                assert_eq!(part_floor(amount, fraction), exact, "{amount} {fraction}");
                let cut = u128::from(carried << 68 != 0);
                assert_eq!(
                    part_ceil(amount, fraction),
                    exact + cut,
                    "{amount} {fraction}"
                );
            }
        }
    }

    #[test]
    fn a_normal_number_has_the_highest_bits() {
        for bits in 0..128 {
            for x in [
                1_u128 << bits,
                (1 << bits) + 1,
                (1 << bits) | (1 << bits >> 7),
            ] {
                let Normal { top, exponent } = normal_floor(x, 5);
                assert_eq!(
                    i64::from(exponent),
                    5 + 64 - i64::from(x.leading_zeros()),
                    "{x}"
                );
                assert_eq!(top, high(x << x.leading_zeros()), "{x}");
            }
        }
        assert_eq!(normal_floor(0, 5).top, 0);
    }

    #[test]
    fn a_scaled_number_is_cut_towards_minus_infinity() {
        for shift in 0..64 {
            for x in [
                0,
                1,
                -1,
                3 << 57,
                -(3 << 57),
                1 << (shift + 62),
                -1 << (shift + 63),
            ] {
                assert_eq!(
                    i128::from(scaled_floor(x, shift)),
                    x >> shift,
                    "{x} {shift}"
                );
            }
        }
    }

    #[test]
    fn an_amount_is_cut_once_and_ends_at_its_limit() {
        let product = (1 << 127) + 0xabcd;
        assert_eq!(amount_floor(product, -31), Err(RiskError::Overflow));
        for right in 32..128 {
            assert_eq!(amount_floor(product, -right), Ok(product >> right));
        }
        assert_eq!(amount_floor(product, -128), Ok(0));
        assert_eq!(amount_floor(product, i32::MIN + 1), Ok(0));
        assert_eq!(amount_floor(3, 0), Ok(3));
        assert_eq!(amount_floor(3, 94), Ok(3 << 94));
        assert_eq!(amount_floor(3, 95), Err(RiskError::Overflow));
        assert_eq!(amount_floor(0, 400), Ok(0));
    }
}
