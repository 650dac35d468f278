//! At least one builder per instruction, by subject: the accounts in order, the arguments, nothing sent.
mod account;
mod endings;
mod governance;
mod liquidation;
mod liquidity;
mod losses;
mod setup;
mod trading;
mod views;

pub use account::{
    TokenKeys, borrow, close_margin_account, deposit, open_margin_account, set_delegate, withdraw,
    withdraw_pro_rata,
};
pub use endings::{record_settlement_price, settle_position};
pub use governance::{
    NewAsset, Pending, accept_role, cancel_change, create_asset, execute_change, migrate_feed,
    offer_role, pause, pay_out, propose_change, propose_feed, settle_dead_feed, tighten,
};
pub use liquidation::{
    announce_absence, flag, flag_several, liquidate, liquidate_several, show_price,
};
pub use liquidity::{
    cancel_liquidity, execute_liquidity, fund_pool, rebalance_pool, request_liquidity, sweep_pool,
};
pub use losses::{deleverage, resolve_bankruptcy, settle_loss};
pub use setup::initialize_exchange;
pub use trading::{
    cancel_order, fill_order, request_order, sample_volatility, show_implied_volatility, trade,
};
pub use views::{preview_liquidation, preview_trade, view_margin, view_parameters};

use anchor_lang::{
    InstructionData, ToAccountMetas, prelude::AccountMeta, solana_program::instruction::Instruction,
};
use freeboard::event_log::EVENT_AUTHORITY;

/// Where an instruction of governance tells its event.
fn event_log() -> freeboard::accounts::EventLog {
    freeboard::accounts::EventLog {
        event_authority: EVENT_AUTHORITY,
        program: freeboard::ID,
    }
}

/// The instruction with these accounts, arguments and remaining accounts.
fn build(
    accounts: impl ToAccountMetas,
    args: impl InstructionData,
    remaining: Vec<AccountMeta>,
) -> Instruction {
    let mut metas = accounts.to_account_metas(None);
    metas.extend(remaining);
    Instruction {
        program_id: freeboard::ID,
        accounts: metas,
        data: args.data(),
    }
}
