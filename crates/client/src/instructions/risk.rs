//! Instructions that value an account: trade, view, flag, liquidate; and the volatility sample.
use super::build;
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::{
    accounts, instruction,
    instructions::{LiquidateArgs, TradeArgs},
};

/// Opens, increases, reduces, flips or closes a position. `assets`: those of
/// [`crate::slots::order_of_trade`], the traded one writable.
pub fn trade(
    exchange: Pubkey,
    authority: Pubkey,
    margin_account: Pubkey,
    args: TradeArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::Trade {
        authority,
        exchange,
        margin_account,
    };
    build(accounts, instruction::Trade { args }, assets)
}

/// Takes a volatility sample.
pub fn sample_volatility(exchange: Pubkey, asset: Pubkey, feed: Pubkey) -> Instruction {
    let accounts = accounts::SampleVolatility {
        exchange,
        asset,
        feed,
    };
    build(accounts, instruction::SampleVolatility {}, Vec::new())
}

/// Returns the margin report. `assets`: those of [`crate::slots::order`].
pub fn view_margin(
    exchange: Pubkey,
    margin_account: Pubkey,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::ViewMargin {
        exchange,
        margin_account,
    };
    build(accounts, instruction::ViewMargin {}, assets)
}

/// Flags an account below its maintenance margin. `assets`: those of [`crate::slots::order`].
pub fn flag(exchange: Pubkey, margin_account: Pubkey, assets: Vec<AccountMeta>) -> Instruction {
    let accounts = accounts::Flag {
        exchange,
        margin_account,
    };
    build(accounts, instruction::Flag {}, assets)
}

/// Closes part of a position of an unhealthy account. `assets`: those of
/// [`crate::slots::order_of_liquidation`], the closed one writable.
pub fn liquidate(
    exchange: Pubkey,
    liquidator: Pubkey,
    margin_account: Pubkey,
    liquidator_account: Pubkey,
    args: LiquidateArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::Liquidate {
        liquidator,
        exchange,
        margin_account,
        liquidator_account,
    };
    build(accounts, instruction::Liquidate { args }, assets)
}
