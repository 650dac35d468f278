//! What the keeper needs of the world: what is there, and a way to send.
use anchor_lang::prelude::Pubkey;
use async_trait::async_trait;
use freeboard_client::network::FeePolicy;
use solana_message::AddressLookupTableAccount;

use crate::book::{Snapshot, ToldAccount};
use crate::job::KeeperJob;
use crate::outcome::JobOutcome;

/// A cluster, or whatever plays one.
#[async_trait]
pub trait KeeperPort: Send + Sync + 'static {
    /// Everything of the exchange, of margin accounts at least what shows whether they have changed.
    ///
    /// Errors: in words, with the next step.
    async fn snapshot(&self) -> anyhow::Result<Snapshot>;

    /// These accounts as they are now, those that are gone without data.
    ///
    /// Errors: in words.
    async fn accounts(&self, addresses: &[Pubkey]) -> anyhow::Result<Vec<ToldAccount>>;

    /// The lookup tables that version 0 transactions may use now.
    fn tables(&self) -> Vec<AddressLookupTableAccount>;

    /// Simulates a job, sends it and waits until it has landed.
    async fn carry(&self, job: &KeeperJob, fee: FeePolicy) -> JobOutcome;
}
