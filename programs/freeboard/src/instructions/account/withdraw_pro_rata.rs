//! While there is a deficit: withdraws quote at the share of it that the vault can pay to all, or all but the
//! deficit where that is more. What is not paid stays in the pool and lowers what it owes.
use crate::arrange::pool_assets::PoolAssets;
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{Stamp, WithdrawnProRata};
use crate::instructions::account::quote_withdrawal::{QuoteWithdrawal, check_initial};
use crate::state::{Load, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::pool::VaultBooks;
use freeboard_risk::pool::bankruptcy::Shortage;

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
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let (accounts, tokens) = (&ctx.accounts, ctx.accounts.tokens());
    let mut exchange = accounts.exchange.write()?;
    tokens.check_tokens(&exchange, None, args.amount_atoms, now)?;
    let mut pool = accounts.pool.write()?;
    let mut account = accounts.margin_account.write()?;
    let remaining = ctx.remaining_accounts;
    let mut found = accounts.renew(remaining, &exchange, &mut pool, &mut account, now)?;
    // Judge.
    let books = VaultBooks {
        vault_atoms: accounts.vault.amount,
        loans_atoms: pool.ledger.loans_atoms,
        own_atoms: own_atoms(&pool, &found.assets)?,
    };
    let paid = judge(&pool, &account, &books, args)?;
    // Move money, in the books.
    book(&paid, &mut pool, &mut account, args.amount_atoms, now)?;
    // Check after.
    let initial = check_initial(&exchange, &mut account, &mut found.assets, now)?;
    found.assets.allocate(&mut pool, &mut exchange, now)?;
    // Move money, out of the vault.
    let sequence = account.next_event();
    let authority = accounts.exchange.to_account_info();
    tokens.pay(authority, exchange, paid.received_atoms)?;
    // Tell.
    tell(&WithdrawnProRata {
        stamp: Stamp::new(accounts.margin_account.key(), sequence, &clock),
        amount_atoms: args.amount_atoms,
        received_atoms: paid.received_atoms,
        vault_atoms: accounts.vault.amount,
        owed_atoms: paid.owed_atoms,
        deficit_atoms: paid.deficit_atoms,
        interest_atoms: found.interest_atoms,
        balance_after_atoms: account.quote_atoms,
        deficit_after_atoms: pool.deficit_atoms,
        initial,
    })
}

/// What a withdrawal pays, and what that depends on, quote atoms.
struct Paid {
    received_atoms: u64,
    /// Σ of the positive quote balances.
    owed_atoms: u64,
    deficit_atoms: u64,
}

/// What of the vault is nobody's balance, with every ledger collected, quote atoms.
fn own_atoms(pool: &Pool, assets: &PoolAssets) -> Result<i128> {
    let ledger = &pool.ledger;
    let own = [ledger.pool_atoms, ledger.insurance_atoms, ledger.fees_atoms];
    let own: i128 = own.into_iter().map(i128::from).sum();
    Ok(own.saturating_add(assets.fees_kept_atoms()?))
}

/// The account's share of what the vault can pay, while there is a deficit.
///
/// Errors: `NoDeficit`, `InsufficientBalance`, `PayoutBelowMinimum`, `Overflow`.
fn judge(
    pool: &Pool,
    account: &MarginAccount,
    books: &VaultBooks,
    args: WithdrawProRataArgs,
) -> Result<Paid> {
    let deficit_atoms = pool.deficit_atoms;
    ensure(deficit_atoms > 0, FreeboardError::NoDeficit)?;
    ensure(
        account.quote_atoms >= crate::atoms(args.amount_atoms)?,
        FreeboardError::InsufficientBalance,
    )?;
    let owed_atoms = books.balances_atoms().or_refuse()?;
    let shortage = Shortage {
        vault: QuoteAtoms::new(books.vault_atoms),
        positive_balances: QuoteAtoms::new(owed_atoms),
        deficit: QuoteAtoms::new(deficit_atoms),
    };
    let received = shortage.payout_floor(QuoteAtoms::new(args.amount_atoms));
    let received_atoms = received.get();
    ensure(
        received_atoms > 0 && received_atoms >= args.min_received_atoms,
        FreeboardError::PayoutBelowMinimum,
    )?;
    Ok(Paid {
        received_atoms,
        owed_atoms,
        deficit_atoms,
    })
}

/// The balance falls by the amount; what of it is not paid stays in the pool.
///
/// Errors: `Overflow`.
fn book(
    paid: &Paid,
    pool: &mut Pool,
    account: &mut MarginAccount,
    amount_atoms: u64,
    now: i64,
) -> Result<()> {
    let amount = crate::atoms(amount_atoms)?;
    let kept_atoms = amount.saturating_sub(crate::atoms(paid.received_atoms)?);
    pool.ledger.change_quote(account, amount.saturating_neg())?;
    pool.ledger.add_pool(kept_atoms)?;
    pool.add_value(kept_atoms, now);
    Ok(())
}
