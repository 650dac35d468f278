//! The keeper's key and its margin account.
use std::path::Path;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anyhow::{Context, Result, anyhow};
use freeboard_client::freeboard::instructions::OpenMarginAccountArgs;
use freeboard_client::{address, instructions};
use solana_keypair::{Keypair, read_keypair_file};
use solana_signer::Signer;

use crate::book::KeeperKeys;
use crate::config::KeeperConfig;

/// Reads the key, and warns where others can read it too.
///
/// Errors: a file that is not there or holds no key. Nothing of the key is ever told.
pub fn read_key(path: &Path) -> Result<Keypair> {
    let key = read_keypair_file(path).map_err(|_| {
        anyhow!(
            "keypair: {} holds no key that can be read; make one with solana-keygen new",
            path.display()
        )
    })?;
    if is_open(path).unwrap_or(false) {
        let path = path.display();
        tracing::warn!(%path, "others can read the key: chmod 600 it");
    }
    Ok(key)
}

/// Whether others than its owner can read a file.
///
/// Errors: a file that is not there.
#[cfg(unix)]
pub fn is_open(path: &Path) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let file = std::fs::metadata(path).with_context(|| path.display().to_string())?;
    Ok(file.permissions().mode() & 0o077 != 0)
}

/// Whether others than its owner can read a file: not known on this system.
///
/// Errors: none.
#[cfg(not(unix))]
pub fn is_open(_: &Path) -> Result<bool> {
    Ok(false)
}

/// Who the keeper is, by its key and its configuration.
pub fn keys_of(key: &impl Signer, told: &KeeperConfig) -> KeeperKeys {
    let authority = key.pubkey();
    KeeperKeys {
        authority,
        margin_account: address::margin_account(&told.exchange, &authority, told.sub_account),
    }
}

/// Opens the keeper's margin account.
pub fn open_instruction(authority: Pubkey, told: &KeeperConfig) -> Instruction {
    let args = OpenMarginAccountArgs {
        sub_account: told.sub_account,
        delegate: Pubkey::default(),
    };
    instructions::open_margin_account(authority, authority, told.exchange, args)
}

/// The URL of a cluster: as it is, or by Solana's own names.
pub fn url_of(named: &str) -> String {
    match named {
        "l" | "localhost" | "localnet" => "http://127.0.0.1:8899",
        "d" | "devnet" => "https://api.devnet.solana.com",
        "t" | "testnet" => "https://api.testnet.solana.com",
        "m" | "mainnet-beta" => "https://api.mainnet-beta.solana.com",
        url => url,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_others_can_read_is_found_out() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        solana_keypair::write_keypair_file(&Keypair::new(), &path).unwrap();
        for (mode, open) in [(0o600, false), (0o640, true), (0o604, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_open(&path).unwrap(), open, "{mode:o}");
        }
        assert!(read_key(&path).is_ok());
        std::fs::write(&path, "[1, 2, 3]").unwrap();
        let error = read_key(&path).unwrap_err().to_string();
        assert!(
            error.contains("solana-keygen") && !error.contains("1, 2"),
            "{error}"
        );
    }
}
