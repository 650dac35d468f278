//! The blockhash that transactions are signed with, and which were signed: asked for once by many who send at once.
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use solana_hash::Hash;
use solana_signature::Signature;

use super::{Cluster, NetworkError};

/// For how long a blockhash is used again before a new one is asked for: it lives about a minute.
const REUSED: Duration = Duration::from_secs(2);
/// Signatures that are remembered: those of more than a blockhash's life.
const REMEMBERED: usize = 65_536;

/// A blockhash, and until which block height it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecentBlockhash {
    pub(super) hash: Hash,
    pub(super) last_valid_height: u64,
    asked_at: Instant,
}

/// What is kept between two transactions.
#[derive(Debug, Default)]
pub(super) struct SigningMemory {
    recent: Option<RecentBlockhash>,
    signed: HashSet<Signature>,
    order: VecDeque<Signature>,
}

impl SigningMemory {
    /// Remembers a signature; no where it was remembered already.
    fn is_first_use(&mut self, signature: Signature) -> bool {
        let is_first = self.signed.insert(signature);
        if is_first {
            self.order.push_back(signature);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.signed.remove(&oldest);
        }
        is_first
    }
}

impl Cluster {
    /// A blockhash to sign with: one that was asked for at most two seconds ago.
    pub(super) async fn recent_blockhash(&self) -> Result<RecentBlockhash, NetworkError> {
        let mut memory = self.signing.lock().await;
        if let Some(recent) = memory.recent
            && recent.asked_at.elapsed() < REUSED
        {
            return Ok(recent);
        }
        let answer = self
            .rpc()
            .get_latest_blockhash_with_commitment_and_context(self.commitment())
            .await;
        let (hash, last_valid_height) = answer.map_err(|error| self.failure(&error))?.value;
        let recent = RecentBlockhash {
            hash,
            last_valid_height,
            asked_at: Instant::now(),
        };
        memory.recent = Some(recent);
        Ok(recent)
    }

    /// Asks for a new blockhash the next time: this one is not known, no longer, or used up.
    pub(super) async fn forget_blockhash(&self) {
        self.signing.lock().await.recent = None;
    }

    /// Whether nothing with this signature was sent before; from now on it was.
    pub(super) async fn is_first_use(&self, signature: Signature) -> bool {
        self.signing.lock().await.is_first_use(signature)
    }
}
