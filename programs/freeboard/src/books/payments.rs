//! Payments between the pool and accounts, and what they change in loans.
use crate::error::{FreeboardError, OrRaise};
use crate::state::{Ledger, MarginAccount};
use anchor_lang::prelude::*;

impl Ledger {
    /// Moves signed cash from the pool to an account's quote balance, quote atoms; what that changes in
    /// loans is booked here.
    ///
    /// Errors: `Overflow`.
    pub fn pay(&mut self, account: &mut MarginAccount, atoms: i64) -> Result<()> {
        self.take_pool(atoms)?;
        self.change_quote(account, atoms)?;
        Ok(())
    }

    /// Moves fees of the protocol to an account's quote balance, quote atoms; what that changes in loans is booked here.
    ///
    /// Errors: `Overflow`.
    pub fn pay_from_fees(&mut self, account: &mut MarginAccount, atoms: i64) -> Result<()> {
        self.take_fees(atoms)?;
        self.change_quote(account, atoms)?;
        Ok(())
    }

    /// Changes an account's quote balance by what comes from outside or leaves; books what that changes in
    /// loans and returns by how much the loan grew, quote atoms.
    ///
    /// Errors: `Overflow`.
    pub fn change_quote(&mut self, account: &mut MarginAccount, atoms: i64) -> Result<i64> {
        let before = account.loan();
        let balance = account.quote_atoms.checked_add(atoms);
        account.quote_atoms = balance.or_raise(FreeboardError::Overflow)?;
        self.replace_loan(before, account.loan())
    }
}
