//! Moves tokens from a margin account to its owner: quote, or collateral of an asset. What is left
//! must meet the initial margin at usable prices; an account without positions and loan needs none.
//! Quote beyond the balance is a loan: see borrow. Of a collateral nothing is left or what is worth the minimum, as in
//! deposit; and what was deposited before yesterday leaves no faster than the asset allows.
use crate::arrange::{AssetAccounts, Holdings};
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{MarginSnapshot, Stamp, Withdrawn};
use crate::instructions::account::deposit::ALL_ATOMS;
use crate::instructions::account::withdrawal::{Tokens, check_left};
use crate::state::{Asset, Exchange, Load, MarginAccount, NO_ASSET, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::market::collateral::CollateralBalance;
use freeboard_risk::price::standard::PriceStandard;

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
pub fn handler<'info>(ctx: Context<'info, Withdraw<'info>>, amount_atoms: u64) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.read()?;
    // Judge.
    let asset = accounts.asset.as_ref();
    let tokens = accounts.tokens();
    tokens.check_tokens(&exchange, asset, amount_atoms, now)?;
    // Move money, in the books.
    let mut account = accounts.margin_account.write()?;
    let taken = take(accounts, &exchange, &mut account, amount_atoms, now)?;
    // Check after.
    let initial = check(&exchange, &mut account, &ctx, now)?;
    account.free_empty_slots();
    // Move money, out of the vault.
    let sequence = account.next_event();
    let authority = accounts.exchange.to_account_info();
    tokens.pay(authority, exchange, taken.amount_atoms)?;
    // Tell.
    tell(&Withdrawn {
        stamp: Stamp::new(accounts.margin_account.key(), sequence, &clock),
        asset_index: taken.asset_index,
        amount_atoms: taken.amount_atoms,
        interest_atoms: taken.interest_atoms,
        balance_after_atoms: taken.balance_after_atoms,
        counted_after_atoms: taken.counted_after_atoms,
        initial,
    })
}

impl<'info> Withdraw<'info> {
    /// The token accounts.
    fn tokens(&self) -> Tokens<'_, 'info> {
        Tokens {
            program: &self.token_program,
            mint: &self.mint,
            vault: &self.vault,
            destination: &self.destination,
        }
    }
}

/// What was taken out of the account, atoms of its token.
struct Taken {
    /// [`NO_ASSET`] for quote.
    asset_index: u16,
    amount_atoms: u64,
    interest_atoms: i64,
    balance_after_atoms: i64,
    counted_after_atoms: u64,
}

/// Settles interest, then takes quote or collateral out of the account.
///
/// Errors: those of [`take_quote`] and [`take_collateral`].
fn take(
    accounts: &Withdraw,
    exchange: &Exchange,
    account: &mut MarginAccount,
    mut amount_atoms: u64,
    now: i64,
) -> Result<Taken> {
    let mut pool = accounts.pool.write()?;
    let index_q64 = exchange.borrow.index_at(now);
    let interest_atoms = account.settle_interest(index_q64, &mut pool.ledger)?;
    let (mut asset_index, mut counted_after_atoms) = (NO_ASSET, 0);
    let balance_after_atoms = match &accounts.asset {
        None => take_quote(&mut pool, account, &mut amount_atoms)?,
        Some(asset) => {
            let mut asset = asset.write()?;
            asset_index = asset.index;
            let left = take_collateral(&mut asset, account, &mut amount_atoms, now)?;
            counted_after_atoms = left.counted_atoms().or_refuse()?;
            crate::atoms(left.amount_atoms)?
        }
    };
    Ok(Taken {
        asset_index,
        amount_atoms,
        interest_atoms,
        balance_after_atoms,
        counted_after_atoms,
    })
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
/// Errors: `InsufficientBalance`, `OutflowLimitExceeded`, `CollateralBelowMinimum`.
fn take_collateral(
    asset: &mut Asset,
    account: &mut MarginAccount,
    amount_atoms: &mut u64,
    now: i64,
) -> Result<CollateralBalance> {
    let held = account
        .collaterals
        .iter_mut()
        .find(|slot| slot.asset_index == asset.index);
    let slot = held.or_raise(FreeboardError::InsufficientBalance)?;
    if *amount_atoms == ALL_ATOMS {
        *amount_atoms = slot.amount_atoms;
    }
    asset.withdraw_collateral(slot, *amount_atoms, now)?;
    if slot.amount_atoms > 0 {
        asset.require_collateral_worth(slot.amount_atoms, 0)?; // what is left meets the initial margin
    }
    Ok(slot.balance())
}

/// Initial margin of what is left; nothing to check without positions and loan.
///
/// Errors: those of the remaining accounts; `InitialMarginNotMet`, `PositionPriceUnusable`.
fn check<'info>(
    exchange: &Exchange,
    account: &mut MarginAccount,
    ctx: &Context<'info, Withdraw<'info>>,
    now: i64,
) -> Result<MarginSnapshot> {
    if !account.needs_margin() {
        return Ok(MarginSnapshot::default());
    }
    let mut assets = AssetAccounts::new(ctx.remaining_accounts, ctx.accounts.exchange.key());
    let holdings = Holdings::load(account, &mut assets, PriceStandard::Trade, now)?;
    assets.finish(now)?;
    check_left(exchange, account, holdings, &mut assets, now)
}
