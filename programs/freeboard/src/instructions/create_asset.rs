//! Lists an asset: oracle binding, parameters within the hard bounds, perpetual market, and, if a
//! mint is given, a collateral vault. Its first volatility state is σ_initial at the price of now.
use crate::{
    error::{FreeboardError, OrRaise, OrRefuse, ensure},
    events::{AssetCreated, Stamp},
    gates::{self, Operation},
    mint::check_mint,
    oracle, seeds,
    state::{Asset, AssetParams, Exchange, MAX_ASSETS, OracleKind, OracleParams, TradeParams},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use freeboard_risk::{
    params::{self as risk, AssetCoefficients},
    volatility::VolatilityState,
};

/// New collateral counts nothing for so long, seconds: a day to see what was listed.
pub const CREDIT_DELAY_SECS: i64 = 86_400;
/// 100 % in the scale of shares.
const ALL_E9: u64 = 1_000_000_000;

/// Arguments of create_asset.
#[derive(Clone, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct CreateAssetArgs {
    /// 1 to 16 printable ASCII characters, zero-padded.
    pub name: [u8; 16],
    /// Which kind of Pyth account.
    pub oracle_kind: OracleKind,
    /// Feed id (receiver) or account address (legacy).
    pub feed: [u8; 32],
    /// Volatility and shocks.
    pub params: AssetParams,
    /// Oracle limits.
    pub oracle: OracleParams,
    /// Perpetual market.
    pub trade: TradeParams,
}

/// Accounts of create_asset.
#[derive(Accounts)]
pub struct CreateAsset<'info> {
    /// Pays.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The exchange's governance.
    pub governance: Signer<'info>,
    /// The exchange.
    #[account(mut, has_one = governance @ FreeboardError::NotGovernance)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The new asset.
    #[account(
        init,
        payer = payer,
        space = 8 + size_of::<Asset>(),
        seeds = [
            seeds::ASSET,
            exchange.key().as_ref(),
            exchange.load()?.asset_count.to_le_bytes().as_ref()
        ],
        bump
    )]
    pub asset: AccountLoader<'info, Asset>,
    /// CHECK: owner, binding and content are checked by `oracle::read`.
    pub feed: UncheckedAccount<'info>,
    /// Collateral mint, if the asset is to be collateral.
    pub mint: Option<InterfaceAccount<'info, Mint>>,
    /// Its vault.
    #[account(
        init,
        payer = payer,
        seeds = [seeds::VAULT, exchange.key().as_ref(), asset.key().as_ref()],
        bump,
        token::mint = mint,
        token::authority = exchange,
        token::token_program = token_program
    )]
    pub vault: Option<InterfaceAccount<'info, TokenAccount>>,
    /// The program of the mint.
    pub token_program: Option<Interface<'info, TokenInterface>>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// See [`crate::freeboard::create_asset`].
pub fn handler(ctx: Context<CreateAsset>, args: CreateAssetArgs) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let mut exchange = accounts.exchange.load_mut()?;
    gates::require_open(&exchange, Operation::CreateAsset, clock.unix_timestamp)?;
    check(&args, &mut exchange)?;
    check_collateral(accounts, &exchange, &args)?;

    let mut asset = accounts.asset.load_init()?;
    asset.exchange = accounts.exchange.key();
    asset.index = exchange.asset_count;
    asset.bump = ctx.bumps.asset;
    asset.name = args.name;
    asset.oracle_kind = args.oracle_kind as u8;
    asset.feed = args.feed;
    asset.params = args.params;
    asset.oracle = args.oracle;
    asset.trade = args.trade;
    if let (Some(mint), Some(vault)) = (&accounts.mint, &accounts.vault) {
        asset.mint = mint.key();
        asset.vault = vault.key();
    }
    exchange.asset_count = exchange
        .asset_count
        .checked_add(1)
        .or_raise(FreeboardError::TooManyAssets)?;
    start(
        &mut asset,
        &accounts.feed,
        exchange.portfolio.funding_provision_secs,
        &clock,
    )?;

    let sequence = asset.next_event();
    emit!(AssetCreated {
        stamp: Stamp::new(accounts.asset.key(), sequence, &clock),
        asset_index: asset.index,
        name: asset.name,
        feed: asset.feed,
        oracle_kind: asset.oracle_kind,
        mint: asset.mint,
        price_e12: asset.recorded.price().0,
        credit_from_ts: asset.credit_from_ts,
        params: args.params,
        oracle: args.oracle,
        trade: args.trade,
    });
    Ok(())
}

/// Name and hard bounds; takes the asset's share of the pool.
fn check(args: &CreateAssetArgs, exchange: &mut Exchange) -> Result<()> {
    let length = args
        .name
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(args.name.len());
    let (text, rest) = args.name.split_at(length);
    let valid = !text.is_empty()
        && text.iter().all(u8::is_ascii_graphic)
        && rest.iter().all(|byte| *byte == 0);
    ensure(valid, FreeboardError::NameInvalid)?;
    ensure(
        exchange.asset_count < MAX_ASSETS,
        FreeboardError::TooManyAssets,
    )?;

    let oracle: risk::OracleParams = args.oracle.into();
    let trade: risk::TradeParams = args.trade.into();
    oracle.check_bounds().or_refuse()?;
    trade.check_bounds().or_refuse()?;
    risk::AssetParams::from(args.params)
        .check_bounds(&oracle, &trade)
        .or_refuse()?;
    exchange.pool_share_total_e9 = exchange
        .pool_share_total_e9
        .checked_add(args.trade.pool_share_e9)
        .filter(|total| *total <= ALL_E9)
        .or_raise(FreeboardError::UtilizationOutOfBounds)?;
    Ok(())
}

/// Mint and vault come together or not at all; the mint is acceptable and has the asset's decimals.
fn check_collateral(
    accounts: &CreateAsset,
    exchange: &Exchange,
    args: &CreateAssetArgs,
) -> Result<()> {
    let Some(mint) = &accounts.mint else {
        ensure(accounts.vault.is_none(), FreeboardError::MintMismatch)?;
        return Ok(());
    };
    ensure(accounts.vault.is_some(), FreeboardError::VaultMismatch)?;
    ensure(
        mint.key() != exchange.quote_mint,
        FreeboardError::MintIsQuote,
    )?;
    check_mint(&mint.to_account_info())?;
    ensure(
        mint.decimals == args.params.base_decimals,
        FreeboardError::CollateralMintDecimals,
    )?;
    Ok(())
}

/// Binary parameters, first recorded price and volatility.
fn start(
    asset: &mut Asset,
    feed: &AccountInfo,
    funding_provision_secs: u32,
    clock: &Clock,
) -> Result<()> {
    let now = clock.unix_timestamp;
    let params = asset.params.into();
    let coefficients = AssetCoefficients::new(&params, funding_provision_secs).or_refuse()?;
    let observation = oracle::read_current(asset, feed, now)?;
    observation
        .check_trade(&asset.oracle.into(), now)
        .or_refuse()?;
    asset.funding.updated_ts = now;
    asset.record(&observation, now)?;
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
    asset.credit_from_ts = now.saturating_add(CREDIT_DELAY_SECS);
    Ok(())
}
