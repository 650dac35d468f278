//! Stores an order in a margin account. Anyone fills it later, at a price published after it, so that
//! nobody trades on a price that others do not know yet. It moves nothing and holds nothing back.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::events::{OrderRequested, Stamp};
use crate::governance::pauses::{self, Operation};
use crate::state::{Exchange, Load, MarginAccount, Order, to_words};
use anchor_lang::prelude::*;

/// Arguments of request_order.
#[derive(Clone, Copy, Debug, AnchorSerialize, AnchorDeserialize)]
pub struct RequestOrderArgs {
    /// Index of the asset.
    pub asset_index: u16,
    /// Signed size in whole lots, base atoms: positive buys. If reduce-only, what is left at most; `i64::MAX` or
    /// `-i64::MAX` for all of it.
    pub size_atoms: i64,
    /// Worst acceptable fill price, USD per whole unit × 10^12.
    pub limit_price_e12: u128,
    /// Close what is left at most; refuse the fill if there is nothing to reduce.
    pub reduce_only: bool,
    /// For how long it may be filled, seconds.
    pub life_secs: u32,
}

/// Accounts of request_order.
#[derive(Accounts)]
pub struct RequestOrder<'info> {
    /// Owner or delegate of the margin account.
    pub authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The margin account.
    #[account(mut, has_one = exchange @ FreeboardError::WrongExchange)]
    pub margin_account: AccountLoader<'info, MarginAccount>,
}

/// See [`crate::freeboard::request_order`].
pub fn handler(ctx: Context<RequestOrder>, args: RequestOrderArgs) -> Result<()> {
    let clock = Clock::get()?;
    let now = clock.unix_timestamp;
    let exchange = ctx.accounts.exchange.read()?;
    let operation = if args.reduce_only {
        Operation::Reduce
    } else {
        Operation::Increase
    };
    pauses::require_open(&exchange, operation, now)?;
    let mut account = ctx.accounts.margin_account.write()?;
    let by = ctx.accounts.authority.key();
    account.require_authority(&by)?;
    ensure(args.size_atoms != 0, FreeboardError::SizeZero)?;
    let longest = exchange.pool.order_expiry_secs;
    ensure(
        (1..=longest).contains(&args.life_secs),
        FreeboardError::OrderLifeOutOfRange,
    )?;
    let id = account
        .order_sequence
        .checked_add(1)
        .or_raise(FreeboardError::Overflow)?;
    let order = Order {
        id,
        size_atoms: args.size_atoms,
        limit_price_e12: to_words(args.limit_price_e12),
        requested_ts: now,
        expiry_ts: now.saturating_add(args.life_secs.into()),
        asset_index: args.asset_index,
        reduce_only: args.reduce_only.into(),
        by_delegate: (account.owner != by).into(),
        padding: [0; 4],
    };
    let free = account.orders.iter_mut().find(|slot| slot.is_free(now));
    *free.or_raise(FreeboardError::TooManyOrders)? = order;
    account.order_sequence = id;
    let sequence = account.next_event();
    emit!(OrderRequested {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        order_id: id,
        asset_index: args.asset_index,
        size_atoms: args.size_atoms,
        limit_price_e12: args.limit_price_e12,
        expiry_ts: order.expiry_ts,
        reduce_only: args.reduce_only,
    });
    Ok(())
}
