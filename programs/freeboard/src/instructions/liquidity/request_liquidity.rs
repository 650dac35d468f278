//! An LP asks to deposit or to redeem: what it gives goes into escrow, and after the delay it has the request
//! executed at the value of then, or anyone does in the last hours. An LP that sees a liquidation coming is too late.
use crate::error::{FreeboardError, ensure};
use crate::event_log::tell;
use crate::events::{LiquidityRequested, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::transfer::Transfer;
use crate::seeds;
use crate::state::{Exchange, LiquidityKind, LiquidityRequest, Load, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// Arguments of request_liquidity.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct RequestLiquidityArgs {
    /// Number among the owner's open requests; part of the address.
    pub number: u16,
    /// Deposit or redeem.
    pub kind: LiquidityKind,
    /// Quote atoms to deposit, or shares to redeem.
    pub amount_atoms: u64,
    /// Least shares, or least quote atoms, to accept.
    pub min_out_atoms: u64,
    /// Who may execute it like the LP itself, and choose the moment; none for nobody.
    pub executor: Option<Pubkey>,
}

/// Accounts of request_liquidity.
#[derive(Accounts)]
#[instruction(args: RequestLiquidityArgs)]
pub struct RequestLiquidity<'info> {
    /// The LP, who pays the rent of the request and owns the source.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The request.
    #[account(
        init,
        payer = owner,
        space = 8 + size_of::<LiquidityRequest>(),
        seeds = [
            seeds::LIQUIDITY,
            exchange.key().as_ref(),
            owner.key().as_ref(),
            &args.number.to_le_bytes()
        ],
        bump
    )]
    pub request: AccountLoader<'info, LiquidityRequest>,
    /// The quote token for a deposit, the shares for a redemption.
    pub mint: InterfaceAccount<'info, Mint>,
    /// Where they come from.
    #[account(mut)]
    pub source: InterfaceAccount<'info, TokenAccount>,
    /// The escrow of that mint.
    #[account(mut)]
    pub escrow: InterfaceAccount<'info, TokenAccount>,
    /// The LP's account for what comes out: of shares for a deposit, of quote for a redemption.
    #[account(token::authority = owner)]
    pub destination: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The program of the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// Creates the request.
    pub system_program: Program<'info, System>,
}

/// See [`crate::freeboard::request_liquidity`].
pub fn handler(ctx: Context<RequestLiquidity>, args: RequestLiquidityArgs) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    ensure(args.amount_atoms > 0, FreeboardError::AmountZero)?;
    let exchange = accounts.exchange.read()?;
    let mut pool = accounts.pool.write()?;
    // Judge.
    check(accounts, &exchange, &pool, args.kind, clock.unix_timestamp)?;
    // Move money: into escrow.
    accounts.open_request(&args, ctx.bumps.request, clock.unix_timestamp)?;
    Transfer {
        program: &accounts.token_program,
        mint: &accounts.mint,
        from: &accounts.source,
        to: accounts.escrow.to_account_info(),
        authority: accounts.owner.to_account_info(),
    }
    .signed(args.amount_atoms)?;
    // Tell.
    let sequence = pool.next_event();
    tell(&LiquidityRequested {
        stamp: Stamp::new(accounts.pool.key(), sequence, &clock),
        request: accounts.request.key(),
        owner: accounts.owner.key(),
        executor: args.executor.unwrap_or_default(),
        destination: accounts.destination.key(),
        kind: args.kind,
        amount_atoms: args.amount_atoms,
        min_out_atoms: args.min_out_atoms,
    })
}

impl RequestLiquidity<'_> {
    /// Writes the new request, none of which is executed.
    fn open_request(&self, args: &RequestLiquidityArgs, bump: u8, now: i64) -> Result<()> {
        let mut request = self.request.create()?;
        *request = LiquidityRequest {
            layout: request.layout,
            exchange: self.exchange.key(),
            owner: self.owner.key(),
            executor: args.executor.unwrap_or_default(),
            source: self.source.key(),
            destination: self.destination.key(),
            amount_atoms: args.amount_atoms,
            min_out_atoms: args.min_out_atoms,
            outcome_atoms: 0,
            requested_ts: now,
            number: args.number,
            kind: args.kind as u8,
            bump,
            padding: [0; 4],
        };
        Ok(())
    }
}

/// The operation is open, and the accounts are those of what goes in and of what comes out.
///
/// Errors: `OperationPaused`, `MintMismatch`, `VaultMismatch`.
fn check(
    accounts: &RequestLiquidity,
    exchange: &Exchange,
    pool: &Pool,
    kind: LiquidityKind,
    now: i64,
) -> Result<()> {
    let (operation, mint, escrow, wanted) = match kind {
        LiquidityKind::Deposit => (
            Operation::DepositLiquidity,
            exchange.quote_mint,
            pool.quote_escrow,
            pool.share_mint,
        ),
        LiquidityKind::Redeem => (
            Operation::RedeemLiquidity,
            pool.share_mint,
            pool.share_escrow,
            exchange.quote_mint,
        ),
    };
    pauses::require_open(exchange, operation, now)?;
    ensure(
        accounts.mint.key() == mint && accounts.destination.mint == wanted,
        FreeboardError::MintMismatch,
    )?;
    ensure(
        accounts.escrow.key() == escrow,
        FreeboardError::VaultMismatch,
    )
}
