//! Moves an asset's ledger into the pool and renews the asset's allocation of free cash. Anyone may
//! call it, at any time: it moves cash between two books of the same exchange.
use crate::error::FreeboardError;
use crate::events::{PoolSwept, Stamp};
use crate::state::{Asset, Load, Pool};
use anchor_lang::prelude::*;

/// Accounts of sweep_pool.
#[derive(Accounts)]
pub struct SweepPool<'info> {
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// An asset of the same exchange.
    #[account(
        mut,
        constraint = asset.read()?.exchange == pool.read()?.exchange @ FreeboardError::WrongExchange
    )]
    pub asset: AccountLoader<'info, Asset>,
}

/// See [`crate::freeboard::sweep_pool`].
pub fn handler(ctx: Context<SweepPool>) -> Result<()> {
    let mut pool = ctx.accounts.pool.write()?;
    let mut asset = ctx.accounts.asset.write()?;
    let swept = asset.ledger;
    pool.collect(&mut asset)?;
    pool.allocate(&mut asset)?;
    let sequence = asset.next_event();
    emit!(PoolSwept {
        stamp: Stamp::new(ctx.accounts.asset.key(), sequence, &Clock::get()?),
        asset_index: asset.index,
        pool_atoms: swept.pool_atoms,
        insurance_atoms: swept.insurance_atoms,
        fees_atoms: swept.fees_atoms,
        loans_atoms: swept.loans_atoms,
        allocation_atoms: asset.allocation_atoms,
        gap_budget_atoms: asset.gap_budget_atoms,
    });
    Ok(())
}
