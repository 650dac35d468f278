//! Hands a role over in two steps: its holder offers it, the other accepts it. Governance gives the roles of
//! others away by propose_change, after a delay.
use crate::{
    error::{FreeboardError, ensure},
    events::{RoleOffered, Stamp},
    state::{Exchange, Role},
};
use anchor_lang::prelude::*;

/// Arguments of offer_role.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct OfferRoleArgs {
    /// The exchange's `offer_count` + 1: an offer signed long ago is worth nothing once another was made.
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
}

/// See [`crate::freeboard::offer_role`].
pub fn handler(ctx: Context<OfferRole>, args: OfferRoleArgs) -> Result<()> {
    let clock = Clock::get()?;
    let mut exchange = ctx.accounts.exchange.load_mut()?;
    let by = ctx.accounts.holder.key();
    ensure(
        by == exchange.holder(args.role),
        FreeboardError::NotRoleHolder,
    )?;
    exchange.count_offer(args.number)?;
    exchange.offer(args.role, args.holder, false)?;
    let sequence = exchange.next_event();
    emit!(RoleOffered {
        stamp: Stamp::new(ctx.accounts.exchange.key(), sequence, &clock),
        role: args.role,
        holder: by,
        offered: args.holder,
    });
    Ok(())
}
