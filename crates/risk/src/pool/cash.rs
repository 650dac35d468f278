//! What the pool side of the books holds: cash, loans, what may be allocated of it, what it owes (whitepaper §6.11 and §7.14).
//!
//! ```text
//! free       = cash + allocated − loans                     allocation = min(⌊share · free⁺⌋, cash⁺)
//! solvent    = no deficit, cash ≥ 0, known bad debt ≤ value + insurance
//! Σ balances = vault + loans − pool − insurance − fees      the positive ones
//! ```
use super::StoredValue;
use crate::RiskError;
use crate::number::arith::{mul_div_floor_u64, mul_u128_u64_shr_ceil};
use crate::number::quantity::E9;

/// The least and the most that an amount can be, quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtomRange {
    /// The least.
    pub least_atoms: u64,
    /// The most.
    pub most_atoms: u64,
}

/// Cash of the pool and of the insurance fund, and what is known to be lost, quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolCash {
    /// The pool's own, loans included: they are owed to it.
    pub cash_atoms: i64,
    /// The insurance fund.
    pub insurance_atoms: i64,
    /// Σ −equity of accounts seen below 0, until a bankruptcy books it.
    pub bad_debt_atoms: i64,
}

impl PoolCash {
    /// Whether every balance is covered, as far as anybody has seen: the pool lacks nothing, its own cash is not below
    /// zero, and known bad debt is within what it is worth and insured for.
    pub fn is_solvent(&self, stored: &StoredValue) -> bool {
        let insurance = self.insurance_atoms.max(0);
        let insured = stored.value_atoms.saturating_add(insurance);
        let is_covered = self.bad_debt_atoms <= 0 || insured >= self.bad_debt_atoms;
        stored.deficit_atoms == 0 && self.cash_atoms >= 0 && is_covered
    }
}

/// Loans of the pool to accounts, as its ledgers sum them, quote atoms. None is negative; one that is counts as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loans {
    /// Σ of the loans when each was last settled.
    pub loans_atoms: i64,
    /// Σ of what each would have been when the index was 1 ([`super::borrow::start_floor`]).
    pub starts_atoms: i64,
    /// Their number.
    pub count: i64,
}

impl Loans {
    /// Interest that has not been settled, by the borrow index of now.
    ///
    /// The two differ by less than the number of loans times the index. Saturates at 2^64 − 1.
    pub fn unsettled_interest(&self, index_q64: u128) -> AtomRange {
        let loans = u128::from(positive(self.loans_atoms));
        let owed = |starts: u64| mul_u128_u64_shr_ceil(index_q64, starts, 64).unwrap_or(u128::MAX);
        let interest = |owed: u128| u64::try_from(owed.saturating_sub(loans)).unwrap_or(u64::MAX);
        let starts = positive(self.starts_atoms);
        let most = starts.saturating_add(positive(self.count));
        AtomRange {
            // Up is at most one atom above the exact product: the least is that atom less.
            least_atoms: interest(owed(starts).saturating_sub(1)),
            most_atoms: interest(owed(most)),
        }
    }
}

/// What the pool may allocate to its markets, quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocatable {
    /// Cash of the pool that no market's ledger holds.
    pub cash_atoms: i64,
    /// What the markets' ledgers have been allocated.
    pub allocated_atoms: i64,
    /// Loans booked at the pool; below zero where those of a market that is not swept were repaid here.
    pub loans_atoms: i64,
}

impl Allocatable {
    /// What a market gets for a share of all that is free, quote atoms, down; at most the cash at hand.
    pub fn allocation_floor(&self, pool_share_e9: u64) -> i64 {
        let free = i128::from(self.cash_atoms)
            .saturating_add(i128::from(self.allocated_atoms))
            .saturating_sub(i128::from(self.loans_atoms.max(0)));
        let free = u64::try_from(free.max(0)).unwrap_or(u64::MAX); // of two i64: fits
        let share = mul_div_floor_u64(free, pool_share_e9, E9).unwrap_or(u64::MAX);
        i64::try_from(share.min(positive(self.cash_atoms))).unwrap_or(i64::MAX) // at most the cash
    }
}

/// The quote vault and what of it is nobody's balance, quote atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VaultBooks {
    /// Tokens in the vault.
    pub vault_atoms: u64,
    /// Σ of the negative balances, as a magnitude.
    pub loans_atoms: i64,
    /// Cash of pool, insurance fund and protocol together.
    pub own_atoms: i128,
}

impl VaultBooks {
    /// Σ of the positive balances, quote atoms. Tokens that somebody sent to the vault count as owed too.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn balances_atoms(&self) -> Result<u64, RiskError> {
        let owed = i128::from(self.vault_atoms)
            .saturating_add(i128::from(self.loans_atoms))
            .checked_sub(self.own_atoms);
        let owed = owed.ok_or(RiskError::Overflow)?.max(0);
        u64::try_from(owed).map_err(|_| RiskError::Overflow)
    }
}

/// A sum that is never below zero.
pub(super) fn positive(atoms: i64) -> u64 {
    atoms.max(0).unsigned_abs()
}

#[cfg(test)]
#[path = "cash_tests.rs"]
mod tests;
