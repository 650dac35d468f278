//! The keypairs that can sign here. A step whose signers are not all among them is left to others.
use std::path::Path;
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use anyhow::{Result, anyhow};
use solana_keypair::{Keypair, read_keypair_file};
use solana_signer::Signer;

/// The payer, and whoever else can sign here.
#[derive(Clone)]
pub struct Keyring {
    payer: Arc<Keypair>,
    others: Vec<Arc<Keypair>>,
}

impl std::fmt::Debug for Keyring {
    /// Addresses only.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = std::iter::once(&self.payer).chain(&self.others);
        out.debug_set()
            .entries(all.map(|key| key.pubkey()))
            .finish()
    }
}

impl Keyring {
    /// With the key that pays for everything.
    pub fn new(payer: Arc<Keypair>) -> Self {
        Self {
            payer,
            others: Vec::new(),
        }
    }

    /// Another key that can sign.
    #[must_use]
    pub fn with(mut self, key: Arc<Keypair>) -> Self {
        self.others.push(key);
        self
    }

    /// Pays for everything.
    pub fn payer(&self) -> Pubkey {
        self.payer.pubkey()
    }

    /// Its key.
    pub fn payer_key(&self) -> &Arc<Keypair> {
        &self.payer
    }

    /// The key of an address, if it can sign here.
    pub fn signer(&self, address: &Pubkey) -> Option<&Arc<Keypair>> {
        let mut all = std::iter::once(&self.payer).chain(&self.others);
        all.find(|key| key.pubkey() == *address)
    }

    /// Those of these addresses that cannot sign here.
    pub fn missing(&self, signers: &[Pubkey]) -> Vec<Pubkey> {
        let absent = |address: &&Pubkey| self.signer(address).is_none();
        signers.iter().filter(absent).copied().collect()
    }
}

/// Reads a keypair file as `solana-keygen` writes it.
///
/// Errors: a sentence that names the file, and nothing of what is in it.
pub fn read_keypair(path: &Path) -> Result<Arc<Keypair>> {
    let keypair = read_keypair_file(path).map_err(|_| {
        anyhow!(
            "{} is no keypair file that can be read: an array of 64 numbers, as `solana-keygen new --outfile` writes it",
            path.display()
        )
    })?;
    Ok(Arc::new(keypair))
}

/// Says so if others than its owner can read a keypair file.
pub fn readable_by_others(path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).ok()?.permissions().mode();
        (mode & 0o077 != 0).then(|| {
            let path = path.display();
            format!("{path} can be read by others than its owner: run `chmod 600 {path}`")
        })
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}
