//! `Pool`: the counterparty's cash, the insurance fund and the protocol's fees, as far as they are
//! not in an asset's ledger. Not on the trader's path.
use super::asset::{Asset, Ledger};
use super::exchange::Exchange;
use crate::error::{FreeboardError, OrRaise};
use anchor_lang::prelude::*;
use freeboard_risk::borrow;

/// One per exchange. PDA `["pool", exchange]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Pool {
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// What has been swept out of the assets' ledgers, what LPs and governance paid in.
    pub ledger: Ledger,
    /// Sum of the allotments that the assets' ledgers received at their last sweep, quote atoms.
    pub allotted_atoms: i64,
    /// What bankrupt accounts lost and neither insurance nor pool could pay, quote atoms. Winners who are
    /// deleveraged and the pool's later income pay it.
    pub deficit_atoms: u64,
    /// Since when there is a deficit, unix seconds; 0 without one.
    pub deficit_since_ts: i64,
    /// Mint of the shares, or the default key until open_liquidity. Written once.
    pub share_mint: Pubkey,
    /// Holds the shares of waiting redemptions, and those locked for ever. Written once.
    pub share_escrow: Pubkey,
    /// Holds the quote tokens of waiting deposits. Written once.
    pub quote_escrow: Pubkey,
    /// Number of events emitted for this pool.
    pub event_sequence: u64,
    /// Bump of this address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 7],
    /// Zero.
    pub reserved: [u64; 16],
}

impl Pool {
    /// Takes everything out of an asset's ledger, its allotment too.
    ///
    /// Errors: `Overflow`.
    pub fn gather(&mut self, asset: &mut Asset) -> Result<()> {
        self.ledger.absorb(&mut asset.ledger)?;
        let allotted = self.allotted_atoms.checked_sub(asset.allotment_atoms);
        self.allotted_atoms = allotted.or_raise(FreeboardError::Overflow)?;
        asset.allotment_atoms = 0;
        Ok(())
    }

    /// Gives a gathered asset its share of what is free now, rounded down; at most what the pool holds
    /// unallotted. Free is cash + allotments − loans. Cash moves; nothing is made or lost.
    ///
    /// Errors: `Overflow`.
    pub fn allot(&mut self, asset: &mut Asset) -> Result<()> {
        const E9: i128 = 1_000_000_000;
        let overflow = FreeboardError::Overflow;
        let free = i128::from(self.ledger.pool_atoms)
            .checked_add(i128::from(self.allotted_atoms))
            .and_then(|cash| cash.checked_sub(i128::from(self.ledger.loans_atoms)))
            .or_raise(overflow)?
            .max(0);
        let unallotted = i128::from(self.ledger.pool_atoms.max(0));
        let share = free.checked_mul(i128::from(asset.trade.pool_share_e9));
        let share = share.or_raise(overflow)?.div_euclid(E9);
        let allotment = crate::atoms(share.min(unallotted))?;
        self.ledger.add_pool(allotment.saturating_neg())?;
        let allotted = self.allotted_atoms.checked_add(allotment);
        self.allotted_atoms = allotted.or_raise(overflow)?;
        asset.allotment_atoms = allotment;
        asset.ledger.add_pool(allotment)
    }

    /// With everything gathered: the deficit is at most what the pool is below zero. Later income has paid
    /// the rest.
    pub fn lower_deficit(&mut self) {
        let below = self.ledger.pool_atoms.min(0).unsigned_abs();
        self.set_deficit(self.deficit_atoms.min(below), self.deficit_since_ts);
    }

    /// A deficit, and since when there is one.
    pub fn set_deficit(&mut self, atoms: u64, since_ts: i64) {
        self.deficit_atoms = atoms;
        self.deficit_since_ts = if atoms == 0 { 0 } else { since_ts };
    }

    /// With everything gathered: loans cost what their share of the pool prescribes from now on.
    pub fn set_borrow_rate(&self, exchange: &mut Exchange, now: i64) {
        let loans = self.ledger.loans_atoms.max(0).unsigned_abs();
        let cash = i128::from(self.ledger.pool_atoms);
        let rate = borrow::rate(&exchange.pool.into(), loans, cash);
        let mut state = exchange.borrow.as_core();
        state.set_rate(now, rate);
        exchange.borrow.set(&state);
    }

    /// Next number for an event of this pool.
    pub fn next_event(&mut self) -> u64 {
        self.event_sequence = self.event_sequence.wrapping_add(1);
        self.event_sequence
    }
}
