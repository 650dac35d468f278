//! On which terms a closing is dealt: with the pool, and with whoever liquidates.
//!
//! Whoever liquidates picks among the price updates of the last 15 s. What the pool takes it takes at P, and he gains nothing
//! by the price. What he takes himself, collateral or a position, he takes at P·(1 ± κ·σ_IM·√age), against him, as
//! whoever trades pays for the same choice (docs/whitepaper.md §6, §7).
use super::impact::SkewImpact;
use crate::number::arith::wide_mul;
use crate::number::quantity::{FRACTION_BITS, Fraction};

/// On which terms a closing is dealt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClosingTerms {
    /// The market that a position is closed against; none if the liquidator takes it over, or none is closed.
    pub market: Option<SkewImpact>,
    /// By what share of P the liquidator pays more, or gets less, than P for what he takes:
    /// [`crate::market::trade::age_spread_ceil`]. 0 where he takes nothing.
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

    /// What the account gets beyond x·P, quote atoms, down, from x·P rounded against it.
    pub fn gained_floor(&self, notional_atoms: u64) -> u64 {
        let product = wide_mul(notional_atoms, self.age_spread.to_bits());
        u64::try_from(product >> FRACTION_BITS).unwrap_or(u64::MAX)
    }

    /// What the liquidator pays beyond x·P, or gets less, quote atoms, up, from x·P rounded against him.
    pub fn paid_ceil(&self, notional_atoms: u64) -> u64 {
        u64::try_from(self.age_spread.of_ceil(notional_atoms)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
