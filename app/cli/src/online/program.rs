//! Which program and which cluster it is, against what was pinned.
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};

use anchor_lang::prelude::{Pubkey, pubkey};
use dialoguer::Confirm;
use freeboard_client::freeboard;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::context::Online;
use super::failure::{CommandFailure, FailureKind};
use super::settings::OwnSettings;

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

/// That cluster or program are not pinned is said once.
static KNOWN: AtomicBool = AtomicBool::new(false);

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
                format!("{} {what} at {}.", freeboard::ID, self.cluster.shown_url()),
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

/// Refuses another program or cluster than those pinned, unless --accept-mismatch says otherwise. Where one is not pinned,
/// it says so, and asks on mainnet-beta.
///
/// Errors: a mismatch; nobody confirms; the cluster does not answer.
pub async fn require_pinned(online: &Online) -> Result<(), CommandFailure> {
    let OwnSettings {
        genesis,
        program_sha256,
        ..
    } = &online.own;
    if genesis.is_none() || program_sha256.is_none() {
        know_unpinned(online).await?;
    }
    if let Some(pinned) = genesis {
        let genesis = online.cluster.genesis_hash().await?.to_string();
        mismatch(online, "cluster (genesis)", pinned, &genesis)?;
    }
    if let Some(pinned) = program_sha256 {
        let program = online.deployed_program().await?;
        mismatch(online, "program (SHA-256)", pinned, &program.sha256)?;
    }
    Ok(())
}

/// What is done on a cluster that is not pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unpinned {
    /// Nothing: it is one's own, on this machine.
    Trusted,
    /// It is said.
    Noted,
    /// Somebody has to confirm it.
    Asked,
}

impl Unpinned {
    /// By the cluster's name, none for one that is not known, and by where it was reached.
    fn new(name: Option<&str>, url: &str) -> Self {
        let is_here = ["://localhost", "://127.0.0.1", "://[::1]"]
            .iter()
            .any(|host| url.contains(host));
        match name {
            Some("mainnet-beta") => Self::Asked,
            None if is_here => Self::Trusted,
            _ => Self::Noted,
        }
    }
}

/// Says once that cluster or program are not pinned; on mainnet-beta somebody confirms both. --yes does not.
///
/// Errors: nobody confirms; the cluster does not answer.
async fn know_unpinned(online: &Online) -> Result<(), CommandFailure> {
    if KNOWN.load(Ordering::Relaxed) {
        return Ok(());
    }
    let genesis = online.cluster.genesis_hash().await?.to_string();
    let name = cluster_name(&genesis);
    let url = online.cluster.shown_url();
    let unpinned = Unpinned::new(name, &url);
    let name = name.unwrap_or("a cluster of its own");
    if unpinned != Unpinned::Trusted {
        eprintln!(
            "note: {url} is {name} (genesis {genesis}), not pinned; `freeboard config pin` refuses another cluster or \
             program from then on"
        );
    }
    let is_free = online.options.accept_mismatch || online.options.dry_run;
    if unpinned == Unpinned::Asked && !is_free {
        confirm_unpinned(online, name).await?;
    }
    KNOWN.store(true, Ordering::Relaxed);
    Ok(())
}

/// Asks whether it is the program that is meant.
///
/// Errors: no; there is nobody to ask.
async fn confirm_unpinned(online: &Online, name: &str) -> Result<(), CommandFailure> {
    let program = online.deployed_program().await?.sha256;
    let has_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let is_meant = has_terminal
        && !online.options.json
        && Confirm::new()
            .with_prompt(format!(
                "Is {name} meant, and the program {} with SHA-256 {program}?",
                freeboard::ID
            ))
            .default(false)
            .interact_opt()
            .is_ok_and(|answer| answer == Some(true));
    if is_meant {
        return Ok(());
    }
    Err(CommandFailure::new(
        FailureKind::Mismatch,
        format!("Nobody confirmed {name} and its program, SHA-256 {program}."),
        "Nothing was sent. Compare the hash with your own build (`cargo xtask verify`), then `freeboard config pin`; \
         --accept-mismatch goes on once, --yes does not.",
    ))
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
    fn mainnet_is_confirmed_and_a_network_of_ones_own_is_not() {
        let mainnet = cluster_name(KNOWN_CLUSTERS[0].1);
        for url in ["https://node.example", "http://127.0.0.1:8899"] {
            assert_eq!(Unpinned::new(mainnet, url), Unpinned::Asked);
            assert_eq!(Unpinned::new(Some("devnet"), url), Unpinned::Noted);
        }
        assert_eq!(
            Unpinned::new(None, "http://127.0.0.1:8899"),
            Unpinned::Trusted
        );
        assert_eq!(Unpinned::new(None, "https://node.example"), Unpinned::Noted);
    }

    #[test]
    fn clusters_are_known_by_their_first_block() {
        assert_eq!(cluster_name(KNOWN_CLUSTERS[1].1), Some("devnet"));
        assert_eq!(cluster_name("11111111111111111111111111111111"), None);
    }
}
