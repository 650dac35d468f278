//! The pool's value, and LP shares of it (whitepaper §6.13).
//!
//! ```text
//! NAV = cash + interest owed − Σ accounts' PnL − skew premium − known bad debt
//!                                              each asset at the worst of P ± (z·C + P·κ·σ_IM·√age), E
//! redeem:  low NAV,  all bad debt                      deposit: high NAV, (bad debt − insurance)⁺
//! ```
//! The two differ so that neither an uncertain price nor a loss that insurance has not yet paid can be
//! bought or sold: deposit and redeem at once never gains. Where they differ by more than [`GAP_MAX_E9`] only the
//! LP itself has its request executed ([`Nav::check_gap`]).
pub mod bankruptcy;
mod book;
pub mod borrow;
mod cash;
pub mod deleverage;
mod exposure;
mod lp_window;
mod market;
mod shares;
mod value;

pub use book::MarketBook;
pub use cash::{Allocatable, AtomRange, Loans, PoolCash, VaultBooks};
pub use exposure::Exposure;
pub use lp_window::{LpCaller, LpWindow, LpWindowState, OPEN_SECS};
pub use market::{MarketLife, PooledMarket, PriceDoubt};
pub use shares::{FirstShares, LOCKED_SHARES_MIN, MAX_SHARES, RequestPart, ShareValue, check_cap};
pub use value::{ExposureTerms, LpValue, StoredValue, ValueAtPrice, ValuePrice};

use crate::RiskError;
use crate::number::arith::{Product, add_i128, sub_i128};
use crate::number::quantity::E9;

/// Furthest that the two values may be apart for somebody else to execute an LP's request, × 10^9 of the lower: 1 %.
pub const GAP_MAX_E9: u64 = 10_000_000;

/// Parts of the pool's NAV, quote atoms. Starts from cash, then takes every market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nav {
    /// The pool, loans included (they are owed to it).
    pub cash_atoms: i128,
    /// Interest that accounts owe and have not settled.
    pub interest: AtomRange,
    /// Σ over the markets of [`MarketBook::accounts_pnl_ceil`] and the most that the skew pays back.
    pub pnl_ceil_atoms: i128,
    /// Σ over the markets of [`MarketBook::accounts_pnl_floor`] and the least that the skew pays back.
    pub pnl_floor_atoms: i128,
    /// Σ −equity of accounts seen below 0, until a bankruptcy books it.
    pub known_bad_debt_atoms: u64,
    /// The insurance fund.
    pub insurance_atoms: u64,
}

impl Nav {
    /// With another market. Every market that has a position must be added once. `premium`: what the accounts get back
    /// beyond P when they close the whole skew; neither value holds it, so that nobody moves a value by pushing the
    /// skew.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn with_market(self, book: &MarketBook, premium: AtomRange) -> Result<Self, RiskError> {
        let owed_most = add_i128(book.accounts_pnl_ceil()?, i128::from(premium.most_atoms))?;
        let owed_least = add_i128(book.accounts_pnl_floor()?, i128::from(premium.least_atoms))?;
        Ok(Self {
            pnl_ceil_atoms: add_i128(self.pnl_ceil_atoms, owed_most)?,
            pnl_floor_atoms: add_i128(self.pnl_floor_atoms, owed_least)?,
            ..self
        })
    }

    /// Returns the pool's value for a redemption, quote atoms, down: prices at their worst for the LP, all known
    /// bad debt counted.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn nav_for_redeem(&self) -> Result<i128, RiskError> {
        let nav = sub_i128(self.cash_atoms, self.pnl_ceil_atoms)?;
        let nav = add_i128(nav, i128::from(self.interest.least_atoms))?;
        sub_i128(nav, i128::from(self.known_bad_debt_atoms))
    }

    /// Returns the pool's value for a deposit, quote atoms, up: prices at their worst for the LP, and no bad
    /// debt that insurance will pay back, or the LP would buy that payment cheaply.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn nav_for_deposit(&self) -> Result<i128, RiskError> {
        let nav = sub_i128(self.cash_atoms, self.pnl_floor_atoms)?;
        let nav = add_i128(nav, i128::from(self.interest.most_atoms))?;
        let uninsured = self
            .known_bad_debt_atoms
            .saturating_sub(self.insurance_atoms);
        sub_i128(nav, i128::from(uninsured))
    }

    /// Returns the value for a deposit minus that for a redemption, quote atoms; exact.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn gap(&self) -> Result<i128, RiskError> {
        sub_i128(self.nav_for_deposit()?, self.nav_for_redeem()?)
    }

    /// Somebody else than the LP may execute its request: the two values are within [`GAP_MAX_E9`] of the lower, so
    /// that at no moment of the executor's choice the LP gets less than that below the worth of the shares.
    ///
    /// Errors: [`RiskError::PoolValuesApart`]; [`RiskError::Overflow`].
    pub fn check_gap(&self) -> Result<(), RiskError> {
        let lower = u128::try_from(self.nav_for_redeem()?).unwrap_or(0);
        let gap = self.gap()?.unsigned_abs();
        let gap = Product(gap, u128::from(E9));
        if gap.at_most(Product(lower, u128::from(GAP_MAX_E9))) {
            Ok(())
        } else {
            Err(RiskError::PoolValuesApart)
        }
    }

    /// Whether insurance can pay all known bad debt; redemptions stop while it cannot (whitepaper §7.12).
    pub const fn bad_debt_is_insured(&self) -> bool {
        self.known_bad_debt_atoms <= self.insurance_atoms
    }
}

#[cfg(test)]
mod tests;
