//! Which program and which cluster it is, against what was pinned.
use anchor_lang::prelude::{Pubkey, pubkey};
use freeboard_client::freeboard;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::context::Online;
use super::failure::{CommandFailure, FailureKind};

/// The loader that keeps programs in an account of their own.
const UPGRADEABLE_LOADER: Pubkey = pubkey!("BPFLoaderUpgradeab1e11111111111111111111111");
/// Bytes before the program in that account: kind, slot, upgrade authority.
const PROGRAM_DATA_HEAD: usize = 4 + 8 + 1 + 32;
/// Clusters by the hash of their first block.
const KNOWN_CLUSTERS: [(&str, &str); 3] = [
    (
        "mainnet-beta",
        "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
    ),
    ("devnet", "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"),
    ("testnet", "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"),
];

/// The program as it is deployed.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramOnChain {
    /// SHA-256 of its bytes without the zeros behind them, hexadecimal.
    pub sha256: String,
    /// Who may replace it; none for nobody, or where the loader does not say.
    pub upgrade_authority: Option<String>,
    /// Slot of its last deployment, where the loader says so.
    pub deployed_slot: Option<u64>,
}

/// The hash of a program's bytes without the zeros behind them, which a deployment pads.
pub fn sha256(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    let digest = Sha256::digest(&bytes[..end]);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name of a cluster by its genesis hash; none for one of one's own.
pub fn cluster_name(genesis: &str) -> Option<&'static str> {
    let known = KNOWN_CLUSTERS.iter().find(|(_, hash)| *hash == genesis);
    known.map(|(name, _)| *name)
}

impl Online {
    /// The program on the cluster.
    ///
    /// Errors: it is not there, or nothing that runs.
    pub async fn deployed_program(&self) -> Result<ProgramOnChain, CommandFailure> {
        let not_there = |what: &str| {
            CommandFailure::new(
                FailureKind::Mismatch,
                format!("{} {what} at {}.", freeboard::ID, self.cluster.url()),
                "Check --url; `freeboard-deploy` deploys the program to a cluster.",
            )
        };
        let found = self.cluster.account(&freeboard::ID).await?;
        let account = found.ok_or_else(|| not_there("is not"))?;
        if !account.executable {
            return Err(not_there("is no program"));
        }
        if account.owner != UPGRADEABLE_LOADER {
            return Ok(ProgramOnChain {
                sha256: sha256(&account.data),
                upgrade_authority: None,
                deployed_slot: None,
            });
        }
        let seeds: [&[u8]; 1] = [freeboard::ID.as_ref()];
        let address = Pubkey::find_program_address(&seeds, &UPGRADEABLE_LOADER).0;
        let found = self.cluster.account(&address).await?;
        let data = found.ok_or_else(|| not_there("was closed"))?.data;
        let program = data
            .get(PROGRAM_DATA_HEAD..)
            .ok_or_else(|| not_there("was closed"))?;
        let slot = data.get(4..12).and_then(|bytes| bytes.try_into().ok());
        let authority = data
            .get(13..PROGRAM_DATA_HEAD)
            .filter(|_| data.get(12) == Some(&1));
        Ok(ProgramOnChain {
            sha256: sha256(program),
            upgrade_authority: authority
                .and_then(|bytes| Pubkey::try_from(bytes).ok())
                .map(|key| key.to_string()),
            deployed_slot: slot.map(u64::from_le_bytes),
        })
    }
}

/// Refuses another program or cluster than those pinned, unless --accept-mismatch says otherwise.
///
/// Errors: a mismatch; the cluster does not answer.
pub async fn require_pinned(online: &Online) -> Result<(), CommandFailure> {
    if let Some(pinned) = &online.own.genesis {
        let genesis = online.cluster.genesis_hash().await?.to_string();
        mismatch(online, "cluster (genesis)", pinned, &genesis)?;
    }
    if let Some(pinned) = &online.own.program_sha256 {
        let program = online.deployed_program().await?;
        mismatch(online, "program (SHA-256)", pinned, &program.sha256)?;
    }
    Ok(())
}

fn mismatch(online: &Online, what: &str, pinned: &str, found: &str) -> Result<(), CommandFailure> {
    if pinned.eq_ignore_ascii_case(found) {
        return Ok(());
    }
    if online.options.accept_mismatch {
        eprintln!("warning: another {what} than pinned: {found}, not {pinned}");
        return Ok(());
    }
    Err(CommandFailure::new(
        FailureKind::Mismatch,
        format!("Another {what} than pinned: {found}, not {pinned}."),
        "Nothing was sent. If that is meant, `freeboard config pin` pins what is there now; --accept-mismatch goes \
         on once.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_behind_a_program_do_not_count() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(&[0; 9]), empty);
        assert_eq!(sha256(&[1, 0, 2]), sha256(&[1, 0, 2, 0, 0]));
        assert_ne!(sha256(&[1, 0, 2]), sha256(&[1, 2]));
    }

    #[test]
    fn clusters_are_known_by_their_first_block() {
        assert_eq!(cluster_name(KNOWN_CLUSTERS[1].1), Some("devnet"));
        assert_eq!(cluster_name("11111111111111111111111111111111"), None);
    }
}
