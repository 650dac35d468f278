//! Governance pays quote tokens into the pool. Plain cash, without shares: nothing comes back out
//! through this instruction.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::events::{PoolFunded, Stamp};
use crate::instructions::account::transfer::{Transfer, Vault};
use crate::state::{Exchange, Load, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// Accounts of fund_pool.
#[derive(Accounts)]
pub struct FundPool<'info> {
    /// The exchange's governance, and authority of the source.
    pub governance: Signer<'info>,
    /// The exchange.
    #[account(mut, has_one = governance @ FreeboardError::NotGovernance)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The quote token.
    pub mint: InterfaceAccount<'info, Mint>,
    /// Where the tokens come from.
    #[account(mut)]
    pub source: InterfaceAccount<'info, TokenAccount>,
    /// The quote vault.
    #[account(mut)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// The program of the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

/// See [`crate::freeboard::fund_pool`].
pub fn handler(ctx: Context<FundPool>, amount_atoms: u64) -> Result<()> {
    let accounts = &ctx.accounts;
    ensure(amount_atoms > 0, FreeboardError::AmountZero)?;
    let amount = i64::try_from(amount_atoms).or_raise(FreeboardError::Overflow)?;
    let mut exchange = accounts.exchange.write()?;
    Vault::new(&exchange, None)?.require(&accounts.mint, &accounts.vault)?;
    let mut pool = accounts.pool.write()?;
    pool.ledger.add_pool(amount)?;
    pool.value_atoms = pool.value_atoms.saturating_add(amount);
    Transfer {
        program: &accounts.token_program,
        mint: &accounts.mint,
        from: &accounts.source,
        to: accounts.vault.to_account_info(),
        authority: accounts.governance.to_account_info(),
    }
    .signed(amount_atoms)?;
    let sequence = exchange.next_event();
    emit!(PoolFunded {
        stamp: Stamp::new(accounts.exchange.key(), sequence, &Clock::get()?),
        amount_atoms,
        pool_after_atoms: pool.ledger.pool_atoms,
    });
    Ok(())
}
