//! Pauses one operation for a while, or ends its pause early.
use crate::error::{FreeboardError, ensure};
use crate::event_log::*;
use crate::events::{PauseChanged, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::state::{Exchange, Load, Pause as StoredPause};
use anchor_lang::prelude::*;

/// Arguments of pause.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct PauseArgs {
    /// What is paused.
    pub operation: Operation,
    /// For how long, seconds.
    pub duration_secs: u32,
    /// The operation's `next_pause_ts` as the signer saw it: what was signed long ago does nothing once another
    /// pause was made.
    pub next_pause_ts: i64,
}

/// Arguments of unpause.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct UnpauseArgs {
    /// What is resumed.
    pub operation: Operation,
    /// The operation's `next_pause_ts` as the signer saw it: it ends that pause, and no later one.
    pub next_pause_ts: i64,
}

/// Accounts of pause and unpause.
#[derive(Accounts)]
pub struct Pause<'info> {
    /// The exchange's guardian or governance.
    pub authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::pause`].
pub fn pause(ctx: Context<Pause>, args: PauseArgs) -> Result<()> {
    change(&ctx, args.operation, args.next_pause_ts, |exchange, now| {
        pauses::start_pause(exchange, args.operation, i64::from(args.duration_secs), now)
    })
}

/// See [`crate::freeboard::unpause`].
pub fn unpause(ctx: Context<Pause>, args: UnpauseArgs) -> Result<()> {
    change(&ctx, args.operation, args.next_pause_ts, |exchange, now| {
        pauses::end_pause(exchange, args.operation, now)
    })
}

fn change(
    ctx: &Context<Pause>,
    operation: Operation,
    next_pause_ts: i64,
    act: impl FnOnce(&mut Exchange, i64) -> Result<StoredPause>,
) -> Result<()> {
    let clock = Clock::get()?;
    let mut exchange = ctx.accounts.exchange.write()?;
    let by = ctx.accounts.authority.key();
    let allowed = by == exchange.guardian || by == exchange.governance;
    ensure(allowed, FreeboardError::NotGuardian)?;
    let before = pauses::pause_of(&exchange, operation);
    ensure(
        before.next_pause_ts == next_pause_ts,
        FreeboardError::PauseStale,
    )?;
    let pause = act(&mut exchange, clock.unix_timestamp)?;
    let sequence = exchange.next_event();
    ctx.accounts.log.tell(&PauseChanged {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        operation,
        until_before_ts: before.until_ts,
        until_ts: pause.until_ts,
        next_pause_ts: pause.next_pause_ts,
        by,
    })?;
    Ok(())
}
