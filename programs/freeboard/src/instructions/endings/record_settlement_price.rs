//! Counts a price towards the one that a market is settled at, in the last day of its wind-down and after it
//! until enough is covered; then ends the market at the average. Anyone may: see `settlement` for what that lets
//! them choose.
use crate::endings::settlement;
use crate::error::FreeboardError;
use crate::event_log::tell;
use crate::events::{MarketSettled, SettlementPriceRecorded, Stamp};
use crate::oracle;
use crate::state::{Asset, Exchange, Load};
use anchor_lang::prelude::*;
use freeboard_risk::price::standard::PriceStandard;

/// Accounts of record_settlement_price.
#[derive(Accounts)]
pub struct RecordSettlementPrice<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: AccountLoader<'info, Asset>,
    /// CHECK: owner, binding and content are checked by `oracle::read`. Not read once enough is covered.
    pub feed: UncheckedAccount<'info>,
}

/// See [`crate::freeboard::record_settlement_price`].
pub fn handler(ctx: Context<RecordSettlementPrice>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let key = ctx.accounts.asset.key();
    let mut asset = ctx.accounts.asset.write()?;
    settlement::check_time(&asset, now)?;
    if !settlement::is_due(&asset, now) {
        count(&mut asset, &ctx.accounts.feed, key, &clock)?;
    }
    if !settlement::is_due(&asset, now) {
        return Ok(());
    }
    let last = asset.recorded;
    let price = settlement::average(&asset);
    settlement::end(&mut asset, price, now)?;
    let sequence = asset.next_event();
    tell(&MarketSettled {
        stamp: Stamp::new(key, sequence, &clock),
        asset_index: asset.index,
        price_e12: price.0,
        last_price_e12: last.price().0,
        last_publish_ts: last.publish_ts,
        covered_secs: asset.average.secs,
    })
}

/// Counts the feed's price of now.
///
/// Errors: those of a feed and of the price standard `Trade`; `SettlementPriceTooSoon`.
#[inline(never)]
fn count(asset: &mut Asset, feed: &AccountInfo, key: Pubkey, clock: &Clock) -> Result<()> {
    let now = clock.unix_timestamp;
    let observation = oracle::read_current(asset, feed, now)?;
    asset.check_price(PriceStandard::Trade, &observation, now)?;
    let weight_secs = settlement::count(asset, observation.price, now)?;
    asset.record(&observation, now)?;
    let sequence = asset.next_event();
    tell(&SettlementPriceRecorded {
        stamp: Stamp::new(key, sequence, clock),
        asset_index: asset.index,
        price_e12: observation.price.0,
        publish_ts: observation.publish_ts,
        weight_secs,
        covered_secs: asset.average.secs,
        average_e12: settlement::average(asset).0,
        settle_from_ts: asset.settle_from_ts,
    })
}
