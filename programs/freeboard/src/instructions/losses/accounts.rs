//! The accounts of settle_loss, resolve_bankruptcy and deleverage: an account, and the whole pool.
use crate::error::FreeboardError;
use crate::state::{Exchange, MarginAccount, Pool};
use anchor_lang::prelude::*;

/// Accounts of settle_loss, resolve_bankruptcy and deleverage. Remaining accounts: every asset, writable, and its feed,
/// by index.
#[derive(Accounts)]
pub struct AccountAndPool<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Its pool.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: AccountLoader<'info, Pool>,
    /// The account with the loss, the bankrupt account, or the winner.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}
