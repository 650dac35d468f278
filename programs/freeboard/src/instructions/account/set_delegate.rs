//! Replaces the delegate of a margin account. What the dismissed one has ordered is void.
use crate::error::FreeboardError;
use crate::event_log::tell;
use crate::events::{DelegateChanged, OrderCancelled, Stamp};
use crate::state::{Load, MarginAccount, Order};
use anchor_lang::prelude::*;

/// Accounts of set_delegate.
#[derive(Accounts)]
pub struct SetDelegate<'info> {
    /// The owner.
    pub owner: Signer<'info>,
    /// The margin account.
    #[account(mut, has_one = owner @ FreeboardError::NotOwner)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::set_delegate`].
pub fn handler(ctx: Context<SetDelegate>, delegate: Pubkey) -> Result<()> {
    let (clock, key) = (Clock::get()?, ctx.accounts.margin_account.key());
    let mut account = ctx.accounts.margin_account.write()?;
    let before = core::mem::replace(&mut account.delegate, delegate);
    let sequence = account.next_event();
    tell(&DelegateChanged {
        stamp: Stamp::new(key, sequence, &clock),
        before,
        after: delegate,
    })?;
    if before != delegate {
        cancel_orders(&mut account, key, &clock)?;
    }
    Ok(())
}

/// Cancels the orders that the delegate before has left.
fn cancel_orders(account: &mut MarginAccount, key: Pubkey, clock: &Clock) -> Result<()> {
    let orders: Vec<Order> = account.take_orders_of_delegate().collect();
    for order in orders {
        let sequence = account.next_event();
        tell(&OrderCancelled {
            stamp: Stamp::new(key, sequence, clock),
            order_id: order.id,
            asset_index: order.asset_index,
            by: account.owner,
        })?;
    }
    Ok(())
}
