//! Carries out a listing whose timelock has passed: oracle binding, parameters within the hard bounds,
//! perpetual market, and, if it has a mint, a collateral vault. Anyone may. The first volatility state is
//! σ_initial at the price of now.
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::event_log::*;
use crate::events::{AssetCreated, Stamp};
use crate::governance::mint::check_mint;
use crate::governance::pauses::{self, Operation};
use crate::governance::{Wait, check_listing, pool_shares_with};
use crate::instructions::governance::execute_change::check_pending;
use crate::new_account::NewAccount;
use crate::oracle;
use crate::seeds;
use crate::state::invariant::OrUndo;
use crate::state::{Asset, Change, Exchange, Listing, Load, PendingChange};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenInterface};
use freeboard_risk::params::AssetCoefficients;
use freeboard_risk::price::feed::FeedRecord;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::volatility::VolatilityState;

/// New collateral counts nothing for so long, seconds: a day to see what was listed.
pub const WEIGHT_DELAY_SECS: i64 = 86_400;

/// Accounts of create_asset.
#[derive(Accounts)]
#[instruction(number: u64, asset_index: u16)]
pub struct CreateAsset<'info> {
    /// Pays.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The listing.
    #[account(
        mut,
        has_one = exchange @ FreeboardError::WrongExchange,
        constraint = pending.payer == proposer.key() @ FreeboardError::ChangePayerMismatch,
        close = proposer
    )]
    pub pending: Box<Account<'info, PendingChange>>,
    /// CHECK: who paid for the listing's account gets the rent back.
    #[account(mut)]
    pub proposer: UncheckedAccount<'info>,
    /// The new asset.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<Asset>(),
        seeds = [
            seeds::ASSET,
            exchange.key().as_ref(),
            asset_index.to_le_bytes().as_ref()
        ],
        bump
    )]
    pub asset: AccountLoader<'info, Asset>,
    /// CHECK: owner, binding and content are checked by `oracle::read`.
    pub feed: UncheckedAccount<'info>,
    /// Collateral mint, if the asset is to be collateral.
    pub mint: Option<InterfaceAccount<'info, Mint>>,
    /// Its vault.
    /// CHECK: created here, at the address of its seeds.
    #[account(
        mut,
        seeds = [seeds::VAULT, exchange.key().as_ref(), asset.key().as_ref()],
        bump
    )]
    pub vault: Option<UncheckedAccount<'info>>,
    /// The program of the mint.
    pub token_program: Option<Interface<'info, TokenInterface>>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::create_asset`].
pub fn handler(ctx: Context<CreateAsset>, number: u64, asset_index: u16) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let mut exchange = accounts.exchange.write()?;
    let listing = listing_of(&accounts.pending)?;

    // Judge.
    require_listed(
        accounts,
        &exchange,
        (number, asset_index),
        clock.unix_timestamp,
    )?;
    check_listing(listing)?;
    let share_e9 = listing.trade.pool_share_e9;
    let share_total_e9 = pool_shares_with(&exchange, 0, share_e9)?;
    check_collateral(accounts, &exchange, listing)?;

    // Write.
    create_vault(accounts, ctx.bumps.vault)?;
    exchange.pool_share_total_e9 = share_total_e9;
    let count = exchange.asset_count.checked_add(1);
    exchange.asset_count = count.or_raise(FreeboardError::TooManyAssets)?;
    let mut asset = accounts.asset.create()?;
    asset.bump = ctx.bumps.asset;
    bind(&mut asset, accounts, asset_index);
    let provision_secs = exchange.portfolio.funding_provision_secs;
    let feed = &accounts.feed;
    start(&mut asset, listing, feed, provision_secs, &clock)?;

    // Check after.
    asset.invariant().or_undo()?;

    // Tell.
    let sequence = asset.next_event();
    accounts.log.tell(&AssetCreated {
        stamp: Stamp::new(accounts.asset.key(), sequence, &clock),
        number,
        asset_index,
        listing: listing.clone(),
        price_e12: asset.recorded.price().0,
        weight_from_ts: asset.weight_from_ts,
    })
}

/// The vault of an asset that is collateral.
///
/// Errors: `ConstraintAccountIsNone` of Anchor's without the mint's program; those of [`NewAccount`].
fn create_vault(accounts: &CreateAsset, bump: Option<u8>) -> Result<()> {
    let (Some(mint), Some(vault), Some(bump)) = (&accounts.mint, &accounts.vault, bump) else {
        return Ok(());
    };
    let program = accounts.token_program.as_ref();
    let program = program.ok_or(ErrorCode::ConstraintAccountIsNone)?;
    let exchange = accounts.exchange.as_ref();
    let new = NewAccount {
        payer: accounts.payer.as_ref(),
        account: vault.as_ref(),
        seeds: &[
            seeds::VAULT,
            exchange.key.as_ref(),
            accounts.asset.as_ref().key.as_ref(),
            &[bump],
        ],
    };
    new.create_token_account(program.key, mint.as_ref(), exchange)
}

/// Its place in the exchange, and its collateral.
fn bind(asset: &mut Asset, accounts: &CreateAsset, index: u16) {
    asset.exchange = accounts.exchange.key();
    asset.index = index;
    if let (Some(mint), Some(vault)) = (&accounts.mint, &accounts.vault) {
        asset.mint = mint.key();
        asset.vault = vault.key();
    }
}

/// The listing that the change carries.
///
/// Errors: `ChangeNeedsInstruction`.
fn listing_of(pending: &PendingChange) -> Result<&Listing> {
    match &pending.change {
        Change::Listing { listing, .. } => Ok(listing),
        _ => Err(FreeboardError::ChangeNeedsInstruction.raise()),
    }
}

/// The listing is the one that was meant, is the exchange's next asset, and has waited; listings are not paused.
///
/// Errors: `OperationPaused`, `ChangeStale`, `ChangeTargetMismatch`; those of [`check_pending`].
fn require_listed(
    accounts: &CreateAsset,
    exchange: &Exchange,
    (number, asset_index): (u64, u16),
    now: i64,
) -> Result<()> {
    let pending = &accounts.pending;
    pauses::require_open(exchange, Operation::CreateAsset, now)?;
    let listed = pending.change.target();
    ensure(listed == exchange.asset_count, FreeboardError::ChangeStale)?;
    ensure(asset_index == listed, FreeboardError::ChangeTargetMismatch)?;
    let version = pending.version; // a new asset has no other values that it could replace
    check_pending(
        pending,
        number,
        version,
        Wait::of_pending(pending, exchange),
        now,
    )
}

/// Mint and vault are those of the listing, or missing as there; the mint is acceptable and has the asset's
/// decimals.
fn check_collateral(accounts: &CreateAsset, exchange: &Exchange, listing: &Listing) -> Result<()> {
    let given = accounts.mint.as_ref().map_or(Pubkey::default(), Key::key);
    ensure(given == listing.mint, FreeboardError::MintMismatch)?;
    let Some(mint) = &accounts.mint else {
        ensure(accounts.vault.is_none(), FreeboardError::MintMismatch)?;
        return Ok(());
    };
    ensure(accounts.vault.is_some(), FreeboardError::VaultMismatch)?;
    ensure(given != exchange.quote_mint, FreeboardError::MintIsQuote)?;
    check_mint(&mint.to_account_info())?;
    ensure(
        mint.decimals == listing.params.base_decimals,
        FreeboardError::CollateralMintDecimals,
    )
}

/// Name, feed and parameters as listed; binary parameters, first recorded price and volatility.
fn start(
    asset: &mut Asset,
    listing: &Listing,
    feed: &AccountInfo,
    funding_provision_secs: u32,
    clock: &Clock,
) -> Result<()> {
    let now = clock.unix_timestamp;
    asset.name = listing.name;
    asset.oracle_kind = listing.feed.kind as u8;
    asset.feed = listing.feed.feed;
    asset.params = listing.params;
    asset.oracle = listing.oracle;
    asset.trade = listing.trade;
    let params = asset.params.into();
    let coefficients = AssetCoefficients::new(&params, funding_provision_secs).or_refuse()?;
    let observation = oracle::read_current(asset, feed, now)?;
    asset.set_known(&FeedRecord::new(observation));
    asset.check_price(PriceStandard::Trade, &observation, now)?;
    asset.funding.updated_ts = now;
    let volatility = VolatilityState::new(
        observation.price,
        observation.publish_ts,
        now,
        &params,
        &coefficients,
    )
    .or_refuse()?;
    asset.volatility_words = volatility.to_words();
    asset.coefficient_words = coefficients.to_words();
    asset.renew_turnover(0, now);
    asset.weight_from_ts = now.saturating_add(WEIGHT_DELAY_SECS);
    Ok(())
}
