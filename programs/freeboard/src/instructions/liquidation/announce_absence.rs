//! Announces that an asset's feed gives no price. Anyone may call it. A valuation without a price update of the
//! asset, because there is none or its caller hides it, counts the recorded price moved far in the account's favour;
//! 315 s after this, and unless anybody has shown a price update published since, no further than the price may have
//! moved, and after a day it may be taken for dead in a bankruptcy.
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::event_log::tell;
use crate::events::{AbsenceAnnounced, Stamp};
use crate::oracle;
use crate::state::{Asset, Load};
use anchor_lang::prelude::*;

/// Accounts of announce_absence.
#[derive(Accounts)]
pub struct AnnounceAbsence<'info> {
    /// The asset.
    #[account(mut)]
    pub asset: AccountLoader<'info, Asset>,
    /// CHECK: its feed, at the address of a legacy one; owner, binding and content are checked by `oracle::shown`.
    pub feed: UncheckedAccount<'info>,
}

/// See [`crate::freeboard::announce_absence`].
pub fn handler(ctx: Context<AnnounceAbsence>) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let mut asset = ctx.accounts.asset.write()?;
    ensure(!asset.is_settled(), FreeboardError::AssetSettled)?;
    let update = oracle::shown(&asset, &ctx.accounts.feed, now)?;
    let known = asset.known().announced(update, &asset.limits(), now);
    asset.set_known(&known.or_refuse()?);
    let sequence = asset.next_event();
    tell(&AbsenceAnnounced {
        stamp: Stamp::new(ctx.accounts.asset.key(), sequence, &clock),
        asset_index: asset.index,
        recorded_price_e12: asset.recorded.price().0,
        recorded_publish_ts: asset.recorded.publish_ts,
        shown_publish_ts: asset.shown_publish_ts,
    })
}
