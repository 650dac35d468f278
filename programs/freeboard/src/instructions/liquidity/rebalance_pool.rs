//! Moves ledgers of assets into the pool and renews their allocations of free cash: all of them, with deficit and borrow
//! rate, or single ones, which is a sweep. Anyone may call it, at any time: it moves cash between books of the same
//! exchange.
//!
//! A sweep leaves the exchange out, so that it waits for no trade and no trade for it. Several assets are swept one
//! after the other: the same as as many sweeps.
use crate::arrange::pool_assets::{PoolAssets, asset_of};
use crate::arrange::pool_value::renew_value;
use crate::error::{FreeboardError, ensure};
use crate::event_log::tell;
use crate::events::{PoolRebalanced, PoolSwept, Stamp};
use crate::state::invariant::OrUndo;
use crate::state::{Exchange, Load, Pool};
use anchor_lang::prelude::*;

/// Accounts of rebalance_pool. Remaining accounts, with the exchange: every asset, writable, and its feed, by index.
/// Without it: the assets to sweep, writable.
#[derive(Accounts)]
pub struct RebalancePool<'info> {
    /// The exchange; none for a sweep.
    #[account(mut)]
    pub exchange: Option<AccountLoader<'info, Exchange>>,
    /// Its pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
}

/// See [`crate::freeboard::rebalance_pool`].
pub fn handler<'info>(ctx: Context<'info, RebalancePool<'info>>) -> Result<()> {
    match &ctx.accounts.exchange {
        Some(exchange) => rebalance(exchange, &ctx.accounts.pool, ctx.remaining_accounts),
        None => sweep(&ctx.accounts.pool, ctx.remaining_accounts),
    }
}

fn rebalance<'info>(
    exchange_loader: &AccountLoader<Exchange>,
    pool_loader: &AccountLoader<Pool>,
    accounts: &'info [AccountInfo<'info>],
) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let (key, now) = (exchange_loader.key(), clock.unix_timestamp);
    let mut exchange = exchange_loader.write()?;
    let mut pool = pool_loader.write()?;
    ensure(pool.exchange == key, FreeboardError::WrongExchange)?;
    let assets = PoolAssets::load(accounts, key, &exchange)?;

    // Move money.
    assets.collect(&mut pool)?;
    let collected = pool.ledger;
    let value = renew_value(&assets, &mut pool, &exchange, now)?;
    assets.allocate(&mut pool, &mut exchange, now)?;

    // Check after.
    pool.invariant().or_undo()?;

    // Tell.
    let sequence = pool.next_event();
    tell(&PoolRebalanced {
        stamp: Stamp::new(pool_loader.key(), sequence, &clock),
        pool_atoms: collected.pool_atoms,
        insurance_atoms: collected.insurance_atoms,
        fees_atoms: collected.fees_atoms,
        loans_atoms: collected.loans_atoms,
        bad_debt_atoms: pool.bad_debt_atoms,
        value_atoms: crate::atoms(value.atoms)?,
        is_certain: value.is_certain,
        deficit_atoms: pool.deficit_atoms,
        borrow_rate_q60: exchange.borrow.rate_q60,
    })
}

fn sweep<'info>(
    pool_loader: &AccountLoader<Pool>,
    accounts: &'info [AccountInfo<'info>],
) -> Result<()> {
    let clock = Clock::get()?;
    let mut pool = pool_loader.write()?;
    ensure(!accounts.is_empty(), FreeboardError::AssetAccountMissing)?;
    for account in accounts {
        // Read.
        let loader = asset_of(account, pool.exchange, |_| Ok(()))?;
        let mut asset = loader.write()?;

        // Move money.
        let swept = asset.ledger;
        pool.collect(&mut asset)?;
        pool.allocate(&mut asset)?;

        // Tell.
        let sequence = asset.next_event();
        tell(&PoolSwept {
            stamp: Stamp::new(loader.key(), sequence, &clock),
            asset_index: asset.index,
            pool_atoms: swept.pool_atoms,
            insurance_atoms: swept.insurance_atoms,
            fees_atoms: swept.fees_atoms.saturating_sub(asset.ledger.fees_atoms),
            loans_atoms: swept.loans_atoms,
            allocation_atoms: asset.allocation_atoms,
            gap_budget_atoms: asset.gap_budget_atoms,
        })?;
    }
    Ok(())
}
