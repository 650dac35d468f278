//! Margin accounts, and what is paid into them and out.
use super::{MarginSnapshot, Stamp};
use anchor_lang::prelude::*;

/// A margin account was opened.
#[event]
pub struct MarginAccountOpened {
    /// The margin account.
    pub stamp: Stamp,
    /// May do everything with it.
    pub owner: Pubkey,
    /// Sub-account number, a seed of the address.
    pub sub_account: u16,
    /// May trade and deposit; the default key for none.
    pub delegate: Pubkey,
}

/// A margin account was closed.
#[event]
pub struct MarginAccountClosed {
    /// The margin account; its last event.
    pub stamp: Stamp,
    /// The owner, which got the rent.
    pub owner: Pubkey,
    /// Sub-account number, a seed of the address.
    pub sub_account: u16,
}

/// The delegate was replaced.
#[event]
pub struct DelegateChanged {
    /// The margin account.
    pub stamp: Stamp,
    /// The delegate until now; the default key for none.
    pub before: Pubkey,
    /// The delegate from now on; the default key for none.
    pub after: Pubkey,
}

/// Tokens came in.
#[event]
pub struct Deposited {
    /// The margin account.
    pub stamp: Stamp,
    /// The asset whose collateral it is; `u16::MAX` for quote.
    pub asset_index: u16,
    /// What came in, quote atoms; base atoms for collateral.
    pub amount_atoms: u64,
    /// Interest that the account paid on its loan before it, quote atoms; 0 for collateral, which settles none.
    pub interest_atoms: i64,
    /// Quote balance after it, signed, quote atoms, negative for a loan; for collateral that balance, base atoms.
    pub balance_after_atoms: i64,
    /// What of that collateral counts at both levels after it, base atoms: less than the balance where a deposit was above
    /// the cap; 0 for quote.
    pub counted_after_atoms: u64,
    /// What of it counts at the maintenance level alone, base atoms: relief; 0 for quote.
    pub relief_after_atoms: u64,
}

/// Tokens went out.
#[event]
pub struct Withdrawn {
    /// The margin account.
    pub stamp: Stamp,
    /// The asset whose collateral it was; `u16::MAX` for quote.
    pub asset_index: u16,
    /// What went out, quote atoms; base atoms for collateral.
    pub amount_atoms: u64,
    /// Interest that the account paid on its loan before it, quote atoms.
    pub interest_atoms: i64,
    /// Quote balance after it, quote atoms; for collateral that balance, base atoms.
    pub balance_after_atoms: i64,
    /// What of that collateral counts at both levels after it, base atoms; 0 for quote.
    pub counted_after_atoms: u64,
    /// Initial margin after it, which was met; zeros where the account has neither positions nor a loan.
    pub initial: MarginSnapshot,
}

/// Quote went out, beyond the balance as a loan.
#[event]
pub struct Borrowed {
    /// The margin account.
    pub stamp: Stamp,
    /// What went out, quote atoms.
    pub amount_atoms: u64,
    /// Interest that the account paid on its loan before it, quote atoms.
    pub interest_atoms: i64,
    /// By how much the loan grew, quote atoms; 0 where the balance sufficed.
    pub borrowed_atoms: i64,
    /// Quote balance after it, signed, quote atoms; negative for a loan.
    pub balance_after_atoms: i64,
    /// Rate of all loans from now on, per hour, × 2^60.
    pub borrow_rate_q60: u64,
    /// Initial margin after it, which was met; zeros where the account has neither positions nor a loan.
    pub initial: MarginSnapshot,
}

/// Quote went out at the share that the vault could pay to all.
#[event]
pub struct WithdrawnProRata {
    /// The margin account.
    pub stamp: Stamp,
    /// What was taken off the balance, quote atoms.
    pub amount_atoms: u64,
    /// What was paid for it, quote atoms, down; the pool keeps the rest.
    pub received_atoms: u64,
    /// What the quote vault held before it, quote atoms.
    pub vault_atoms: u64,
    /// Σ of the positive quote balances before it, quote atoms.
    pub owed_atoms: u64,
    /// The pool's deficit before it, quote atoms.
    pub deficit_atoms: u64,
    /// Interest that the account paid on its loan before it, quote atoms.
    pub interest_atoms: i64,
    /// Quote balance after it, quote atoms.
    pub balance_after_atoms: i64,
    /// The pool's deficit after it, quote atoms.
    pub deficit_after_atoms: u64,
    /// Initial margin after it, which was met; zeros where the account has neither positions nor a loan.
    pub initial: MarginSnapshot,
}
