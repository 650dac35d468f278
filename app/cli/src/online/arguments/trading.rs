//! Positions, orders, samples of volatility.
use clap::{Args, Subcommand, ValueEnum};
use rust_decimal::Decimal;

use super::{AccountChoice, AmountOptions};

/// Which way a trade goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TradeSide {
    /// Towards a long.
    Buy,
    /// Towards a short.
    Sell,
}

/// Options of a trade.
#[derive(Args)]
pub struct TradeOptions {
    /// Which way
    #[arg(value_enum)]
    pub side: TradeSide,
    #[command(flatten)]
    pub size: AmountOptions,
    /// How much worse than now the fill may be, per cent
    #[arg(long, value_name = "PERCENT", default_value = "0.5")]
    pub slippage: Decimal,
    /// The worst price to accept, USD per unit; instead of --slippage
    #[arg(long, value_name = "USD", conflicts_with = "slippage")]
    pub limit: Option<Decimal>,
    /// Only reduce a position
    #[arg(long)]
    pub reduce_only: bool,
    /// Where only an order is possible: wait, and fill it as soon as a price allows it
    #[arg(long)]
    pub wait: bool,
    #[command(flatten)]
    pub choice: AccountChoice,
}

/// Orders.
#[derive(Subcommand)]
pub enum OrderCommand {
    /// Store an order, which anyone fills: `order place buy 0.5 BTC --limit 101000`
    Place(OrderOptions),
    /// Fill an order, anybody's, at a price published after it
    Fill(NamedOrderOptions),
    /// Take an order back
    Cancel(NamedOrderOptions),
    /// Orders of a margin account
    List(AccountChoice),
}

/// Options of an order.
#[derive(Args)]
pub struct OrderOptions {
    #[command(flatten)]
    pub trade: TradeOptions,
    /// For how many seconds it may be filled; without it as long as the exchange allows
    #[arg(long, value_name = "SECONDS")]
    pub life: Option<u32>,
}

/// Options of filling an order or taking it back.
#[derive(Args)]
pub struct NamedOrderOptions {
    /// Its number, as `order list` says it, or `all`
    pub order: String,
    #[command(flatten)]
    pub choice: AccountChoice,
}

/// Options of closing positions.
#[derive(Args)]
pub struct ClosePositionOptions {
    /// The asset, or `all`
    pub asset: String,
    /// How much worse than now the fill may be, per cent
    #[arg(long, value_name = "PERCENT", default_value = "0.5")]
    pub slippage: Decimal,
    #[command(flatten)]
    pub choice: AccountChoice,
}

/// Options of sampling.
#[derive(Args)]
pub struct SampleOptions {
    /// Assets; without any all that are due
    pub assets: Vec<String>,
}
