//! `dump`: a deployed program's bytes, for `cargo xtask verify` and for who has not Solana's own tools.
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};
use clap::Args;
use freeboard_client::freeboard::ID;
use freeboard_migrations::loader;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Node, envelope};

/// Which program, and where its bytes go.
#[derive(Args)]
pub struct Dump {
    /// The file to write, as `solana program dump` writes it
    file: PathBuf,
    /// The address of a program, or of a buffer that waits for an upgrade; the declared one without this
    #[arg(long)]
    program: Option<Pubkey>,
    #[command(flatten)]
    pub(super) node: Node,
}

impl Dump {
    /// Writes the bytes with the zeros that its account has behind them.
    ///
    /// Errors: of file and network; there is no such program.
    pub async fn write(&self) -> Result<ExitCode> {
        let cluster = self.node.cluster("localhost")?;
        let program = self.program.unwrap_or(ID);
        let bytes = loader::deployed_bytes(&cluster, &program).await?;
        fs::write(&self.file, &bytes)
            .with_context(|| format!("cannot write {}", self.file.display()))?;
        let hash = hex::encode(Sha256::digest(&bytes));
        if self.node.json {
            let data =
                json!({ "program": program.to_string(), "bytes": bytes.len(), "sha256": hash });
            println!("{}", envelope(Ok(data)));
        } else {
            println!(
                "{} bytes of {program} at {}: sha256 {hash}",
                bytes.len(),
                cluster.shown_url()
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
