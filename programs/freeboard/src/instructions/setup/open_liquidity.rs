//! Creates the mint of the pool's shares and the escrows of LP requests, once per exchange. Anyone may: the
//! addresses are fixed and the exchange is their authority.
use crate::error::{FreeboardError, ensure};
use crate::events::{LiquidityOpened, Stamp};
use crate::seeds;
use crate::state::{Exchange, Load, Pool};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Mint, TokenAccount, TokenInterface},
};

/// Decimals of a share: the first costs one quote atom.
pub const SHARE_DECIMALS: u8 = 6;

/// Accounts of open_liquidity.
#[derive(Accounts)]
pub struct OpenLiquidity<'info> {
    /// Pays.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The quote token.
    pub quote_mint: InterfaceAccount<'info, Mint>,
    /// The shares.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::SHARES, exchange.key().as_ref()],
        bump,
        mint::decimals = SHARE_DECIMALS,
        mint::authority = exchange,
        mint::token_program = share_program
    )]
    pub share_mint: InterfaceAccount<'info, Mint>,
    /// Shares of waiting redemptions.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::ESCROW, exchange.key().as_ref(), share_mint.key().as_ref()],
        bump,
        token::mint = share_mint,
        token::authority = exchange,
        token::token_program = share_program
    )]
    pub share_escrow: InterfaceAccount<'info, TokenAccount>,
    /// Quote of waiting deposits.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::ESCROW, exchange.key().as_ref(), quote_mint.key().as_ref()],
        bump,
        token::mint = quote_mint,
        token::authority = exchange,
        token::token_program = quote_program
    )]
    pub quote_escrow: InterfaceAccount<'info, TokenAccount>,
    /// The program of the shares.
    pub share_program: Program<'info, Token>,
    /// The program of the quote mint.
    pub quote_program: Interface<'info, TokenInterface>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// See [`crate::freeboard::open_liquidity`].
pub fn handler(ctx: Context<OpenLiquidity>) -> Result<()> {
    let accounts = &ctx.accounts;
    ensure(
        accounts.quote_mint.key() == accounts.exchange.read()?.quote_mint,
        FreeboardError::MintMismatch,
    )?;
    let mut pool = accounts.pool.write()?;
    pool.share_mint = accounts.share_mint.key();
    pool.share_escrow = accounts.share_escrow.key();
    pool.quote_escrow = accounts.quote_escrow.key();
    let sequence = pool.next_event();
    emit!(LiquidityOpened {
        stamp: Stamp::new(accounts.pool.key(), sequence, &Clock::get()?),
        share_mint: pool.share_mint,
        share_escrow: pool.share_escrow,
        quote_escrow: pool.quote_escrow,
    });
    Ok(())
}
