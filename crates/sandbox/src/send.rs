//! Transactions, and what came of them.
use crate::World;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::error::FreeboardError;
use freeboard_client::{
    errors,
    events::{self, Event, Told},
    lookup_table,
    transaction::{self, Version},
};
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_message::{VersionedMessage, inner_instruction::InnerInstruction};
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::fmt;

/// Which transactions a world sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Version 0; a lookup table holds the accounts where they would not fit without one.
    V0,
    /// Version 1, which has no tables.
    V1,
}

/// An executed transaction.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Compute units of the whole transaction.
    pub compute_units: u64,
    /// Logs, as far as they fitted.
    pub logs: Vec<String>,
    /// Calls that were made within it, in order: the program and its data.
    pub calls: Vec<(Pubkey, Vec<u8>)>,
    /// Return data, empty if there was none.
    pub return_data: Vec<u8>,
    /// What it took of the network's limits.
    pub size: transaction::Size,
}

impl Meta {
    /// What it told, also where its log was full.
    pub fn told(&self) -> Told {
        let calls = self.calls.iter();
        events::of_transaction(&self.logs, calls.map(|(id, data)| (*id, data.as_slice())))
    }

    /// The program's events, in order: those of the log, then those of calls.
    pub fn events(&self) -> Vec<Event> {
        let told = self.told();
        assert!(!told.is_truncated, "the log was full: {:?}", told.events);
        told.events
    }

    /// Its only event.
    pub fn event(&self) -> Event {
        let mut events = self.events();
        assert_eq!(events.len(), 1, "events: {events:?}");
        events.remove(0)
    }
}

/// A refused transaction: it has changed nothing. Shown by the error's name and sentence, for debugging with its logs.
#[derive(Clone)]
pub struct Failure {
    /// Number of the program's error, if it has one.
    pub code: Option<u32>,
    /// Why, in the network's words.
    pub error: TransactionError,
    /// Logs.
    pub logs: Vec<String>,
}

impl Failure {
    /// Whether the program refused with this error.
    pub fn is(&self, error: FreeboardError) -> bool {
        self.code == Some(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code.and_then(errors::explain) {
            Some(known) => known.fmt(out),
            None => self.error.fmt(out),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self} ({:?})", self.error)?;
        self.logs
            .iter()
            .try_for_each(|line| write!(out, "\n{line}"))
    }
}

impl From<FailedTransactionMetadata> for Failure {
    fn from(failed: FailedTransactionMetadata) -> Self {
        let code = match failed.err {
            TransactionError::InstructionError(_, InstructionError::Custom(code)) => Some(code),
            _ => None,
        };
        Self {
            code,
            error: failed.err,
            logs: failed.meta.logs,
        }
    }
}

impl World {
    /// Sends instructions in one transaction that the world's payer pays and these also sign, in the world's
    /// [`Format`]. Every account of the program that it has written keeps its invariant, else this panics.
    pub fn send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Meta, Failure> {
        let bent = self.bent(instructions, signers);
        let instructions = bent.as_deref().unwrap_or(instructions);
        let (transaction, size) = self.transaction(instructions, signers);
        let keys = self.loaded_keys(&transaction);
        let watched = self.watch(instructions);
        let meta = self.svm.send_transaction(transaction)?;
        self.assert_unbroken(&watched);
        Ok(report(meta, &keys, size))
    }

    /// What [`World::send`] would give; changes nothing.
    pub fn simulate(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Meta, Failure> {
        let (transaction, size) = self.transaction(instructions, signers);
        let keys = self.loaded_keys(&transaction);
        let simulated = self.svm.simulate_transaction(transaction)?;
        Ok(report(simulated.meta, &keys, size))
    }

    fn transaction(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> (VersionedTransaction, transaction::Size) {
        // The same instructions may be sent twice.
        self.svm.expire_blockhash();
        let blockhash = self.svm.latest_blockhash();
        let payer = self.payer.pubkey();
        let (format, budget) = (self.format, self.budget);
        let mut tables = Vec::new();
        let plain = match format {
            Format::V1 => Version::V1,
            Format::V0 => Version::V0(&tables),
        };
        let mut message = transaction::message(&payer, instructions, plain, &budget, blockhash);
        if format == Format::V0 && message.is_err() {
            tables.push(self.lookup_table(lookup_table::addresses(instructions)));
            let version = Version::V0(&tables);
            message = transaction::message(&payer, instructions, version, &budget, blockhash);
        }
        let message =
            message.unwrap_or_else(|error| panic!("the network would not pass this on: {error}"));
        self.sign(message, signers)
    }

    /// A signed transaction with this message, and its size.
    fn sign(
        &self,
        message: VersionedMessage,
        signers: &[&Keypair],
    ) -> (VersionedTransaction, transaction::Size) {
        let size = transaction::size(&message);
        let keys = message.static_account_keys();
        let required = &keys[..usize::from(message.header().num_required_signatures)];
        let keypairs: Vec<&Keypair> = required
            .iter()
            .map(|key| self.signer(key, signers))
            .collect();
        let transaction = VersionedTransaction::try_new(message, &keypairs).expect("signed");
        (transaction, size)
    }

    /// The addresses that a transaction's calls count by: its own, then those of its tables, writable ones first.
    fn loaded_keys(&self, transaction: &VersionedTransaction) -> Vec<Pubkey> {
        let message = &transaction.message;
        let mut keys = message.static_account_keys().to_vec();
        let lookups = message.address_table_lookups().unwrap_or_default();
        let table = |address: &Pubkey| {
            let mut tables = self.tables.iter();
            let found = tables.find(|(_, table)| *table == address);
            found.expect("a table of this world").0
        };
        for writable in [true, false] {
            for lookup in lookups {
                let places = if writable {
                    &lookup.writable_indexes
                } else {
                    &lookup.readonly_indexes
                };
                let listed = table(&lookup.account_key);
                keys.extend(places.iter().map(|place| listed[usize::from(*place)]));
            }
        }
        keys
    }

    fn signer<'a>(&'a self, key: &Pubkey, signers: &[&'a Keypair]) -> &'a Keypair {
        let known = signers.iter().copied().chain(std::iter::once(&*self.payer));
        let found = known.into_iter().find(|keypair| keypair.pubkey() == *key);
        found.unwrap_or_else(|| panic!("no keypair of the signer {key}"))
    }
}

fn report(meta: TransactionMetadata, keys: &[Pubkey], size: transaction::Size) -> Meta {
    let calls = meta.inner_instructions.into_iter().flatten();
    let call = |inner: InnerInstruction| {
        let called = inner.instruction;
        (keys[usize::from(called.program_id_index)], called.data)
    };
    Meta {
        calls: calls.map(call).collect(),
        compute_units: meta.compute_units_consumed,
        logs: meta.logs,
        return_data: meta.return_data.data,
        size,
    }
}
