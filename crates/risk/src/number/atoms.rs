//! Amounts of tokens as types, so that the compiler tells quote from base, and both from shares of the pool.
//!
//! | type | holds | sign |
//! |---|---|---|
//! | [`QuoteAtoms`] | quote tokens, 10^-6 USD each | ≥ 0 |
//! | [`SignedQuoteAtoms`], [`WideQuoteAtoms`] | balances, costs, profits; their sums | any |
//! | [`BaseAtoms`] | base tokens of one asset: sizes, collateral, lots | ≥ 0 |
//! | [`SignedBaseAtoms`], [`WideBaseAtoms`] | positions; the skew of a market | any |
//! | [`Shares`] | shares of the pool | ≥ 0 |
//!
//! Each is its integer at run time and costs nothing. There is no `From` and no `Deref`: `new` and `get` stand where a
//! number of an account or an argument gets its unit or loses it. Quote and base atoms meet in
//! [`UnitPrice`](super::quantity::UnitPrice) only, whose functions say how they round.
use crate::RiskError;

macro_rules! amounts {
    ($($(#[$doc:meta])* $name:ident: $integer:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(transparent)]
        pub struct $name($integer);

        impl $name {
            /// None.
            pub const ZERO: Self = Self(0);
            /// The most that can be counted; also where saturating operations end.
            pub const MAX: Self = Self(<$integer>::MAX);

            /// So many atoms.
            #[inline]
            pub const fn new(atoms: $integer) -> Self {
                Self(atoms)
            }

            /// The number of atoms.
            #[inline]
            pub const fn get(self) -> $integer {
                self.0
            }

            /// Whether there are none.
            #[inline]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// The sum. Errors: [`RiskError::Overflow`].
            #[inline]
            pub const fn checked_add(self, other: Self) -> Result<Self, RiskError> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Ok(Self(sum)),
                    None => Err(RiskError::Overflow),
                }
            }

            /// The difference. Errors: [`RiskError::Overflow`], below zero for an amount without a sign.
            #[inline]
            pub const fn checked_sub(self, other: Self) -> Result<Self, RiskError> {
                match self.0.checked_sub(other.0) {
                    Some(difference) => Ok(Self(difference)),
                    None => Err(RiskError::Overflow),
                }
            }

            /// The sum, at most what can be counted.
            #[inline]
            #[must_use]
            pub const fn saturating_add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The difference, at least the least that can be counted: 0 for an amount without a sign.
            #[inline]
            #[must_use]
            pub const fn saturating_sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }
    )*};
}

amounts! {
    /// An amount of quote tokens, 10^-6 USD each.
    QuoteAtoms: u64;
    /// A signed amount of quote tokens: a balance, a cost, a profit.
    SignedQuoteAtoms: i64;
    /// A signed sum of quote amounts: an equity, what the pool is worth.
    WideQuoteAtoms: i128;
    /// An amount of the base token of one asset.
    BaseAtoms: u64;
    /// A signed size: > 0 long or bought, < 0 short or sold.
    SignedBaseAtoms: i64;
    /// A signed sum of sizes: the skew of a market.
    WideBaseAtoms: i128;
    /// Shares of the pool.
    Shares: u64;
}

macro_rules! signed_amounts {
    ($($signed:ident => $unsigned:ident;)*) => {$(
        impl $signed {
            /// Without the sign.
            #[inline]
            pub const fn magnitude(self) -> $unsigned {
                $unsigned(self.0.unsigned_abs())
            }

            /// What of it is above zero; 0 where nothing is.
            #[inline]
            pub const fn positive_part(self) -> $unsigned {
                $unsigned(if self.0 > 0 { self.0.unsigned_abs() } else { 0 })
            }

            /// What of it is below zero, without the sign: the loan of a balance.
            #[inline]
            pub const fn negative_part(self) -> $unsigned {
                $unsigned(if self.0 < 0 { self.0.unsigned_abs() } else { 0 })
            }

            /// Whether it is below zero: a loan, a short, a sale.
            #[inline]
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }
        }

        impl $unsigned {
            /// With a sign, above zero. Errors: [`RiskError::Overflow`] at 2^63 and above.
            #[inline]
            pub const fn to_signed(self) -> Result<$signed, RiskError> {
                match (0_i64).checked_add_unsigned(self.0) {
                    Some(atoms) => Ok($signed(atoms)),
                    None => Err(RiskError::Overflow),
                }
            }
        }
    )*};
}

signed_amounts! {
    SignedQuoteAtoms => QuoteAtoms;
    SignedBaseAtoms => BaseAtoms;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_its_integer() {
        assert_eq!(size_of::<QuoteAtoms>(), 8);
        assert_eq!(size_of::<Option<BaseAtoms>>(), size_of::<Option<u64>>());
        assert_eq!(size_of::<WideQuoteAtoms>(), size_of::<i128>());
        assert_eq!(Shares::new(7).get(), 7);
        assert_eq!(QuoteAtoms::default(), QuoteAtoms::ZERO);
        assert!(BaseAtoms::ZERO.is_zero() && !BaseAtoms::MAX.is_zero());
    }

    #[test]
    fn sums_and_differences_end_or_fail_at_the_edge() {
        let (one, most) = (QuoteAtoms::new(1), QuoteAtoms::MAX);
        assert_eq!(most.checked_add(one), Err(RiskError::Overflow));
        assert_eq!(QuoteAtoms::ZERO.checked_sub(one), Err(RiskError::Overflow));
        assert_eq!(most.checked_sub(one), Ok(QuoteAtoms::new(u64::MAX - 1)));
        assert_eq!(most.saturating_add(one), most);
        assert_eq!(QuoteAtoms::ZERO.saturating_sub(one), QuoteAtoms::ZERO);
        let least = SignedQuoteAtoms::new(i64::MIN);
        assert_eq!(least.saturating_sub(SignedQuoteAtoms::new(1)), least);
    }

    #[test]
    fn a_sign_comes_and_goes_exactly() {
        for atoms in [i64::MIN, -5, 0, 5, i64::MAX] {
            let signed = SignedBaseAtoms::new(atoms);
            assert_eq!(signed.magnitude().get(), atoms.unsigned_abs());
            assert_eq!(signed.positive_part().get(), atoms.max(0).unsigned_abs());
            assert_eq!(signed.negative_part().get(), atoms.min(0).unsigned_abs());
            assert_eq!(signed.is_negative(), atoms < 0);
        }
        let most = BaseAtoms::new(i64::MAX.unsigned_abs());
        assert_eq!(most.to_signed(), Ok(SignedBaseAtoms::MAX));
        let beyond = most.saturating_add(BaseAtoms::new(1));
        assert_eq!(beyond.to_signed(), Err(RiskError::Overflow));
    }
}
