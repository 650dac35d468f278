//! The states of an account, in words (whitepaper §5.5).
//!
//! | state | condition |
//! |---|---|
//! | Safe | the initial level is met |
//! | AtRisk | it is not, and E ≥ call level · MM |
//! | Call | MM ≤ E < call level · MM |
//! | Liquidatable | ⅔·MM ≤ E < MM |
//! | SeverelyUndercollateralised | E < ⅔·MM |
//!
//! E and MM are those that a liquidation compares. A state decides nothing: what an account may do follows from the
//! levels, and the flag is apart.
use crate::number::arith::div_ceil_u128;
use crate::number::quantity::E9;
use crate::requirement::margin::{InitialVerdict, Requirement};

/// How an account stands, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarginState {
    /// It meets its initial margin: it may open, increase and withdraw.
    Safe,
    /// It does not, and is above the call level: it may reduce and deposit.
    AtRisk,
    /// Below the call level: it should reduce or deposit before it can be liquidated.
    Call,
    /// Below its maintenance margin.
    Liquidatable,
    /// Below two thirds of it: liquidated whole and without grace.
    SeverelyUndercollateralised,
}

impl MarginState {
    /// Names the state of an account with this maintenance requirement; the worse of those whose condition holds.
    ///
    /// `initial`: the outcome of the Initial level. `call_level_e9`: a multiple of MM × 10^9.
    #[inline]
    pub fn new(maintenance: &Requirement, initial: InitialVerdict, call_level_e9: u32) -> Self {
        if maintenance.is_severe() {
            Self::SeverelyUndercollateralised
        } else if maintenance.is_liquidatable() {
            Self::Liquidatable
        } else if maintenance.is_in_call(call_level_e9) {
            Self::Call
        } else if initial == InitialVerdict::Met {
            Self::Safe
        } else {
            Self::AtRisk
        }
    }
}

impl Requirement {
    /// Whether MM ≤ equity < call level · MM, exact. `call_level_e9`: a multiple of MM × 10^9.
    #[inline]
    pub fn is_in_call(&self, call_level_e9: u32) -> bool {
        // Both within ±2^96, times less than 2^31.
        let call = self.margin_atoms.saturating_mul(call_level_e9.into());
        !self.is_liquidatable() && self.equity_atoms.saturating_mul(E9.into()) < call
    }

    /// The utilisation MM / equity, thousandths, up; 0 where nothing is required of an equity of 0 or more, and
    /// [`u32::MAX`] where equity is below zero, covers nothing or is a smaller part than that number can say.
    pub fn utilisation_permille(&self) -> u32 {
        let amounts = (
            u128::try_from(self.margin_atoms),
            u128::try_from(self.equity_atoms),
        );
        let (Ok(margin), Ok(equity)) = amounts else {
            return u32::MAX;
        };
        if margin == 0 {
            return 0;
        }
        let permille = div_ceil_u128(margin.saturating_mul(1_000), equity).ok();
        let permille = permille.and_then(|permille| u32::try_from(permille).ok());
        permille.unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
