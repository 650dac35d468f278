//! Markets that end at a settlement price.
use super::build;
use crate::ExchangeKeys;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::accounts;
use freeboard::instruction;

/// Counts a price towards the one that a market is settled at.
pub fn record_settlement_price(exchange: Pubkey, asset: Pubkey, feed: Pubkey) -> Instruction {
    let accounts = accounts::RecordSettlementPrice {
        exchange,
        asset,
        feed,
    };
    build(accounts, instruction::RecordSettlementPrice {}, Vec::new())
}

/// Closes a position of a market that has ended. `with_pool`: where the market's ledger cannot pay it.
pub fn settle_position(
    keys: &ExchangeKeys,
    with_pool: bool,
    asset: Pubkey,
    margin_account: Pubkey,
) -> Instruction {
    let accounts = accounts::SettlePosition {
        exchange: keys.exchange,
        asset,
        margin_account,
        pool: with_pool.then_some(keys.pool),
    };
    build(accounts, instruction::SettlePosition {}, Vec::new())
}
