//! Where the exchange is, who acts, and how a transaction is sent.
use std::path::PathBuf;
use std::str::FromStr;

use anchor_lang::prelude::Pubkey;
use clap::Args;

/// Options of every command that talks to a cluster.
#[derive(Args, Clone, Debug, Default)]
pub struct NetworkOptions {
    /// Cluster: a URL, or localhost, devnet, testnet, mainnet-beta (l, d, t, m)
    #[arg(short = 'u', long, global = true, value_name = "URL_OR_MONIKER", help_heading = NETWORK)]
    pub url: Option<String>,
    /// Address of subscriptions; without it derived from the URL
    #[arg(long, global = true, value_name = "URL", help_heading = NETWORK)]
    pub ws: Option<String>,
    /// Keypair file of who acts and pays
    #[arg(short = 'k', long, global = true, value_name = "FILE", help_heading = NETWORK)]
    pub keypair: Option<String>,
    /// processed, confirmed or finalized
    #[arg(long, global = true, value_name = "LEVEL", help_heading = NETWORK)]
    pub commitment: Option<String>,
    /// Solana's CLI config; without it ~/.config/solana/cli/config.yml, if there is one
    #[arg(short = 'C', long = "config", global = true, value_name = "FILE", help_heading = NETWORK)]
    pub solana_config: Option<PathBuf>,
    /// The exchange
    #[arg(long, global = true, env = "FREEBOARD_EXCHANGE", value_name = "ADDRESS", help_heading = NETWORK)]
    pub exchange: Option<Pubkey>,
    /// Print JSON: {ok, data, error, meta}
    #[arg(long, global = true, help_heading = NETWORK)]
    pub json: bool,
    /// Simulate, say what would happen, send nothing
    #[arg(long, global = true, help_heading = SENDING)]
    pub dry_run: bool,
    /// Send without asking
    #[arg(short = 'y', long, global = true, help_heading = SENDING)]
    pub yes: bool,
    /// Send even if the simulation fails
    #[arg(long, global = true, help_heading = SENDING)]
    pub skip_simulation: bool,
    /// Go on although program or cluster are not the pinned ones
    #[arg(long, global = true, help_heading = SENDING)]
    pub accept_mismatch: bool,
    /// Micro-lamports per compute unit, or `auto` for what was paid lately
    #[arg(long, global = true, value_name = "FEE", help_heading = SENDING)]
    pub priority_fee: Option<PriorityFee>,
    /// How much more compute than the simulation used is asked for, per cent
    #[arg(long, global = true, value_name = "PERCENT", value_parser = clap::value_parser!(u16).range(0..=400), help_heading = SENDING)]
    pub compute_margin: Option<u16>,
    /// Act as this address without its keypair; only with --export-message or --dry-run
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = SENDING)]
    pub authority: Option<Pubkey>,
    /// Print the instructions and their message for a vault or another signer; send nothing
    #[arg(long, global = true, help_heading = SENDING)]
    pub export_message: bool,
}

const NETWORK: &str = "Network";
const SENDING: &str = "Sending";

/// What is paid for priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorityFee {
    /// What was paid lately for the same accounts.
    Auto,
    /// Micro-lamports per compute unit.
    Fixed(u64),
}

impl FromStr for PriorityFee {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let fee = text.parse().map(Self::Fixed);
        fee.map_err(|_| "micro-lamports per compute unit as a whole number, or `auto`".to_owned())
    }
}
