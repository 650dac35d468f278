//! Hands a role over in two steps: its holder offers it, the other accepts it. Governance gives its own role and the
//! roles of others away by propose_change, after a delay: a stolen key does not take the role at once, and until it
//! could, who it was stolen from and the guardian can cancel.
use crate::error::{FreeboardError, ensure};
use crate::event_log::*;
use crate::events::{RoleOffered, Stamp};
use crate::state::{Exchange, Load, OfferedBy, Role};
use anchor_lang::prelude::*;

/// Arguments of offer_role.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct OfferRoleArgs {
    /// The role's `offer_counts` + 1: an offer signed long ago is worth nothing once another was made.
    pub number: u64,
    /// Which role.
    pub role: Role,
    /// To whom; the default key takes an offer back.
    pub holder: Pubkey,
}

/// Accounts of offer_role.
#[derive(Accounts)]
pub struct OfferRole<'info> {
    /// Who holds the role.
    pub holder: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Where its event goes.
    pub log: EventLog<'info>,
}

/// See [`crate::freeboard::offer_role`].
pub fn handler(ctx: Context<OfferRole>, args: OfferRoleArgs) -> Result<()> {
    let clock = Clock::get()?;
    let mut exchange = ctx.accounts.exchange.write()?;
    let by = ctx.accounts.holder.key();
    ensure(
        by == exchange.holder(args.role),
        FreeboardError::NotRoleHolder,
    )?;
    ensure(
        args.role != Role::Governance,
        FreeboardError::RoleOfferNeedsDelay,
    )?;
    exchange.count_offer(args.role, args.number)?;
    exchange.offer(args.role, args.holder, OfferedBy::Holder)?;
    let sequence = exchange.next_event();
    ctx.accounts.log.tell(&RoleOffered {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        role: args.role,
        holder: by,
        offered: args.holder,
    })
}
