//! Takes an order back before it is filled. Owner or delegate, in every state of the account.
use crate::event_log::tell;
use crate::events::{OrderCancelled, Stamp};
use crate::state::{Load, MarginAccount};
use anchor_lang::prelude::*;

/// Accounts of cancel_order.
#[derive(Accounts)]
pub struct CancelOrder<'info> {
    /// Owner or delegate of the margin account.
    pub authority: Signer<'info>,
    /// The margin account.
    #[account(mut)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::cancel_order`].
pub fn handler(ctx: Context<CancelOrder>, order_id: u64) -> Result<()> {
    let mut account = ctx.accounts.margin_account.write()?;
    account.require_authority(ctx.accounts.authority.key)?;
    let order = account.take_order(order_id)?;
    let sequence = account.next_event();
    tell(&OrderCancelled {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &Clock::get()?),
        order_id,
        asset_index: order.asset_index,
        by: ctx.accounts.authority.key(),
    })
}
