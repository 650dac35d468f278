//! One builder per instruction: the accounts in order, the arguments, nothing sent.
mod account;
mod exchange;
mod governance;
mod pool;
mod risk;

pub use account::{
    TokenKeys, close_margin_account, deposit, open_margin_account, set_delegate, withdraw,
};
pub use exchange::{
    NewAsset, create_asset, fund_pool, initialize_exchange, pause, pay_out, sweep_pool,
};
pub use governance::{
    Pending, accept_role, cancel_change, execute_change, migrate_feed, offer_role, propose_change,
    propose_feed, record_settlement_price, settle_dead_feed, settle_position, tighten,
    view_parameters,
};
pub use pool::{
    borrow, cancel_liquidity, deleverage, execute_liquidity, rebalance_pool, request_liquidity,
    resolve_bankruptcy, settle_loss, withdraw_pro_rata,
};
pub use risk::{
    announce_absence, cancel_order, fill_order, flag, flag_several, liquidate, liquidate_several,
    preview_liquidation, preview_trade, request_order, sample_volatility, show_price, trade,
    view_margin,
};

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
