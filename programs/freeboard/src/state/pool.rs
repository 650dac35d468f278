//! `Pool`: the counterparty's cash, the insurance fund and the protocol's fees, as far as they are
//! not in an asset's ledger. Not on the trader's path.
use super::asset::Ledger;
use crate::error::FreeboardError;
use anchor_lang::prelude::*;

/// One per exchange. PDA `["pool", exchange]`.
#[account(zero_copy)]
#[derive(Debug)]
pub struct Pool {
    /// The exchange it belongs to. Written once.
    pub exchange: Pubkey,
    /// What has been swept out of the assets' ledgers, plus what governance paid in.
    pub ledger: Ledger,
    /// Sum of the allotments that the assets' ledgers received at their last sweep, quote atoms.
    pub allotted_atoms: i64,
    /// Bump of this address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 7],
    /// Zero; room for LP shares, borrow index, known bad debt and deficit.
    pub reserved: [u64; 32],
}

impl Pool {
    /// Takes over an asset's ledger and gives it its share of what is free now, rounded down.
    ///
    /// Free is cash + allotments − loans; an asset whose share is `share_e9` gets at most what the
    /// pool holds unallotted. Cash moves; nothing is made or lost.
    pub fn sweep(&mut self, asset: &mut Ledger, last_allotment: i64, share_e9: u64) -> Result<i64> {
        const E9: i128 = 1_000_000_000;
        let overflow = || FreeboardError::Overflow.raise();
        self.ledger.absorb(asset)?;
        self.allotted_atoms = self
            .allotted_atoms
            .checked_sub(last_allotment)
            .ok_or_else(overflow)?;
        let free = i128::from(self.ledger.pool_atoms)
            .checked_add(i128::from(self.allotted_atoms))
            .and_then(|cash| cash.checked_sub(i128::from(self.ledger.loans_atoms)))
            .ok_or_else(overflow)?
            .max(0);
        let unallotted = i128::from(self.ledger.pool_atoms.max(0));
        let share = free
            .checked_mul(i128::from(share_e9))
            .ok_or_else(overflow)?
            .div_euclid(E9);
        let allotment = i64::try_from(share.min(unallotted)).map_err(|_| overflow())?;
        self.ledger.pool_atoms = self
            .ledger
            .pool_atoms
            .checked_sub(allotment)
            .ok_or_else(overflow)?;
        self.allotted_atoms = self
            .allotted_atoms
            .checked_add(allotment)
            .ok_or_else(overflow)?;
        asset.pool_atoms = allotment;
        Ok(allotment)
    }
}
