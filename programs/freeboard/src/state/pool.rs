//! `Pool`: the counterparty's cash, the insurance fund and the protocol's fees, as far as they are
//! not in an asset's ledger. Not on the trader's path.
use super::asset::Asset;
use super::exchange::Exchange;
use super::ledger::Ledger;
use super::version::{Layout, Load};
use crate::error::{FreeboardError, OrRaise, ensure};
use anchor_lang::prelude::*;
use core::cell::RefMut;
use freeboard_risk::market::gap::gap_budget_floor;
use freeboard_risk::pool::bankruptcy::PaidWindow;
use freeboard_risk::pool::borrow;

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

impl Pool {
    /// Takes everything out of an asset's ledger, its allocation too.
    ///
    /// Errors: `Overflow`.
    pub fn collect(&mut self, asset: &mut Asset) -> Result<()> {
        self.ledger.absorb(&mut asset.ledger)?;
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
        const E9: i128 = 1_000_000_000;
        let overflow = FreeboardError::Overflow;
        let free = i128::from(self.ledger.pool_atoms)
            .checked_add(i128::from(self.allocated_atoms))
            // Below zero where loans of a market that is not swept were repaid here.
            .and_then(|cash| cash.checked_sub(i128::from(self.ledger.loans_atoms.max(0))))
            .or_raise(overflow)?
            .max(0);
        let unallocated = i128::from(self.ledger.pool_atoms.max(0));
        let share = free.checked_mul(i128::from(asset.trade.pool_share_e9));
        let share = share.or_raise(overflow)?.div_euclid(E9);
        let allocation = crate::atoms(share.min(unallocated))?;
        self.ledger.add_pool(allocation.saturating_neg())?;
        let allocated = self.allocated_atoms.checked_add(allocation);
        self.allocated_atoms = allocated.or_raise(overflow)?;
        asset.allocation_atoms = allocation;
        asset.gap_budget_atoms = gap_budget_floor(
            self.value_atoms,
            self.ledger.insurance_atoms,
            self.bad_debt_atoms,
            &asset.trade.into(),
        );
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
        let insured = self
            .value_atoms
            .saturating_add(self.ledger.insurance_atoms.max(0));
        let known = self.bad_debt_atoms <= 0 || insured >= self.bad_debt_atoms;
        let solvent = self.deficit_atoms == 0 && self.ledger.pool_atoms >= 0 && known;
        ensure(solvent, FreeboardError::PoolDeficit)
    }

    /// Adds a signed change of known bad debt, quote atoms.
    ///
    /// Errors: `Overflow`.
    pub fn add_bad_debt(&mut self, atoms: i64) -> Result<()> {
        let known = self.bad_debt_atoms.checked_add(atoms);
        self.bad_debt_atoms = known.or_raise(FreeboardError::Overflow)?;
        Ok(())
    }

    /// Stores the value, and the deficit that it is below zero.
    pub fn set_value(&mut self, value_atoms: i128, now: i64) {
        let bounds = (i128::from(i64::MIN), i128::from(i64::MAX));
        self.value_atoms = value_atoms.clamp(bounds.0, bounds.1) as i64;
        let missing = value_atoms.min(0).unsigned_abs();
        self.deficit_atoms = u64::try_from(missing).unwrap_or(u64::MAX);
        if self.deficit_atoms == 0 {
            self.deficit_since_ts = 0;
        } else if self.deficit_since_ts == 0 {
            self.deficit_since_ts = now;
        }
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
