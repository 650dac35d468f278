//! While the vault holds less than what accounts are owed: withdraws quote at the share of it that the vault
//! can pay to all. What is not paid stays in the pool and lowers what it owes.
use super::transfer::{Transfer, Vault};
use crate::{
    error::{FreeboardError, OrRaise, ensure},
    events::{Stamp, WithdrawnProRata},
    gates::{self, Operation},
    pool_assets::PoolAssets,
    state::{Exchange, MarginAccount, Pool},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::bankruptcy;

/// Arguments of withdraw_pro_rata.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct WithdrawProRataArgs {
    /// What the quote balance falls by.
    pub amount_atoms: u64,
    /// Refuse to receive less.
    pub min_received_atoms: u64,
}

/// Accounts of withdraw_pro_rata. Remaining accounts: every asset, writable, and its feed, by index.
#[derive(Accounts)]
pub struct WithdrawProRata<'info> {
    /// The owner of the margin account.
    pub owner: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The margin account.
    #[account(
        mut,
        has_one = exchange @ FreeboardError::WrongExchange,
        has_one = owner @ FreeboardError::NotOwner
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The quote token.
    pub mint: InterfaceAccount<'info, Mint>,
    /// The quote vault.
    #[account(mut)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// Where the tokens go; the owner chooses.
    #[account(mut)]
    pub destination: InterfaceAccount<'info, TokenAccount>,
    /// The program of the quote mint.
    pub token_program: Interface<'info, TokenInterface>,
}

/// See [`crate::freeboard::withdraw_pro_rata`].
pub fn handler<'info>(
    ctx: Context<'info, WithdrawProRata<'info>>,
    args: WithdrawProRataArgs,
) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    ensure(args.amount_atoms > 0, FreeboardError::AmountZero)?;
    let mut exchange = accounts.exchange.load_mut()?;
    gates::require_open(&exchange, Operation::Withdraw, now)?;
    Vault::of(&exchange, None)?.check(&accounts.mint, &accounts.vault)?;
    ensure(
        accounts.vault.key() != accounts.destination.key(),
        FreeboardError::DuplicateAccount,
    )?;
    let mut pool = accounts.pool.load_mut()?;
    let mut account = accounts.margin_account.load_mut()?;
    let assets = PoolAssets::load(ctx.remaining_accounts, accounts.exchange.key(), &exchange)?;
    assets.gather(&mut pool)?;
    account.settle_interest(exchange.borrow.index_at(now), &mut pool.ledger)?;
    // With positions the balance is margin: close them first. Without, nothing needs a price.
    ensure(!account.has_positions(), FreeboardError::AccountNotEmpty)?;
    let amount = crate::atoms(args.amount_atoms)?;
    ensure(
        account.quote_atoms >= amount,
        FreeboardError::InsufficientBalance,
    )?;

    let owed = owed_atoms(&pool, accounts.vault.amount)?;
    ensure(owed > accounts.vault.amount, FreeboardError::NoDeficit)?;
    let received_atoms = bankruptcy::payout_floor(args.amount_atoms, accounts.vault.amount, owed);
    ensure(
        received_atoms > 0 && received_atoms >= args.min_received_atoms,
        FreeboardError::PayoutBelowMinimum,
    )?;
    let received = crate::atoms(received_atoms)?;
    account.add_quote(amount.saturating_neg())?;
    pool.ledger.add_pool(amount.saturating_sub(received))?;
    assets.allot(&mut pool, &mut exchange, now)?;

    let sequence = account.next_event();
    let stamp = Stamp::new(accounts.margin_account.key(), sequence, &clock);
    let balance_after_atoms = account.quote_atoms;
    let (creator, bump) = (exchange.creator, exchange.bump);
    drop(exchange);
    Transfer {
        program: &accounts.token_program,
        mint: &accounts.mint,
        from: &accounts.vault,
        to: &accounts.destination,
        authority: accounts.exchange.to_account_info(),
    }
    .by_exchange(received_atoms, &creator, bump)?;
    emit!(WithdrawnProRata {
        stamp,
        amount_atoms: args.amount_atoms,
        received_atoms,
        vault_atoms: accounts.vault.amount,
        owed_atoms: owed,
        balance_after_atoms,
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
