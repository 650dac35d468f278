//! What the pool is worth, and LP shares of it (section 6).
//!
//! ```text
//! NAV = cash + interest owed − Σ accounts' PnL − known bad debt       each asset at the worst of P ± z·C, E
//! redeem:  low NAV,  all bad debt                      deposit: high NAV, (bad debt − insurance)⁺
//! ```
//! The two differ so that neither an uncertain price nor a loss that insurance has not yet paid can be
//! bought or sold: deposit and redeem at once never gains.
mod book;
mod exposure;
mod shares;

pub use book::MarketBook;
pub use exposure::Exposure;
pub use shares::{
    FirstShares, LOCKED_SHARES_MIN, MAX_SHARES, check_cap, first_shares, payout_floor,
    shares_for_deposit_floor,
};

use crate::RiskError;
use crate::arith::{add_i128, sub_i128};

/// What the pool's NAV is made of, quote atoms. Starts from cash, then takes every market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nav {
    /// The pool, loans included (they are owed to it).
    pub cash_atoms: i128,
    /// The least and the most interest that accounts owe and have not settled.
    pub interest_atoms: (u64, u64),
    /// Σ over the markets of [`MarketBook::accounts_pnl_ceil`].
    pub pnl_ceil_atoms: i128,
    /// Σ over the markets of [`MarketBook::accounts_pnl_floor`].
    pub pnl_floor_atoms: i128,
    /// Σ −equity of accounts seen below 0, until a bankruptcy books it.
    pub known_bad_debt_atoms: u64,
    /// What insurance holds.
    pub insurance_atoms: u64,
}

impl Nav {
    /// With another market. Every market that has a position must be added once.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn with_market(self, book: &MarketBook) -> Result<Self, RiskError> {
        Ok(Self {
            pnl_ceil_atoms: add_i128(self.pnl_ceil_atoms, book.accounts_pnl_ceil()?)?,
            pnl_floor_atoms: add_i128(self.pnl_floor_atoms, book.accounts_pnl_floor()?)?,
            ..self
        })
    }

    /// The pool's value to who redeems, quote atoms, down: prices at their worst for him, all known
    /// bad debt counted.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn nav_for_redeem(&self) -> Result<i128, RiskError> {
        let (least, _) = self.interest_atoms;
        let nav = sub_i128(self.cash_atoms, self.pnl_ceil_atoms)?;
        let nav = add_i128(nav, i128::from(least))?;
        sub_i128(nav, i128::from(self.known_bad_debt_atoms))
    }

    /// The pool's value to who deposits, quote atoms, up: prices at their worst for him, and no bad
    /// debt that insurance will pay back, or he would buy that payment cheaply.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn nav_for_deposit(&self) -> Result<i128, RiskError> {
        let (_, most) = self.interest_atoms;
        let nav = sub_i128(self.cash_atoms, self.pnl_floor_atoms)?;
        let nav = add_i128(nav, i128::from(most))?;
        let uninsured = self
            .known_bad_debt_atoms
            .saturating_sub(self.insurance_atoms);
        sub_i128(nav, i128::from(uninsured))
    }

    /// Whether insurance can pay all known bad debt; redemptions stop while it cannot (section 7.3).
    pub const fn bad_debt_is_insured(&self) -> bool {
        self.known_bad_debt_atoms <= self.insurance_atoms
    }
}

#[cfg(test)]
mod tests;
