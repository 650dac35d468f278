//! What each command does.
//!
//! | file | commands |
//! |---|---|
//! | `setup` | init |
//! | `assets`, `asset_view` | asset |
//! | `account` | account |
//! | `funds` | deposit, withdraw, borrow, repay |
//! | `margin` | margin, of an exchange |
//! | `trading`, `pricing`, `waiting` | trade, close, positions, sample; --wait |
//! | `orders` | order |
//! | `liquidation` | liquidations, liquidate |
//! | `liquidity`, `lp_requests`, `pool_view` | pool |
//! | `governance` | governance, params apply |
//! | `roles` | role, fees |
//! | `parameters` | params dump, show, diff, simulate |
//! | `explain` | explain |
//! | `doctor/` | doctor |
//! | `config` | config |
mod account;
mod asset_view;
mod assets;
mod config;
mod doctor;
mod explain;
mod funds;
mod governance;
mod liquidation;
mod liquidity;
mod lp_requests;
mod margin;
mod orders;
mod parameters;
mod pool_view;
mod pricing;
mod rewards;
mod roles;
mod setup;
mod trading;
mod waiting;

pub use governance::name_of_operation;
pub use liquidation::said as said_of_closing;
pub use margin::margin;
pub use parameters::{diff, run_online_params, simulate};

use super::arguments::OnlineCommand;
use super::context::Online;
use super::failure::CommandFailure;
use super::output::Answer;

/// Does what was asked.
pub async fn run_command(
    online: &Online,
    command: OnlineCommand,
) -> Result<Answer, CommandFailure> {
    match command {
        OnlineCommand::Init(options) => setup::init(online, options).await,
        OnlineCommand::Asset(command) => assets::run_asset(online, command).await,
        OnlineCommand::Account(command) => account::run_account(online, command).await,
        OnlineCommand::Deposit(options) => funds::deposit(online, options).await,
        OnlineCommand::Withdraw(options) => funds::withdraw(online, options).await,
        OnlineCommand::Borrow(options) => funds::borrow(online, options).await,
        OnlineCommand::Repay(options) => funds::repay(online, options).await,
        OnlineCommand::Trade(options) => trading::trade(online, options).await,
        OnlineCommand::Order(command) => orders::run_order(online, command).await,
        OnlineCommand::Close(options) => trading::close(online, options).await,
        OnlineCommand::Positions(choice) => trading::positions(online, choice).await,
        OnlineCommand::Liquidations(command) => {
            liquidation::run_liquidations(online, command).await
        }
        OnlineCommand::Liquidate(options) => liquidation::liquidate(online, options).await,
        OnlineCommand::Pool(command) => liquidity::run_pool(online, command).await,
        OnlineCommand::Governance(command) => governance::run_governance(online, command).await,
        OnlineCommand::Role(command) => roles::run_role(online, command).await,
        OnlineCommand::Fees(command) => roles::run_fees(online, command).await,
        OnlineCommand::Sample(options) => trading::sample(online, options).await,
        OnlineCommand::Explain(options) => explain::explain(online, options).await,
        OnlineCommand::Doctor(options) => doctor::doctor(online, options).await,
        OnlineCommand::Config(command) => config::run_config(online, command).await,
    }
}
