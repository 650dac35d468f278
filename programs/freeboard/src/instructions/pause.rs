//! Pauses one operation for a while, or ends its pause early.
use crate::{
    error::{FreeboardError, ensure},
    events::{PauseChanged, Stamp},
    gates::{self, Operation},
    state::{Exchange, Pause as StoredPause},
};
use anchor_lang::prelude::*;

/// Accounts of pause and unpause.
#[derive(Accounts)]
pub struct Pause<'info> {
    /// The exchange's guardian or governance.
    pub authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}

/// See [`crate::freeboard::pause`].
pub fn pause(ctx: Context<Pause>, operation: Operation, duration_secs: u32) -> Result<()> {
    change(&ctx, operation, |exchange, now| {
        gates::start_pause(exchange, operation, i64::from(duration_secs), now)
    })
}

/// See [`crate::freeboard::unpause`].
pub fn unpause(ctx: Context<Pause>, operation: Operation) -> Result<()> {
    change(&ctx, operation, |exchange, now| {
        gates::end_pause(exchange, operation, now)
    })
}

fn change(
    ctx: &Context<Pause>,
    operation: Operation,
    act: impl FnOnce(&mut Exchange, i64) -> Result<StoredPause>,
) -> Result<()> {
    let clock = Clock::get()?;
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    let by = ctx.accounts.authority.key();
    let allowed = by == exchange.guardian || by == exchange.governance;
    ensure(allowed, FreeboardError::NotGuardian)?;
    let until_before_ts = exchange
        .pauses
        .get(operation as usize)
        .map_or(0, |pause| pause.until_ts);
    let pause = act(&mut exchange, clock.unix_timestamp)?;
    let sequence = exchange.next_event();
    emit!(PauseChanged {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        operation,
        until_before_ts,
        until_ts: pause.until_ts,
        next_pause_ts: pause.next_pause_ts,
        by,
    });
    Ok(())
}
