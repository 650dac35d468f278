//! Carries out a change whose timelock has passed. Anyone may, so that nobody can hold back what everybody
//! has been told; the change is what was proposed, to the byte.
use crate::{
    changes::{Target, Wait},
    error::{FreeboardError, ensure},
    events::{ParametersChanged, Stamp},
    state::{Asset, Exchange, PendingChange},
};
use anchor_lang::prelude::*;

/// Accounts of execute_change.
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
}

/// See [`crate::freeboard::execute_change`].
pub fn handler(ctx: Context<ExecuteChange>, number: u64) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    let pending = &ctx.accounts.pending;
    let mut asset = match &ctx.accounts.asset {
        Some(asset) => Some(asset.load_mut()?),
        None => None,
    };
    let timelock_secs = exchange.timelock_secs;
    let mut target = Target::new(&mut exchange, asset.as_deref_mut(), &pending.change)?;
    check_pending(
        pending,
        number,
        target.version(&pending.change),
        timelock_secs,
        now,
    )?;
    let applied = target.apply(&pending.change, pending.proposed_ts, now)?;
    let sequence = exchange.next_event();
    emit!(ParametersChanged {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        number,
        by: ctx.accounts.executor.key(),
        old: applied.old,
        new: pending.change.clone(),
        ramp_end_ts: applied.ramp_end_ts,
    });
    Ok(())
}

/// The change of this number, proposed against the values of now, in its time.
///
/// Errors: `ChangeNumberMismatch`, `ChangeStale`, `ChangeTooEarly`, `ChangeExpired`.
pub(super) fn check_pending(
    pending: &PendingChange,
    number: u64,
    version: u32,
    timelock_secs: u32,
    now: i64,
) -> Result<()> {
    ensure(
        pending.number == number,
        FreeboardError::ChangeNumberMismatch,
    )?;
    ensure(pending.version == version, FreeboardError::ChangeStale)?;
    Wait::of(pending, timelock_secs).check(now)
}
