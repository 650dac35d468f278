//! Lets an asset take note of a price in its feed: one that a trade or a liquidation accepts becomes the recorded
//! one, any other still shows that the feed lives and how far the price is from its EMA. Anyone may call it: a keeper that
//! waits for the EMA's band to be waived, or knows that an announced absence is none.
use crate::error::{FreeboardError, ensure};
use crate::event_log::tell;
use crate::events::{PriceShown, Stamp};
use crate::oracle;
use crate::state::{Asset, Load};
use anchor_lang::prelude::*;
use freeboard_risk::price::feed::NOT_ABSENT;

/// Accounts of show_price.
#[derive(Accounts)]
pub struct ShowPrice<'info> {
    /// The asset.
    #[account(mut)]
    pub asset: AccountLoader<'info, Asset>,
    /// CHECK: owner, binding and content are checked by `oracle::read`.
    pub feed: UncheckedAccount<'info>,
}

/// See [`crate::freeboard::show_price`].
pub fn handler(ctx: Context<ShowPrice>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let mut asset = ctx.accounts.asset.write()?;
    ensure(!asset.is_settled(), FreeboardError::AssetSettled)?;
    let price = oracle::read_current(&asset, &ctx.accounts.feed, now)?;
    let absent_since_ts = asset.absent_since_ts;
    asset.record(&price, now)?;
    let sequence = asset.next_event();
    tell(&PriceShown {
        stamp: Stamp::new(ctx.accounts.asset.key(), sequence, &clock),
        asset_index: asset.index,
        price_e12: price.price.0,
        confidence_e12: price.confidence.0,
        ema_e12: price.ema.0,
        publish_ts: price.publish_ts,
        recorded_publish_ts: asset.recorded.publish_ts,
        ema_beyond_since_ts: asset.ema_beyond_since_ts,
        refutes_absence: absent_since_ts != NOT_ABSENT && asset.absent_since_ts == NOT_ABSENT,
    })
}
