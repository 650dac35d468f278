//! Flags, liquidations, and the prices that are shown for them.
use super::build;
use crate::ExchangeKeys;
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::LiquidateArgs;

/// Lets an asset take note of a price in its feed.
pub fn show_price(asset: Pubkey, feed: Pubkey) -> Instruction {
    let accounts = accounts::ShowPrice { asset, feed };
    build(accounts, instruction::ShowPrice {}, Vec::new())
}

/// Announces that an asset's feed is absent. `feed`: where its price would be.
pub fn announce_absence(asset: Pubkey, feed: Pubkey) -> Instruction {
    let accounts = accounts::AnnounceAbsence { asset, feed };
    build(accounts, instruction::AnnounceAbsence {}, Vec::new())
}

/// Flags an account below its maintenance margin. `assets`: those of [`crate::slots::order_of_flag`].
pub fn flag(keys: &ExchangeKeys, margin_account: Pubkey, assets: Vec<AccountMeta>) -> Instruction {
    let accounts = accounts::Flag {
        exchange: keys.exchange,
        pool: keys.pool,
        margin_account,
    };
    build(accounts, instruction::Flag {}, assets)
}

/// Flags those of several accounts that are below their maintenance margin, at most 64. `assets`: those of
/// [`crate::slots::order_of_flag`]. What comes back has bit n for account n.
pub fn flag_several(
    keys: &ExchangeKeys,
    margin_accounts: &[Pubkey],
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::FlagSeveral {
        exchange: keys.exchange,
        pool: keys.pool,
    };
    let (count, remaining) = several(margin_accounts, assets);
    build(
        accounts,
        instruction::FlagSeveral { accounts: count },
        remaining,
    )
}

/// Closes part of an unhealthy account. `assets`: those of [`crate::slots::order_of_liquidation`], the
/// closed one writable. `with_pool`: the pool's insurance may top up the reward, and needed where the account
/// is or was below zero or realises more than the market's ledger holds; otherwise the pool is not locked.
pub fn liquidate(
    keys: &ExchangeKeys,
    with_pool: bool,
    liquidator: Pubkey,
    margin_account: Pubkey,
    liquidator_account: Pubkey,
    args: LiquidateArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::Liquidate {
        liquidator,
        exchange: keys.exchange,
        pool: with_pool.then_some(keys.pool),
        margin_account,
        liquidator_account,
    };
    build(accounts, instruction::Liquidate { args }, assets)
}

/// Closes the same part of several unhealthy accounts, at most 64; as [`liquidate`] and [`flag_several`].
pub fn liquidate_several(
    keys: &ExchangeKeys,
    with_pool: bool,
    liquidator: Pubkey,
    margin_accounts: &[Pubkey],
    liquidator_account: Pubkey,
    args: LiquidateArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::LiquidateSeveral {
        liquidator,
        exchange: keys.exchange,
        pool: with_pool.then_some(keys.pool),
        liquidator_account,
    };
    let (count, remaining) = several(margin_accounts, assets);
    let args = instruction::LiquidateSeveral {
        args,
        accounts: count,
    };
    build(accounts, args, remaining)
}

/// How many there are, which the program refuses beyond 64, and the remaining accounts.
fn several(margin_accounts: &[Pubkey], assets: Vec<AccountMeta>) -> (u8, Vec<AccountMeta>) {
    let accounts = margin_accounts.iter();
    let metas = accounts.map(|account| AccountMeta::new(*account, false));
    let count = u8::try_from(margin_accounts.len()).unwrap_or(u8::MAX);
    (count, metas.chain(assets).collect())
}
