//! Closes an empty margin account and returns its rent to the owner. Not in the slot in which it was opened: so that
//! its numbers do not begin again when it is opened once more.
use crate::error::{FreeboardError, ensure};
use crate::event_log::tell;
use crate::events::{MarginAccountClosed, Stamp};
use crate::state::{Load, MarginAccount};
use anchor_lang::prelude::*;

/// Accounts of close_margin_account.
#[derive(Accounts)]
pub struct CloseMarginAccount<'info> {
    /// The owner, who gets the rent.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The account to close.
    #[account(mut, has_one = owner @ FreeboardError::NotOwner, close = owner)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::close_margin_account`].
pub fn handler(ctx: Context<CloseMarginAccount>) -> Result<()> {
    let mut account = ctx.accounts.margin_account.write()?;
    // Known bad debt is the pool's to clear: a flag of the healthy account does it.
    let empty = account.quote_atoms == 0
        && account.bad_debt_atoms == 0
        && !account.has_positions()
        && !account.has_collaterals();
    ensure(empty, FreeboardError::AccountNotEmpty)?;
    let clock = Clock::get()?;
    ensure(
        clock.slot > account.opened_slot,
        FreeboardError::AccountOpenedThisSlot,
    )?;
    let sequence = account.next_event();
    tell(&MarginAccountClosed {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        owner: account.owner,
        sub_account: account.sub_account,
    })
}
