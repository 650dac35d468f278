//! An exchange begins, and its assets.
use std::path::PathBuf;

use anchor_lang::prelude::Pubkey;
use clap::{Args, Subcommand, ValueEnum};

/// Options of a new exchange.
#[derive(Args)]
pub struct InitOptions {
    /// Parameter file; without it the defaults of this version
    pub file: Option<PathBuf>,
    /// Mint of the quote token, with 6 decimals
    #[arg(long, value_name = "ADDRESS")]
    pub quote_mint: Pubkey,
    /// Decides on everything, after the timelock; without it the one who acts
    #[arg(long, value_name = "ADDRESS")]
    pub governance: Option<Pubkey>,
    /// Tightens without delay; without it the one who acts
    #[arg(long, value_name = "ADDRESS")]
    pub risk_manager: Option<Pubkey>,
    /// Pauses, and cancels what waits; without it the one who acts
    #[arg(long, value_name = "ADDRESS")]
    pub guardian: Option<Pubkey>,
    /// The timelock: 24h to 30d
    #[arg(long, value_name = "DURATION", default_value = "48h")]
    pub timelock: String,
}

/// Assets.
#[derive(Subcommand)]
pub enum AssetCommand {
    /// Assets with prices, volatility and open interest
    List,
    /// One asset: feed, price, volatility, margin, market
    Show {
        /// Name, or #index
        asset: String,
    },
    /// As governance: propose a new asset; it waits for the timelock
    Propose(ListOptions),
    /// Create an asset whose proposal's wait is over
    Create(CreateAssetOptions),
    /// Show the newest update of the index of an asset's implied volatility
    Implied(ImpliedOptions),
}

/// Options of showing an index of implied volatility.
#[derive(Args)]
pub struct ImpliedOptions {
    /// Name, or #index
    pub asset: String,
    /// An account that holds the update; without it it is looked for
    #[arg(long, value_name = "ADDRESS")]
    pub feed: Option<Pubkey>,
}

/// Which receiver writes a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReceiverName {
    /// The first receiver, rec5…: Wormhole's guardians sign.
    Core,
    /// The second receiver, rec2…: Pyth's routers sign.
    Pro,
}

/// Options of a listing.
#[derive(Args)]
pub struct ListOptions {
    /// The asset's name in the parameter file
    pub name: String,
    /// Parameter file; without it the defaults of this version
    #[arg(long, value_name = "FILE")]
    pub params: Option<PathBuf>,
    /// Pyth feed id, hexadecimal
    #[arg(long, value_name = "HEX", required_unless_present = "legacy_feed")]
    pub feed_id: Option<String>,
    /// Which receiver writes it
    #[arg(long, value_enum, default_value = "core")]
    pub receiver: ReceiverName,
    /// A legacy price account, instead of a feed id
    #[arg(long, value_name = "ADDRESS", conflicts_with = "feed_id")]
    pub legacy_feed: Option<Pubkey>,
    /// Mint of the token that may be deposited as collateral
    #[arg(long, value_name = "ADDRESS")]
    pub mint: Option<Pubkey>,
}

/// Options of creating an asset.
#[derive(Args)]
pub struct CreateAssetOptions {
    /// Number of the change that lists it; without it the next asset's
    pub number: Option<u64>,
    /// An account that holds its price; without it it is looked for
    #[arg(long, value_name = "ADDRESS")]
    pub feed: Option<Pubkey>,
}
