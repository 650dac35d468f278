//! Executes an LP request whose delay has passed: mints shares for a deposit, pays quote for shares, at the
//! pool's value of now, counted against the LP where prices leave doubt. Anyone may call it.
use super::transfer::Transfer;
use crate::{
    error::{FreeboardError, OrRefuse, ensure},
    events::{LiquidityExecuted, Stamp},
    gates::{self, Operation},
    net_asset_value::NetAssetValue,
    pool_assets::PoolAssets,
    seeds,
    state::{Exchange, LiquidityRequest, Load, Pool},
};
use anchor_lang::prelude::*;
use anchor_spl::{
    token::Token,
    token_interface::{Burn, Mint, MintTo, TokenAccount, TokenInterface, burn, mint_to},
};
use freeboard_risk::pool as shares;

/// Accounts of execute_liquidity. Remaining accounts: every asset, writable, and its feed, by index.
#[derive(Accounts)]
pub struct ExecuteLiquidity<'info> {
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
    /// The LP's account for what comes out: of shares for a deposit, of quote for a redemption.
    #[account(mut, token::authority = owner)]
    pub destination: Box<InterfaceAccount<'info, TokenAccount>>,
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
    /// Shares minted to the LP, or quote paid.
    out_atoms: u64,
    /// Shares that the first deposit locks.
    locked_atoms: u64,
    /// The value of the pool that it was counted at.
    nav_atoms: i128,
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
    assets.gather(&mut pool)?;
    let value = NetAssetValue::compute(&assets, &pool, &exchange, now)?;
    // While somebody's loss has no payer yet, nobody buys into it or gets out before it.
    pool.set_value(value.at_price_atoms, now);
    ensure(
        value.nav.bad_debt_is_insured() && pool.deficit_atoms == 0,
        FreeboardError::LiquidityStopped,
    )?;
    let outcome = if request.is_redemption() {
        redeem(accounts, &request, &value, &mut pool)?
    } else {
        deposit(accounts, &request, &value, &exchange, &mut pool)?
    };
    ensure(
        outcome.out_atoms >= request.min_out_atoms,
        FreeboardError::PayoutBelowMinimum,
    )?;
    assets.allot(&mut pool, &mut exchange, now)?;
    let (creator, bump) = (exchange.creator, exchange.bump);
    drop(exchange);
    let sequence = pool.next_event();
    let pool_after_atoms = pool.ledger.pool_atoms;
    drop(pool);
    move_tokens(accounts, &request, &outcome, &creator, bump)?;
    emit!(LiquidityExecuted {
        stamp: Stamp::new(accounts.pool.key(), sequence, &clock),
        request: accounts.request.key(),
        owner: request.owner,
        is_redemption: request.is_redemption(),
        amount_atoms: request.amount_atoms,
        out_atoms: outcome.out_atoms,
        locked_atoms: outcome.locked_atoms,
        supply_before_atoms: accounts.share_mint.supply,
        nav_atoms: crate::atoms(outcome.nav_atoms)?,
        bad_debt_atoms: value.nav.known_bad_debt_atoms,
        insurance_atoms: value.nav.insurance_atoms,
        pool_after_atoms,
    });
    Ok(())
}

/// The request may be executed now, and the accounts are those of the exchange.
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
    gates::require_open(exchange, operation, now)?;
    if request.is_redemption() {
        // While nobody can be flagged, bad debt stays unknown.
        gates::require_open(exchange, Operation::Liquidate, now)?;
    }
    let from = request
        .requested_ts
        .saturating_add(exchange.pool.lp_delay_secs.into());
    let until = from.saturating_add(exchange.pool.lp_window_secs.into());
    ensure(now >= from, FreeboardError::RequestTooEarly)?;
    ensure(now < until, FreeboardError::RequestExpired)?;
    ensure(
        accounts.quote_mint.key() == exchange.quote_mint,
        FreeboardError::MintMismatch,
    )?;
    ensure(
        accounts.quote_vault.key() == exchange.quote_vault,
        FreeboardError::VaultMismatch,
    )?;
    let wanted = if request.is_redemption() {
        exchange.quote_mint
    } else {
        accounts.share_mint.key()
    };
    ensure(
        accounts.destination.mint == wanted,
        FreeboardError::MintMismatch,
    )
}

/// Shares for a deposit, at the high value; the cash becomes the pool's.
fn deposit(
    accounts: &ExecuteLiquidity,
    request: &LiquidityRequest,
    value: &NetAssetValue,
    exchange: &Exchange,
    pool: &mut Pool,
) -> Result<Outcome> {
    let (amount, supply) = (request.amount_atoms, accounts.share_mint.supply);
    let nav = value.nav.nav_for_deposit().or_refuse()?;
    shares::check_cap(amount, nav, exchange.pool.pool_cap_quote_atoms).or_refuse()?;
    let (out_atoms, locked_atoms) = if supply == 0 {
        let first = shares::first_shares(amount, nav).or_refuse()?;
        (first.depositor, first.locked)
    } else {
        let minted = shares::shares_for_deposit_floor(amount, supply, nav).or_refuse()?;
        (minted, 0)
    };
    pool.ledger.add_pool(crate::atoms(amount)?)?;
    Ok(Outcome {
        out_atoms,
        locked_atoms,
        nav_atoms: nav,
    })
}

/// Quote for shares, at the low value; what is left must carry the exposure.
fn redeem(
    accounts: &ExecuteLiquidity,
    request: &LiquidityRequest,
    value: &NetAssetValue,
    pool: &mut Pool,
) -> Result<Outcome> {
    let nav = value.nav.nav_for_redeem().or_refuse()?;
    let supply = accounts.share_mint.supply;
    let payout = shares::payout_floor(request.amount_atoms, supply, nav).or_refuse()?;
    pool.ledger
        .add_pool(crate::atoms(payout)?.saturating_neg())?;
    let free = pool.ledger.free_atoms()?;
    value.exposure.check(free.into()).or_refuse()?;
    Ok(Outcome {
        out_atoms: payout,
        locked_atoms: 0,
        nav_atoms: nav,
    })
}

/// Moves what was in escrow, and mints or burns.
fn move_tokens(
    accounts: &ExecuteLiquidity,
    request: &LiquidityRequest,
    outcome: &Outcome,
    creator: &Pubkey,
    bump: u8,
) -> Result<()> {
    let seed = [bump];
    let signer: &[&[&[u8]]] = &[&[seeds::EXCHANGE, creator.as_ref(), &seed]];
    let program = accounts.share_program.key();
    let authority = accounts.exchange.to_account_info();
    if request.is_redemption() {
        let burned = Burn {
            mint: accounts.share_mint.to_account_info(),
            from: accounts.share_escrow.to_account_info(),
            authority: authority.clone(),
        };
        burn(
            CpiContext::new_with_signer(program, burned, signer),
            request.amount_atoms,
        )?;
        return Transfer {
            program: &accounts.quote_program,
            mint: &accounts.quote_mint,
            from: &accounts.quote_vault,
            to: &accounts.destination,
            authority,
        }
        .by_exchange(outcome.out_atoms, creator, bump);
    }
    Transfer {
        program: &accounts.quote_program,
        mint: &accounts.quote_mint,
        from: &accounts.quote_escrow,
        to: &accounts.quote_vault,
        authority: authority.clone(),
    }
    .by_exchange(request.amount_atoms, creator, bump)?;
    let minted = [
        (&accounts.destination, outcome.out_atoms),
        (&accounts.share_escrow, outcome.locked_atoms),
    ];
    for (to, amount) in minted.into_iter().filter(|(_, amount)| *amount > 0) {
        let mint = MintTo {
            mint: accounts.share_mint.to_account_info(),
            to: to.to_account_info(),
            authority: authority.clone(),
        };
        mint_to(CpiContext::new_with_signer(program, mint, signer), amount)?;
    }
    Ok(())
}
