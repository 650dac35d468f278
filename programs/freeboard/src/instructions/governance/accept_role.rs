//! Takes over a role that was offered. Only with this does anything change: a role cannot be lost to an
//! address that nobody can sign for.
use crate::event_log::*;
use crate::events::{RoleAccepted, Stamp};
use crate::state::{Exchange, Load, Role};
use anchor_lang::prelude::*;

/// Accounts of accept_role.
#[derive(Accounts)]
pub struct AcceptRole<'info> {
    /// Who was offered it.
    pub holder: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::accept_role`].
pub fn handler(ctx: Context<AcceptRole>, role: Role) -> Result<()> {
    let clock = Clock::get()?;
    let mut exchange = ctx.accounts.exchange.write()?;
    let after = ctx.accounts.holder.key();
    let before = exchange.holder(role);
    exchange.accept(role, after)?;
    let sequence = exchange.next_event();
    ctx.accounts.log.tell(&RoleAccepted {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        role,
        before,
        after,
    })
}
