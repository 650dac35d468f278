//! Executes an LP request whose delay has passed: mints shares for a deposit, pays quote for shares, at the
//! pool's value of now, counted against the LP where prices leave doubt. The LP calls it, or an executor that it named:
//! the moment is worth something. Anyone may in the last hours of the window, while prices leave little doubt.
//!
//! A redemption that would leave the markets less than they need is executed as far as it leaves them that: who opens
//! positions just before it keeps the LP from what they need, not from the rest.
use crate::arrange::pool_assets::PoolAssets;
use crate::arrange::pool_value::lp_value;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{LiquidityExecuted, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::token_account;
use crate::instructions::account::transfer::Transfer;
use crate::seeds;
use crate::state::invariant::OrUndo;
use crate::state::{Exchange, LiquidityRequest, Load, Pool};
use anchor_lang::{AccountsClose, prelude::*};
use anchor_spl::{
    token::Token,
    token_interface::{Burn, Mint, MintTo, TokenAccount, TokenInterface, burn, mint_to},
};
use freeboard_risk::number::atoms::{QuoteAtoms, Shares, WideQuoteAtoms};
use freeboard_risk::pool::{
    self as shares, FirstShares, LpCaller, LpValue, LpWindowState, ShareValue,
};

/// Accounts of execute_liquidity. Remaining accounts: every asset, writable, and its feed, by index.
#[derive(Accounts)]
pub struct ExecuteLiquidity<'info> {
    /// The LP or its executor; anyone in the last hours.
    pub authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(
        mut,
        has_one = exchange @ FreeboardError::WrongExchange,
        has_one = share_mint @ FreeboardError::MintMismatch,
        has_one = share_escrow @ FreeboardError::VaultMismatch,
        has_one = quote_escrow @ FreeboardError::VaultMismatch
    )]
    pub pool: AccountLoader<'info, Pool>,
    /// The request; closed once the outcome of all of it is paid.
    #[account(
        mut,
        has_one = exchange @ FreeboardError::WrongExchange,
        has_one = owner @ FreeboardError::NotOwner,
        has_one = destination @ FreeboardError::DestinationMismatch
    )]
    pub request: AccountLoader<'info, LiquidityRequest>,
    /// CHECK: the request's owner, who gets the rent.
    #[account(mut)]
    pub owner: UncheckedAccount<'info>,
    /// CHECK: the one that the request names. Paid only if it is a token account of the LP that takes what comes out;
    /// else that stays in escrow, so that its state stops nobody.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// The quote token.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// The quote vault.
    #[account(mut)]
    pub quote_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Quote of waiting deposits.
    #[account(mut)]
    pub quote_escrow: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The shares.
    #[account(mut)]
    pub share_mint: Box<InterfaceAccount<'info, Mint>>,
    /// Shares of waiting redemptions, and those locked for ever.
    #[account(mut)]
    pub share_escrow: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The program of the shares.
    pub share_program: Program<'info, Token>,
    /// The program of the quote mint.
    pub quote_program: Interface<'info, TokenInterface>,
}

/// What a request comes to.
struct Outcome {
    /// What of it is executed: all, or of a redemption a part of the shares.
    in_atoms: u64,
    /// Shares minted to the LP, or quote paid.
    out_atoms: u64,
    /// Shares that the first deposit locks.
    locked_atoms: u64,
    /// The value of the pool that it was counted at.
    nav_atoms: i128,
    /// By how much the pool's cash grows.
    cash_atoms: i64,
}

/// See [`crate::freeboard::execute_liquidity`].
pub fn handler<'info>(ctx: Context<'info, ExecuteLiquidity<'info>>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    let key = accounts.exchange.key();
    let request = *accounts.request.read()?;
    let mut exchange = accounts.exchange.write()?;
    check(accounts, &exchange, &request, now)?;
    let mut pool = accounts.pool.write()?;
    let assets = PoolAssets::load(ctx.remaining_accounts, key, &exchange)?;
    assets.collect(&mut pool)?;
    let Decided { value, outcome } =
        decide(accounts, &assets, &exchange, &mut pool, &request, now)?;
    assets.allocate(&mut pool, &mut exchange, now)?;
    pool.invariant().or_undo()?;
    let (creator, bump) = (exchange.creator, exchange.bump);
    drop(exchange);
    let sequence = pool.next_event();
    let pool_after_atoms = pool.ledger.pool_atoms;
    drop(pool);
    let is_paid = move_tokens(accounts, &request, &outcome, &creator, bump)?;
    tell(&LiquidityExecuted {
        stamp: Stamp::new(accounts.pool.key(), sequence, &clock),
        request: accounts.request.key(),
        owner: request.owner,
        authority: accounts.authority.key(),
        is_redemption: request.is_redemption(),
        amount_atoms: outcome.in_atoms,
        left_atoms: request.amount_atoms.saturating_sub(outcome.in_atoms), // never below 0
        out_atoms: outcome.out_atoms,
        locked_atoms: outcome.locked_atoms,
        supply_before_atoms: accounts.share_mint.supply,
        is_paid,
        nav_atoms: crate::atoms(outcome.nav_atoms)?,
        nav_gap_atoms: crate::atoms(value.nav.gap().or_refuse()?)?,
        bad_debt_atoms: value.nav.known_bad_debt_atoms,
        insurance_atoms: value.nav.insurance_atoms,
        pool_after_atoms,
    })
}

/// What a request comes to, and the value that it does at.
struct Decided {
    value: LpValue,
    outcome: Outcome,
}

/// What the request comes to at the value of now, in the pool's books after it.
///
/// Errors: those of [`lp_value`], of [`check_caller`] and of the core; `LiquidityStopped`,
/// `PayoutBelowMinimum`.
fn decide(
    accounts: &ExecuteLiquidity,
    assets: &PoolAssets,
    exchange: &Exchange,
    pool: &mut Pool,
    request: &LiquidityRequest,
    now: i64,
) -> Result<Decided> {
    let caller = check_caller(accounts.authority.key, exchange, request, now)?;
    let value = lp_value(assets, pool, exchange, caller, now)?;
    // While somebody's loss has no payer yet, nobody buys into it or gets out before it.
    pool.set_value(value.at_price_atoms, now);
    ensure(
        value.nav.bad_debt_is_insured() && pool.deficit_atoms == 0,
        FreeboardError::LiquidityStopped,
    )?;
    if caller == LpCaller::Other {
        value.nav.check_gap().or_refuse()?;
    }
    let outcome = if request.is_redemption() {
        redeem(accounts, request, &value, pool)?
    } else {
        deposit(accounts, request, &value, exchange)?
    };
    ensure(
        outcome.out_atoms >= request.min_out_of(outcome.in_atoms)?,
        FreeboardError::PayoutBelowMinimum,
    )?;
    pool.ledger.add_pool(outcome.cash_atoms)?;
    let value_after = value.at_price_atoms.checked_add(outcome.cash_atoms.into());
    pool.set_value(value_after.or_raise(FreeboardError::Overflow)?, now);
    Ok(Decided { value, outcome })
}

/// Who calls: the LP and its executor choose the moment within the window; anybody else may in its last hours.
///
/// Errors: `RequestTooEarly`, `RequestExpired`, `NotExecutor`.
fn check_caller(
    authority: &Pubkey,
    exchange: &Exchange,
    request: &LiquidityRequest,
    now: i64,
) -> Result<LpCaller> {
    let by_lp = request.is_by_lp(authority);
    match (request.window(&exchange.pool).state_at(now), by_lp) {
        (LpWindowState::Waiting, _) => Err(FreeboardError::RequestTooEarly.raise()),
        (LpWindowState::Over, _) => Err(FreeboardError::RequestExpired.raise()),
        (LpWindowState::Ripe | LpWindowState::Open, true) => Ok(LpCaller::Lp),
        (LpWindowState::Open, false) => Ok(LpCaller::Other),
        (LpWindowState::Ripe, false) => Err(FreeboardError::NotExecutor.raise()),
    }
}

/// The request waits for this, the operation is open, and the accounts are those of the exchange.
///
/// Errors: `OperationPaused`, `RequestExecuted`, `MintMismatch`, `VaultMismatch`.
fn check(
    accounts: &ExecuteLiquidity,
    exchange: &Exchange,
    request: &LiquidityRequest,
    now: i64,
) -> Result<()> {
    let operation = if request.is_redemption() {
        Operation::RedeemLiquidity
    } else {
        Operation::DepositLiquidity
    };
    pauses::require_open(exchange, operation, now)?;
    // While nobody can be flagged bad debt stays unknown: nobody leaves before it, nobody buys it.
    pauses::require_open(exchange, Operation::Liquidate, now)?;
    ensure(!request.is_executed(), FreeboardError::RequestExecuted)?;
    ensure(
        accounts.quote_mint.key() == exchange.quote_mint,
        FreeboardError::MintMismatch,
    )?;
    ensure(
        accounts.quote_vault.key() == exchange.quote_vault,
        FreeboardError::VaultMismatch,
    )
}

/// Shares for a deposit, at the high value; the cash becomes the pool's.
fn deposit(
    accounts: &ExecuteLiquidity,
    request: &LiquidityRequest,
    value: &LpValue,
    exchange: &Exchange,
) -> Result<Outcome> {
    let amount = QuoteAtoms::new(request.amount_atoms);
    let supply = Shares::new(accounts.share_mint.supply);
    let nav = WideQuoteAtoms::new(value.nav.nav_for_deposit().or_refuse()?);
    let cap = QuoteAtoms::new(exchange.pool.pool_cap_quote_atoms);
    shares::check_cap(amount, nav, cap).or_refuse()?;
    let (minted, locked) = if supply.is_zero() {
        let first = FirstShares::new(amount, nav).or_refuse()?;
        (first.depositor, first.locked)
    } else {
        let minted = ShareValue { supply, nav }.deposit_floor(amount);
        (minted.or_refuse()?, Shares::ZERO)
    };
    Ok(Outcome {
        in_atoms: amount.get(),
        out_atoms: minted.get(),
        locked_atoms: locked.get(),
        nav_atoms: nav.get(),
        cash_atoms: crate::atoms(amount.get())?,
    })
}

/// Quote for shares, at the low value: for all of them, or for as many as leave the markets the free cash that they
/// need. A part is paid at once or not at all: the escrow holds one thing for a request.
///
/// Errors: `PoolUtilizationExceeded` where no share can be redeemed, or not all of them and the destination takes no
/// transfer; those of the core.
fn redeem(
    accounts: &ExecuteLiquidity,
    request: &LiquidityRequest,
    value: &LpValue,
    pool: &Pool,
) -> Result<Outcome> {
    let all = ShareValue {
        supply: Shares::new(accounts.share_mint.supply),
        nav: WideQuoteAtoms::new(value.nav.nav_for_redeem().or_refuse()?),
    };
    let asked = Shares::new(request.amount_atoms);
    let spare = value.exposure.spare_atoms(pool.ledger.free_atoms()?.into());
    let redeemed = all.redeemable_floor(asked, QuoteAtoms::new(spare));
    let redeemed = redeemed.or_refuse()?;
    ensure(
        redeemed == asked || !redeemed.is_zero() && accounts.destination_takes_quote(),
        FreeboardError::PoolUtilizationExceeded,
    )?;
    let payout_atoms = all.payout_floor(redeemed).or_refuse()?.get();
    Ok(Outcome {
        in_atoms: redeemed.get(),
        out_atoms: payout_atoms,
        locked_atoms: 0,
        nav_atoms: all.nav.get(),
        cash_atoms: crate::atoms(payout_atoms)?.saturating_neg(),
    })
}

/// Moves what was in escrow, and mints or burns. Whether the LP was paid: where the destination takes no transfer the
/// outcome waits in escrow, and the request stays to say so. It stays as well for what is left of it.
fn move_tokens(
    accounts: &ExecuteLiquidity,
    request: &LiquidityRequest,
    outcome: &Outcome,
    creator: &Pubkey,
    bump: u8,
) -> Result<bool> {
    let is_paid = if request.is_redemption() {
        pay_quote(accounts, outcome, creator, bump)?
    } else {
        pay_shares(accounts, outcome, creator, bump)?
    };
    if !is_paid {
        accounts.request.write()?.outcome_atoms = outcome.out_atoms;
    } else if outcome.in_atoms < request.amount_atoms {
        accounts.request.write()?.take(outcome.in_atoms)?;
    } else {
        accounts.request.close(accounts.owner.to_account_info())?;
    }
    Ok(is_paid)
}

/// Burns the shares of a redemption and pays its quote. Returns whether to the LP.
fn pay_quote(
    accounts: &ExecuteLiquidity,
    outcome: &Outcome,
    creator: &Pubkey,
    bump: u8,
) -> Result<bool> {
    let seed = [bump];
    let signer: &[&[&[u8]]] = &[&[seeds::EXCHANGE, creator.as_ref(), &seed]];
    let authority = accounts.exchange.to_account_info();
    let burned = Burn {
        mint: accounts.share_mint.to_account_info(),
        from: accounts.share_escrow.to_account_info(),
        authority: authority.clone(),
    };
    let context = CpiContext::new_with_signer(accounts.share_program.key(), burned, signer);
    burn(context, outcome.in_atoms)?;
    let is_paid = accounts.destination_takes_quote();
    Transfer {
        program: &accounts.quote_program,
        mint: &accounts.quote_mint,
        from: &accounts.quote_vault,
        to: if is_paid {
            accounts.destination.to_account_info()
        } else {
            accounts.quote_escrow.to_account_info()
        },
        authority,
    }
    .by_exchange(outcome.out_atoms, creator, bump)?;
    Ok(is_paid)
}

/// Takes the quote of a deposit into the vault and mints its shares. Returns whether to the LP.
fn pay_shares(
    accounts: &ExecuteLiquidity,
    outcome: &Outcome,
    creator: &Pubkey,
    bump: u8,
) -> Result<bool> {
    let seed = [bump];
    let signer: &[&[&[u8]]] = &[&[seeds::EXCHANGE, creator.as_ref(), &seed]];
    let program = accounts.share_program.key();
    Transfer {
        program: &accounts.quote_program,
        mint: &accounts.quote_mint,
        from: &accounts.quote_escrow,
        to: accounts.quote_vault.to_account_info(),
        authority: accounts.exchange.to_account_info(),
    }
    .by_exchange(outcome.in_atoms, creator, bump)?;
    let is_paid = accounts.destination_takes(&program, &accounts.share_mint.key());
    let escrow = accounts.share_escrow.to_account_info();
    let to = if is_paid {
        accounts.destination.to_account_info()
    } else {
        escrow.clone()
    };
    let minted = [(to, outcome.out_atoms), (escrow, outcome.locked_atoms)];
    for (to, amount) in minted.into_iter().filter(|(_, amount)| *amount > 0) {
        let mint = MintTo {
            mint: accounts.share_mint.to_account_info(),
            to,
            authority: accounts.exchange.to_account_info(),
        };
        mint_to(CpiContext::new_with_signer(program, mint, signer), amount)?;
    }
    Ok(is_paid)
}

impl ExecuteLiquidity<'_> {
    fn destination_takes_quote(&self) -> bool {
        self.destination_takes(self.quote_program.key, &self.quote_mint.key())
    }

    /// Whether the destination is a token account of the LP, of this program and mint, that takes a transfer now.
    fn destination_takes(&self, program: &Pubkey, mint: &Pubkey) -> bool {
        token_account::takes_transfer(&self.destination, program, mint, self.owner.key)
    }
}
