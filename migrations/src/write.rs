//! Writes the program's bytes into a buffer: many transactions at once, and again what did not arrive.
//!
//! The buffer's address follows from the payer's key, so that a stopped run is gone on with and its rent is never lost.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::bpf_loader_upgradeable::UpgradeableLoaderState as LoaderState;
use anyhow::{Context, Result, bail, ensure};
use freeboard_client::freeboard::ID;
use freeboard_client::network::{Cluster, SendOptions};
use freeboard_client::transaction::{self, Budget, Version};
use sha2::{Digest, Sha256};
use solana_hash::Hash;
use solana_keypair::{Keypair, keypair_from_seed};
use solana_loader_v3_interface::instruction as loader;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::deployment::ProgramPart;
use crate::keys::Keyring;
use crate::loader::buffer_data;
use crate::survey::Survey;

/// Least bytes by which a program may be extended, once the network asks for it (SIMD-0431).
pub const MIN_EXTENSION_BYTES: usize = 10_240;
/// Bytes of the program in one transaction: what the network passes on, less everything around them.
pub const CHUNK_BYTES: usize = 958;
/// What a write costs: the loader's flat price and the two instructions of the budget, rounded up.
const WRITE_UNITS: u32 = 3_000;
/// How long a round of writes may take to show before what is missing is sent again.
const ROUND: Duration = Duration::from_secs(20);
/// Rounds without any progress before a run gives up.
const IDLE_ROUNDS: usize = 5;

/// How the program's bytes are sent.
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions {
    /// Transactions on their way at once.
    pub parallel: usize,
    /// Priority fee of each, micro-lamports per compute unit.
    pub micro_lamports_per_unit: u64,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            parallel: 32,
            micro_lamports_per_unit: 0,
        }
    }
}

/// Bytes of a buffer account for a program of this length.
pub fn buffer_bytes(length: usize) -> usize {
    LoaderState::size_of_buffer(length)
}

/// The key of the payer's buffer for this program.
pub struct BufferKey(Keypair);

impl BufferKey {
    /// The same for the same payer, and known to nobody else: a hash of what only it can sign.
    pub fn of_payer(payer: &Keypair) -> Self {
        let signature = payer.sign_message(format!("freeboard-deploy: buffer of {ID}").as_bytes());
        let seed = Sha256::digest(signature.as_ref());
        Self(keypair_from_seed(&seed).expect("32 bytes are a seed"))
    }

    /// Where the buffer is.
    pub fn address(&self) -> Pubkey {
        self.0.pubkey()
    }
}

/// Writes one program.
pub(crate) struct Writer<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) keys: &'a Keyring,
    pub(crate) send: &'a SendOptions,
    pub(crate) options: &'a WriteOptions,
}

impl Writer<'_> {
    /// Writes what is not there yet; `tell` is given the bytes that are right, and of how many.
    ///
    /// Errors: of the network; a buffer that others may write; no progress in five rounds of 20 s.
    pub(crate) async fn write(
        &self,
        survey: &Survey,
        program: &ProgramPart,
        tell: &mut (dyn FnMut(usize, usize) + Send),
    ) -> Result<()> {
        let address = survey.buffer_address;
        let length = program.bytes.len();
        if let Some(buffer) = &survey.buffer {
            ensure!(
                buffer.authority == Some(survey.payer),
                "the buffer {address} belongs to {}; let them close it (`solana program close {address}`)",
                buffer.authority.unwrap_or_default()
            );
            if buffer.data_len != length {
                let close = loader::close(&address, &survey.payer, &survey.payer);
                let payer = self.keys.payer_key();
                self.cluster.send(&[payer], &[close], self.send).await?;
            }
        }
        if survey.buffer.is_none_or(|buffer| buffer.data_len != length) {
            self.create(survey, length).await?;
        }
        self.fill(&address, &program.bytes, tell).await
    }

    async fn create(&self, survey: &Survey, length: usize) -> Result<()> {
        let payer = self.keys.payer_key();
        let key = BufferKey::of_payer(payer);
        let rent = survey.rent_lamports(buffer_bytes(length));
        let create =
            loader::create_buffer(&survey.payer, &key.address(), &survey.payer, rent, length)
                .context("a buffer cannot be made")?;
        self.cluster
            .send(&[payer, &key.0], &create, self.send)
            .await?;
        Ok(())
    }

    /// Sends every chunk that is not in the buffer, looks, and begins again.
    async fn fill(
        &self,
        address: &Pubkey,
        bytes: &[u8],
        tell: &mut (dyn FnMut(usize, usize) + Send),
    ) -> Result<()> {
        let mut missing = self.missing(address, bytes).await?;
        let mut idle = 0;
        while !missing.is_empty() {
            let refusal = self.send_chunks(address, bytes, &missing).await?;
            let end = Instant::now() + ROUND;
            let before = missing.len();
            let mut pause = Duration::from_millis(50);
            while !missing.is_empty() && Instant::now() < end {
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
                missing = self.missing(address, bytes).await?;
                let open = missing.len() * CHUNK_BYTES;
                tell(bytes.len().saturating_sub(open), bytes.len());
            }
            idle = if missing.len() < before { 0 } else { idle + 1 };
            if idle == IDLE_ROUNDS {
                bail!(
                    "{} of {} parts of the program do not arrive ({}). What has arrived stays: run the same command again, \
                     with a priority fee or by another node",
                    missing.len(),
                    bytes.len().div_ceil(CHUNK_BYTES),
                    refusal
                        .as_deref()
                        .unwrap_or("the node took them and nothing came of it")
                );
            }
        }
        Ok(())
    }

    /// Chunks that are not in the buffer as they should be.
    async fn missing(&self, address: &Pubkey, bytes: &[u8]) -> Result<BTreeSet<usize>> {
        let written = buffer_data(self.cluster, address).await?;
        let wanted = bytes.chunks(CHUNK_BYTES).enumerate();
        let differing = wanted.filter(|(place, chunk)| {
            let start = place * CHUNK_BYTES;
            written.get(start..start + chunk.len()) != Some(*chunk)
        });
        Ok(differing.map(|(place, _)| place).collect())
    }

    /// Sends these chunks, so many at once; returns the node's last refusal.
    async fn send_chunks(
        &self,
        address: &Pubkey,
        bytes: &[u8],
        chunks: &BTreeSet<usize>,
    ) -> Result<Option<String>> {
        let rpc = self.cluster.rpc();
        let recent = rpc.get_latest_blockhash().await;
        let recent = recent.map_err(|error| self.cluster.failure(&error))?;
        let mut running = JoinSet::new();
        let mut refusal = None;
        for place in chunks {
            let start = place * CHUNK_BYTES;
            let chunk = &bytes[start..bytes.len().min(start + CHUNK_BYTES)];
            let transaction = self.chunk_transaction(address, start, chunk, recent)?;
            while running.len() >= self.options.parallel.max(1) {
                refusal = running
                    .join_next()
                    .await
                    .and_then(Result::ok)
                    .flatten()
                    .or(refusal);
            }
            let cluster = self.cluster.clone();
            running.spawn(async move {
                let config = RpcSendTransactionConfig {
                    skip_preflight: true, // the buffer is read back
                    ..RpcSendTransactionConfig::default()
                };
                let sent = cluster
                    .rpc()
                    .send_transaction_with_config(&transaction, config)
                    .await;
                sent.err().map(|error| cluster.failure(&error).to_string())
            });
        }
        while let Some(ended) = running.join_next().await {
            refusal = ended.ok().flatten().or(refusal);
        }
        Ok(refusal)
    }

    fn chunk_transaction(
        &self,
        address: &Pubkey,
        start: usize,
        chunk: &[u8],
        recent: Hash,
    ) -> Result<VersionedTransaction> {
        let payer = self.keys.payer();
        let offset = u32::try_from(start).context("a program of more than 4 GB")?;
        let write = loader::write(address, &payer, offset, chunk.to_vec());
        let fee = u64::from(WRITE_UNITS) * self.options.micro_lamports_per_unit;
        let budget = Budget {
            compute_units: WRITE_UNITS,
            priority_fee_lamports: fee.div_ceil(1_000_000),
            ..Budget::default()
        };
        let message = transaction::message(&payer, &[write], Version::V0(&[]), &budget, recent)?;
        let key: &Arc<Keypair> = self.keys.payer_key();
        Ok(VersionedTransaction::try_new(message, &[key])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_the_most_that_a_transaction_holds() {
        let payer = Pubkey::new_unique();
        let bytes = |length: usize| {
            let write = loader::write(&Pubkey::new_unique(), &payer, 7, vec![1; length]);
            let budget = Budget {
                compute_units: WRITE_UNITS,
                priority_fee_lamports: 1,
                ..Budget::default()
            };
            transaction::message(&payer, &[write], Version::V0(&[]), &budget, Hash::default())
        };
        assert!(bytes(CHUNK_BYTES).is_ok());
        assert!(bytes(CHUNK_BYTES + 1).is_err());
    }

    #[test]
    fn the_buffer_is_the_payers_and_always_the_same() {
        let (one, other) = (Keypair::new(), Keypair::new());
        let address = |payer| BufferKey::of_payer(payer).address();
        assert_eq!(address(&one), address(&one));
        assert_ne!(address(&one), address(&other));
    }
}
