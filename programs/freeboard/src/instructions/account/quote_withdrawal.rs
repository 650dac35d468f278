//! What borrow and withdraw_pro_rata share: quote leaves the vault after a look at the whole pool.
use crate::arrange::Holdings;
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::renew_value;
use crate::error::FreeboardError;
use crate::events::MarginSnapshot;
use crate::instructions::account::withdrawal::{Tokens, check_left};
use crate::state::{Exchange, MarginAccount, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::pool::ValueAtPrice;
use freeboard_risk::price::standard::PriceStandard;

/// Accounts of borrow and withdraw_pro_rata. Remaining accounts: every asset, writable, and its feed, by
/// index.
#[derive(Accounts)]
pub struct QuoteWithdrawal<'info> {
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

/// The whole pool as a withdrawal of quote finds it.
pub(in crate::instructions) struct Renewed<'info> {
    pub(in crate::instructions) assets: PoolAssets<'info>,
    /// Interest that the account has paid, quote atoms.
    pub(in crate::instructions) interest_atoms: i64,
    pub(in crate::instructions) value: ValueAtPrice,
}

impl<'info> QuoteWithdrawal<'info> {
    /// The token accounts.
    pub(in crate::instructions) fn tokens(&self) -> Tokens<'_, 'info> {
        Tokens {
            program: &self.token_program,
            mint: &self.mint,
            vault: &self.vault,
            destination: &self.destination,
        }
    }

    /// Collects all ledgers, settles the account's interest and renews the pool's value.
    ///
    /// Errors: those of [`PoolAssets::load`] and [`renew_value`].
    #[inline(never)] // a stack frame of its own
    pub(in crate::instructions) fn renew(
        &self,
        remaining: &'info [AccountInfo<'info>],
        exchange: &Exchange,
        pool: &mut Pool,
        account: &mut MarginAccount,
        now: i64,
    ) -> Result<Renewed<'info>> {
        let assets = PoolAssets::load(remaining, self.exchange.key(), exchange)?;
        assets.collect(pool)?;
        let index_q64 = exchange.borrow.index_at(now);
        let interest_atoms = account.settle_interest(index_q64, &mut pool.ledger)?;
        let value = renew_value(&assets, pool, exchange, now)?;
        Ok(Renewed {
            assets,
            interest_atoms,
            value,
        })
    }
}

/// The initial margin of what is left; nothing to check without positions and loan.
///
/// Errors: `InitialMarginNotMet`, `PositionPriceUnusable`.
pub(in crate::instructions) fn check_initial(
    exchange: &Exchange,
    account: &mut MarginAccount,
    assets: &mut PoolAssets,
    now: i64,
) -> Result<MarginSnapshot> {
    if !account.needs_margin() {
        return Ok(MarginSnapshot::default());
    }
    let holdings = Holdings::load(account, assets, PriceStandard::Trade, now)?;
    check_left(exchange, account, holdings, assets, now)
}
