//! Answers with what a trade would do, by return data: the same code on copies; changes nothing. A trade that
//! would be refused is refused here, with the same error.
use crate::arrange::{AssetAccounts, AssetSource, SharedRisk};
use crate::error::{FreeboardError, OrRefuse};
use crate::events::MarginSnapshot;
use crate::instructions::trading::fill::{self, Filling};
use crate::instructions::trading::trade::TradeArgs;
use crate::state::{Asset, Exchange, Load, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::liquidation_prices;
use freeboard_risk::price::observation::FillKind;
use freeboard_risk::price::standing::Standing;

/// The answer of preview_trade. Amounts in quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct TradePreview {
    /// Fill price, USD per whole unit × 10^12: up for a buyer, down for a seller.
    pub fill_price_e12: u128,
    /// Oracle price that it starts from.
    pub oracle_price_e12: u128,
    /// |size| · fill price.
    pub fill_notional_atoms: u64,
    /// Taker fee.
    pub fee_atoms: u64,
    /// Profit or loss of the part that is closed.
    pub realized_pnl_atoms: i64,
    /// Interest that would be paid first.
    pub interest_atoms: i64,
    /// Funding that would be settled first; negative when the account pays.
    pub funding_atoms: i64,
    /// Position after it, base atoms.
    pub size_after_atoms: i64,
    /// Entry notional after it.
    pub entry_after_atoms: i64,
    /// Quote balance after it.
    pub quote_after_atoms: i64,
    /// True if it only reduces.
    pub is_reduce: bool,
    /// What must be met after it: initial margin for an increase, maintenance for a reduce.
    pub requirement: MarginSnapshot,
    /// Price of the asset at which the account would be liquidatable after it, all else unchanged, × 10^12: of the
    /// one below and the one above the nearer; 0 if there is none.
    pub liquidation_price_e12: u128,
    /// The one in the other direction; 0 if there is none.
    pub far_liquidation_price_e12: u128,
}

/// Accounts of preview_trade. Remaining accounts: those of trade; none needs to be writable.
#[derive(Accounts)]
pub struct PreviewTrade<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account.
    #[account(has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::preview_trade`].
pub fn handler<'info>(
    ctx: Context<'info, PreviewTrade<'info>>,
    args: TradeArgs,
) -> Result<TradePreview> {
    let now = Clock::get()?.unix_timestamp;
    let exchange = ctx.accounts.exchange.read()?;
    let mut account = Box::new(*ctx.accounts.margin_account.read()?);
    let assets = AssetAccounts::new(ctx.remaining_accounts, ctx.accounts.exchange.key());
    trade_preview(&exchange, &mut account, assets, &args, now)
}

/// What a trade would do. `account` is a copy, which becomes what it would be after it.
///
/// Errors: those of trade, but for who signs it and for what the pool would have to pay.
#[inline(always)] // has one caller on chain
pub fn trade_preview(
    exchange: &Exchange,
    account: &mut MarginAccount,
    assets: impl AssetSource,
    args: &TradeArgs,
    now: i64,
) -> Result<TradePreview> {
    // Read, into copies.
    let mut prepared = fill::prepare(args.wanted(), exchange, account, assets, now)?;
    let copied = |asset: &Asset, _: &AccountInfo| Ok(Box::new(*asset));
    let mut asset = prepared.assets.take(args.asset_index, copied)?;
    // Fill, and judge as after it.
    let filling = fill::fill_trade(exchange, account, &mut asset, &mut prepared, now)?;
    let prices = liquidation_prices_after(exchange, account, &mut prepared, args, now)?;
    // Tell.
    Ok(TradePreview::new(&filling, account, prices))
}

impl TradePreview {
    /// The preview of a fill, and of the account after it.
    fn new(filling: &Filling, account: &MarginAccount, [near, far]: [u128; 2]) -> Self {
        let executed = &filling.executed;
        Self {
            fill_price_e12: executed.fill.price.0,
            oracle_price_e12: filling.observation.price.0,
            fill_notional_atoms: executed.fill.notional_quote_atoms,
            fee_atoms: executed.fee.total_atoms,
            realized_pnl_atoms: executed.filled.realized_quote_atoms,
            interest_atoms: filling.accruals.interest_atoms,
            funding_atoms: filling.accruals.funding_atoms,
            size_after_atoms: executed.filled.position.size_atoms,
            entry_after_atoms: executed.filled.position.entry_quote_atoms,
            quote_after_atoms: account.quote_atoms,
            is_reduce: filling.kind == FillKind::Reduce,
            requirement: filling.requirement,
            liquidation_price_e12: near,
            far_liquidation_price_e12: far,
        }
    }
}

/// Both liquidation prices of the traded asset, at the prices that the trade counts.
#[inline(never)] // a stack frame of its own
fn liquidation_prices_after(
    exchange: &Exchange,
    account: &MarginAccount,
    prepared: &mut fill::Prepared<impl AssetSource>,
    args: &TradeArgs,
    now: i64,
) -> Result<[u128; 2]> {
    let holdings = &mut prepared.holdings;
    let index = holdings.position(args.asset_index)?;
    for holding in &mut holdings.list {
        holding.standing = Standing::Usable;
    }
    let shared = SharedRisk::load(exchange, now);
    let portfolio = shared.portfolio(account.quote_atoms, &holdings.list);
    let prices = liquidation_prices(&portfolio, index).or_refuse()?;
    Ok([prices.nearer, prices.farther].map(|price| price.map_or(0, |price| price.0)))
}
