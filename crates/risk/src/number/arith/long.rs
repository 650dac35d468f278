//! Division of a 192-bit product: `a · b / (2^bits · 10^digits)`, by school division in 32-bit digits.
use super::{Bits192, join, low, mul_192};
use crate::RiskError;

/// Most decimal digits of one step: 10^9 < 2^32.
const STEP_DIGITS: u32 = 9;

/// A quotient rounded down, and whether that cut something off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Floored {
    pub floor: u128,
    pub is_exact: bool,
}

impl Floored {
    /// The quotient, up. Errors: [`RiskError::Overflow`].
    pub fn ceil(self) -> Result<u128, RiskError> {
        let up = self.floor.checked_add(u128::from(!self.is_exact));
        up.ok_or(RiskError::Overflow)
    }
}

/// `⌊a · b / (2^bits · 10^digits)⌋`; bits < 32.
///
/// Errors: [`RiskError::Overflow`] when the quotient exceeds 128 bits, or at 32 bits and more.
pub(crate) fn mul_div_pow10(a: u128, b: u64, bits: u32, digits: u32) -> Result<Floored, RiskError> {
    let Bits192 { top, bottom } = mul_192(a, b);
    let mut words = [low(top >> 64), low(top), bottom];
    let divisor = 1u32.checked_shl(bits).ok_or(RiskError::Overflow)?;
    // The floor of a floor is the floor of the quotient by both, so the steps may be cut one by one.
    let mut inexact = divide(&mut words, divisor);
    let mut left = digits;
    while left > 0 {
        let step = left.min(STEP_DIGITS);
        inexact |= divide(&mut words, 10u32.pow(step));
        left -= step;
    }
    if words[0] != 0 {
        return Err(RiskError::Overflow);
    }
    Ok(Floored {
        floor: join(words[1], words[2]),
        is_exact: !inexact,
    })
}

/// Divides words, the highest first, by a divisor above 0; answers whether a remainder was left.
fn divide(words: &mut [u64; 3], divisor: u32) -> bool {
    let divisor = u64::from(divisor);
    let mut rest = 0; // below the divisor, so each step's quotient has 32 bits
    for word in words.iter_mut() {
        let step = rest << 32 | *word >> 32;
        let (upper, middle) = (step / divisor, step % divisor);
        let step = middle << 32 | (*word & 0xffff_ffff);
        *word = (upper << 32) | (step / divisor);
        rest = step % divisor;
    }
    rest != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    #[test]
    fn agrees_with_integers_of_any_size() {
        let edges = [0, 1, 3, 1 << 32, (1 << 63) - 1, u64::MAX];
        for high in edges {
            for bottom in edges {
                for b in edges {
                    for (bits, digits) in [(0, 0), (20, 0), (0, 6), (20, 9), (31, 15), (20, 24)] {
                        let a = join(high, bottom);
                        let product = BigUint::from(a) * b;
                        let divisor = BigUint::from(10u8).pow(digits) << bits;
                        let (quotient, rest) = (&product / &divisor, &product % &divisor);
                        let expected = match u128::try_from(quotient) {
                            Ok(floor) => Ok(Floored {
                                floor,
                                is_exact: rest == BigUint::ZERO,
                            }),
                            Err(_) => Err(RiskError::Overflow),
                        };
                        assert_eq!(mul_div_pow10(a, b, bits, digits), expected);
                    }
                }
            }
        }
        assert_eq!(mul_div_pow10(1, 1, 32, 0), Err(RiskError::Overflow));
    }
}
