//! The command line of everything that talks to a cluster. Each file is a subject.
mod account;
mod governance;
mod liquidation;
mod liquidity;
mod network;
mod setup;
mod trading;
mod views;

use clap::Subcommand;

pub use account::{
    AccountChoice, AccountCommand, AmountOptions, CloseAccountOptions, DelegateOptions,
    FundsOptions, ListAccountOptions, OpenAccountOptions, WatchOptions,
};
pub use governance::{
    ApplyOptions, CancelChangeOptions, DumpOptions, ExecuteChangeOptions, FeesCommand,
    GovernanceCommand, OnlineParamsCommand, PauseOptions, PayOutOptions, ProposeOptions,
    RoleCommand, RoleOfferOptions,
};
pub use liquidation::{LiquidateOptions, LiquidationsCommand, WhatCloses};
pub use liquidity::{PoolCommand, PoolDepositOptions, PoolRedeemOptions, PoolRequestOptions};
pub use network::{NetworkOptions, PriorityFee};
pub use setup::{
    AssetCommand, CreateAssetOptions, ImpliedOptions, InitOptions, ListOptions, ReceiverName,
};
pub use trading::{
    ClosePositionOptions, NamedOrderOptions, OrderCommand, OrderOptions, SampleOptions,
    TradeOptions, TradeSide,
};
pub use views::{ConfigCommand, DoctorOptions, ExplainOptions, SettingName};

/// Commands that talk to a cluster.
#[derive(Subcommand)]
pub enum OnlineCommand {
    /// Create an exchange from a parameter file; its assets are proposed afterwards
    Init(InitOptions),
    /// List, look at, propose and create assets
    #[command(subcommand)]
    Asset(AssetCommand),
    /// Open, look at, watch and close margin accounts
    #[command(subcommand)]
    Account(AccountCommand),
    /// Pay quote or collateral into a margin account: `deposit 250 USDC`
    Deposit(FundsOptions),
    /// Take quote or collateral out of a margin account: `withdraw 1.5 SOL`, `withdraw all USDC`
    Withdraw(FundsOptions),
    /// Take quote out beyond the balance, as a loan against collateral
    Borrow(FundsOptions),
    /// Pay a loan back: `repay 100 USDC`, `repay all`
    Repay(FundsOptions),
    /// Buy or sell at the pool's price: `trade buy 0.5 BTC`
    Trade(TradeOptions),
    /// Orders that anyone fills at a price published after them
    #[command(subcommand)]
    Order(OrderCommand),
    /// Close a position, or all of them: `close BTC`, `close all`
    Close(ClosePositionOptions),
    /// Positions of a margin account
    Positions(AccountChoice),
    /// Accounts that can be liquidated
    #[command(subcommand)]
    Liquidations(LiquidationsCommand),
    /// Flag an account below its maintenance margin, or close what may be closed of it
    Liquidate(LiquidateOptions),
    /// The pool, and requests of LPs
    #[command(subcommand)]
    Pool(PoolCommand),
    /// Changes: propose, list, carry out, cancel; tighten and pause at once
    #[command(subcommand)]
    Governance(GovernanceCommand),
    /// Who governs, and how a role is handed over
    #[command(subcommand)]
    Role(RoleCommand),
    /// The protocol's fees, and their pay-out
    #[command(subcommand)]
    Fees(FeesCommand),
    /// Take a volatility sample of assets that are due
    Sample(SampleOptions),
    /// Say what an error means, or what a transaction did
    Explain(ExplainOptions),
    /// Check cluster, program, feeds, keeper, parameters and books
    Doctor(DoctorOptions),
    /// Freeboard's own settings: the exchange, pins of program and cluster
    #[command(subcommand)]
    Config(ConfigCommand),
}
