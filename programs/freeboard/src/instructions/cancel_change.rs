//! Takes a proposed change back: governance or the guardian at any time, anyone once it has expired. The
//! guardian cannot cancel the offer of its own role to somebody else.
use crate::{
    changes::Wait,
    error::{FreeboardError, ensure},
    events::{ChangeCancelled, Stamp},
    state::{Change, Exchange, PendingChange, Role},
};
use anchor_lang::prelude::*;

/// Accounts of cancel_change.
#[derive(Accounts)]
pub struct CancelChange<'info> {
    /// The exchange's governance or guardian; anyone once the change has expired.
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
}

/// See [`crate::freeboard::cancel_change`].
pub fn handler(ctx: Context<CancelChange>, number: u64) -> Result<()> {
    let clock = Clock::get()?;
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    let pending = &ctx.accounts.pending;
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
    let expired = clock.unix_timestamp >= Wait::of(pending, exchange.timelock_secs).expires_ts;
    let allowed = by == exchange.governance || by == exchange.guardian && !own_role || expired;
    ensure(allowed, FreeboardError::NotGuardian)?;
    let sequence = exchange.next_event();
    emit!(ChangeCancelled {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        number,
        by,
        change: pending.change.clone(),
    });
    Ok(())
}
