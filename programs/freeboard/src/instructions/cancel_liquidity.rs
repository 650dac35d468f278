//! Gives back what an LP request holds in escrow. The LP at any time; anyone once it can no longer be
//! executed, so that nothing waits for ever.
use super::transfer::Transfer;
use crate::{
    error::{FreeboardError, ensure},
    events::{LiquidityCancelled, Stamp},
    state::{Exchange, LiquidityRequest, Load, Pool},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// Accounts of cancel_liquidity.
#[derive(Accounts)]
pub struct CancelLiquidity<'info> {
    /// The LP, or anyone once the request has expired.
    pub authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The request.
    #[account(
        mut,
        has_one = exchange @ FreeboardError::WrongExchange,
        has_one = owner @ FreeboardError::NotOwner,
        close = owner
    )]
    pub request: AccountLoader<'info, LiquidityRequest>,
    /// CHECK: the request's owner, who gets the rent.
    #[account(mut)]
    pub owner: UncheckedAccount<'info>,
    /// What is in escrow.
    pub mint: InterfaceAccount<'info, Mint>,
    /// The escrow of that mint.
    #[account(mut)]
    pub escrow: InterfaceAccount<'info, TokenAccount>,
    /// A token account of the LP.
    #[account(mut, token::authority = owner, token::token_program = token_program)]
    pub destination: InterfaceAccount<'info, TokenAccount>,
    /// The program of the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

/// See [`crate::freeboard::cancel_liquidity`].
pub fn handler(ctx: Context<CancelLiquidity>) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let exchange = accounts.exchange.read()?;
    let mut pool = accounts.pool.write()?;
    let (amount_atoms, is_redemption) = {
        let request = accounts.request.read()?;
        let params = &exchange.pool;
        let life = i64::from(params.lp_delay_secs).saturating_add(params.lp_window_secs.into());
        let expired = clock.unix_timestamp >= request.requested_ts.saturating_add(life);
        let by_owner = accounts.authority.key() == request.owner;
        ensure(by_owner || expired, FreeboardError::RequestNotExpired)?;
        (request.amount_atoms, request.is_redemption())
    };
    let (mint, escrow) = if is_redemption {
        (pool.share_mint, pool.share_escrow)
    } else {
        (exchange.quote_mint, pool.quote_escrow)
    };
    ensure(accounts.mint.key() == mint, FreeboardError::MintMismatch)?;
    ensure(
        accounts.escrow.key() == escrow,
        FreeboardError::VaultMismatch,
    )?;
    let (creator, bump) = (exchange.creator, exchange.bump);
    drop(exchange);
    Transfer {
        program: &accounts.token_program,
        mint: &accounts.mint,
        from: &accounts.escrow,
        to: &accounts.destination,
        authority: accounts.exchange.to_account_info(),
    }
    .by_exchange(amount_atoms, &creator, bump)?;
    let sequence = pool.next_event();
    emit!(LiquidityCancelled {
        stamp: Stamp::new(accounts.pool.key(), sequence, &clock),
        request: accounts.request.key(),
        owner: accounts.owner.key(),
        amount_atoms,
    });
    Ok(())
}
