//! On which terms a closing is dealt: with the pool, and with whoever liquidates.
//!
//! Whoever liquidates picks among the prints of the last 15 s. What the pool takes it takes at P, and he gains nothing
//! by the price. What he takes himself, collateral or a position, he takes at P·(1 ± κ·σ_IM·√age), against him, as
//! whoever trades pays for the same choice (docs/whitepaper.md §6, §7).
use super::impact::SkewImpact;
use crate::RiskError;
use crate::arith::mul_u128_u64_shr_floor;
use crate::quantity::{FRACTION_BITS, Fraction, Price};

/// On which terms a closing is dealt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClosingTerms {
    /// The market that a position is closed against; none if the liquidator takes it over, or none is closed.
    pub market: Option<SkewImpact>,
    /// By what share of P the liquidator pays more, or gets less, than P for what he takes:
    /// [`crate::trade::age_spread_ceil`]. 0 where he takes nothing.
    pub age_spread: Fraction,
}

impl ClosingTerms {
    /// Against this market, or none, with nothing for the liquidator.
    pub const fn against(market: Option<SkewImpact>) -> Self {
        Self {
            market,
            age_spread: Fraction::ZERO,
        }
    }

    /// What the account gets for what the liquidator buys of it, USD × 10^12: above P, down.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn bought_at(&self, price: Price) -> Result<Price, RiskError> {
        let at = price.0.checked_add(self.spread_floor(price)?);
        at.map(Price).ok_or(RiskError::Overflow)
    }

    /// What the account pays for a short that the liquidator takes over, USD × 10^12: below P, up, at least 0.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn taken_at(&self, price: Price) -> Result<Price, RiskError> {
        Ok(Price(price.0.saturating_sub(self.spread_floor(price)?)))
    }

    fn spread_floor(&self, price: Price) -> Result<u128, RiskError> {
        if self.age_spread == Fraction::ZERO {
            return Ok(0);
        }
        mul_u128_u64_shr_floor(price.0, self.age_spread.to_bits(), FRACTION_BITS)
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
