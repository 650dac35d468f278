//! Moves tokens from a margin account to its owner: quote, or collateral of an asset. What is left
//! must meet the initial margin at usable prices; an account without positions and loan needs none.
//! Quote beyond the balance is a loan: see borrow. Of a collateral nothing is left or what is worth the minimum, as in
//! deposit.
use crate::arrange::{AssetAccounts, Holdings, SharedRisk};
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::events::{MarginSnapshot, Stamp, Withdrawn, snapshot};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::deposit::ALL_ATOMS;
use crate::instructions::account::transfer::{Transfer, Vault};
use crate::state::{Asset, Exchange, Load, MarginAccount, NO_ASSET, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::margin;

/// Accounts of withdraw. Remaining accounts: the margin account's assets and feeds in slot order
/// as they are before the withdrawal; none are needed without positions and loan after it.
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// The owner of the margin account.
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool, which must be able to pay what it owes.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The margin account.
    #[account(
        mut,
        has_one = exchange @ FreeboardError::WrongExchange,
        has_one = owner @ FreeboardError::NotOwner
    )]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The asset whose collateral it is; none for quote.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: Option<AccountLoader<'info, Asset>>,
    /// The token.
    pub mint: InterfaceAccount<'info, Mint>,
    /// The vault of the exchange or of the asset.
    #[account(mut)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// Where the tokens go; the owner chooses.
    #[account(mut)]
    pub destination: InterfaceAccount<'info, TokenAccount>,
    /// The program of the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

/// See [`crate::freeboard::withdraw`].
pub fn handler<'info>(ctx: Context<'info, Withdraw<'info>>, mut amount_atoms: u64) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    ensure(amount_atoms > 0, FreeboardError::AmountZero)?;
    let exchange = accounts.exchange.read()?;
    pauses::require_open(&exchange, Operation::Withdraw, clock.unix_timestamp)?;
    Vault::of(&exchange, accounts.asset.as_ref())?.check(&accounts.mint, &accounts.vault)?;
    ensure(
        accounts.vault.key() != accounts.destination.key(),
        FreeboardError::DuplicateAccount,
    )?;

    let mut account = accounts.margin_account.write()?;
    let interest_atoms = {
        let ledger = &mut accounts.pool.write()?.ledger;
        let index_q64 = exchange.borrow.index_at(clock.unix_timestamp);
        account.settle_interest(index_q64, ledger)?
    };
    let (asset_index, balance_after_atoms) = match &accounts.asset {
        None => (
            NO_ASSET,
            take_quote(
                &mut *accounts.pool.write()?,
                &mut account,
                &mut amount_atoms,
            )?,
        ),
        Some(asset) => take_collateral(&mut *asset.write()?, &mut account, &mut amount_atoms)?,
    };
    let initial = check(&exchange, &mut account, &ctx, clock.unix_timestamp)?;
    account.free_empty_slots();

    let sequence = account.next_event();
    let stamp = Stamp::new(accounts.margin_account.key(), sequence, &clock);
    let (creator, bump) = (exchange.creator, exchange.bump);
    drop(exchange);
    Transfer {
        program: &accounts.token_program,
        mint: &accounts.mint,
        from: &accounts.vault,
        to: accounts.destination.to_account_info(),
        authority: accounts.exchange.to_account_info(),
    }
    .by_exchange(amount_atoms, &creator, bump)?;
    emit!(Withdrawn {
        stamp,
        asset_index,
        amount_atoms,
        interest_atoms,
        balance_after_atoms,
        initial
    });
    Ok(())
}

/// Takes quote out of the balance, [`ALL_ATOMS`] for all of it, and returns what is left.
///
/// Errors: `PoolDeficit`, `InsufficientBalance`.
fn take_quote(pool: &mut Pool, account: &mut MarginAccount, amount_atoms: &mut u64) -> Result<i64> {
    if *amount_atoms == ALL_ATOMS {
        *amount_atoms = u64::try_from(account.quote_atoms).unwrap_or(0);
    }
    let amount = crate::atoms(*amount_atoms)?;
    pool.require_solvent()?;
    ensure(
        amount > 0 && account.quote_atoms >= amount,
        FreeboardError::InsufficientBalance,
    )?;
    pool.ledger.change_quote(account, amount.saturating_neg())?;
    Ok(account.quote_atoms)
}

/// Takes collateral out of the balance, [`ALL_ATOMS`] for all of it; returns its asset and what is left.
///
/// Errors: `InsufficientBalance`, `CollateralBelowMinimum`.
fn take_collateral(
    asset: &mut Asset,
    account: &mut MarginAccount,
    amount_atoms: &mut u64,
) -> Result<(u16, i64)> {
    let held = account
        .collaterals
        .iter_mut()
        .find(|slot| slot.asset_index == asset.index);
    let balance = held.or_raise(FreeboardError::InsufficientBalance)?;
    if *amount_atoms == ALL_ATOMS {
        *amount_atoms = balance.amount_atoms;
    }
    balance.amount_atoms = balance
        .amount_atoms
        .checked_sub(*amount_atoms)
        .or_raise(FreeboardError::InsufficientBalance)?;
    if balance.amount_atoms > 0 {
        asset.require_collateral_worth(balance.amount_atoms, 0)?; // what is left meets the initial margin
    }
    asset.collateral_total_atoms = asset
        .collateral_total_atoms
        .checked_sub(*amount_atoms)
        .or_raise(FreeboardError::Overflow)?;
    Ok((asset.index, crate::atoms(balance.amount_atoms)?))
}

/// Initial margin of what is left; nothing to check without positions and loan. A flag that stands is looked at again.
fn check<'info>(
    exchange: &Exchange,
    account: &mut MarginAccount,
    ctx: &Context<'info, Withdraw<'info>>,
    now: i64,
) -> Result<MarginSnapshot> {
    if !account.has_positions() && account.quote_atoms >= 0 {
        return Ok(MarginSnapshot::default());
    }
    let mut assets = AssetAccounts::new(ctx.remaining_accounts, ctx.accounts.exchange.key());
    let mut holdings = Holdings::load(account, &mut assets, PriceStandard::Trade, now)?;
    assets.finish(now)?;
    let shared = SharedRisk::load(exchange, now);
    let report = margin::initial(&shared.portfolio(account.quote_atoms, &holdings.list));
    let report = report.or_refuse()?;
    report.check().or_refuse()?;
    holdings.review_flag(account, &mut assets, (exchange, &shared), now);
    snapshot(&report.requirement)
}
