//! A transaction that lands once.
//!
//! The RPC client's own `send_and_confirm` gives up without the signature when a node fails while it waits, although the
//! transaction lands: whoever then sends it again has it twice. Here a transaction is signed first and its signature
//! kept; it is sent again as it is until it has landed or its blockhash has ended, and only then signed anew.
use std::time::{Duration, Instant};

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use base64::{Engine, prelude::BASE64_STANDARD};
use solana_commitment_config::CommitmentConfig;
use solana_message::{AddressLookupTableAccount, Hash, VersionedMessage};
use solana_rpc_client_api::config::{RpcSendTransactionConfig, RpcSimulateTransactionConfig};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::{TransactionStatus, UiTransactionEncoding};
use tokio::time::sleep;

use super::history;
use super::refusal::warn_if_truncated;
use super::{Cluster, FeePolicy, NetworkError, Refusal, SendError};
use crate::events::{self, Told};
use crate::transaction::{self, Budget, MAX_COMPUTE_UNITS, MAX_LOADED_BYTES, Version};

/// How long to wait between two questions whether a transaction has landed, twice as long each time: at first, for a
/// local network takes milliseconds, and at most.
const FIRST_POLL: Duration = Duration::from_millis(25);
const POLL: Duration = Duration::from_millis(250);
/// How often it is sent again meanwhile.
const RESEND: Duration = Duration::from_secs(2);
/// Compute units beyond those that a simulation took: a tenth, since prices and accounts move until it lands, and these.
const SPARE_UNITS: u64 = 1_000;
/// What loaded accounts may have grown by between simulation and landing, bytes.
const SPARE_LOADED_BYTES: u32 = 64 * 1024;

/// Which kind of transaction to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WireVersion {
    /// Version 0: every wallet and node knows it.
    #[default]
    V0,
    /// Version 1: up to 4,096 bytes without a table.
    V1,
}

/// How a transaction is made and sent.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// Its kind.
    pub version: WireVersion,
    /// Lookup tables that a version 0 transaction may use.
    pub tables: Vec<AddressLookupTableAccount>,
    /// Its priority fee.
    pub fee: FeePolicy,
    /// Compute units to ask for; none for what the simulation took and a tenth.
    pub compute_units: Option<u32>,
    /// Send without simulating: it asks for all compute units where none are given, and is paid for if it fails.
    pub skip_simulation: bool,
    /// When it counts as landed; none for the cluster's commitment.
    pub commitment: Option<CommitmentConfig>,
    /// How often it may be signed anew after its blockhash has ended.
    pub attempts: usize,
    /// How long to wait in all before giving up on knowing.
    pub timeout: Duration,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self {
            version: WireVersion::default(),
            tables: Vec::new(),
            fee: FeePolicy::default(),
            compute_units: None,
            skip_simulation: false,
            commitment: None,
            attempts: 3,
            timeout: Duration::from_secs(120),
        }
    }
}

impl SendOptions {
    fn version(&self) -> Version<'_> {
        match self.version {
            WireVersion::V0 => Version::V0(&self.tables),
            WireVersion::V1 => Version::V1,
        }
    }
}

/// What a transaction would do.
#[derive(Debug)]
pub struct Simulated {
    /// Compute units of all instructions.
    pub units: u64,
    /// Bytes of accounts and programs that it loads, where the node says so.
    pub loaded_bytes: Option<u32>,
    /// The log, as far as it fitted.
    pub logs: Vec<String>,
    /// What the last program returned; trailing zeros may be missing.
    pub return_data: Vec<u8>,
    /// The program's events.
    pub told: Told,
}

/// A transaction that has landed and succeeded.
#[derive(Debug)]
pub struct SentTransaction {
    /// Its signature.
    pub signature: Signature,
    /// The slot that it landed in.
    pub slot: u64,
    /// Compute units that it took, where the node still knows.
    pub units: Option<u64>,
    /// Its whole fee, lamports, where the node still knows.
    pub fee_lamports: Option<u64>,
    /// The program's events; none where the node does not have the transaction yet.
    pub told: Option<Told>,
    /// How often it was signed.
    pub attempts: usize,
}

/// What came of waiting for one signed transaction.
enum Landing {
    Landed(u64),
    Failed(TransactionError),
    Expired,
}

impl Cluster {
    /// Runs instructions without sending them. `payer` pays, and need not be known by more than its address.
    ///
    /// Errors: [`SendError::Refused`] with the error that they would meet.
    pub async fn simulate(
        &self,
        payer: &Pubkey,
        instructions: &[Instruction],
        options: &SendOptions,
    ) -> Result<Simulated, SendError> {
        let budget = Budget {
            compute_units: options.compute_units.unwrap_or(MAX_COMPUTE_UNITS),
            ..Budget::default()
        };
        let hash = Hash::default(); // replaced by the node
        let message = transaction::message(payer, instructions, options.version(), &budget, hash)?;
        self.simulate_message(message, options).await
    }

    async fn simulate_message(
        &self,
        message: VersionedMessage,
        options: &SendOptions,
    ) -> Result<Simulated, SendError> {
        let signatures = usize::from(message.header().num_required_signatures);
        let before = budget_instructions(&message);
        let keys = history::loaded_keys(&message, &options.tables);
        let unsigned = VersionedTransaction {
            signatures: vec![Signature::default(); signatures],
            message,
        };
        let config = RpcSimulateTransactionConfig {
            sig_verify: false,
            replace_recent_blockhash: true,
            commitment: Some(self.commitment()),
            inner_instructions: true,
            ..RpcSimulateTransactionConfig::default()
        };
        let answer = self
            .rpc()
            .simulate_transaction_with_config(&unsigned, config)
            .await;
        let result = answer.map_err(|error| self.failure(&error))?.value;
        let logs = result.logs.unwrap_or_default();
        if let Some(error) = result.err {
            return Err(Refusal::new(error.into(), logs, before, None).into());
        }
        let calls = history::calls(result.inner_instructions.unwrap_or_default(), &keys);
        let told = events::of_transaction(&logs, calls.iter().map(|(id, data)| (*id, &**data)));
        let return_data = result.return_data.map(|returned| returned.data.0);
        Ok(Simulated {
            units: result.units_consumed.unwrap_or_default(),
            loaded_bytes: result.loaded_accounts_data_size,
            return_data: BASE64_STANDARD
                .decode(return_data.unwrap_or_default())
                .map_err(|_| self.answer("return data that is not base64"))?,
            told,
            logs,
        })
    }

    /// Simulates instructions, sends them in one transaction that all of `signers` sign, the first of which pays, and
    /// waits until it has landed.
    ///
    /// Nothing is sent where the simulation fails. Errors: [`SendError`]; `Unknown` alone leaves open whether it landed.
    pub async fn send(
        &self,
        signers: &[&dyn Signer],
        instructions: &[Instruction],
        options: &SendOptions,
    ) -> Result<SentTransaction, SendError> {
        let payer = signers.first().map(|payer| payer.pubkey());
        let payer = payer.ok_or_else(|| SendError::Signing("nobody signs".to_owned()))?;
        let budget = self.budget(&payer, instructions, options).await?;
        let start = Instant::now();
        for attempt in 1..=options.attempts.max(1) {
            let recent = self.recent_blockhash().await?;
            let version = options.version();
            let message =
                transaction::message(&payer, instructions, version, &budget, recent.hash)?;
            let before = budget_instructions(&message);
            let signed = VersionedTransaction::try_new(message, signers)
                .map_err(|error| SendError::Signing(error.to_string()))?;
            let signature = signed.signatures.first().copied().unwrap_or_default();
            let left = options.timeout.saturating_sub(start.elapsed());
            match self
                .land(&signed, &signature, recent.last_valid_height, left, options)
                .await?
            {
                Landing::Landed(slot) => {
                    return Ok(self.landed(signature, slot, attempt).await);
                }
                Landing::Failed(error) => {
                    let executed = self.transaction(&signature).await.ok().flatten();
                    let logs = executed.map(|one| one.logs).unwrap_or_default();
                    return Err(Refusal::new(error, logs, before, Some(signature)).into());
                }
                Landing::Expired => {
                    self.forget_blockhash().await;
                    sleep(POLL).await;
                }
            }
        }
        Err(SendError::Expired {
            attempts: options.attempts.max(1),
        })
    }

    /// What the transaction asks of the network: what its simulation took, or what the options say.
    async fn budget(
        &self,
        payer: &Pubkey,
        instructions: &[Instruction],
        options: &SendOptions,
    ) -> Result<Budget, SendError> {
        let mut budget = Budget {
            compute_units: options.compute_units.unwrap_or(MAX_COMPUTE_UNITS),
            ..Budget::default()
        };
        if !options.skip_simulation {
            let simulated = self.simulate(payer, instructions, options).await?;
            let units = simulated.units + simulated.units / 10 + SPARE_UNITS;
            let measured = u32::try_from(units).unwrap_or(MAX_COMPUTE_UNITS);
            let asked = options.compute_units.unwrap_or(measured);
            budget.compute_units = asked.min(MAX_COMPUTE_UNITS);
            if let Some(bytes) = simulated.loaded_bytes.filter(|bytes| *bytes > 0) {
                let spared = bytes.saturating_add(SPARE_LOADED_BYTES);
                budget.loaded_bytes = spared.min(MAX_LOADED_BYTES);
            }
        }
        let units = budget.compute_units;
        budget.priority_fee_lamports = options.fee.lamports(self, instructions, units).await?;
        Ok(budget)
    }

    /// Sends a signed transaction until it has landed, has failed or never will.
    async fn land(
        &self,
        signed: &VersionedTransaction,
        signature: &Signature,
        last_valid_height: u64,
        timeout: Duration,
        options: &SendOptions,
    ) -> Result<Landing, SendError> {
        let commitment = options.commitment.unwrap_or_else(|| self.commitment());
        let start = Instant::now();
        let mut sent_at = None::<Instant>;
        let mut pause = FIRST_POLL;
        let mut reason = "no answer in time".to_owned();
        loop {
            if sent_at.is_none_or(|at| at.elapsed() >= RESEND) {
                match self.send_raw(signed).await {
                    Ok(()) => sent_at = Some(Instant::now()),
                    Err(Unsent::Refused(error)) => {
                        // A node that does not know the blockhash yet, or no longer: nothing of it was passed on.
                        if matches!(error, TransactionError::BlockhashNotFound) {
                            return match self.status(signature).await? {
                                Some(status) => Ok(settled(&status)),
                                None => Ok(Landing::Expired),
                            };
                        }
                        return Ok(Landing::Failed(error));
                    }
                    Err(Unsent::Unclear(error)) => {
                        reason = error.to_string();
                        sent_at = Some(Instant::now()); // it may have been passed on: wait before the next try
                    }
                }
            }
            match self.status(signature).await {
                Ok(Some(status))
                    if status.err.is_some() || status.satisfies_commitment(commitment) =>
                {
                    return Ok(settled(&status));
                }
                Ok(Some(_)) => {}
                Ok(None) if self.has_ended(last_valid_height).await => {
                    // It may have landed between the two questions.
                    let status = self.status(signature).await.ok().flatten();
                    return Ok(status.map_or(Landing::Expired, |status| settled(&status)));
                }
                Ok(None) => {}
                Err(error) => reason = error.to_string(),
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

    /// What the cluster knows about a signature; none where it knows nothing.
    async fn status(
        &self,
        signature: &Signature,
    ) -> Result<Option<TransactionStatus>, NetworkError> {
        let answer = self.rpc().get_signature_statuses(&[*signature]).await;
        let mut statuses = answer.map_err(|error| self.failure(&error))?.value;
        Ok(statuses.pop().flatten())
    }

    /// Whether no block can take the transaction any more; no where the node does not answer.
    async fn has_ended(&self, last_valid_height: u64) -> bool {
        let height = self.rpc().get_block_height().await;
        height.is_ok_and(|height| height > last_valid_height)
    }

    /// What a landed transaction has told, as far as the node has it.
    async fn landed(&self, signature: Signature, slot: u64, attempts: usize) -> SentTransaction {
        let executed = self.transaction(&signature).await.ok().flatten();
        if let Some(executed) = &executed {
            warn_if_truncated(&executed.told, &signature);
        }
        let (units, fee_lamports) = executed.as_ref().map_or((None, None), |executed| {
            (executed.units, Some(executed.fee_lamports))
        });
        SentTransaction {
            signature,
            slot,
            units,
            fee_lamports,
            told: executed.map(|executed| executed.told),
            attempts,
        }
    }
}

/// Why a node did not take a transaction.
enum Unsent {
    Refused(TransactionError),
    Unclear(NetworkError),
}

/// What a status says.
fn settled(status: &TransactionStatus) -> Landing {
    match &status.err {
        Some(error) => Landing::Failed(error.clone()),
        None => Landing::Landed(status.slot),
    }
}

/// How many instructions of a message ask for a budget: they stand first.
fn budget_instructions(message: &VersionedMessage) -> usize {
    let keys = message.static_account_keys();
    let budget =
        |program: u8| keys.get(usize::from(program)) == Some(&solana_compute_budget_interface::ID);
    let instructions = message.instructions().iter();
    instructions
        .take_while(|instruction| budget(instruction.program_id_index))
        .count()
}
