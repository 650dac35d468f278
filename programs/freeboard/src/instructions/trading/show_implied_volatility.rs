//! Shows an update of the index that an asset's implied volatility is bound to. Anyone may. One that is not newer, stale,
//! wide or absurd is ignored, and the event says why: a refusal would let others stop a transaction that shows the index
//! before it withdraws, by a newer update of their own.
//! The target is refreshed either way, so that what has lapsed counts no longer.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::event_log::tell;
use crate::events::{ImpliedVolatilityIgnored, ImpliedVolatilityShown, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::oracle;
use crate::state::{Asset, Exchange, Load};
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::Price;
use freeboard_risk::price::implied::ImpliedDoubt;
use freeboard_risk::price::observation::Observation;

/// Accounts of show_implied_volatility.
#[derive(Accounts)]
pub struct ShowImpliedVolatility<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: AccountLoader<'info, Asset>,
    /// CHECK: owner, binding and content are checked by `oracle::read_index`.
    pub feed: UncheckedAccount<'info>,
}

/// See [`crate::freeboard::show_implied_volatility`].
pub fn handler(ctx: Context<ShowImpliedVolatility>) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let exchange = ctx.accounts.exchange.read()?;
    pauses::require_open(&exchange, Operation::Sample, now)?;
    let mut asset = ctx.accounts.asset.write()?;
    ensure(!asset.is_settled(), FreeboardError::AssetSettled)?;
    let binding = asset.implied.feed_binding();
    let binding = binding.or_raise(FreeboardError::ImpliedFeedMissing)?;
    let latest_ts = now.saturating_add(asset.oracle.max_future_secs.into());
    let update = oracle::read_index(&binding, &ctx.accounts.feed, latest_ts)?;

    // Judge.
    let known = asset.implied.known();
    let sigma_cap = asset.target().sigma_cap;
    let judged = update
        .ok_or(ImpliedDoubt::Absurd)
        .and_then(|update| known.after(&update, sigma_cap, now));
    if let Ok(known) = &judged {
        asset.implied.set_known(known);
    }
    let volatility = asset.refresh_volatility(now)?;

    // Tell.
    let sequence = asset.next_event();
    let stamp = Stamp::new(ctx.accounts.asset.key(), sequence, &clock);
    match judged {
        Ok(known) => tell(&ImpliedVolatilityShown {
            stamp,
            asset_index: asset.index,
            index_e12: update.unwrap_or(UNREADABLE).price.0,
            publish_ts: known.publish_ts,
            until_ts: known.until_ts,
            sigma_q60: known.sigma.to_bits(),
            sigma_target_q60: volatility.sigma_target.to_bits(),
            u_mm_q60: volatility.u_prev.to_bits(),
        }),
        Err(doubt) => tell_ignored(stamp, asset.index, doubt, update.unwrap_or(UNREADABLE)),
    }
}

#[cold]
#[inline(never)]
fn tell_ignored(
    stamp: Stamp,
    asset_index: u16,
    doubt: ImpliedDoubt,
    update: Observation,
) -> Result<()> {
    tell(&ImpliedVolatilityIgnored {
        stamp,
        asset_index,
        reason: doubt.into(),
        index_e12: update.price.0,
        confidence_e12: update.confidence.0,
        publish_ts: update.publish_ts,
    })
}

/// What an event says of an update that holds no index.
const UNREADABLE: Observation = Observation {
    price: Price(0),
    confidence: Price(0),
    ema: Price(0),
    publish_ts: 0,
};
