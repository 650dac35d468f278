//! Hands over what an LP request holds in escrow: what the LP gave or, once executed, what it was exchanged for. The
//! LP at any time, to any account of its own; anyone once it can no longer be executed, to the account that the
//! request names, so that nothing waits for ever.
use crate::error::{FreeboardError, ensure};
use crate::event_log::tell;
use crate::events::{LiquidityCancelled, Stamp};
use crate::instructions::account::transfer::Transfer;
use crate::state::{Exchange, LiquidityRequest, Load, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::pool::LpWindowState;

/// Accounts of cancel_liquidity.
#[derive(Accounts)]
pub struct CancelLiquidity<'info> {
    /// The LP, or anyone once the request has expired or been executed.
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
    /// A token account of the LP; by somebody else the request's own source, or destination once executed.
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
    let request = *accounts.request.read()?;
    check_caller(accounts, &request, &exchange, clock.unix_timestamp)?;
    let held = request.held();
    let (mint, escrow) = if held.are_shares {
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
        to: accounts.destination.to_account_info(),
        authority: accounts.exchange.to_account_info(),
    }
    .by_exchange(held.atoms, &creator, bump)?;
    let sequence = pool.next_event();
    tell(&LiquidityCancelled {
        stamp: Stamp::new(accounts.pool.key(), sequence, &clock),
        request: accounts.request.key(),
        owner: accounts.owner.key(),
        is_executed: request.is_executed(),
        amount_atoms: held.atoms,
    })
}

/// The LP at any time. Anyone where nothing can become of the request any more, and not to an account of the caller's choice.
///
/// Errors: `RequestNotExpired`, `DestinationMismatch`.
fn check_caller(
    accounts: &CancelLiquidity,
    request: &LiquidityRequest,
    exchange: &Exchange,
    now: i64,
) -> Result<()> {
    if accounts.authority.key() == request.owner {
        return Ok(());
    }
    let (is_over, named) = if request.is_executed() {
        (true, request.destination)
    } else {
        let state = request.window(&exchange.pool).state_at(now);
        (state == LpWindowState::Over, request.source)
    };
    ensure(is_over, FreeboardError::RequestNotExpired)?;
    ensure(
        accounts.destination.key() == named,
        FreeboardError::DestinationMismatch,
    )
}
