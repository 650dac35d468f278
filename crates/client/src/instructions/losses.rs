//! What pool, insurance and winners carry. `assets`: those of [`crate::slots::all_metas`].
use super::build;
use crate::ExchangeKeys;
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::DeleverageArgs;

/// Realises a position's loss while the pool lacks free cash.
pub fn settle_loss(
    keys: &ExchangeKeys,
    margin_account: Pubkey,
    asset_index: u16,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = account_and_pool(keys, margin_account);
    build(accounts, instruction::SettleLoss { asset_index }, assets)
}

/// Pays the loan of an account that has nothing else.
pub fn resolve_bankruptcy(
    keys: &ExchangeKeys,
    margin_account: Pubkey,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = account_and_pool(keys, margin_account);
    build(accounts, instruction::ResolveBankruptcy {}, assets)
}

/// Closes a winning position while there is a deficit.
pub fn deleverage(
    keys: &ExchangeKeys,
    margin_account: Pubkey,
    args: DeleverageArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = account_and_pool(keys, margin_account);
    build(accounts, instruction::Deleverage { args }, assets)
}

fn account_and_pool(keys: &ExchangeKeys, margin_account: Pubkey) -> accounts::AccountAndPool {
    accounts::AccountAndPool {
        exchange: keys.exchange,
        pool: keys.pool,
        margin_account,
    }
}
