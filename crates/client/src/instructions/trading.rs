//! Positions, orders, measured and implied volatility.
use super::build;
use crate::ExchangeKeys;
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::RequestOrderArgs;
use freeboard::instructions::TradeArgs;

/// Opens, increases, reduces, flips or closes a position. `assets`: those of
/// [`crate::slots::order_of_trade`], the traded one writable. `with_pool`: needed where the account realises
/// more than the market's ledger holds (`PoolAccountMissing` says so); otherwise the pool is not locked.
pub fn trade(
    keys: &ExchangeKeys,
    with_pool: bool,
    authority: Pubkey,
    margin_account: Pubkey,
    args: TradeArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::Trade {
        authority,
        exchange: keys.exchange,
        pool: with_pool.then_some(keys.pool),
        margin_account,
    };
    build(accounts, instruction::Trade { args }, assets)
}

/// Stores an order.
pub fn request_order(
    exchange: Pubkey,
    authority: Pubkey,
    margin_account: Pubkey,
    args: RequestOrderArgs,
) -> Instruction {
    let accounts = accounts::RequestOrder {
        authority,
        exchange,
        margin_account,
    };
    build(accounts, instruction::RequestOrder { args }, Vec::new())
}

/// Takes an order back.
pub fn cancel_order(authority: Pubkey, margin_account: Pubkey, order_id: u64) -> Instruction {
    let accounts = accounts::CancelOrder {
        authority,
        margin_account,
    };
    build(accounts, instruction::CancelOrder { order_id }, Vec::new())
}

/// Fills an order. `assets`: those of [`crate::slots::order_of_trade`], the traded one writable. `with_pool`: as
/// for [`trade`]. `reward_account`: another margin account, which is paid for it and locked for writing.
pub fn fill_order(
    keys: &ExchangeKeys,
    with_pool: bool,
    margin_account: Pubkey,
    order_id: u64,
    reward_account: Option<Pubkey>,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::FillOrder {
        exchange: keys.exchange,
        pool: with_pool.then_some(keys.pool),
        margin_account,
        reward_account,
    };
    build(accounts, instruction::FillOrder { order_id }, assets)
}

/// Takes a volatility sample. `reward_account`: a margin account, which is paid for it and locked for writing.
pub fn sample_volatility(
    exchange: Pubkey,
    asset: Pubkey,
    feed: Pubkey,
    reward_account: Option<Pubkey>,
) -> Instruction {
    let accounts = accounts::SampleVolatility {
        exchange,
        asset,
        feed,
        reward_account,
    };
    build(accounts, instruction::SampleVolatility {}, Vec::new())
}

/// Shows the update of an asset's index of implied volatility that `feed` holds.
pub fn show_implied_volatility(exchange: Pubkey, asset: Pubkey, feed: Pubkey) -> Instruction {
    let accounts = accounts::ShowImpliedVolatility {
        exchange,
        asset,
        feed,
    };
    build(accounts, instruction::ShowImpliedVolatility {}, Vec::new())
}
