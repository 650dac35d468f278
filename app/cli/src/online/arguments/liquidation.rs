//! Flags and liquidations.
use anchor_lang::prelude::Pubkey;
use clap::{Args, Subcommand, ValueEnum};

/// What can be liquidated.
#[derive(Subcommand)]
pub enum LiquidationsCommand {
    /// Flagged accounts and those below their maintenance margin, with what a liquidator earns
    List,
}

/// What a liquidation closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WhatCloses {
    /// A position, to the pool.
    Position,
    /// A position, into the liquidator's account.
    Takeover,
    /// Collateral, bought by the liquidator.
    Collateral,
    /// A short and the collateral that hedges it.
    Pair,
    /// The same share of everything.
    Slice,
}

/// Options of a liquidation.
#[derive(Args)]
pub struct LiquidateOptions {
    /// The margin account to liquidate
    pub liquidatee: Pubkey,
    /// Only flag it
    #[arg(long)]
    pub flag: bool,
    /// The asset to close; without it the one that earns most
    #[arg(long)]
    pub asset: Option<String>,
    /// What to close; without it what earns most
    #[arg(long, value_enum)]
    pub what: Option<WhatCloses>,
    /// The liquidator's margin account: number or address
    #[arg(
        short = 'a',
        long = "account",
        value_name = "NUMBER_OR_ADDRESS",
        default_value = "0"
    )]
    pub account: String,
}
