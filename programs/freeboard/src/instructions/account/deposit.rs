//! Moves tokens from a trader into a margin account: quote, or collateral of an asset. Needs no
//! price and works in every state of the account. What opens a collateral slot must be worth the asset's minimum
//! notional at the price recorded last: each slot is two more accounts for whoever liquidates. And as much as the account
//! is known to be below zero: else its owner puts off a bankruptcy by a slot that somebody must buy first, and again.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::events::{Deposited, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::transfer::{Transfer, Vault};
use crate::state::{Asset, Exchange, Load, MarginAccount, NO_ASSET, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// Accounts of deposit.
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// Owner or delegate of the margin account, and authority of the source. Nobody else may
    /// deposit: foreign dust would take up the account's few collateral slots.
    pub authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool, whose loans a deposit repays.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The margin account.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The asset whose collateral it is; none for quote.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: Option<AccountLoader<'info, Asset>>,
    /// The token.
    pub mint: InterfaceAccount<'info, Mint>,
    /// Where the tokens come from.
    #[account(mut)]
    pub source: InterfaceAccount<'info, TokenAccount>,
    /// The vault of the exchange or of the asset.
    #[account(mut)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// The program of the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

/// Amount of quote that repays the loan with its interest until now, and no more.
pub(in crate::instructions) const ALL_ATOMS: u64 = u64::MAX;

/// See [`crate::freeboard::deposit`].
pub fn handler(ctx: Context<Deposit>, mut amount_atoms: u64) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    ensure(amount_atoms > 0, FreeboardError::AmountZero)?;
    let exchange = accounts.exchange.read()?;
    pauses::require_open(&exchange, Operation::Deposit, clock.unix_timestamp)?;
    let mut account = accounts.margin_account.write()?;
    account.require_authority(accounts.authority.key)?;
    Vault::new(&exchange, accounts.asset.as_ref())?.require(&accounts.mint, &accounts.vault)?;

    let mut interest_atoms = 0;
    let (asset_index, balance_after_atoms) = match &accounts.asset {
        None => {
            let mut pool = accounts.pool.write()?;
            let index_q64 = exchange.borrow.index_at(clock.unix_timestamp);
            interest_atoms = account.settle_interest(index_q64, &mut pool.ledger)?;
            if amount_atoms == ALL_ATOMS {
                amount_atoms = account.loan().atoms.unsigned_abs();
                ensure(amount_atoms > 0, FreeboardError::NothingToRepay)?;
            }
            let amount = i64::try_from(amount_atoms).or_raise(FreeboardError::Overflow)?;
            pool.ledger.change_quote(&mut account, amount)?;
            account.end_idle_flag();
            (NO_ASSET, account.quote_atoms)
        }
        Some(asset) => {
            ensure(amount_atoms != ALL_ATOMS, FreeboardError::NothingToRepay)?;
            let mut asset = asset.write()?;
            asset.require_deposits()?;
            if account.collateral_atoms(asset.index) == 0 {
                asset.require_collateral_worth(amount_atoms, account.bad_debt_atoms)?;
            }
            let balance = account.collateral_mut(asset.index)?;
            balance.amount_atoms = add(balance.amount_atoms, amount_atoms)?;
            asset.collateral_total_atoms = add(asset.collateral_total_atoms, amount_atoms)?;
            (asset.index, signed(balance.amount_atoms)?)
        }
    };
    Transfer {
        program: &accounts.token_program,
        mint: &accounts.mint,
        from: &accounts.source,
        to: accounts.vault.to_account_info(),
        authority: accounts.authority.to_account_info(),
    }
    .signed(amount_atoms)?;

    let sequence = account.next_event();
    emit!(Deposited {
        stamp: Stamp::new(accounts.margin_account.key(), sequence, &clock),
        asset_index,
        amount_atoms,
        interest_atoms,
        balance_after_atoms,
    });
    Ok(())
}

fn add(balance: u64, atoms: u64) -> Result<u64> {
    balance
        .checked_add(atoms)
        .or_raise(FreeboardError::Overflow)
}

fn signed(atoms: u64) -> Result<i64> {
    i64::try_from(atoms).or_raise(FreeboardError::Overflow)
}
