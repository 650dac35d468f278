//! What a size is worth at a price, rounded against the account that trades it.
//!
//! ```text
//! a buyer pays ⌈x·P⌉        a seller receives ⌊x·P⌋
//! ```
//! P per base atom is off by at most 2^-61 of it in the same direction: a whole x·P may so be an atom off.
use crate::RiskError;
use crate::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms, SignedQuoteAtoms};
use crate::number::quantity::{Price, UnitPrice};

/// A price of an asset together with the decimals of its base token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetPrice {
    /// USD per whole base unit × 10^12.
    pub price: Price,
    /// Decimals of the base token; at most 18.
    pub base_decimals: u8,
}

impl AssetPrice {
    /// `x·P` of a size, down.
    ///
    /// Errors: [`RiskError::Overflow`] above 64 bits, or beyond 18 decimals.
    pub fn notional_floor(self, size: BaseAtoms) -> Result<QuoteAtoms, RiskError> {
        UnitPrice::from_price_floor(self.price, self.base_decimals)?.notional_floor(size)
    }

    /// `x·P` of a size, up. Errors: as [`Self::notional_floor`].
    pub fn notional_ceil(self, size: BaseAtoms) -> Result<QuoteAtoms, RiskError> {
        UnitPrice::from_price_ceil(self.price, self.base_decimals)?.notional_ceil(size)
    }

    /// `|x|·P` of a trade of this signed size, against the account: up for a buyer, down for a seller.
    ///
    /// Errors: as [`Self::notional_floor`].
    pub fn trade_notional(self, size: SignedBaseAtoms) -> Result<QuoteAtoms, RiskError> {
        if size.is_negative() {
            self.notional_floor(size.magnitude())
        } else {
            self.notional_ceil(size.magnitude())
        }
    }

    /// `x·P` of a signed size, up: what buying it costs, negative for what selling it brings.
    ///
    /// Errors: [`RiskError::Overflow`] beyond 63 bits, or 18 decimals.
    pub fn cost_ceil(self, size: SignedBaseAtoms) -> Result<SignedQuoteAtoms, RiskError> {
        let notional = self.trade_notional(size)?.to_signed()?;
        Ok(if size.is_negative() {
            SignedQuoteAtoms::ZERO.saturating_sub(notional) // ≥ −i64::MAX
        } else {
            notional
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a quote atom per base atom.
    const HALF: AssetPrice = AssetPrice {
        price: Price(500_000_000_000),
        base_decimals: 6,
    };

    fn traded(price: AssetPrice, size_atoms: i64) -> Result<u64, RiskError> {
        let notional = price.trade_notional(SignedBaseAtoms::new(size_atoms));
        notional.map(QuoteAtoms::get)
    }

    fn cost(price: AssetPrice, size_atoms: i64) -> Result<i64, RiskError> {
        let cost = price.cost_ceil(SignedBaseAtoms::new(size_atoms));
        cost.map(SignedQuoteAtoms::get)
    }

    #[test]
    fn buyers_pay_up_and_sellers_receive_down() {
        assert_eq!([3, -3, 0].map(|x| traded(HALF, x)), [2, 1, 0].map(Ok));
        assert_eq!([4, -4].map(|x| traded(HALF, x)), [3, 1].map(Ok), "whole");
        assert_eq!([3, -3, 0].map(|x| cost(HALF, x)), [2, -1, 0].map(Ok));
        let size = BaseAtoms::new(3);
        let quote = |atoms| Ok(QuoteAtoms::new(atoms));
        assert_eq!(HALF.notional_floor(size), quote(1));
        assert_eq!(HALF.notional_ceil(size), quote(2));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let dear = AssetPrice {
            price: Price(4_000_000_000_000),
            base_decimals: 6,
        };
        assert_eq!(traded(dear, i64::MIN), Err(RiskError::Overflow));
        let most = AssetPrice {
            price: Price(1_500_000_000_000),
            base_decimals: 6,
        };
        assert!(traded(most, i64::MIN).is_ok());
        assert_eq!(cost(most, i64::MIN), Err(RiskError::Overflow));
        let fine = AssetPrice {
            base_decimals: 19,
            ..HALF
        };
        assert_eq!(
            fine.notional_ceil(BaseAtoms::new(1)),
            Err(RiskError::Overflow)
        );
    }
}
