//! Pauses one operation for a while, or ends its pause early.
use crate::error::{FreeboardError, ensure};
use crate::event_log::*;
use crate::events::{PauseChanged, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::state::{Exchange, Load};
use anchor_lang::prelude::*;

/// Arguments of pause.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct PauseArgs {
    /// What is paused.
    pub operation: Operation,
    /// For how long, seconds; 0 ends the pause that runs.
    pub duration_secs: u32,
    /// The operation's `next_pause_ts` as the signer saw it. A pause that was signed long ago does nothing once
    /// another was made; an end ends the pause that it was signed for, and no later one.
    pub next_pause_ts: i64,
}

/// Accounts of pause.
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
pub fn handler(ctx: Context<Pause>, args: PauseArgs) -> Result<()> {
    // Read.
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let PauseArgs {
        operation,
        duration_secs,
        next_pause_ts,
    } = args;
    let mut exchange = ctx.accounts.exchange.write()?;
    let by = ctx.accounts.authority.key();
    let before = pauses::pause_of(&exchange, operation);

    // Judge.
    let allowed = by == exchange.guardian || by == exchange.governance;
    ensure(allowed, FreeboardError::NotGuardian)?;
    ensure(
        before.next_pause_ts == next_pause_ts,
        FreeboardError::PauseStale,
    )?;

    // Change.
    let pause = match duration_secs {
        0 => pauses::end_pause(&mut exchange, operation, now)?,
        secs => pauses::start_pause(&mut exchange, operation, secs.into(), now)?,
    };

    // Tell.
    let sequence = exchange.next_event();
    ctx.accounts.log.tell(&PauseChanged {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        operation,
        until_before_ts: before.until_ts,
        until_ts: pause.until_ts,
        next_pause_ts: pause.next_pause_ts,
        by,
    })
}
