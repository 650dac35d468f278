//! Carries out a change whose timelock has passed. Anyone may, so that nobody can hold back what everybody
//! has been told; the change is what was proposed, to the byte.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::event_log::*;
use crate::events::{FeedMigrated, MarketSettled, ParametersChanged, Stamp, WindDownAnnounced};
use crate::governance::feed_migration;
use crate::governance::{Target, Wait, dead_feed};
use crate::state::invariant::OrUndo;
use crate::state::{
    Asset, AssetStatus, Change, Exchange, FeedBinding, Load, PendingChange, RecordedPrice,
    Versioned,
};
use anchor_lang::prelude::*;

/// Accounts of execute_change. Remaining accounts: the feed that is to be settled as dead; for another feed the old one
/// and the new one.
#[derive(Accounts)]
pub struct ExecuteChange<'info> {
    /// Carries it out.
    pub executor: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The asset that the change names, if any.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub asset: Option<AccountLoader<'info, Asset>>,
    /// The change.
    #[account(
        mut,
        has_one = exchange @ FreeboardError::WrongExchange,
        has_one = payer @ FreeboardError::ChangePayerMismatch,
        close = payer
    )]
    pub pending: Box<Account<'info, PendingChange>>,
    /// CHECK: who paid for it gets the rent back.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::execute_change`].
pub fn handler(ctx: Context<ExecuteChange>, number: u64) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let (accounts, feeds) = (&ctx.accounts, ctx.remaining_accounts);
    let pending = &accounts.pending;
    let mut exchange = accounts.exchange.write()?;
    let mut asset = accounts.asset.as_ref().map(Load::write).transpose()?;
    let wait = Wait::of_pending(pending, &exchange);
    let before = asset.as_deref().map(Before::of);

    // Judge.
    let mut target = Target::new(&mut exchange, asset.as_deref_mut(), &pending.change)?;
    check_pending(pending, number, target.version(&pending.change), wait, now)?;
    if let Change::AssetFeed { feed, .. } = &pending.change {
        return migrate(accounts, &mut target, feed, feeds, &clock);
    }
    check_feed(target.asset.as_deref(), pending, feeds)?;

    // Change.
    let applied = target.apply(&pending.change, pending.proposed_ts, now)?;

    // Tell.
    let sequence = exchange.next_event();
    accounts.log.tell(&ParametersChanged {
        stamp: Stamp::new(accounts.exchange.key(), sequence, &clock),
        number,
        by: accounts.executor.key(),
        old: applied.old,
        new: pending.change.clone(),
        ramp_end_ts: applied.ramp_end_ts,
    })?;
    if let (Some(loader), Some(asset), Some(before)) = (&accounts.asset, &mut asset, before) {
        before.tell(&accounts.log, loader.key(), asset, pending, &clock)?;
    }
    Ok(())
}

/// Binds an asset to another feed, if both show the same price now, as they did when it was proposed. A refusal costs
/// nothing, and another moment may do.
///
/// Errors: `AssetAccountMissing`, `AssetAccountUnexpected`; those of [`Target::check_change`] and
/// [`feed_migration::agree_or_dead`].
#[inline(never)]
fn migrate(
    accounts: &ExecuteChange,
    target: &mut Target,
    new: &FeedBinding,
    feeds: &[AccountInfo],
    clock: &Clock,
) -> Result<()> {
    // Judge.
    let (change, now) = (&accounts.pending.change, clock.unix_timestamp);
    target.check_change(change, now)?;
    target.count(change)?;
    let missing = FreeboardError::ChangeTargetMismatch;
    let key = accounts.asset.as_ref().or_raise(missing)?.key();
    let asset = target.asset.as_deref_mut().or_raise(missing)?;
    let [old_feed, new_feed] = feed_migration::pair(feeds)?;
    let agreed = feed_migration::agree_or_dead(asset, new, old_feed, new_feed, now)?;

    // Change.
    let old = FeedBinding {
        kind: asset.oracle_kind(),
        feed: asset.feed,
    };
    feed_migration::bind(asset, new, &agreed, now)?;
    asset.invariant().or_undo()?;

    // Tell.
    let sequence = asset.next_event();
    accounts.log.tell(&FeedMigrated {
        stamp: Stamp::new(key, sequence, clock),
        number: accounts.pending.number,
        asset_index: asset.index,
        old,
        new: *new,
        old_price_e12: agreed.old.price.0,
        old_publish_ts: agreed.old.publish_ts,
        old_is_live: agreed.is_live,
        new_price_e12: agreed.new.price.0,
        new_publish_ts: agreed.new.publish_ts,
        band_e9: agreed.band_e9,
    })
}

/// The feed of an asset that is to be settled because it has died shows nothing else; another change needs none.
///
/// Errors: `AssetAccountMissing`, `AssetAccountUnexpected`; those of [`dead_feed::check_dead`].
#[inline(never)]
fn check_feed(asset: Option<&Asset>, pending: &PendingChange, feeds: &[AccountInfo]) -> Result<()> {
    match (&pending.change, asset, feeds) {
        (Change::SettleDeadFeed { .. }, Some(asset), [feed]) => {
            dead_feed::check_dead(asset, feed, pending.proposed_ts)
        }
        (Change::SettleDeadFeed { .. }, _, []) => Err(FreeboardError::AssetAccountMissing.raise()),
        _ => ensure(feeds.is_empty(), FreeboardError::AssetAccountUnexpected),
    }
}

/// What an asset was before a change of its life.
struct Before {
    status: AssetStatus,
    collateral_weight_e9: u64,
    recorded: RecordedPrice,
}

impl Before {
    fn of(asset: &Asset) -> Self {
        Self {
            status: asset.status(),
            collateral_weight_e9: asset.params.collateral_weight_e9,
            recorded: asset.recorded,
        }
    }

    /// Tells what a change has made of the asset's life.
    #[inline(never)]
    fn tell(
        &self,
        log: &EventLog,
        key: Pubkey,
        asset: &mut Asset,
        pending: &PendingChange,
        clock: &Clock,
    ) -> Result<()> {
        match &pending.change {
            Change::WindDown { .. } => log.tell(&WindDownAnnounced {
                stamp: Stamp::new(key, asset.next_event(), clock),
                number: pending.number,
                asset_index: asset.index,
                status_before: self.status,
                settle_from_ts: asset.settle_from_ts,
                weight_before_e9: self.collateral_weight_e9,
            }),
            Change::SettleDeadFeed { .. } => log.tell(&MarketSettled {
                stamp: Stamp::new(key, asset.next_event(), clock),
                asset_index: asset.index,
                price_e12: asset.recorded.price().0,
                last_price_e12: self.recorded.price().0,
                last_publish_ts: self.recorded.publish_ts,
                covered_secs: 0,
            }),
            _ => Ok(()),
        }
    }
}

/// The change of this number, proposed against the values of now, in its time.
///
/// Errors: `AccountVersionUnsupported`, `ChangeNumberMismatch`, `ChangeStale`, `ChangeTooEarly`, `ChangeExpired`.
pub(in crate::instructions) fn check_pending(
    pending: &PendingChange,
    number: u64,
    version: u32,
    wait: Wait,
    now: i64,
) -> Result<()> {
    pending.require_version()?;
    ensure(
        pending.number == number,
        FreeboardError::ChangeNumberMismatch,
    )?;
    ensure(pending.version == version, FreeboardError::ChangeStale)?;
    wait.require_over(now)
}
