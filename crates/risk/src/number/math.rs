//! ln, 2^x and their error bounds, in integers.
//!
//! Both answer with an interval that holds the exact value, so that the caller rounds in its own
//! direction by taking one end. ln(a/b) is `2·atanh((a − b)/(a + b))` after the ratio is brought
//! within √2 of 1; 2^x is a table of 32 roots of two times a Taylor polynomial of degree 8.
use core::cmp::Ordering;

use crate::RiskError;
use crate::number::arith::kernel::{exp_minus_one, mul_high_by_upper, slope_floor, twice_atanh};
use crate::number::arith::table::by_top_bits;
use crate::number::arith::{
    TopBits, div_floor_u64, join, low, mul_high, mul_u128_u64_shr_ceil, mul_u128_u64_shr_floor,
    ratio_q64_floor, shr_ceil, shr_floor, top_bits, wide_mul,
};
use crate::number::quantity::Fraction;

/// Binary digits of the logarithms of this module and of the exponents of 2^x.
pub const LOG_BITS: u32 = 64;
/// Binary digits of the bounds of 2^x.
pub const EXP2_BITS: u32 = 62;

/// ln 2 × 2^110, down: 2^17 times it still fits 128 bits.
const LN_2_Q110: u128 = 0x2c5c_85fd_f473_de6a_f278_ece6_00fc;
/// ln 2 × 2^64, down.
const LN_2_Q64: u64 = 0xb172_17f7_d1cf_79ab;
/// log2 e × 2^63, down.
const LOG2_E_Q63: u64 = 0xb8aa_3b29_5c17_f0bb;
/// √2 × 2^63, down.
const SQRT_2_Q63: u64 = EXP2_TABLE[16];
/// ln: units of 2^-64 by which the computed value may differ from the exact one. At most 14 terms,
/// each losing below 1 unit in its power and below 1 in its quotient, twice; 2 for e·ln 2.
const LN_ERROR: u128 = 64;
/// 2^x: units of 2^-63 by which the computed value may be below the exact one. Table 2, polynomial
/// 2, product 1, remainder y^9/9! < 0.1.
const EXP2_ERROR: u64 = 7;

/// 2^(i/32) × 2^63, down.
#[rustfmt::skip]
const EXP2_TABLE: [u64; 32] = [
    0x8000_0000_0000_0000, 0x82cd_8698_ac2b_a1d7, 0x85aa_c367_cc48_7b14, 0x8898_0e80_92da_8527,
    0x8b95_c1e3_ea8b_d6e6, 0x8ea4_398b_45cd_53c0, 0x91c3_d373_ab11_c336, 0x94f4_efa8_fef7_0961,
    0x9837_f051_8db8_a96f, 0x9b8d_39b9_d54e_5538, 0x9ef5_3260_91a1_11ad, 0xa270_4303_0c49_6818,
    0xa5fe_d6a9_b151_38ea, 0xa9a1_5ab4_ea7c_0ef8, 0xad58_3eea_42a1_4ac6, 0xb123_f581_d2ac_258f,
    0xb504_f333_f9de_6484, 0xb8fb_af47_62fb_9ee9, 0xbd08_a39f_580c_36be, 0xc12c_4cca_6670_9456,
    0xc567_2a11_5506_dadd, 0xc9b9_bd86_6e2f_27a2, 0xce24_8c15_1f84_80e3, 0xd2a8_1d91_f12a_e45a,
    0xd744_fcca_d69d_6af4, 0xdbfb_b797_daf2_3755, 0xe0cc_deec_2a94_e111, 0xe5b9_06e7_7c83_48a8,
    0xeac0_c6e7_dd24_392e, 0xefe4_b99b_dcda_f5cb, 0xf525_7d15_2486_cc2c, 0xfa83_b2db_722a_033a,
];

/// Two ends of an interval that holds the exact value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enclosure<T> {
    lower: T,
    upper: T,
}

impl<T: Copy> Enclosure<T> {
    /// The end at or below the exact value.
    #[inline]
    pub const fn lower(self) -> T {
        self.lower
    }

    /// The end at or above the exact value.
    #[inline]
    pub const fn upper(self) -> T {
        self.upper
    }
}

/// A positive number `mantissa · 2^exponent` with the top bit of the mantissa set: 64 significant
/// bits of a price, whatever its size. Only its constructors
/// make one, so the top bit is always set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaled {
    mantissa: u64,
    exponent: i16,
}

impl Scaled {
    /// `value` to nearest, at most 2^-64 relative off.
    ///
    /// Errors: [`RiskError::Overflow`] at 0.
    pub fn from_u128(value: u128) -> Result<Self, RiskError> {
        if value == 0 {
            return Err(RiskError::Overflow);
        }
        let TopBits {
            top,
            rest,
            exponent,
        } = top_bits(value);
        let round_up = rest >> 63 != 0;
        match top.checked_add(u64::from(round_up)) {
            Some(mantissa) => Ok(Self { mantissa, exponent }),
            None => Ok(Self {
                mantissa: 1 << 63,
                exponent: exponent.saturating_add(1),
            }), // exponent ≤ 64
        }
    }

    /// From stored parts.
    ///
    /// Errors: [`RiskError::Overflow`] when the top bit of the mantissa is not set.
    pub fn from_parts(mantissa: u64, exponent: i16) -> Result<Self, RiskError> {
        if mantissa >> 63 == 0 {
            Err(RiskError::Overflow)
        } else {
            Ok(Self { mantissa, exponent })
        }
    }

    /// The mantissa, as accounts store it.
    pub const fn mantissa(self) -> u64 {
        self.mantissa
    }

    /// The exponent, as accounts store it.
    pub const fn exponent(self) -> i16 {
        self.exponent
    }

    /// The number to the nearest integer.
    ///
    /// Errors: [`RiskError::Overflow`] at 2^128 and above.
    pub fn to_u128(self) -> Result<u128, RiskError> {
        let mantissa = u128::from(self.mantissa);
        let shift = u32::from(self.exponent.unsigned_abs());
        if self.exponent > 0 {
            if shift > 64 {
                Err(RiskError::Overflow)
            } else {
                Ok(mantissa << shift)
            }
        } else if shift == 0 {
            Ok(mantissa)
        } else {
            // Half a unit up, then down; the mantissa has 64 bits.
            Ok(shr_floor(mantissa, shift.saturating_sub(1)).saturating_add(1) >> 1)
        }
    }

    /// `self · e^(±magnitude)`, the sign being that of `sign` (`Less`: minus), within 2^-57 relative.
    ///
    /// Errors: [`RiskError::Overflow`] when the result's exponent leaves its type.
    pub fn times_exp(self, magnitude: Fraction, sign: Ordering) -> Result<Self, RiskError> {
        if sign == Ordering::Equal || magnitude == Fraction::ZERO {
            return Ok(self);
        }
        // 60 + 63 binary digits to 64: below 16 · 1.45 · 2^64.
        let log2 = wide_mul(magnitude.to_bits(), LOG2_E_Q63) >> 59;
        let (whole, fraction) = (low(log2 >> 64), low(log2));
        let whole = i16::try_from(whole).map_err(|_| RiskError::Overflow)?;
        let (whole, fraction) = match (sign, fraction) {
            // whole ≤ 23
            (Ordering::Less, 0) => (whole.saturating_neg(), 0),
            (Ordering::Less, _) => (
                whole.saturating_neg().saturating_sub(1),
                fraction.wrapping_neg(),
            ),
            _ => (whole, fraction),
        };
        let product = wide_mul(self.mantissa, exp2_fraction(fraction).lower);
        let shifted = Self::from_u128(product)?;
        let bits = i16::try_from(EXP2_BITS).map_err(|_| RiskError::Overflow)?;
        let exponent = shifted
            .exponent
            .checked_add(self.exponent)
            .and_then(|sum| sum.checked_add(whole.saturating_sub(bits)))
            .ok_or(RiskError::Overflow)?;
        Ok(Self {
            exponent,
            ..shifted
        })
    }
}

/// The logarithm of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LnRatio {
    /// Its sign: whether the numerator is below, at or above the denominator.
    pub order: Ordering,
    /// Its magnitude, units of 2^-64.
    pub magnitude: Enclosure<u128>,
}

/// `ln(a/b)`, exact to 2^-58 ([`Enclosure`] at most 2^-57 wide), 0 exactly when a = b.
///
/// Range: any two numbers whose exponents differ by less than 2^16; the result is below 2^80.
pub fn ln_ratio(a: Scaled, b: Scaled) -> LnRatio {
    let order = (a.exponent, a.mantissa).cmp(&(b.exponent, b.mantissa));
    let (large, small) = match order {
        Ordering::Equal => {
            return LnRatio {
                order,
                magnitude: Enclosure::default(),
            };
        }
        Ordering::Greater => (a, b),
        Ordering::Less => (b, a),
    };
    // large/small = 2^doublings · m/n with m/n in (1/2, 2), then in [1/√2, √2].
    let mut doublings = u32::from(large.exponent.abs_diff(small.exponent));
    let (mut m, mut n) = (u128::from(large.mantissa), u128::from(small.mantissa));
    // Mantissas less than a quarter apart are within √2 for certain.
    if large.mantissa.abs_diff(small.mantissa) >> 61 != 0 {
        // √2 only chooses the branch; any value near it serves.
        if m > 2 * u128::from(mul_high(small.mantissa, SQRT_2_Q63)) {
            n <<= 1;
            doublings = doublings.saturating_add(1); // ≤ 2^16
        } else if n > 2 * u128::from(mul_high(large.mantissa, SQRT_2_Q63)) {
            m <<= 1;
            doublings = doublings.saturating_sub(1); // ≥ 1: large > small although m < n
        }
    }
    let doublings_ln = match doublings {
        0 => 0, // most returns
        _ => times_ln_2(doublings),
    };
    // m/n in [1/√2, √2]: |m − n|/(m + n) < 0.18.
    let fraction = u128::from(twice_atanh(slope_floor(m, n)));
    let value = if m >= n {
        doublings_ln.saturating_add(fraction) // below 2^80
    } else {
        doublings_ln.saturating_sub(fraction) // m < n leaves a doubling, and its ln is larger
    };
    LnRatio {
        order,
        magnitude: Enclosure {
            lower: value.saturating_sub(LN_ERROR),
            upper: value.saturating_add(LN_ERROR),
        },
    }
}

/// `count · ln 2`, units of 2^-64; count ≤ 2^17.
fn times_ln_2(count: u32) -> u128 {
    let product = mul_u128_u64_shr_ceil(LN_2_Q110, count.into(), 110 - LOG_BITS);
    product.unwrap_or(u128::MAX) // below 2^82
}

/// `log2(a/b)` for a ≥ b, units of 2^-64.
///
/// Errors: [`RiskError::Overflow`] when b = 0 or a < b.
pub fn log2_ratio(a: u64, b: u64) -> Result<Enclosure<u128>, RiskError> {
    let ln = ln_ratio(
        Scaled::from_u128(u128::from(a))?,
        Scaled::from_u128(u128::from(b))?,
    );
    match ln.order {
        Ordering::Less => Err(RiskError::Overflow),
        Ordering::Equal => Ok(Enclosure::default()),
        Ordering::Greater => Ok(Enclosure {
            lower: mul_u128_u64_shr_floor(ln.magnitude.lower, LOG2_E_Q63, 63)?,
            upper: mul_u128_u64_shr_ceil(ln.magnitude.upper, LOG2_E_Q63 + 1, 63)?,
        }),
    }
}

/// `2^(fraction · 2^-64)` in [1, 2), units of 2^-62; the ends differ by 5 units at most.
#[inline]
pub fn exp2_fraction(fraction: u64) -> Enclosure<u64> {
    if fraction == 0 {
        return Enclosure {
            lower: 1 << EXP2_BITS,
            upper: 1 << EXP2_BITS,
        };
    }
    let root = by_top_bits(&EXP2_TABLE, fraction);
    // y = the rest of the exponent times ln 2, below ln 2/32 = 0.0217; units of 2^-64.
    let y = mul_high_by_upper(fraction & (u64::MAX >> 5), LN_2_Q64);
    let value = root.saturating_add(mul_high_by_upper(exp_minus_one(y), root)); // ≤ exact < 2^64
    let lower = value >> 1;
    Enclosure {
        lower,
        upper: lower
            .saturating_add(1)
            .saturating_add(EXP2_ERROR.div_ceil(2)),
    }
}

/// `⌈value · 2^(exponent · 2^-64)⌉`, saturating at 2^64 − 1, and from an exponent of 63 on.
pub fn scale_exp2_ceil(value: u64, exponent: u128) -> u64 {
    if value == 0 {
        return 0;
    }
    let whole = u32::try_from(exponent >> 64).unwrap_or(u32::MAX);
    let Some(shift) = EXP2_BITS.checked_sub(whole) else {
        return u64::MAX;
    };
    let scaled = wide_mul(value, exp2_fraction(low(exponent)).upper);
    u64::try_from(shr_ceil(scaled, shift)).unwrap_or(u64::MAX)
}

/// `⌈value · 2^−(exponent · 2^-64)⌉`.
pub fn scale_exp2_neg_ceil(value: u64, exponent: u128) -> u64 {
    let (whole, fraction) = (low(exponent >> 64), low(exponent));
    // 2^−x = 2^(1 − fraction) / 2^(whole + 1), or exactly 2^−whole.
    let (power, halvings) = if fraction == 0 {
        (1 << EXP2_BITS, whole)
    } else {
        (
            exp2_fraction(fraction.wrapping_neg()).upper,
            whole.saturating_add(1),
        )
    };
    let shift = u32::try_from(halvings)
        .unwrap_or(u32::MAX)
        .saturating_add(EXP2_BITS);
    // power/2^(62 + halvings) ≤ 1 but for the error bound: fits 64 bits after `min`.
    let result = shr_ceil(wide_mul(value, power), shift);
    low(result.min(u128::from(value)))
}

/// `⌈value · 2^(−elapsed/half-life)⌉`; 0 after 64 half-lives. For a half-life above 0.
///
/// To be read from the value and the time that it was changed at, not stored again at each read: rounding up would keep
/// the last atom for ever. Stored with something added, it gains less than an atom each time.
#[inline]
pub fn halved_ceil(value: u64, elapsed_secs: u64, half_life_secs: u64) -> u64 {
    let half_lives = div_floor_u64(elapsed_secs, half_life_secs);
    if half_lives >= 64 {
        return 0;
    }
    let rest = elapsed_secs.saturating_sub(half_lives.saturating_mul(half_life_secs));
    let fraction = ratio_q64_floor(rest, half_life_secs);
    scale_exp2_neg_ceil(value, join(half_lives, fraction))
}

#[cfg(test)]
mod tests;
