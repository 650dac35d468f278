//! Moves all ledgers into the pool and renews every allocation, the deficit and the borrow rate. Anyone may
//! call it, at any time: it moves cash between books of the same exchange.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::error::FreeboardError;
use crate::events::{PoolRebalanced, Stamp};
use crate::state::{Exchange, Load, Pool};
use anchor_lang::prelude::*;

/// Accounts of rebalance_pool. Remaining accounts: every asset, writable, and its feed, by index.
#[derive(Accounts)]
pub struct RebalancePool<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
}

/// See [`crate::freeboard::rebalance_pool`].
pub fn handler<'info>(ctx: Context<'info, RebalancePool<'info>>) -> Result<()> {
    let clock = Clock::get()?;
    let key = ctx.accounts.exchange.key();
    let mut exchange = ctx.accounts.exchange.write()?;
    let mut pool = ctx.accounts.pool.write()?;
    let assets = PoolAssets::load(ctx.remaining_accounts, key, &exchange)?;
    assets.collect(&mut pool)?;
    let collected = pool.ledger;
    let value = renew_value(&assets, &mut pool, &exchange, clock.unix_timestamp)?;
    assets.allocate(&mut pool, &mut exchange, clock.unix_timestamp)?;
    let sequence = pool.next_event();
    emit!(PoolRebalanced {
        stamp: Stamp::new(ctx.accounts.pool.key(), sequence, &clock),
        pool_atoms: collected.pool_atoms,
        insurance_atoms: collected.insurance_atoms,
        fees_atoms: collected.fees_atoms,
        loans_atoms: collected.loans_atoms,
        bad_debt_atoms: pool.bad_debt_atoms,
        value_atoms: crate::atoms(value.atoms)?,
        is_certain: value.is_certain,
        deficit_atoms: pool.deficit_atoms,
        borrow_rate_q60: exchange.borrow.rate_q60,
    });
    Ok(())
}
