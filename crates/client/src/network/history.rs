//! What a transaction did, and which transactions an account has seen.
use anchor_lang::prelude::Pubkey;
use solana_commitment_config::CommitmentConfig;
use solana_message::{AddressLookupTableAccount, VersionedMessage};
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_rpc_client_api::config::RpcTransactionConfig;
use solana_signature::Signature;
use solana_transaction_error::TransactionError;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, EncodedTransaction, UiInnerInstructions,
    UiInstruction, UiLoadedAddresses, UiMessage, UiParsedInstruction, UiTransactionEncoding,
    UiTransactionStatusMeta,
};

use super::{Cluster, NetworkError};
use crate::events::{self, Told};

/// The JSON-RPC number for "not in the ledger that this node has".
const NOT_AVAILABLE: [i64; 2] = [-32_009, -32_004];

/// A transaction that has landed, whether or not it succeeded.
#[derive(Debug)]
pub struct ExecutedTransaction {
    /// Its signature.
    pub signature: Signature,
    /// The slot that it landed in.
    pub slot: u64,
    /// The time of that, unix seconds, where the node knows it.
    pub block_time: Option<i64>,
    /// Why it failed; none where it did not.
    pub error: Option<TransactionError>,
    /// Who paid.
    pub payer: Option<Pubkey>,
    /// Its whole fee, lamports.
    pub fee_lamports: u64,
    /// Compute units that it took.
    pub units: Option<u64>,
    /// The log, as far as it fitted.
    pub logs: Vec<String>,
    /// The program's events.
    pub told: Told,
}

/// Signatures that one answer may hold.
const SIGNATURES_PER_ANSWER: usize = 1_000;

impl Cluster {
    /// Transactions that named an account and succeeded, the oldest first: those after `since`, at most the newest 1,000.
    /// A node that does not know `since` answers with all that it knows.
    pub async fn transactions_of(
        &self,
        account: &Pubkey,
        since: Signature,
    ) -> Result<Vec<Signature>, NetworkError> {
        let config = GetConfirmedSignaturesForAddress2Config {
            before: None,
            until: Some(since),
            limit: Some(SIGNATURES_PER_ANSWER),
            commitment: Some(self.commitment_of_history()),
        };
        let rpc = self.rpc();
        let found = rpc.get_signatures_for_address_with_config(account, config);
        let found = found.await.map_err(|error| self.failure(&error))?;
        let succeeded = found.iter().rev().filter(|one| one.err.is_none());
        let read = |text: &str| {
            let unreadable = || self.answer("a signature cannot be read");
            text.parse().map_err(|_| unreadable())
        };
        succeeded.map(|one| read(&one.signature)).collect()
    }

    /// A node has no history of "processed".
    fn commitment_of_history(&self) -> CommitmentConfig {
        let own = self.commitment();
        if own.is_confirmed() || own.is_finalized() {
            own
        } else {
            CommitmentConfig::confirmed()
        }
    }

    /// The transaction of this signature; none where the node has none.
    pub async fn transaction(
        &self,
        signature: &Signature,
    ) -> Result<Option<ExecutedTransaction>, NetworkError> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Json),
            commitment: Some(self.commitment_of_history()),
            max_supported_transaction_version: Some(1),
        };
        match self
            .rpc()
            .get_transaction_with_config(signature, config)
            .await
        {
            Ok(found) => Ok(Some(read(*signature, found))),
            Err(error) => match self.failure(&error) {
                // "null" is no transaction to the client's decoder.
                NetworkError::Answer { reason, .. } if reason.contains("null") => Ok(None),
                NetworkError::Node { code, .. } if NOT_AVAILABLE.contains(&code) => Ok(None),
                failure => Err(failure),
            },
        }
    }
}

fn read(
    signature: Signature,
    found: EncodedConfirmedTransactionWithStatusMeta,
) -> ExecutedTransaction {
    let (slot, block_time) = (found.slot, found.block_time);
    let mut keys = static_keys(&found.transaction.transaction);
    let payer = keys.first().copied();
    let Some(meta) = found.transaction.meta else {
        return ExecutedTransaction {
            signature,
            slot,
            block_time,
            error: None,
            payer,
            fee_lamports: 0,
            units: None,
            logs: Vec::new(),
            told: Told {
                is_truncated: true,
                ..Told::default()
            },
        };
    };
    let UiTransactionStatusMeta {
        err,
        fee,
        inner_instructions,
        log_messages,
        loaded_addresses,
        compute_units_consumed,
        ..
    } = meta;
    let loaded: Option<UiLoadedAddresses> = loaded_addresses.into();
    if let Some(loaded) = loaded {
        let looked_up = loaded.writable.into_iter().chain(loaded.readonly);
        keys.extend(looked_up.filter_map(|key| key.parse::<Pubkey>().ok()));
    }
    let logs: Option<Vec<String>> = log_messages.into();
    let logs = logs.unwrap_or_default();
    let inner: Option<Vec<UiInnerInstructions>> = inner_instructions.into();
    let calls = calls(inner.unwrap_or_default(), &keys);
    ExecutedTransaction {
        signature,
        slot,
        block_time,
        error: err.map(TransactionError::from),
        payer,
        fee_lamports: fee,
        units: compute_units_consumed.into(),
        told: events::of_transaction(&logs, calls.iter().map(|(id, data)| (*id, &**data))),
        logs,
    }
}

fn static_keys(transaction: &EncodedTransaction) -> Vec<Pubkey> {
    let EncodedTransaction::Json(transaction) = transaction else {
        return Vec::new();
    };
    let UiMessage::Raw(message) = &transaction.message else {
        return Vec::new();
    };
    let keys = message.account_keys.iter();
    // A key that cannot be read keeps its place.
    keys.map(|key| key.parse().unwrap_or_default()).collect()
}

/// Calls that programs made, each the program called and its data.
pub(super) fn calls(inner: Vec<UiInnerInstructions>, keys: &[Pubkey]) -> Vec<(Pubkey, Vec<u8>)> {
    let all = inner.into_iter().flat_map(|one| one.instructions);
    let read = |instruction: UiInstruction| {
        let (program, data) = match instruction {
            UiInstruction::Compiled(one) => {
                (*keys.get(usize::from(one.program_id_index))?, one.data)
            }
            UiInstruction::Parsed(UiParsedInstruction::PartiallyDecoded(one)) => {
                (one.program_id.parse().ok()?, one.data)
            }
            UiInstruction::Parsed(UiParsedInstruction::Parsed(_)) => return None, // of a program that the node knows
        };
        Some((program, bs58::decode(data).into_vec().ok()?))
    };
    all.filter_map(read).collect()
}

/// The accounts of a message in the order that its instructions count them.
pub(super) fn loaded_keys(
    message: &VersionedMessage,
    tables: &[AddressLookupTableAccount],
) -> Vec<Pubkey> {
    let mut keys = message.static_account_keys().to_vec();
    let lookups = message.address_table_lookups().unwrap_or_default();
    let table = |key: &Pubkey| tables.iter().find(|table| table.key == *key);
    let picked = |key: &Pubkey, indexes: &[u8]| -> Vec<Pubkey> {
        let addresses = table(key).map(|table| table.addresses.as_slice());
        let addresses = addresses.unwrap_or_default();
        let places = indexes.iter().map(|index| usize::from(*index));
        places
            .map(|place| addresses.get(place).copied().unwrap_or_default())
            .collect()
    };
    for lookup in lookups {
        keys.extend(picked(&lookup.account_key, &lookup.writable_indexes));
    }
    for lookup in lookups {
        keys.extend(picked(&lookup.account_key, &lookup.readonly_indexes));
    }
    keys
}
