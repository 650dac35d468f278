//! The pool, and requests of LPs.
use anchor_lang::prelude::Pubkey;
use clap::{Args, Subcommand};

use super::AmountOptions;

/// The pool.
#[derive(Subcommand)]
pub enum PoolCommand {
    /// What it holds, owes and is worth, market by market, and the waiting requests
    Show,
    /// Ask to deposit quote; shares come once the request is executed
    Deposit(PoolDepositOptions),
    /// Ask to redeem shares
    Redeem(PoolRedeemOptions),
    /// Execute a request whose delay has passed
    Execute(PoolRequestOptions),
    /// Take a request back, or its outcome out of escrow
    Cancel(PoolRequestOptions),
}

/// Options of a deposit into the pool.
#[derive(Args)]
pub struct PoolDepositOptions {
    #[command(flatten)]
    pub amount: AmountOptions,
    /// The least shares to accept
    #[arg(long, value_name = "SHARES", default_value = "0")]
    pub min_shares: rust_decimal::Decimal,
    /// Who may execute it besides the LP; anyone may in the last hours of its window
    #[arg(long, value_name = "ADDRESS")]
    pub executor: Option<Pubkey>,
    /// Number among the LP's requests; without it the first that is free
    #[arg(long)]
    pub number: Option<u16>,
    /// As governance: pay cash into the pool at once, without shares
    #[arg(long, conflicts_with_all = ["min_shares", "executor", "number"])]
    pub as_gift: bool,
}

/// Options of a redemption.
#[derive(Args)]
pub struct PoolRedeemOptions {
    /// How many shares, `1000` or `"1000 shares"`, or `all`
    #[arg(value_name = "SHARES")]
    pub shares: String,
    /// The least quote to accept, USDC
    #[arg(long, value_name = "USDC", default_value = "0")]
    pub min_out: rust_decimal::Decimal,
    /// Who may execute it besides the LP
    #[arg(long, value_name = "ADDRESS")]
    pub executor: Option<Pubkey>,
    /// Number among the LP's requests; without it the first that is free
    #[arg(long)]
    pub number: Option<u16>,
}

/// Which request.
#[derive(Args)]
pub struct PoolRequestOptions {
    /// Its number among the LP's requests; without it the only one
    pub number: Option<u16>,
    /// The LP, if it is not the one who acts
    #[arg(long, value_name = "ADDRESS")]
    pub owner: Option<Pubkey>,
}
