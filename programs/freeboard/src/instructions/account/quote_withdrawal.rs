//! What borrow and withdraw_pro_rata share: quote leaves the vault after a look at the whole pool.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::{Holdings, SharedRisk};
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::events::{MarginSnapshot, snapshot};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::transfer::{Transfer, Vault};
use crate::state::{Exchange, MarginAccount, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::margin;

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

impl<'info> QuoteWithdrawal<'info> {
    /// Withdrawals are open, and the token accounts are the exchange's.
    ///
    /// Errors: `AmountZero`, `OperationPaused`, `MintMismatch`, `VaultMismatch`, `DuplicateAccount`.
    pub(in crate::instructions) fn check(
        &self,
        exchange: &Exchange,
        amount_atoms: u64,
        now: i64,
    ) -> Result<()> {
        ensure(amount_atoms > 0, FreeboardError::AmountZero)?;
        pauses::require_open(exchange, Operation::Withdraw, now)?;
        Vault::of(exchange, None)?.check(&self.mint, &self.vault)?;
        ensure(
            self.vault.key() != self.destination.key(),
            FreeboardError::DuplicateAccount,
        )
    }

    /// Pays out of the vault.
    ///
    /// Errors: `VaultShort`; those of the token program.
    pub(in crate::instructions) fn pay(
        &self,
        amount_atoms: u64,
        creator: &Pubkey,
        bump: u8,
    ) -> Result<()> {
        Transfer {
            program: &self.token_program,
            mint: &self.mint,
            from: &self.vault,
            to: self.destination.to_account_info(),
            authority: self.exchange.to_account_info(),
        }
        .by_exchange(amount_atoms, creator, bump)
    }
}

/// The initial margin of what is left; nothing to check without positions and loan. A flag that stands is looked at
/// again.
///
/// Errors: `InitialMarginNotMet`, `PositionPriceUnusable`.
pub(in crate::instructions) fn check_initial(
    exchange: &Exchange,
    account: &mut MarginAccount,
    assets: &mut PoolAssets,
    now: i64,
) -> Result<MarginSnapshot> {
    if !account.has_positions() && account.quote_atoms >= 0 {
        return Ok(MarginSnapshot::default());
    }
    let mut holdings = Holdings::load(account, assets, PriceStandard::Trade, now)?;
    let shared = SharedRisk::load(exchange, now);
    let report = margin::initial(&shared.portfolio(account.quote_atoms, &holdings.list));
    let report = report.or_refuse()?;
    report.check().or_refuse()?;
    holdings.review_flag(account, assets, (exchange, &shared), now);
    snapshot(&report.requirement)
}
