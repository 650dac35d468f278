//! What moves between the pool's ledger and those of the markets, and what the pool can bear.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::state::{Asset, Exchange, Load, Pool};
use anchor_lang::prelude::*;
use core::cell::RefMut;
use freeboard_risk::market::gap::Backing;
use freeboard_risk::number::atoms::SignedQuoteAtoms;
use freeboard_risk::pool::{Allocatable, borrow};

impl Pool {
    /// Takes everything out of an asset's ledger, its allocation too, but for the fees that the rewards of its samples are
    /// paid from.
    ///
    /// Errors: `Overflow`.
    pub fn collect(&mut self, asset: &mut Asset) -> Result<()> {
        let kept_atoms = asset.fees_kept_atoms()?;
        self.ledger.absorb(&mut asset.ledger, kept_atoms)?;
        let allocated = self.allocated_atoms.checked_sub(asset.allocation_atoms);
        self.allocated_atoms = allocated.or_raise(FreeboardError::Overflow)?;
        asset.allocation_atoms = 0;
        Ok(())
    }

    /// Gives a collected asset its share of what is free now, rounded down; at most what the pool holds
    /// unallotted; and its share of the pool's value as what a gap may cost. Free is the pool's own cash + allocations − loans. Cash moves; nothing is made or lost.
    ///
    /// Errors: `Overflow`.
    pub fn allocate(&mut self, asset: &mut Asset) -> Result<()> {
        let allocation = Allocatable {
            cash_atoms: self.ledger.pool_atoms,
            allocated_atoms: self.allocated_atoms,
            loans_atoms: self.ledger.loans_atoms,
        }
        .allocation_floor(asset.trade.pool_share_e9);
        self.ledger.add_pool(allocation.saturating_neg())?;
        let allocated = self.allocated_atoms.checked_add(allocation);
        self.allocated_atoms = allocated.or_raise(FreeboardError::Overflow)?;
        asset.allocation_atoms = allocation;
        let backing = Backing {
            value: SignedQuoteAtoms::new(self.value_atoms),
            insurance: SignedQuoteAtoms::new(self.ledger.insurance_atoms),
            bad_debt: SignedQuoteAtoms::new(self.bad_debt_atoms),
        };
        asset.gap_budget_atoms = backing.gap_budget_floor(&asset.trade.into()).get();
        asset.ledger.add_pool(allocation)
    }

    /// The pool that an instruction was given.
    ///
    /// Errors: `PoolAccountMissing`.
    pub fn given<'a>(pool: Option<&'a AccountLoader<Self>>) -> Result<RefMut<'a, Self>> {
        pool.or_raise(FreeboardError::PoolAccountMissing)?.write()
    }

    /// A market's ledger never stays below zero: where it paid more than it held, the pool takes it over at
    /// once. So the pool's own ledger never shows more cash than there is, and a withdrawal need not collect the
    /// others.
    ///
    /// Errors: `PoolAccountMissing`, `Overflow`.
    pub fn cover_shortfall(pool: Option<&AccountLoader<Self>>, asset: &mut Asset) -> Result<()> {
        if asset.ledger.pool_atoms >= 0 {
            return Ok(());
        }
        let mut pool = Self::given(pool)?;
        pool.collect(asset)?;
        pool.allocate(asset)
    }

    /// Refuses while somebody's balance may not be covered: the pool's own cash is below zero, it was seen to owe
    /// more than it holds, or known bad debt exceeds what it is worth and insured for.
    ///
    /// Errors: `PoolDeficit`.
    pub fn require_solvent(&self) -> Result<()> {
        let solvent = self.cash().is_solvent(&self.stored_value());
        ensure(solvent, FreeboardError::PoolDeficit)
    }

    /// With everything collected: loans cost what their share of the pool prescribes from now on.
    pub fn set_borrow_rate(&self, exchange: &mut Exchange, now: i64) {
        let loans = self.ledger.loans_atoms.max(0).unsigned_abs();
        let cash = i128::from(self.ledger.pool_atoms);
        let rate = borrow::rate(&exchange.pool.into(), loans, cash);
        let mut state = exchange.borrow.as_core();
        state.set_rate(now, rate);
        exchange.borrow.set(&state);
    }
}
