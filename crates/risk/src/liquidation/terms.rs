//! On which terms a closing is dealt: with the pool, and with the liquidator.
//!
//! The liquidator picks among the price updates of the last 15 s. The pool takes at P, so the liquidator gains nothing
//! by that price. The liquidator takes collateral or a position at P·(1 ± κ·σ_IM·√age), to its own loss, as
//! a trader pays for the same choice (whitepaper §6.1 and §7.5).
use super::impact::SkewImpact;
use crate::number::arith::wide_mul;
use crate::number::quantity::{FRACTION_BITS, Fraction};

/// On which terms a closing is dealt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClosingTerms {
    /// The market that a position is closed against; none if the liquidator takes it over, or none is closed.
    pub market: Option<SkewImpact>,
    /// By what share of P the liquidator pays more, or gets less, than P for what it takes:
    /// [`crate::market::trade::age_spread_ceil`]. 0 where it takes nothing.
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

    /// Returns the account's gain beyond x·P, quote atoms, down, from x·P rounded against it.
    pub fn gained_floor(&self, notional_atoms: u64) -> u64 {
        let product = wide_mul(notional_atoms, self.age_spread.to_bits());
        u64::try_from(product >> FRACTION_BITS).unwrap_or(u64::MAX)
    }

    /// Returns the liquidator's cost beyond x·P, quote atoms, up, from x·P rounded against the liquidator.
    pub fn paid_ceil(&self, notional_atoms: u64) -> u64 {
        u64::try_from(self.age_spread.of_ceil(notional_atoms)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
