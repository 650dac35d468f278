//! Replaces the delegate of a margin account.
use crate::{
    error::FreeboardError,
    events::{DelegateChanged, Stamp},
    state::MarginAccount,
};
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
    let mut account = ctx.accounts.margin_account.load_mut()?;
    let before = core::mem::replace(&mut account.delegate, delegate);
    let sequence = account.next_event();
    emit!(DelegateChanged {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &Clock::get()?),
        before,
        after: delegate,
    });
    Ok(())
}
