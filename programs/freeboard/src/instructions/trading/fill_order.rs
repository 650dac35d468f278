//! Fills a waiting order at a price published after it. Anyone may, the trader too. The filler picks
//! the moment within the order's life and a price update within `age_fill`: the spread grows with the price update's age, and
//! the limit price bounds what that costs. Every other asset of the account needs a price that may be traded on. The
//! filler is paid a share of what the protocol gets of the fee.
use crate::error::{FreeboardError, ensure};
use crate::instructions::trading::fill::{self, FillAccounts, Requested, Wanted};
use crate::state::{Exchange, Load, MarginAccount, Pool, from_words};
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::Price;

/// Accounts of fill_order. Remaining accounts: the margin account's assets and feeds in slot order; a
/// position in a new asset takes the first free slot. The traded asset must be writable.
#[derive(Accounts)]
pub struct FillOrder<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
    /// The exchange's pool: only where the market's ledger cannot pay what the account realises.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub pool: Option<AccountLoader<'info, Pool>>,
    /// Another margin account, which is paid for the fill; none leaves the reward with the protocol.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub reward_account: Option<AccountLoader<'info, MarginAccount>>,
}

/// See [`crate::freeboard::fill_order`].
pub fn handler<'info>(ctx: Context<'info, FillOrder<'info>>, order_id: u64) -> Result<()> {
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let account = &accounts.margin_account;
    let reward_account = accounts.reward_account.as_ref();
    ensure(
        reward_account.is_none_or(|other| other.key() != account.key()),
        FreeboardError::DuplicateAccount,
    )?;
    let order = account.write()?.take_order(order_id)?;
    ensure(
        clock.unix_timestamp < order.expiry_ts,
        FreeboardError::OrderExpired,
    )?;
    let wanted = Wanted {
        asset_index: order.asset_index,
        size_atoms: order.size_atoms,
        limit_price: Price(from_words(order.limit_price_e12)),
        reduce_only: order.reduce_only != 0,
        order: Some(Requested {
            id: order_id,
            requested_ts: order.requested_ts,
        }),
    };
    let filled = FillAccounts {
        exchange: &accounts.exchange,
        margin_account: account,
        pool: accounts.pool.as_ref(),
        reward_account,
    };
    fill::execute(wanted, filled, ctx.remaining_accounts, &clock)
}
