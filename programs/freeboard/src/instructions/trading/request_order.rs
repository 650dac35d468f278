//! Stores an order in a margin account. Anyone fills it later, at a price published after it, so that
//! nobody trades on a price that others do not know yet. It moves nothing and holds nothing back.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::event_log::tell;
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
    // Judge.
    let exchange = ctx.accounts.exchange.read()?;
    let mut account = ctx.accounts.margin_account.write()?;
    let by = ctx.accounts.authority.key();
    args.check_open(&exchange, now)?;
    account.require_authority(&by)?;
    args.check(exchange.pool.order_expiry_secs)?;
    // Store.
    let order = args.order(&account, by, now)?;
    let free = account.orders.iter_mut().find(|slot| slot.is_free(now));
    *free.or_raise(FreeboardError::TooManyOrders)? = order;
    account.order_sequence = order.id;
    // Tell.
    let sequence = account.next_event();
    tell(&OrderRequested {
        stamp: Stamp::new(ctx.accounts.margin_account.key(), sequence, &clock),
        order_id: order.id,
        asset_index: args.asset_index,
        size_atoms: args.size_atoms,
        limit_price_e12: args.limit_price_e12,
        expiry_ts: order.expiry_ts,
        reduce_only: args.reduce_only,
    })
}

impl RequestOrderArgs {
    /// Refuses an order of a kind that is paused.
    ///
    /// Errors: `OperationPaused`.
    fn check_open(&self, exchange: &Exchange, now: i64) -> Result<()> {
        let operation = if self.reduce_only {
            Operation::Reduce
        } else {
            Operation::Increase
        };
        pauses::require_open(exchange, operation, now)
    }

    /// Checks size and life; `longest_secs` is the longest life of an order.
    ///
    /// Errors: `SizeZero`, `OrderLifeOutOfRange`.
    fn check(&self, longest_secs: u32) -> Result<()> {
        ensure(self.size_atoms != 0, FreeboardError::SizeZero)?;
        ensure(
            (1..=longest_secs).contains(&self.life_secs),
            FreeboardError::OrderLifeOutOfRange,
        )
    }

    /// The order as it is stored, with the account's next number.
    ///
    /// Errors: `Overflow`.
    fn order(&self, account: &MarginAccount, by: Pubkey, now: i64) -> Result<Order> {
        let id = account.order_sequence.checked_add(1);
        Ok(Order {
            id: id.or_raise(FreeboardError::Overflow)?,
            size_atoms: self.size_atoms,
            limit_price_e12: to_words(self.limit_price_e12),
            requested_ts: now,
            expiry_ts: now.saturating_add(self.life_secs.into()),
            asset_index: self.asset_index,
            reduce_only: self.reduce_only.into(),
            by_delegate: (account.owner != by).into(),
            padding: [0; 4],
        })
    }
}
