//! `Pool`: the counterparty's cash, the insurance fund and the protocol's fees, as far as they are
//! not in an asset's ledger. Not on the trader's path.
use super::ledger::Ledger;
use super::version::{Layout, layout};
use crate::error::{FreeboardError, OrRaise};
use anchor_lang::prelude::*;
use freeboard_risk::pool::bankruptcy::PaidWindow;
use freeboard_risk::pool::{PoolCash, StoredValue};

/// One per exchange. PDA `["pool", exchange]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Pool {
    /// Version of this layout.
    pub layout: Layout,
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// What has been swept out of the assets' ledgers, what LPs and governance paid in.
    pub ledger: Ledger,
    /// Sum of the allocations that the assets' ledgers received at their last sweep, quote atoms.
    pub allocated_atoms: i64,
    /// Known bad debt: Σ of what accounts were seen to be below zero, quote atoms.
    pub bad_debt_atoms: i64,
    /// What the pool would hold if all accounts closed at the oracle price, quote atoms, as it was seen last;
    /// see [`crate::arrange::pool_value::renew_value`].
    pub value_atoms: i64,
    /// What that value is below zero, quote atoms. Winners who are deleveraged and the pool's later income pay
    /// it.
    pub deficit_atoms: u64,
    /// Since when there is a deficit, unix seconds; 0 without one.
    pub deficit_since_ts: i64,
    /// Mint of the shares. Written once.
    pub share_mint: Pubkey,
    /// Holds the shares of waiting redemptions, and those locked for ever. Written once.
    pub share_escrow: Pubkey,
    /// Holds the quote tokens of waiting deposits. Written once.
    pub quote_escrow: Pubkey,
    /// Start of the 24 hours in which payouts are counted, unix seconds. Written by pay_out, as the next two.
    pub payout_window_start_ts: i64,
    /// What was paid out in them, quote atoms.
    pub payout_window_paid_atoms: u64,
    /// The same for the 24 hours before.
    pub payout_window_paid_before_atoms: u64,
    /// Number of events emitted for this pool.
    pub event_sequence: u64,
    /// Bump of this address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 7],
    /// Zero.
    pub reserved: [u64; 16],
}

layout!(Pool = 1);

impl Pool {
    /// Adds a signed change of known bad debt, quote atoms.
    ///
    /// Errors: `Overflow`.
    pub fn add_bad_debt(&mut self, atoms: i64) -> Result<()> {
        let known = self.bad_debt_atoms.checked_add(atoms);
        self.bad_debt_atoms = known.or_raise(FreeboardError::Overflow)?;
        Ok(())
    }

    /// Cash and what is known to be lost, as the core sees it; complete once the markets' ledgers are in.
    pub fn cash(&self) -> PoolCash {
        PoolCash {
            cash_atoms: self.ledger.pool_atoms,
            insurance_atoms: self.ledger.insurance_atoms,
            bad_debt_atoms: self.bad_debt_atoms,
        }
    }

    /// The value as it was seen last, as the core sees it.
    pub fn stored_value(&self) -> StoredValue {
        StoredValue {
            value_atoms: self.value_atoms,
            deficit_atoms: self.deficit_atoms,
            deficit_since_ts: self.deficit_since_ts,
        }
    }

    /// Stores a value with the deficit that it makes.
    pub fn set_stored_value(&mut self, stored: &StoredValue) {
        self.value_atoms = stored.value_atoms;
        self.deficit_atoms = stored.deficit_atoms;
        self.deficit_since_ts = stored.deficit_since_ts;
    }

    /// Stores the value, and the deficit that it is below zero.
    pub fn set_value(&mut self, value_atoms: i128, now: i64) {
        self.set_stored_value(&self.stored_value().replaced(value_atoms, now));
    }

    /// Stores the value with what came in or went out since, quote atoms.
    pub fn add_value(&mut self, atoms: i64, now: i64) {
        let value = i128::from(self.value_atoms).saturating_add(atoms.into());
        self.set_value(value, now);
    }

    /// What was paid out lately.
    pub fn payout_window(&self) -> PaidWindow {
        PaidWindow {
            start_ts: self.payout_window_start_ts,
            paid_atoms: self.payout_window_paid_atoms,
            paid_before_atoms: self.payout_window_paid_before_atoms,
        }
    }

    /// Stores what was paid out.
    pub fn set_payout_window(&mut self, window: PaidWindow) {
        self.payout_window_start_ts = window.start_ts;
        self.payout_window_paid_atoms = window.paid_atoms;
        self.payout_window_paid_before_atoms = window.paid_before_atoms;
    }

    /// Next number for an event of this pool.
    pub fn next_event(&mut self) -> u64 {
        self.event_sequence = self.event_sequence.wrapping_add(1);
        self.event_sequence
    }
}
