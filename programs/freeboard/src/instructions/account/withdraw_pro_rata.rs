//! While there is a deficit: withdraws quote at the share of it that the vault can pay to all, or all but the
//! deficit where that is more. What is not paid stays in the pool and lowers what it owes.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::events::{Stamp, WithdrawnProRata};
use crate::instructions::account::quote_withdrawal::{QuoteWithdrawal, check_initial};
use crate::state::{Load, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::pool::bankruptcy;

/// Arguments of withdraw_pro_rata.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct WithdrawProRataArgs {
    /// What the quote balance falls by.
    pub amount_atoms: u64,
    /// Refuse to receive less.
    pub min_received_atoms: u64,
}

/// See [`crate::freeboard::withdraw_pro_rata`].
pub fn handler<'info>(
    ctx: Context<'info, QuoteWithdrawal<'info>>,
    args: WithdrawProRataArgs,
) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    let mut exchange = accounts.exchange.write()?;
    accounts.check(&exchange, args.amount_atoms, now)?;
    let mut pool = accounts.pool.write()?;
    let mut account = accounts.margin_account.write()?;
    let mut assets = PoolAssets::load(ctx.remaining_accounts, accounts.exchange.key(), &exchange)?;
    assets.collect(&mut pool)?;
    let index_q64 = exchange.borrow.index_at(now);
    let interest_atoms = account.settle_interest(index_q64, &mut pool.ledger)?;
    renew_value(&assets, &mut pool, &exchange, now)?;
    ensure(pool.deficit_atoms > 0, FreeboardError::NoDeficit)?;
    let amount = crate::atoms(args.amount_atoms)?;
    ensure(
        account.quote_atoms >= amount,
        FreeboardError::InsufficientBalance,
    )?;

    let vault_atoms = accounts.vault.amount;
    let owed_atoms = owed_atoms(&pool, vault_atoms)?;
    let deficit_atoms = pool.deficit_atoms;
    let received_atoms =
        bankruptcy::payout_floor(args.amount_atoms, vault_atoms, owed_atoms, deficit_atoms);
    ensure(
        received_atoms > 0 && received_atoms >= args.min_received_atoms,
        FreeboardError::PayoutBelowMinimum,
    )?;
    let received = crate::atoms(received_atoms)?;
    pool.ledger
        .change_quote(&mut account, amount.saturating_neg())?;
    pool.ledger.add_pool(amount.saturating_sub(received))?;
    let kept = i128::from(amount.saturating_sub(received));
    let value = i128::from(pool.value_atoms).saturating_add(kept);
    pool.set_value(value, now);
    let initial = check_initial(&exchange, &mut account, &mut assets, now)?;
    assets.allocate(&mut pool, &mut exchange, now)?;

    let sequence = account.next_event();
    let stamp = Stamp::new(accounts.margin_account.key(), sequence, &clock);
    let balance_after_atoms = account.quote_atoms;
    let deficit_after_atoms = pool.deficit_atoms;
    let (creator, bump) = (exchange.creator, exchange.bump);
    drop(exchange);
    accounts.pay(received_atoms, &creator, bump)?;
    emit!(WithdrawnProRata {
        stamp,
        amount_atoms: args.amount_atoms,
        received_atoms,
        vault_atoms,
        owed_atoms,
        deficit_atoms,
        interest_atoms,
        balance_after_atoms,
        deficit_after_atoms,
        initial,
    });
    Ok(())
}

/// Σ of the positive quote balances, quote atoms, from the complete pool: vault = Σ⁺ − loans + pool +
/// insurance + fees. Tokens that somebody sent to the vault raise both sides of the share alike.
fn owed_atoms(pool: &Pool, vault_atoms: u64) -> Result<u64> {
    let ledger = &pool.ledger;
    let own = [ledger.pool_atoms, ledger.insurance_atoms, ledger.fees_atoms];
    let own: i128 = own.into_iter().map(i128::from).sum();
    let owed = i128::from(vault_atoms)
        .checked_add(i128::from(ledger.loans_atoms))
        .and_then(|sum| sum.checked_sub(own));
    u64::try_from(owed.or_raise(FreeboardError::Overflow)?.max(0))
        .or_raise(FreeboardError::Overflow)
}
