//! What a size is worth at a price, rounded against the account that trades it.
//!
//! ```text
//! a buyer pays ⌈x·P⌉        a seller receives ⌊x·P⌋
//! ```
//! P per base atom is off by at most 2^-61 of it in the same direction: a whole x·P may so be an atom off.
use crate::RiskError;
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
    /// `x·P` of so many base atoms, quote atoms, down.
    ///
    /// Errors: [`RiskError::Overflow`] above 64 bits, or beyond 18 decimals.
    pub fn notional_floor(self, atoms: u64) -> Result<u64, RiskError> {
        UnitPrice::from_price_floor(self.price, self.base_decimals)?.notional_floor(atoms)
    }

    /// `x·P` of so many base atoms, quote atoms, up. Errors: as [`Self::notional_floor`].
    pub fn notional_ceil(self, atoms: u64) -> Result<u64, RiskError> {
        UnitPrice::from_price_ceil(self.price, self.base_decimals)?.notional_ceil(atoms)
    }

    /// `|x|·P` of a trade of this signed size, quote atoms, against the account: up for a buyer, down for a seller.
    ///
    /// Errors: as [`Self::notional_floor`].
    pub fn trade_notional(self, size_atoms: i64) -> Result<u64, RiskError> {
        let atoms = size_atoms.unsigned_abs();
        if size_atoms < 0 {
            self.notional_floor(atoms)
        } else {
            self.notional_ceil(atoms)
        }
    }

    /// `x·P` of a signed size, quote atoms, up: what buying it costs, negative for what selling it brings.
    ///
    /// Errors: [`RiskError::Overflow`] beyond 63 bits, or 18 decimals.
    pub fn cost_ceil(self, size_atoms: i64) -> Result<i64, RiskError> {
        let notional = i64::try_from(self.trade_notional(size_atoms)?);
        let notional = notional.map_err(|_| RiskError::Overflow)?;
        Ok(if size_atoms < 0 {
            notional.saturating_neg() // ≥ −i64::MAX
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

    #[test]
    fn buyers_pay_up_and_sellers_receive_down() {
        assert_eq!(
            [3, -3, 0].map(|x| HALF.trade_notional(x)),
            [2, 1, 0].map(Ok)
        );
        assert_eq!(
            [4, -4].map(|x| HALF.trade_notional(x)),
            [3, 1].map(Ok),
            "whole"
        );
        assert_eq!([3, -3, 0].map(|x| HALF.cost_ceil(x)), [2, -1, 0].map(Ok));
        assert_eq!(
            (HALF.notional_floor(3), HALF.notional_ceil(3)),
            (Ok(1), Ok(2))
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let dear = AssetPrice {
            price: Price(4_000_000_000_000),
            base_decimals: 6,
        };
        assert_eq!(dear.trade_notional(i64::MIN), Err(RiskError::Overflow));
        let most = AssetPrice {
            price: Price(1_500_000_000_000),
            base_decimals: 6,
        };
        assert!(most.trade_notional(i64::MIN).is_ok());
        assert_eq!(most.cost_ceil(i64::MIN), Err(RiskError::Overflow));
        let fine = AssetPrice {
            base_decimals: 19,
            ..HALF
        };
        assert_eq!(fine.notional_ceil(1), Err(RiskError::Overflow));
    }
}
