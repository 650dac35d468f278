//! Carries out a change whose timelock has passed. Anyone may, so that nobody can hold back what everybody
//! has been told; the change is what was proposed, to the byte.
use crate::error::{FreeboardError, ensure};
use crate::event_log::*;
use crate::events::{MarketSettled, ParametersChanged, Stamp, WindDownAnnounced};
use crate::governance::{Target, Wait, dead_feed};
use crate::state::{
    Asset, AssetStatus, Change, Exchange, Load, PendingChange, RecordedPrice, Versioned,
};
use anchor_lang::prelude::*;

/// Accounts of execute_change. Remaining accounts: the feed, if it is to be settled as dead.
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
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let mut exchange = ctx.accounts.exchange.write()?;
    let pending = &ctx.accounts.pending;
    let mut asset = match &ctx.accounts.asset {
        Some(asset) => Some(asset.write()?),
        None => None,
    };
    let wait = Wait::of_pending(pending, &exchange);
    let before = asset.as_deref().map(Before::of);
    let mut target = Target::new(&mut exchange, asset.as_deref_mut(), &pending.change)?;
    check_pending(pending, number, target.version(&pending.change), wait, now)?;
    check_feed(target.asset.as_deref(), pending, ctx.remaining_accounts)?;
    let applied = target.apply(&pending.change, pending.proposed_ts, now)?;
    let sequence = exchange.next_event();
    ctx.accounts.log.tell(&ParametersChanged {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        number,
        by: ctx.accounts.executor.key(),
        old: applied.old,
        new: pending.change.clone(),
        ramp_end_ts: applied.ramp_end_ts,
    })?;
    if let (Some(loader), Some(asset), Some(before)) = (&ctx.accounts.asset, &mut asset, before) {
        before.tell(&ctx.accounts.log, loader.key(), asset, pending, &clock)?;
    }
    Ok(())
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
