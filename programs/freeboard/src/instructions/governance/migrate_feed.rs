//! Carries out a change of an asset's feed whose timelock has passed, if both feeds show the same price now, as
//! they did when it was proposed. Anyone may; a refusal costs nothing, and another moment may do.
use crate::error::FreeboardError;
use crate::event_log::*;
use crate::events::{FeedMigrated, Stamp};
use crate::governance::feed_migration;
use crate::governance::{Target, Wait};
use crate::instructions::governance::execute_change::check_pending;
use crate::state::{Asset, Change, Exchange, FeedBinding, Load, PendingChange};
use anchor_lang::prelude::*;

/// Accounts of migrate_feed.
#[derive(Accounts)]
pub struct MigrateFeed<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: AccountLoader<'info, Asset>,
    /// The change.
    #[account(
        mut,
        has_one = exchange @ FreeboardError::WrongExchange,
        has_one = payer @ FreeboardError::ChangePayerMismatch,
        close = payer
    )]
    pub pending: Account<'info, PendingChange>,
    /// CHECK: who paid for it gets the rent back.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// CHECK: owner, binding and content are checked by `oracle::read`; it may have died.
    pub old_feed: UncheckedAccount<'info>,
    /// CHECK: owner, binding and content are checked by `oracle::read`.
    pub new_feed: UncheckedAccount<'info>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::migrate_feed`].
pub fn handler(ctx: Context<MigrateFeed>, number: u64) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let accounts = &ctx.accounts;
    let pending = &accounts.pending;
    let Change::AssetFeed { feed: new, .. } = &pending.change else {
        return Err(FreeboardError::ChangeNeedsInstruction.raise());
    };
    let mut exchange = accounts.exchange.write()?;
    let mut asset = accounts.asset.write()?;
    let wait = Wait::of_pending(pending, &exchange);
    let mut target = Target::new(&mut exchange, Some(&mut asset), &pending.change)?;
    let version = target.version(&pending.change);
    check_pending(pending, number, version, wait, now)?;
    target.check_change(&pending.change, now)?;
    target.count(&pending.change)?;

    let old = FeedBinding {
        kind: asset.oracle_kind(),
        feed: asset.feed,
    };
    let (old_feed, new_feed) = (&accounts.old_feed, &accounts.new_feed);
    let agreed = feed_migration::agree_or_dead(&asset, new, old_feed, new_feed, now)?;
    feed_migration::bind(&mut asset, new, &agreed, now)?;
    let sequence = asset.next_event();
    accounts.log.tell(&FeedMigrated {
        stamp: Stamp::new(accounts.asset.key(), sequence, &clock),
        number,
        asset_index: asset.index,
        old,
        new: *new,
        old_price_e12: agreed.old.price.0,
        old_publish_ts: agreed.old.publish_ts,
        old_is_live: agreed.is_live,
        new_price_e12: agreed.new.price.0,
        new_publish_ts: agreed.new.publish_ts,
        band_e9: agreed.band_e9,
    })?;
    Ok(())
}
