//! Takes a proposed change back: governance or the guardian at any time; anyone once it has expired, or by showing
//! that the feed lives which it takes for dead. The guardian cannot cancel the offer of its own role to somebody
//! else.
use crate::error::{FreeboardError, ensure};
use crate::event_log::*;
use crate::events::{ChangeCancelled, Stamp};
use crate::governance::{Wait, dead_feed};
use crate::state::{Asset, Change, Exchange, Load, PendingChange, Role, Versioned};
use anchor_lang::prelude::*;

/// Accounts of cancel_change. Remaining accounts: for a change that takes a feed for dead the asset and its feed,
/// where that is to be shown alive.
#[derive(Accounts)]
pub struct CancelChange<'info> {
    /// The exchange's governance or guardian; anyone as said above.
    pub authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
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

/// See [`crate::freeboard::cancel_change`].
pub fn handler<'info>(ctx: Context<'info, CancelChange<'info>>, number: u64) -> Result<()> {
    let clock = Clock::get()?;
    let mut exchange = ctx.accounts.exchange.write()?;
    let pending = &ctx.accounts.pending;
    pending.require_version()?;
    ensure(
        pending.number == number,
        FreeboardError::ChangeNumberMismatch,
    )?;
    let by = ctx.accounts.authority.key();
    let own_role = matches!(
        pending.change,
        Change::OfferRole {
            role: Role::Guardian,
            ..
        }
    );
    let expired = clock.unix_timestamp >= Wait::of_pending(pending, &exchange).expires_ts;
    let allowed = by == exchange.governance
        || by == exchange.guardian && !own_role
        || expired
        || is_refuted(pending, ctx.remaining_accounts, clock.unix_timestamp)?;
    ensure(allowed, FreeboardError::NotGuardian)?;
    let sequence = exchange.next_event();
    ctx.accounts.log.tell(&ChangeCancelled {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        number,
        by,
        change: pending.change.clone(),
    })
}

/// Whether the accounts are the asset that the change would settle for its dead feed, and a price update of that feed
/// published since the proposal, of whatever width: nothing else can show a receiver feed alive whose price updates no
/// instruction accepts.
///
/// Errors: `AssetAccountInvalid`.
#[inline(never)]
fn is_refuted<'info>(
    pending: &PendingChange,
    accounts: &'info [AccountInfo<'info>],
    now: i64,
) -> Result<bool> {
    let (Change::SettleDeadFeed { asset_index }, [asset, feed]) = (&pending.change, accounts)
    else {
        return Ok(false);
    };
    let loader = AccountLoader::<Asset>::try_from(asset)
        .map_err(|_| FreeboardError::AssetAccountInvalid.raise())?;
    let asset = loader.read()?;
    let named = asset.exchange == pending.exchange && asset.index == *asset_index;
    Ok(named && dead_feed::lives(&asset, feed, pending.proposed_ts, now))
}
