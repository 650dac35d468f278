//! `Ledger`: what belongs to pool, insurance fund and protocol in one place of the books.
use crate::error::{FreeboardError, OrRaise};
use anchor_lang::prelude::*;
use freeboard_risk::pool::Loans;

/// Signed amounts that belong to the pool side of the books, quote atoms. An asset's ledger holds
/// what trades in it have moved since its last sweep, and its allocation of the pool's cash.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Cash of the pool.
    pub pool_atoms: i64,
    /// Cash of the insurance fund.
    pub insurance_atoms: i64,
    /// Fees of the protocol.
    pub fees_atoms: i64,
    /// Loans to accounts: Σ of the negative parts of quote balances. Not cash.
    pub loans_atoms: i64,
    /// Σ of what each loan would have been when the borrow index was 1, each down: with the index it tells
    /// the interest that nobody has settled.
    pub loan_starts_atoms: i64,
    /// Number of loans.
    pub loan_count: i64,
}

/// A loan as the ledgers sum them, quote atoms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loan {
    /// The loan when its interest was last settled.
    pub atoms: i64,
    /// What it would have been when the borrow index was 1, down.
    pub start_atoms: i64,
}

impl Ledger {
    /// Moves everything out of `other` into this ledger, but for so much of the protocol's fees, quote atoms.
    ///
    /// Errors: `Overflow`.
    pub fn absorb(&mut self, other: &mut Ledger, fees_kept_atoms: i64) -> Result<()> {
        self.add_pool(other.pool_atoms)?;
        self.add_insurance(other.insurance_atoms)?;
        add(&mut self.fees_atoms, other.fees_atoms)?;
        take(&mut self.fees_atoms, fees_kept_atoms)?;
        add(&mut self.loans_atoms, other.loans_atoms)?;
        add(&mut self.loan_starts_atoms, other.loan_starts_atoms)?;
        add(&mut self.loan_count, other.loan_count)?;
        *other = Ledger {
            fees_atoms: fees_kept_atoms,
            ..Ledger::default()
        };
        Ok(())
    }

    /// Replaces an account's loan by another; returns by how much it grew, quote atoms.
    ///
    /// Errors: `Overflow`.
    pub fn replace_loan(&mut self, before: Loan, after: Loan) -> Result<i64> {
        let grown = after.atoms.saturating_sub(before.atoms); // neither is negative
        add(&mut self.loans_atoms, grown)?;
        let starts = after.start_atoms.saturating_sub(before.start_atoms);
        add(&mut self.loan_starts_atoms, starts)?;
        let count = i64::from(after.atoms > 0).saturating_sub(i64::from(before.atoms > 0));
        add(&mut self.loan_count, count)?;
        Ok(grown)
    }

    /// Its loans, as the core sums them.
    pub fn loans(&self) -> Loans {
        Loans {
            loans_atoms: self.loans_atoms,
            starts_atoms: self.loan_starts_atoms,
            count: self.loan_count,
        }
    }

    /// Adds signed cash to the pool, quote atoms.
    pub fn add_pool(&mut self, atoms: i64) -> Result<()> {
        add(&mut self.pool_atoms, atoms)
    }

    /// Adds signed cash to the insurance fund, quote atoms.
    pub fn add_insurance(&mut self, atoms: i64) -> Result<()> {
        add(&mut self.insurance_atoms, atoms)
    }

    /// Moves signed cash from the pool to the insurance fund, quote atoms.
    pub fn move_to_insurance(&mut self, atoms: i64) -> Result<()> {
        self.take_pool(atoms)?;
        self.add_insurance(atoms)
    }

    /// Moves signed cash from the pool to the protocol's fees, quote atoms.
    pub fn move_to_fees(&mut self, atoms: i64) -> Result<()> {
        self.take_pool(atoms)?;
        add(&mut self.fees_atoms, atoms)
    }

    pub(crate) fn take_pool(&mut self, atoms: i64) -> Result<()> {
        take(&mut self.pool_atoms, atoms)
    }

    pub(crate) fn take_fees(&mut self, atoms: i64) -> Result<()> {
        take(&mut self.fees_atoms, atoms)
    }

    /// Cash of the pool that is not lent, quote atoms.
    pub fn free_atoms(&self) -> Result<i64> {
        let free = self.pool_atoms.checked_sub(self.loans_atoms);
        free.or_raise(FreeboardError::Overflow)
    }
}

fn add(balance: &mut i64, atoms: i64) -> Result<()> {
    *balance = balance
        .checked_add(atoms)
        .or_raise(FreeboardError::Overflow)?;
    Ok(())
}

fn take(balance: &mut i64, atoms: i64) -> Result<()> {
    *balance = balance
        .checked_sub(atoms)
        .or_raise(FreeboardError::Overflow)?;
    Ok(())
}
