//! Everybody on the network, each with a keypair file that only its owner reads. Files that are there are used again, so
//! that addresses stay from one network to the next.
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, anyhow};
use freeboard_migrations::keys::read_keypair;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;

/// Who there is.
pub const NAMES: [&str; 8] = [
    "governance",
    "risk_manager",
    "guardian",
    "recipient",
    "lp",
    "trader",
    "keeper",
    "payer",
];

/// Everybody's keypair and its file.
pub struct Wallets {
    folder: PathBuf,
    keys: BTreeMap<&'static str, Arc<Keypair>>,
}

impl Wallets {
    /// Reads the keypair files of a folder and makes those that are missing, readable by their owner alone.
    ///
    /// Errors: the file that cannot be read or written.
    pub fn open(folder: &Path) -> Result<Self> {
        let shown = || folder.display().to_string();
        fs::create_dir_all(folder).with_context(shown)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700)).with_context(shown)?;
        let mut keys = BTreeMap::new();
        for name in NAMES {
            let path = path_in(folder, name);
            let key = if path.exists() {
                read_keypair(&path)?
            } else {
                let key = Keypair::new();
                write_keypair_file(&key, &path)
                    .map_err(|error| anyhow!("cannot write {}: {error}", path.display()))?;
                Arc::new(key)
            };
            keys.insert(name, key);
        }
        let folder = folder.canonicalize().with_context(shown)?;
        Ok(Self { folder, keys })
    }

    /// The keypair of one of [`NAMES`].
    pub fn key(&self, name: &str) -> &Arc<Keypair> {
        &self.keys[name]
    }

    /// Its address.
    pub fn address(&self, name: &str) -> Pubkey {
        self.key(name).pubkey()
    }

    /// Its file.
    pub fn path(&self, name: &str) -> PathBuf {
        path_in(&self.folder, name)
    }
}

fn path_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keypairs_are_kept_and_only_their_owner_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let first = Wallets::open(&keys).unwrap();
        let again = Wallets::open(&keys).unwrap();
        for name in NAMES {
            assert_eq!(first.address(name), again.address(name));
            let mode = fs::metadata(first.path(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        fs::write(first.path("trader"), "[1,2]").unwrap();
        let error = Wallets::open(&keys).err().unwrap().to_string();
        assert!(error.contains("trader.json"), "{error}");
    }
}
