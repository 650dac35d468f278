//! One signed transaction, until it has landed or never will. What is not known is asked again and never guessed: a
//! transaction that is taken for lost and signed anew would land twice.
use std::time::{Duration, Instant};

use solana_commitment_config::CommitmentConfig;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::UiTransactionEncoding;
use tokio::time::sleep;

use super::{Cluster, NetworkError, SendError};

/// How long to wait between two questions whether a transaction has landed, twice as long each time: at first, for a
/// local network takes milliseconds, and at most.
const FIRST_POLL: Duration = Duration::from_millis(25);
const POLL: Duration = Duration::from_millis(250);
/// How often it is sent again meanwhile: one that was lost is there within seconds all the same.
const RESEND: Duration = Duration::from_millis(500);
/// By how many blocks a node that answers about signatures may be behind the one that told the height: behind one address
/// there may be several.
const BLOCKS_BEHIND: u64 = 32;

/// What came of waiting for one signed transaction.
pub(super) enum Landing {
    /// It has landed in this slot and succeeded.
    Landed(u64),
    /// It has landed, or was refused before it was passed on.
    Failed(TransactionError),
    /// No block has it and none will.
    Expired,
}

/// Why a node did not take a transaction.
enum Unsent {
    Refused(TransactionError),
    Unclear(NetworkError),
}

impl Cluster {
    /// Sends a signed transaction until it has landed at a commitment, has failed or never will.
    ///
    /// Errors: `Unknown` after the timeout.
    pub(super) async fn land(
        &self,
        signed: &VersionedTransaction,
        signature: &Signature,
        last_valid_height: u64,
        timeout: Duration,
        commitment: CommitmentConfig,
    ) -> Result<Landing, SendError> {
        let start = Instant::now();
        let (mut sent_at, mut may_be_on_its_way) = (None::<Instant>, false);
        let mut pause = FIRST_POLL;
        let mut reason = "no answer in time".to_owned();
        loop {
            let is_due = sent_at.is_none_or(|at| at.elapsed() >= RESEND);
            let is_again = is_due && sent_at.is_some();
            if is_due {
                sent_at = Some(Instant::now());
                match self.send_raw(signed).await {
                    Ok(()) => may_be_on_its_way = true,
                    // A node that refuses what an earlier try may have passed on says nothing about that.
                    Err(Unsent::Refused(error)) if may_be_on_its_way => reason = error.to_string(),
                    Err(Unsent::Refused(TransactionError::BlockhashNotFound)) => {
                        return Ok(Landing::Expired);
                    }
                    Err(Unsent::Refused(error)) => return Ok(Landing::Failed(error)),
                    Err(Unsent::Unclear(error)) => {
                        may_be_on_its_way = true;
                        reason = error.to_string();
                    }
                }
            }
            let mut known = self.status(signature).await;
            // The height is asked for only where it is sent again and nothing is known, and then what is known once more: a
            // signature that is not known after no block can take it is in none.
            let is_missing = is_again && matches!(known, Ok(None));
            let has_ended = is_missing && self.has_ended(last_valid_height).await;
            if has_ended {
                known = self.status(signature).await;
            }
            match known {
                Ok(Some(status)) => {
                    if let Some(error) = status.err {
                        return Ok(Landing::Failed(error));
                    }
                    if status.satisfies_commitment(commitment) {
                        return Ok(Landing::Landed(status.slot));
                    }
                }
                Ok(None) if has_ended => return Ok(Landing::Expired),
                Ok(None) => {}
                Err(words) => reason = words,
            }
            if start.elapsed() >= timeout {
                return Err(SendError::Unknown {
                    signature: *signature,
                    reason,
                });
            }
            sleep(pause).await;
            pause = (pause * 2).min(POLL);
        }
    }

    async fn send_raw(&self, signed: &VersionedTransaction) -> Result<(), Unsent> {
        let config = RpcSendTransactionConfig {
            skip_preflight: true, // it was simulated
            encoding: Some(UiTransactionEncoding::Base64),
            max_retries: Some(0), // it is sent again from here
            ..RpcSendTransactionConfig::default()
        };
        let answer = self
            .rpc()
            .send_transaction_with_config(signed, config)
            .await;
        let Err(error) = answer else { return Ok(()) };
        match error.get_transaction_error() {
            Some(TransactionError::AlreadyProcessed) => Ok(()),
            Some(refused) => Err(Unsent::Refused(refused)),
            None => Err(Unsent::Unclear(self.failure(&error))),
        }
    }

    /// Whether no block can take the transaction any more, as far as every node behind this address knows; no where none
    /// answers.
    async fn has_ended(&self, last_valid_height: u64) -> bool {
        let height = self.rpc().get_block_height().await;
        height.is_ok_and(|height| height > last_valid_height.saturating_add(BLOCKS_BEHIND))
    }
}
