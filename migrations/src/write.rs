//! Writes the program's bytes into a buffer: many transactions at once, and again what did not arrive.
//!
//! The buffer's address follows from the payer's key, so that a stopped run is gone on with and its rent is never lost.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::bpf_loader_upgradeable::UpgradeableLoaderState as LoaderState;
use anchor_lang::solana_program::instruction::Instruction;
use anyhow::{Context, Result, bail, ensure};
use freeboard_client::freeboard::ID;
use freeboard_client::network::{Cluster, SendOptions, WireVersion};
use freeboard_client::transaction::{self, Budget, Version};
use sha2::{Digest, Sha256};
use solana_hash::Hash;
use solana_keypair::{Keypair, keypair_from_seed};
use solana_loader_v3_interface::instruction as loader;
use solana_message::VersionedMessage;
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
/// Bytes of the program in one transaction of version 0: what the network passes on, less everything around them.
pub const CHUNK_BYTES: usize = 958;
/// The same in one of version 1: three writes.
const CHUNK_BYTES_V1: usize = 3 * MAX_WRITE_BYTES;
/// Bytes of one write: the loader reads no instruction of more than 1,232 bytes, of which 16 are about them.
const MAX_WRITE_BYTES: usize = 1_216;
/// What a write costs: the loader's flat price and the two instructions of the budget, rounded up.
const WRITE_UNITS: u32 = 3_000;
/// How long nothing may arrive before what is missing is sent again.
const STILL: Duration = Duration::from_secs(5);
/// Rounds without any progress before a run gives up.
const IDLE_ROUNDS: usize = 5;

/// How the program's bytes are sent.
#[derive(Clone, Copy, Debug)]
pub struct WriteOptions {
    /// Transactions on their way at once.
    pub parallel: usize,
    /// Priority fee of each, micro-lamports per compute unit.
    pub micro_lamports_per_unit: u64,
    /// Their version. Version 1 takes a third of the transactions, where the cluster has it.
    pub version: WireVersion,
}

impl WriteOptions {
    /// Bytes of the program in one transaction.
    const fn chunk_bytes(&self) -> usize {
        match self.version {
            WireVersion::V0 => CHUNK_BYTES,
            WireVersion::V1 => CHUNK_BYTES_V1,
        }
    }

    /// The message that writes a chunk at its place in the buffer.
    fn message(
        &self,
        payer: &Pubkey,
        buffer: &Pubkey,
        (start, chunk): (usize, &[u8]),
        recent: Hash,
    ) -> Result<VersionedMessage> {
        let write = |(place, bytes): (usize, &[u8])| {
            let offset = u32::try_from(start + place * MAX_WRITE_BYTES);
            let offset = offset.context("a program of more than 4 GB")?;
            Ok(loader::write(buffer, payer, offset, bytes.to_vec()))
        };
        let writes = chunk.chunks(MAX_WRITE_BYTES).enumerate().map(write);
        let writes: Vec<Instruction> = writes.collect::<Result<_>>()?;
        let compute_units = WRITE_UNITS * u32::try_from(writes.len())?;
        let fee = u64::from(compute_units) * self.micro_lamports_per_unit;
        let budget = Budget {
            compute_units,
            priority_fee_lamports: fee.div_ceil(1_000_000),
            ..Budget::default()
        };
        let version = match self.version {
            WireVersion::V0 => Version::V0(&[]),
            WireVersion::V1 => Version::V1,
        };
        Ok(transaction::message(
            payer, &writes, version, &budget, recent,
        )?)
    }
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            parallel: 32,
            micro_lamports_per_unit: 0,
            version: WireVersion::V0,
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
    /// Errors: of the network; a buffer that others may write; no progress in five rounds.
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
        let chunk_bytes = self.options.chunk_bytes();
        let mut missing = self.missing(address, bytes).await?;
        let mut idle = 0;
        while !missing.is_empty() {
            let refused = self.send_chunks(address, bytes, &missing).await?;
            let before = missing.len();
            let (mut pause, mut changed) = (Duration::from_millis(50), Instant::now());
            // What the node refused does not arrive: there is nothing to wait for.
            while missing.iter().any(|place| !refused.contains_key(place))
                && changed.elapsed() < STILL
            {
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
                let now = self.missing(address, bytes).await?;
                if now.len() < missing.len() {
                    changed = Instant::now();
                }
                missing = now;
                let open = missing.len() * chunk_bytes;
                tell(bytes.len().saturating_sub(open), bytes.len());
            }
            missing = self.missing(address, bytes).await?;
            idle = if missing.len() < before { 0 } else { idle + 1 };
            if idle == IDLE_ROUNDS {
                bail!(
                    "{} of {} parts of the program do not arrive ({}). What has arrived stays: run the same command again, \
                     with a priority fee or by another node",
                    missing.len(),
                    bytes.len().div_ceil(chunk_bytes),
                    (refused.into_values().next())
                        .unwrap_or_else(|| "the node took them and nothing came of it".to_owned())
                );
            }
        }
        Ok(())
    }

    /// Chunks that are not in the buffer as they should be.
    async fn missing(&self, address: &Pubkey, bytes: &[u8]) -> Result<BTreeSet<usize>> {
        let written = buffer_data(self.cluster, address).await?;
        let chunk_bytes = self.options.chunk_bytes();
        let wanted = bytes.chunks(chunk_bytes).enumerate();
        let differing = wanted.filter(|(place, chunk)| {
            let start = place * chunk_bytes;
            written.get(start..start + chunk.len()) != Some(*chunk)
        });
        Ok(differing.map(|(place, _)| place).collect())
    }

    /// Sends these chunks, so many at once; returns those that the node refused, and why.
    async fn send_chunks(
        &self,
        address: &Pubkey,
        bytes: &[u8],
        chunks: &BTreeSet<usize>,
    ) -> Result<BTreeMap<usize, String>> {
        let rpc = self.cluster.rpc();
        let recent = rpc.get_latest_blockhash().await;
        let recent = recent.map_err(|error| self.cluster.failure(&error))?;
        let mut running = JoinSet::new();
        let mut refused = BTreeMap::new();
        for place in chunks {
            let start = place * self.options.chunk_bytes();
            let chunk = &bytes[start..bytes.len().min(start + self.options.chunk_bytes())];
            let transaction = self.chunk_transaction(address, start, chunk, recent)?;
            while running.len() >= self.options.parallel.max(1) {
                refused.extend(running.join_next().await.and_then(Result::ok).flatten());
            }
            let (cluster, place) = (self.cluster.clone(), *place);
            running.spawn(async move {
                let config = RpcSendTransactionConfig {
                    skip_preflight: true, // the buffer is read back
                    ..RpcSendTransactionConfig::default()
                };
                let sent = cluster
                    .rpc()
                    .send_transaction_with_config(&transaction, config)
                    .await;
                let refusal = |error| (place, cluster.failure(&error).to_string());
                sent.err().map(refusal)
            });
        }
        while let Some(ended) = running.join_next().await {
            refused.extend(ended.ok().flatten());
        }
        Ok(refused)
    }

    fn chunk_transaction(
        &self,
        address: &Pubkey,
        start: usize,
        chunk: &[u8],
        recent: Hash,
    ) -> Result<VersionedTransaction> {
        let payer = self.keys.payer();
        let message = (self.options).message(&payer, address, (start, chunk), recent)?;
        let key: &Arc<Keypair> = self.keys.payer_key();
        Ok(VersionedTransaction::try_new(message, &[key])?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of a chunk of so many bytes, if the network passes it on.
    fn message(version: WireVersion, length: usize) -> Option<VersionedMessage> {
        let options = WriteOptions {
            micro_lamports_per_unit: 1,
            version,
            ..WriteOptions::default()
        };
        let [payer, buffer] = [Pubkey::new_unique(), Pubkey::new_unique()];
        let chunk = vec![1; length];
        let message = options.message(&payer, &buffer, (7, &chunk), Hash::default());
        message.ok()
    }

    #[test]
    fn a_chunk_is_the_most_that_a_transaction_holds() {
        assert!(message(WireVersion::V0, CHUNK_BYTES).is_some());
        assert!(message(WireVersion::V0, CHUNK_BYTES + 1).is_none());
        // A fourth write would not fit.
        let most = message(WireVersion::V1, CHUNK_BYTES_V1).unwrap();
        let instructions = most.instructions();
        assert_eq!(instructions.len(), 3);
        assert!(instructions.iter().all(|one| one.data.len() == 1_232));
        assert!(message(WireVersion::V1, 4 * MAX_WRITE_BYTES).is_none());
    }

    #[test]
    fn the_document_says_how_much_a_transaction_holds() {
        let document = include_str!("../../docs/operations.md");
        let parallel = WriteOptions::default().parallel;
        let said = format!("{CHUNK_BYTES} bytes a transaction and {parallel} of them at once");
        assert!(document.contains(&said), "docs/operations.md: {said}");
    }

    #[test]
    fn the_buffer_is_the_payers_and_always_the_same() {
        let (one, other) = (Keypair::new(), Keypair::new());
        let address = |payer| BufferKey::of_payer(payer).address();
        assert_eq!(address(&one), address(&one));
        assert_ne!(address(&one), address(&other));
    }
}
