//! Reports and previews; nothing is written.
use super::build;
use crate::address;
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::accounts;
use freeboard::instruction;
use freeboard::instructions::PreviewLiquidationArgs;
use freeboard::instructions::TradeArgs;

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

/// Returns the parameters of the exchange, or of the asset with this index.
pub fn view_parameters(exchange: Pubkey, asset_index: Option<u16>) -> Instruction {
    let accounts = accounts::ViewParameters {
        exchange,
        asset: asset_index.map(|index| address::asset(&exchange, index)),
    };
    build(accounts, instruction::ViewParameters {}, Vec::new())
}

/// Returns what a trade would do. `assets`: those of [`crate::slots::order_of_trade`].
pub fn preview_trade(
    exchange: Pubkey,
    margin_account: Pubkey,
    args: TradeArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::PreviewTrade {
        exchange,
        margin_account,
    };
    build(accounts, instruction::PreviewTrade { args }, assets)
}

/// Returns what a liquidation would do, and the liquidation price. `assets`: those of
/// [`crate::slots::order`].
pub fn preview_liquidation(
    exchange: Pubkey,
    margin_account: Pubkey,
    args: PreviewLiquidationArgs,
    assets: Vec<AccountMeta>,
) -> Instruction {
    let accounts = accounts::PreviewLiquidation {
        exchange,
        margin_account,
    };
    build(accounts, instruction::PreviewLiquidation { args }, assets)
}
