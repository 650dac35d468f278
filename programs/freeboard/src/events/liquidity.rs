//! The pool's cash, and requests of LPs.
use super::Stamp;
use crate::state::LiquidityKind;
use anchor_lang::prelude::*;

/// Governance paid cash into the pool.
#[event]
pub struct PoolFunded {
    /// The pool.
    pub stamp: Stamp,
    /// What it paid, quote atoms.
    pub amount_atoms: u64,
    /// The pool's own cash after it, allocations to assets not included, signed, quote atoms.
    pub pool_after_atoms: i64,
}

/// An asset's ledger was moved into the pool and its allocation renewed.
#[event]
pub struct PoolSwept {
    /// The asset.
    pub stamp: Stamp,
    /// Index of the asset.
    pub asset_index: u16,
    /// Cash of the pool that its ledger held, its old allocation included, signed, quote atoms.
    pub pool_atoms: i64,
    /// Cash of the insurance fund that its ledger held, signed, quote atoms.
    pub insurance_atoms: i64,
    /// Fees of the protocol that its ledger held beyond what it keeps for the rewards of samples, quote atoms.
    pub fees_atoms: i64,
    /// Loans that were booked in its ledger, signed, quote atoms.
    pub loans_atoms: i64,
    /// What its ledger received for the next trades, quote atoms.
    pub allocation_atoms: i64,
    /// What a gap may cost pool and insurance in this market from now on, quote atoms.
    pub gap_budget_atoms: u64,
}

/// All ledgers were moved into the pool and every allocation renewed.
#[event]
pub struct PoolRebalanced {
    /// The pool.
    pub stamp: Stamp,
    /// Cash of the pool in all ledgers together, signed, quote atoms.
    pub pool_atoms: i64,
    /// Cash of the insurance fund in all ledgers together, signed, quote atoms.
    pub insurance_atoms: i64,
    /// Fees of the protocol beyond what the markets keep for the rewards of samples, signed, quote atoms.
    pub fees_atoms: i64,
    /// Loans in all ledgers together, quote atoms.
    pub loans_atoms: i64,
    /// Known bad debt: Σ of what accounts were seen to be below zero, quote atoms.
    pub bad_debt_atoms: i64,
    /// The pool's value: cash and interest owed minus what the accounts would take by closing at the oracle price and
    /// along the skew, signed, quote atoms, down.
    pub value_atoms: i64,
    /// Whether every market's price was known. While one is not, the deficit never falls.
    pub is_certain: bool,
    /// The deficit after it, what the stored value is below zero, quote atoms.
    pub deficit_atoms: u64,
    /// Rate of all loans from now on, per hour, × 2^60.
    pub borrow_rate_q60: u64,
}

/// An LP asked to deposit or to redeem.
#[event]
pub struct LiquidityRequested {
    /// The pool.
    pub stamp: Stamp,
    /// Address of the request.
    pub request: Pubkey,
    /// The LP.
    pub owner: Pubkey,
    /// May execute it like the LP itself; the default key for nobody.
    pub executor: Pubkey,
    /// Token account that the outcome is paid to.
    pub destination: Pubkey,
    /// Deposit or redemption.
    pub kind: LiquidityKind,
    /// What went into escrow: quote atoms to deposit, or atoms of shares to redeem.
    pub amount_atoms: u64,
    /// The least outcome to accept for all of it: atoms of shares, or quote atoms.
    pub min_out_atoms: u64,
}

/// An LP request was executed, or of a redemption as much as leaves the markets what they need.
#[event]
pub struct LiquidityExecuted {
    /// The pool.
    pub stamp: Stamp,
    /// Address of the request.
    pub request: Pubkey,
    /// The LP.
    pub owner: Pubkey,
    /// The signer that executed it.
    pub authority: Pubkey,
    /// Whether shares were redeemed; else quote was deposited.
    pub is_redemption: bool,
    /// What was given: quote atoms deposited, or atoms of shares redeemed.
    pub amount_atoms: u64,
    /// Atoms of shares that are left in the request; 0 where it is done.
    pub left_atoms: u64,
    /// The outcome, down: atoms of shares minted, or quote atoms.
    pub out_atoms: u64,
    /// Atoms of shares that the first deposit locked for ever; else 0.
    pub locked_atoms: u64,
    /// Atoms of shares that there were before it.
    pub supply_before_atoms: u64,
    /// Whether the outcome was paid; else it waits in escrow for cancel_liquidity, because the destination took no
    /// transfer.
    pub is_paid: bool,
    /// The pool's value that it was counted at, signed, quote atoms: high for a deposit, low for a redemption.
    pub nav_atoms: i64,
    /// By how much the value for a deposit was above that for a redemption, quote atoms.
    pub nav_gap_atoms: i64,
    /// Known bad debt that the value was lessened by, quote atoms.
    pub bad_debt_atoms: u64,
    /// Cash of the insurance fund, quote atoms.
    pub insurance_atoms: u64,
    /// The pool's own cash after it, allocations to assets not included, signed, quote atoms.
    pub pool_after_atoms: i64,
}

/// An LP request was given back, or its outcome handed over.
#[event]
pub struct LiquidityCancelled {
    /// The pool.
    pub stamp: Stamp,
    /// Address of the request, which is closed.
    pub request: Pubkey,
    /// The LP.
    pub owner: Pubkey,
    /// Whether it had been executed: then the amount is the outcome.
    pub is_executed: bool,
    /// What left the escrow: quote atoms, or atoms of shares.
    pub amount_atoms: u64,
}
