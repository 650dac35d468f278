//! Withdraws quote beyond the balance: a loan of the pool against what the account holds. Asks the whole pool,
//! so that the cap of all loans, the cash they come from and the rate they cost are those of now.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::events::{Borrowed, Stamp};
use crate::instructions::account::quote_withdrawal::{QuoteWithdrawal, check_initial};
use crate::state::Load;
use anchor_lang::prelude::*;
use freeboard_risk::pool::borrow;

/// See [`crate::freeboard::borrow`].
pub fn handler<'info>(
    ctx: Context<'info, QuoteWithdrawal<'info>>,
    amount_atoms: u64,
) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    let mut exchange = accounts.exchange.write()?;
    accounts.check(&exchange, amount_atoms, now)?;
    let mut pool = accounts.pool.write()?;
    let mut account = accounts.margin_account.write()?;
    let mut assets = PoolAssets::load(ctx.remaining_accounts, accounts.exchange.key(), &exchange)?;
    assets.collect(&mut pool)?;
    let index_q64 = exchange.borrow.index_at(now);
    let interest_atoms = account.settle_interest(index_q64, &mut pool.ledger)?;
    let value = renew_value(&assets, &mut pool, &exchange, now)?;
    // A market whose price is not shown could hide what the pool owes there.
    ensure(value.is_certain, FreeboardError::PoolValueUncertain)?;
    pool.require_solvent()?;
    let ledger = &mut pool.ledger;
    let taken = crate::atoms(amount_atoms)?.saturating_neg();
    let grown_atoms = ledger.change_quote(&mut account, taken)?;
    if grown_atoms > 0 {
        let (loans, cash) = (ledger.loans_atoms.max(0), ledger.pool_atoms);
        borrow::check_loans(&exchange.pool.into(), loans.unsigned_abs(), cash.into())
            .or_refuse()?;
    }
    let initial = check_initial(&exchange, &mut account, &mut assets, now)?;
    assets.allocate(&mut pool, &mut exchange, now)?;

    let sequence = account.next_event();
    let stamp = Stamp::new(accounts.margin_account.key(), sequence, &clock);
    let (balance_after_atoms, borrow_rate_q60) = (account.quote_atoms, exchange.borrow.rate_q60);
    let (creator, bump) = (exchange.creator, exchange.bump);
    drop(exchange);
    accounts.pay(amount_atoms, &creator, bump)?;
    emit!(Borrowed {
        stamp,
        amount_atoms,
        interest_atoms,
        borrowed_atoms: grown_atoms,
        balance_after_atoms,
        borrow_rate_q60,
        initial,
    });
    Ok(())
}
