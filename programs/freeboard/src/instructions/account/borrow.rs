//! Withdraws quote beyond the balance: a loan of the pool against what the account holds. Asks the whole pool,
//! so that the cap of all loans, the cash they come from and the rate they cost are those of now.
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{Borrowed, Stamp};
use crate::instructions::account::quote_withdrawal::{QuoteWithdrawal, check_initial};
use crate::state::{Exchange, Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::pool::borrow;

/// See [`crate::freeboard::borrow`].
pub fn handler<'info>(
    ctx: Context<'info, QuoteWithdrawal<'info>>,
    amount_atoms: u64,
) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let (accounts, tokens) = (&ctx.accounts, ctx.accounts.tokens());
    let mut exchange = accounts.exchange.write()?;
    tokens.check_tokens(&exchange, None, amount_atoms, now)?;
    let mut pool = accounts.pool.write()?;
    let mut account = accounts.margin_account.write()?;
    let remaining = ctx.remaining_accounts;
    let mut found = accounts.renew(remaining, &exchange, &mut pool, &mut account, now)?;
    // Judge. A market whose price is not shown could hide what the pool owes there.
    ensure(found.value.is_certain, FreeboardError::PoolValueUncertain)?;
    pool.require_solvent()?;
    // Move money, in the books.
    let borrowed_atoms = lend(&exchange, &mut pool, &mut account, amount_atoms)?;
    // Check after.
    let initial = check_initial(&exchange, &mut account, &mut found.assets, now)?;
    found.assets.allocate(&mut pool, &mut exchange, now)?;
    // Move money, out of the vault.
    let (sequence, borrow_rate_q60) = (account.next_event(), exchange.borrow.rate_q60);
    tokens.pay(accounts.exchange.to_account_info(), exchange, amount_atoms)?;
    // Tell.
    tell(&Borrowed {
        stamp: Stamp::new(accounts.margin_account.key(), sequence, &clock),
        amount_atoms,
        interest_atoms: found.interest_atoms,
        borrowed_atoms,
        balance_after_atoms: account.quote_atoms,
        borrow_rate_q60,
        initial,
    })
}

/// Takes the amount out of the balance; returns by how much the loan grew, quote atoms.
///
/// Errors: `BorrowCapExceeded`, `PoolUtilizationExceeded`, `Overflow`.
fn lend(
    exchange: &Exchange,
    pool: &mut Pool,
    account: &mut MarginAccount,
    amount_atoms: u64,
) -> Result<i64> {
    let ledger = &mut pool.ledger;
    let taken = crate::atoms(amount_atoms)?.saturating_neg();
    let grown_atoms = ledger.change_quote(account, taken)?;
    if grown_atoms > 0 {
        let (loans, cash) = (ledger.loans_atoms.max(0), ledger.pool_atoms);
        borrow::check_loans(&exchange.pool.into(), loans.unsigned_abs(), cash.into())
            .or_refuse()?;
    }
    Ok(grown_atoms)
}
