//! What holds of a pool.
use super::{Clause, Kept, keep};
use crate::state::{Pool, Versioned};
use anchor_lang::prelude::*;

impl Pool {
    /// Names the first clause that the pool breaks. Its cash and its loans may be below zero: markets hold the rest.
    pub fn invariant(&self) -> Kept {
        keep(self.version() == Self::VERSION, Clause::LayoutVersion)?;
        let none = Pubkey::default();
        let shares = ![self.share_mint, self.share_escrow, self.quote_escrow].contains(&none);
        keep(shares, Clause::PoolShares)?;
        let booked = self.ledger.insurance_atoms
            | self.ledger.fees_atoms
            | self.allocated_atoms
            | self.bad_debt_atoms;
        keep(booked >= 0, Clause::PoolBooks)?;
        let missing = self.value_atoms.min(0).unsigned_abs();
        let deficit = self.deficit_atoms >= missing
            && (self.deficit_atoms > 0) == (self.deficit_since_ts != 0);
        keep(deficit, Clause::PoolDeficit)?;
        let zero = self.padding == [0; 7] && self.reserved == [0; 16];
        keep(zero, Clause::ReservedIsZero)
    }
}
