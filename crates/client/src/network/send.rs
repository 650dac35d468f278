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
use solana_rpc_client_api::config::RpcSimulateTransactionConfig;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use tokio::time::sleep;

use super::history;
use super::land::Landing;
use super::refusal::warn_if_truncated;
use super::{Cluster, FeePolicy, Refusal, SendError};
use crate::events::{self, Told};
use crate::transaction::{self, Budget, MAX_COMPUTE_UNITS, MAX_LOADED_BYTES, Version};

/// How long to wait for a blockhash that is not the last one.
const ANOTHER_BLOCKHASH: Duration = Duration::from_millis(250);
/// How often to ask for one: they change every slot.
const BLOCKHASHES: usize = 40;
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
        let commitment = options.commitment.unwrap_or_else(|| self.commitment());
        let start = Instant::now();
        for attempt in 1..=options.attempts.max(1) {
            let new = self.sign(&payer, signers, instructions, options, &budget);
            let (signed, last_valid_height) = new.await?;
            let before = budget_instructions(&signed.message);
            let signature = signed.signatures.first().copied().unwrap_or_default();
            let left = options.timeout.saturating_sub(start.elapsed());
            match self
                .land(&signed, &signature, last_valid_height, left, commitment)
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
                    sleep(ANOTHER_BLOCKHASH).await;
                }
            }
        }
        Err(SendError::Expired {
            attempts: options.attempts.max(1),
        })
    }

    /// Signs the instructions with a blockhash that gives a signature of their own, and returns until which block height
    /// it counts. The same instructions with the same blockhash are the same transaction: the cluster would carry out
    /// one, and both would seem to have landed.
    async fn sign(
        &self,
        payer: &Pubkey,
        signers: &[&dyn Signer],
        instructions: &[Instruction],
        options: &SendOptions,
        budget: &Budget,
    ) -> Result<(VersionedTransaction, u64), SendError> {
        for _ in 0..BLOCKHASHES {
            let recent = self.recent_blockhash().await?;
            let version = options.version();
            let message = transaction::message(payer, instructions, version, budget, recent.hash)?;
            let signed = VersionedTransaction::try_new(message, signers)
                .map_err(|error| SendError::Signing(error.to_string()))?;
            let signature = signed.signatures.first().copied().unwrap_or_default();
            if self.is_first_use(signature).await {
                return Ok((signed, recent.last_valid_height));
            }
            self.forget_blockhash().await;
            sleep(ANOTHER_BLOCKHASH).await;
        }
        let same = "the same transaction was sent a moment ago and the node has no newer blockhash";
        Err(SendError::Signing(same.to_owned()))
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
