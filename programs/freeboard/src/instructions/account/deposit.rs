//! Moves tokens into a margin account, quote or collateral of an asset, or quote into the pool. Needs no price and works
//! in every state of the account.
//!
//! Collateral counts as far as the asset's cap has room; what is above it is taken and counts at weight 0. A later deposit
//! counts it too, as far as there is room then. Exception: of an account below its initial margin, whose assets are given,
//! what is worth twice what it lacks is relief: it counts beyond the cap, for the maintenance margin alone. Where these assets are not what they should be, the cap holds
//! and the deposit is taken all the same.
//!
//! What opens a collateral slot must be worth the asset's minimum notional at the price recorded last: each slot is two
//! more accounts for whoever liquidates. And as much as the account is known to be below zero: else its owner puts off a
//! bankruptcy by a slot that somebody must buy first, and again.
use crate::arrange::{AssetAccounts, Holdings, SharedRisk};
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{Deposited, PoolFunded, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::instructions::account::transfer::{Transfer, Vault};
use crate::state::{Asset, Collateral, Exchange, Load, MarginAccount, NO_ASSET, Pool};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::market::collateral::MarginRelief;
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::margin::{self, InitialVerdict};

/// Accounts of deposit. Remaining accounts: none, or the margin account's assets and feeds as they are after the deposit,
/// by ascending asset index, and any more: so that collateral above the cap counts for an account below its initial
/// margin, also where a liquidation has freed a slot just before.
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// Authority of the source. For a margin account its owner or delegate, and nobody else: foreign dust would take up
    /// the account's few collateral slots. For the pool governance.
    pub authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool, whose loans a deposit repays, or which is paid into.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The margin account; none for the pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: Option<AccountLoader<'info, MarginAccount>>,
    /// The asset whose collateral it is; none for quote.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: Option<AccountLoader<'info, Asset>>,
    /// The token.
    pub mint: InterfaceAccount<'info, Mint>,
    /// Where the tokens come from.
    #[account(mut)]
    pub source: InterfaceAccount<'info, TokenAccount>,
    /// The vault of the exchange or of the asset.
    #[account(mut)]
    pub vault: InterfaceAccount<'info, TokenAccount>,
    /// The program of the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

/// Amount of quote that repays the loan with its interest until now, and no more.
pub(in crate::instructions) const ALL_ATOMS: u64 = u64::MAX;

/// See [`crate::freeboard::deposit`].
pub fn handler<'info>(ctx: Context<'info, Deposit<'info>>, amount_atoms: u64) -> Result<()> {
    let clock = Clock::get()?;
    ensure(amount_atoms > 0, FreeboardError::AmountZero)?;
    let exchange = ctx.accounts.exchange.read()?;
    match &ctx.accounts.margin_account {
        Some(account) => into_account(&ctx, &exchange, account, amount_atoms, &clock),
        None => into_pool(ctx.accounts, &exchange, amount_atoms, &clock),
    }
}

/// What a margin account was credited with.
struct BookedDeposit {
    asset_index: u16,
    amount_atoms: u64,
    interest_atoms: i64,
    balance_after_atoms: i64,
    /// What of the collateral counts at both levels after it.
    counted_after_atoms: u64,
    /// What of it is relief.
    relief_after_atoms: u64,
}

fn into_account<'info>(
    ctx: &Context<'info, Deposit<'info>>,
    exchange: &Exchange,
    margin_account: &AccountLoader<MarginAccount>,
    amount_atoms: u64,
    clock: &Clock,
) -> Result<()> {
    // Judge.
    let (accounts, now) = (&*ctx.accounts, clock.unix_timestamp);
    pauses::require_open(exchange, Operation::Deposit, now)?;
    let mut account = margin_account.write()?;
    account.require_authority(accounts.authority.key)?;
    let asset = accounts.asset.as_ref();
    Vault::new(exchange, asset)?.require(&accounts.mint, &accounts.vault)?;

    // Move money.
    let booked = match asset {
        None => {
            let index_q64 = exchange.borrow.index_at(now);
            credit_quote(&mut account, &accounts.pool, index_q64, amount_atoms)?
        }
        Some(asset) => {
            credit_collateral(&mut account, asset, amount_atoms, now)?;
            if !ctx.remaining_accounts.is_empty() {
                // An error leaves the deposit at the cap: `relieve` changes nothing before it has succeeded, and what others
                // did to a slot or a feed just before must stop no rescue.
                drop(relieve(&mut account, (exchange, asset), ctx, now));
            }
            booked_collateral(&account, asset, amount_atoms)?
        }
    };
    transfer(accounts, booked.amount_atoms)?;

    // Tell.
    let sequence = account.next_event();
    tell(&Deposited {
        stamp: Stamp::new(margin_account.key(), sequence, clock),
        asset_index: booked.asset_index,
        amount_atoms: booked.amount_atoms,
        interest_atoms: booked.interest_atoms,
        balance_after_atoms: booked.balance_after_atoms,
        counted_after_atoms: booked.counted_after_atoms,
        relief_after_atoms: booked.relief_after_atoms,
    })
}

/// Credits quote, after the interest until now.
///
/// Errors: `NothingToRepay`, `Overflow`.
fn credit_quote(
    account: &mut MarginAccount,
    pool: &AccountLoader<Pool>,
    index_q64: u128,
    mut amount_atoms: u64,
) -> Result<BookedDeposit> {
    let mut pool = pool.write()?;
    let interest_atoms = account.settle_interest(index_q64, &mut pool.ledger)?;
    if amount_atoms == ALL_ATOMS {
        amount_atoms = account.loan().atoms.unsigned_abs();
        ensure(amount_atoms > 0, FreeboardError::NothingToRepay)?;
    }
    pool.ledger.change_quote(account, signed(amount_atoms)?)?;
    account.end_idle_flag();
    Ok(BookedDeposit {
        asset_index: NO_ASSET,
        amount_atoms,
        interest_atoms,
        balance_after_atoms: account.quote_atoms,
        counted_after_atoms: 0,
        relief_after_atoms: 0,
    })
}

/// Credits collateral, where the market takes it and it is worth a slot.
///
/// Errors: `NothingToRepay`, `AssetSettled`, `AssetWindingDown`, `CollateralBelowMinimum`, `TooManyCollaterals`,
/// `Overflow`.
fn credit_collateral(
    account: &mut MarginAccount,
    asset: &AccountLoader<Asset>,
    amount_atoms: u64,
    now: i64,
) -> Result<()> {
    ensure(amount_atoms != ALL_ATOMS, FreeboardError::NothingToRepay)?;
    let mut asset = asset.write()?;
    asset.require_deposits()?;
    if account.collateral_atoms(asset.index) == 0 {
        asset.require_collateral_worth(amount_atoms, account.bad_debt_atoms)?;
    }
    asset.deposit_collateral(account, amount_atoms, now)
}

/// Makes relief of collateral beyond the cap, where the account lacks initial margin: what is worth, weighted, twice what
/// it lacks with the relief that it has. So what is deposited again and again is no more relief than at once. Exception: the cap holds where a position, or the collateral itself, has no usable price.
///
/// Errors: those of the remaining accounts; `Overflow`. Then nothing is changed.
#[inline(never)] // a stack frame of its own
fn relieve<'info>(
    account: &mut MarginAccount,
    (exchange, deposited): (&Exchange, &AccountLoader<Asset>),
    ctx: &Context<'info, Deposit<'info>>,
    now: i64,
) -> Result<()> {
    let exchange_key = ctx.accounts.exchange.key();
    let mut assets = AssetAccounts::by_index(ctx.remaining_accounts, exchange_key)?;
    let holdings = Holdings::load(account, &mut assets, PriceStandard::Trade, now)?;
    assets.finish(now)?;
    let quote_atoms = account.quote_after_interest(exchange, now)?;
    let shared = SharedRisk::load(exchange, now);
    let portfolio = shared.portfolio(quote_atoms, &holdings.list);
    let initial = margin::initial_with_relief(&portfolio).or_refuse()?;
    let mut asset = deposited.write()?;
    let held = holdings.get(asset.index)?;
    if initial.verdict != InitialVerdict::NotMet || !held.usable_initial {
        return Ok(());
    }
    let lacking = initial.free_collateral_atoms.saturating_neg();
    let relief = MarginRelief {
        lacking: QuoteAtoms::new(u64::try_from(lacking).unwrap_or(u64::MAX)),
        price: held.asset_price(),
        collateral_weight: asset.coefficients(now).collateral_weight,
    };
    let balance = account.collateral_mut(asset.index)?.balance();
    let counted_atoms = balance.counted().or_refuse()?.maintenance_atoms;
    let uncounted_atoms = balance.amount_atoms.saturating_sub(counted_atoms);
    let more_atoms = relief.relief_floor(uncounted_atoms).or_refuse()?;
    asset.relieve(account, more_atoms)
}

/// What is told of a deposit of collateral.
fn booked_collateral(
    account: &MarginAccount,
    asset: &AccountLoader<Asset>,
    amount_atoms: u64,
) -> Result<BookedDeposit> {
    let asset_index = asset.read()?.index;
    let held = account.find_collateral(asset_index);
    let balance = held.map(Collateral::balance).unwrap_or_default();
    Ok(BookedDeposit {
        asset_index,
        amount_atoms,
        interest_atoms: 0,
        balance_after_atoms: signed(balance.amount_atoms)?,
        counted_after_atoms: balance.counted_atoms().or_refuse()?,
        relief_after_atoms: balance.relief_atoms().or_refuse()?,
    })
}

/// Pays quote into the pool: plain cash of governance, without shares, so that nothing comes back out and nobody else
/// moves what a share is worth. No pause stops it.
///
/// Errors: `NotGovernance`, `AssetAccountUnexpected`, `MintMismatch`, `VaultMismatch`, `Overflow`.
fn into_pool(
    accounts: &Deposit,
    exchange: &Exchange,
    amount_atoms: u64,
    clock: &Clock,
) -> Result<()> {
    // Judge.
    let by_governance = *accounts.authority.key == exchange.governance;
    ensure(by_governance, FreeboardError::NotGovernance)?;
    let without_asset = accounts.asset.is_none();
    ensure(without_asset, FreeboardError::AssetAccountUnexpected)?;
    Vault::new(exchange, None)?.require(&accounts.mint, &accounts.vault)?;

    // Move money.
    let amount = signed(amount_atoms)?;
    let mut pool = accounts.pool.write()?;
    pool.ledger.add_pool(amount)?;
    pool.value_atoms = pool.value_atoms.saturating_add(amount);
    transfer(accounts, amount_atoms)?;

    // Tell.
    let sequence = pool.next_event();
    tell(&PoolFunded {
        stamp: Stamp::new(accounts.pool.key(), sequence, clock),
        amount_atoms,
        pool_after_atoms: pool.ledger.pool_atoms,
    })
}

fn transfer(accounts: &Deposit, amount_atoms: u64) -> Result<()> {
    Transfer {
        program: &accounts.token_program,
        mint: &accounts.mint,
        from: &accounts.source,
        to: accounts.vault.to_account_info(),
        authority: accounts.authority.to_account_info(),
    }
    .signed(amount_atoms)
}

fn signed(atoms: u64) -> Result<i64> {
    i64::try_from(atoms).or_raise(FreeboardError::Overflow)
}
