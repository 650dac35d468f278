//! The commands.
mod attendant;
mod carry_out;
mod dump;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use freeboard_client::network::Cluster;
use freeboard_migrations::keys;
use serde_json::{Value, json};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;

/// The exit code where something is refused or fails.
pub const FAILED: u8 = 1;
/// The exit code where what can be done is done and something waits, or needs others.
pub const UNFINISHED: u8 = 3;

/// Takes a cluster from nothing to a running exchange: shows a plan, then carries it out. Run again, it goes on where the
/// cluster is. docs/operations.md explains it.
#[derive(Parser)]
#[command(name = "freeboard-deploy", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show what a deployment file still needs of its cluster, and send nothing
    Plan(carry_out::Target),
    /// Show the plan, ask, and carry out what can be done now
    Run(carry_out::Run),
    /// Write a deployed program's bytes to a file; `cargo xtask verify` compares them with the source
    Dump(dump::Dump),
}

/// Where the cluster is.
#[derive(Args)]
pub struct Node {
    /// RPC address, or localhost, devnet, testnet, mainnet-beta (l, d, t, m)
    #[arg(short, long, env = "FREEBOARD_URL")]
    url: Option<String>,
    /// What a node must have seen of the cluster before it counts
    #[arg(long, default_value = "confirmed")]
    commitment: String,
    /// Print the answer as JSON: {ok, data, error, meta}
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Whether the answer is to be JSON.
    pub fn as_json(&self) -> bool {
        match &self.command {
            Command::Plan(target) => target.node.json,
            Command::Run(run) => run.target.node.json,
            Command::Dump(dump) => dump.node.json,
        }
    }
}

impl Node {
    /// The cluster at --url, or at `otherwise`.
    fn cluster(&self, otherwise: &str) -> Result<Cluster> {
        let commitment: CommitmentConfig = self.commitment.parse().ok().with_context(|| {
            format!(
                "--commitment: `{}` is not processed, confirmed or finalized",
                self.commitment
            )
        })?;
        let url = match self.url.as_deref().unwrap_or(otherwise) {
            "l" | "localhost" | "localnet" => "http://127.0.0.1:8899",
            "d" | "devnet" => "https://api.devnet.solana.com",
            "t" | "testnet" => "https://api.testnet.solana.com",
            "m" | "mainnet-beta" => "https://api.mainnet-beta.solana.com",
            url => url,
        };
        Ok(Cluster::new(url, commitment))
    }
}

/// Does what was asked.
///
/// Errors: a sentence with what to do.
pub async fn dispatch(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Plan(target) => carry_out::show(&target).await,
        Command::Run(run) => run.carry_out().await,
        Command::Dump(dump) => dump.write().await,
    }
}

/// An answer as every command prints it with --json.
pub fn envelope(answer: Result<Value, String>) -> Value {
    let meta = json!({ "command": "freeboard-deploy", "version": env!("CARGO_PKG_VERSION") });
    match answer {
        Ok(data) => json!({ "ok": true, "data": data, "error": null, "meta": meta }),
        Err(error) => json!({ "ok": false, "data": null, "error": error, "meta": meta }),
    }
}

/// A keypair from a file; says on standard error if others can read it.
fn read_key(path: &Path) -> Result<Arc<Keypair>> {
    if let Some(warning) = keys::readable_by_others(path) {
        eprintln!("warning: {warning}");
    }
    keys::read_keypair(path)
}
