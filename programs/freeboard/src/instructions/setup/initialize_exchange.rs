//! Creates an exchange with its quote vault, its pool, the mint of the pool's shares and the escrows of LP requests.
//! Parameters are checked against the hard bounds.
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::event_log::*;
use crate::events::{ExchangeInitialized, Stamp};
use crate::governance::mint::check_mint;
use crate::governance::{check_scenarios, check_timelock};
use crate::new_account::NewAccount;
use crate::seeds;
use crate::state::invariant::OrUndo;
use crate::state::{Exchange, LiquidationParams, Pool, PoolParams, PortfolioParams, Scenario};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use anchor_spl::token_interface::{Mint, TokenInterface};
use freeboard_risk::params::{self as risk, PortfolioCoefficients};
use freeboard_risk::pool::borrow::{self, BorrowState};

/// Decimals of the quote token: 1 atom is 10^-6 USD.
pub const QUOTE_DECIMALS: u8 = 6;
/// Decimals of a share: the first costs one quote atom.
pub const SHARE_DECIMALS: u8 = 6;

/// Arguments of initialize_exchange.
#[derive(Clone, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct InitializeExchangeArgs {
    /// Decides on everything, after a delay.
    pub governance: Pubkey,
    /// Tightens without delay.
    pub risk_manager: Pubkey,
    /// Pauses, and cancels what waits.
    pub guardian: Pubkey,
    /// The delay, seconds: at least a day.
    pub timelock_secs: u32,
    /// Portfolio parameters.
    pub portfolio: PortfolioParams,
    /// Liquidation parameters.
    pub liquidation: LiquidationParams,
    /// Pool, loan, reward and order parameters.
    pub pool: PoolParams,
    /// Joint scenarios, at most 16.
    pub scenarios: Vec<Scenario>,
}

/// Accounts of initialize_exchange.
#[derive(Accounts)]
pub struct InitializeExchange<'info> {
    /// Pays, and gives the exchange its address.
    #[account(mut)]
    pub creator: Signer<'info>,
    /// The new exchange.
    /// CHECK: created here, at the address of its seeds; so are all that follow as such.
    #[account(mut, seeds = [seeds::EXCHANGE, creator.key().as_ref()], bump)]
    pub exchange: UncheckedAccount<'info>,
    /// Its pool.
    /// CHECK: created here.
    #[account(mut, seeds = [seeds::POOL, exchange.key().as_ref()], bump)]
    pub pool: UncheckedAccount<'info>,
    /// The quote token.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// Holds all quote tokens.
    /// CHECK: created here.
    #[account(
        mut,
        seeds = [seeds::VAULT, exchange.key().as_ref(), quote_mint.key().as_ref()],
        bump
    )]
    pub quote_vault: UncheckedAccount<'info>,
    /// The pool's shares.
    /// CHECK: created here.
    #[account(mut, seeds = [seeds::SHARES, exchange.key().as_ref()], bump)]
    pub share_mint: UncheckedAccount<'info>,
    /// Holds the shares of waiting redemptions, and those locked for ever.
    /// CHECK: created here.
    #[account(
        mut,
        seeds = [seeds::ESCROW, exchange.key().as_ref(), share_mint.key().as_ref()],
        bump
    )]
    pub share_escrow: UncheckedAccount<'info>,
    /// Holds the quote tokens of waiting deposits.
    /// CHECK: created here.
    #[account(
        mut,
        seeds = [seeds::ESCROW, exchange.key().as_ref(), quote_mint.key().as_ref()],
        bump
    )]
    pub quote_escrow: UncheckedAccount<'info>,
    /// The program of the quote mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// The program of the shares.
    pub share_program: Program<'info, Token>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::initialize_exchange`].
pub fn handler(ctx: Context<InitializeExchange>, args: InitializeExchangeArgs) -> Result<()> {
    let accounts = &ctx.accounts;
    let clock = Clock::get()?;

    // Judge.
    check_mint(&accounts.quote_mint.to_account_info())?;
    ensure(
        accounts.quote_mint.decimals == QUOTE_DECIMALS,
        FreeboardError::QuoteMintDecimals,
    )?;
    check(&args)?;

    // Write.
    create_exchange(accounts, ctx.bumps.exchange, &args, &clock)?;
    create_pool(accounts, ctx.bumps.pool)?;
    create_tokens(accounts, &ctx.bumps)?;

    // Tell.
    accounts.log.tell(&ExchangeInitialized {
        stamp: Stamp::new(accounts.exchange.key(), 1, &clock),
        governance: args.governance,
        risk_manager: args.risk_manager,
        guardian: args.guardian,
        timelock_secs: args.timelock_secs,
        quote_mint: accounts.quote_mint.key(),
        share_mint: accounts.share_mint.key(),
        portfolio: args.portfolio,
        liquidation: args.liquidation,
        pool: args.pool,
        scenarios: args.scenarios,
    })
}

impl<'info> InitializeExchange<'info> {
    fn new_account<'a>(
        &'a self,
        account: &'a UncheckedAccount<'info>,
        seeds: &'a [&'a [u8]],
    ) -> NewAccount<'a, 'info> {
        NewAccount {
            payer: self.creator.as_ref(),
            account: account.as_ref(),
            seeds,
        }
    }
}

/// The quote vault, the mint of the shares and both escrows, all of the exchange.
fn create_tokens(accounts: &InitializeExchange, bumps: &InitializeExchangeBumps) -> Result<()> {
    let exchange = accounts.exchange.as_ref();
    let (key, mint) = (exchange.key.as_ref(), accounts.share_mint.as_ref());
    let seeds: &[&[u8]] = &[seeds::SHARES, key, &[bumps.share_mint]];
    let program = accounts.share_program.key;
    accounts
        .new_account(&accounts.share_mint, seeds)
        .create_mint(program, SHARE_DECIMALS, exchange.key)?;
    let seeds: &[&[u8]] = &[seeds::ESCROW, key, mint.key.as_ref(), &[bumps.share_escrow]];
    let escrow = accounts.new_account(&accounts.share_escrow, seeds);
    escrow.create_token_account(program, mint, exchange)?;

    let quote = AsRef::<AccountInfo>::as_ref(accounts.quote_mint.as_ref());
    let program = accounts.token_program.key;
    for (account, seed, bump) in [
        (&accounts.quote_vault, seeds::VAULT, bumps.quote_vault),
        (&accounts.quote_escrow, seeds::ESCROW, bumps.quote_escrow),
    ] {
        let seeds: &[&[u8]] = &[seed, key, quote.key.as_ref(), &[bump]];
        let new = accounts.new_account(account, seeds);
        new.create_token_account(program, quote, exchange)?;
    }
    Ok(())
}

fn create_pool(accounts: &InitializeExchange, bump: u8) -> Result<()> {
    let exchange = accounts.exchange.key();
    let seeds: &[&[u8]] = &[seeds::POOL, exchange.as_ref(), &[bump]];
    let mut pool = accounts
        .new_account(&accounts.pool, seeds)
        .create::<Pool>()?;
    pool.exchange = exchange;
    pool.share_mint = accounts.share_mint.key();
    pool.share_escrow = accounts.share_escrow.key();
    pool.quote_escrow = accounts.quote_escrow.key();
    pool.bump = bump;
    pool.invariant().or_undo()
}

fn create_exchange(
    accounts: &InitializeExchange,
    bump: u8,
    args: &InitializeExchangeArgs,
    clock: &Clock,
) -> Result<()> {
    let creator = accounts.creator.key();
    let seeds: &[&[u8]] = &[seeds::EXCHANGE, creator.as_ref(), &[bump]];
    let new = accounts.new_account(&accounts.exchange, seeds);
    let mut exchange = new.create::<Exchange>()?;
    exchange.creator = creator;
    exchange.governance = args.governance;
    exchange.risk_manager = args.risk_manager;
    exchange.guardian = args.guardian;
    exchange.timelock_secs = args.timelock_secs;
    exchange.quote_mint = accounts.quote_mint.key();
    exchange.quote_vault = accounts.quote_vault.key();
    exchange.bump = bump;
    exchange.event_sequence = 1;
    store_params(&mut exchange, args)?;
    let base = borrow::rate(&args.pool.into(), 0, 0);
    let borrow = BorrowState::new(clock.unix_timestamp, base);
    exchange.borrow.set(&borrow);
    exchange.invariant().or_undo()
}

/// All hard bounds.
fn check(args: &InitializeExchangeArgs) -> Result<()> {
    check_timelock(args.timelock_secs)?;
    risk::PortfolioParams::from(args.portfolio)
        .check_bounds()
        .or_refuse()?;
    risk::LiquidationParams::from(args.liquidation)
        .check_bounds()
        .or_refuse()?;
    risk::PoolParams::from(args.pool)
        .check_bounds()
        .or_refuse()?;
    check_scenarios(&args.scenarios)
}

fn store_params(exchange: &mut Exchange, args: &InitializeExchangeArgs) -> Result<()> {
    exchange.portfolio = args.portfolio;
    exchange.liquidation = args.liquidation;
    exchange.pool = args.pool;
    exchange.portfolio_words = PortfolioCoefficients::new(&args.portfolio.into())
        .or_refuse()?
        .to_words();
    exchange.set_scenarios(&args.scenarios)
}
