//! Versioned transactions: what instructions become, within what the network passes on.
//!
//! | | version 0 | version 1 (SIMD-0385) |
//! |---|---|---|
//! | bytes with signatures | 1,232 | 4,096 |
//! | accounts | 64, most of them by lookup tables | 64, all in the message |
//! | budget | ComputeBudget instructions; the network has defaults | header; **no default**: nothing asked for is 0 |
//! | ComputeBudget instructions | obeyed | not obeyed: [`message`] refuses them |
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use solana_compute_budget_interface::{self as compute_budget, ComputeBudgetInstruction};
use solana_message::{
    AddressLookupTableAccount, CompileError, Hash, VersionedMessage, v0,
    v1::{self, TransactionConfig},
};

/// Bytes of the largest version 0 transaction that the network passes on.
pub const MAX_BYTES: usize = 1_232;
/// Bytes of the largest version 1 transaction.
pub const MAX_BYTES_V1: usize = v1::MAX_TRANSACTION_SIZE;
/// Accounts that one transaction may lock, of either version.
pub const MAX_ACCOUNTS: usize = 64;
/// The most compute units a transaction may ask for.
pub const MAX_COMPUTE_UNITS: u32 = 1_400_000;
/// The most bytes of accounts and programs that a transaction may load: what version 0 has by default.
pub const MAX_LOADED_BYTES: u32 = 64 * 1024 * 1024;
/// Micro-lamports of a lamport: the unit of a version 0 priority fee per compute unit.
const MICRO: u64 = 1_000_000;

/// How a transaction names its accounts and its budget.
#[derive(Clone, Copy, Debug)]
pub enum Version<'a> {
    /// Version 0, with these lookup tables.
    V0(&'a [AddressLookupTableAccount]),
    /// Version 1: no lookup tables, the budget in the header.
    V1,
}

/// What a transaction asks of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Compute units of all instructions together, at most [`MAX_COMPUTE_UNITS`].
    pub compute_units: u32,
    /// Bytes of accounts and programs that it loads, at most [`MAX_LOADED_BYTES`].
    pub loaded_bytes: u32,
    /// Priority fee, lamports. Version 0 states it per compute unit, rounded up.
    pub priority_fee_lamports: u64,
}

impl Default for Budget {
    /// The most that may be asked for, without a priority fee.
    fn default() -> Self {
        Self {
            compute_units: MAX_COMPUTE_UNITS,
            loaded_bytes: MAX_LOADED_BYTES,
            priority_fee_lamports: 0,
        }
    }
}

impl Budget {
    /// The ComputeBudget instructions that ask for it in version 0; none for what is the default there.
    pub fn instructions(&self) -> Vec<Instruction> {
        let units = ComputeBudgetInstruction::set_compute_unit_limit(self.compute_units);
        let mut instructions = vec![units];
        if self.loaded_bytes < MAX_LOADED_BYTES {
            let limit = self.loaded_bytes;
            instructions.push(ComputeBudgetInstruction::set_loaded_accounts_data_size_limit(limit));
        }
        if self.priority_fee_lamports > 0 {
            let price = self
                .priority_fee_lamports
                .saturating_mul(MICRO)
                .div_ceil(u64::from(self.compute_units.max(1)));
            instructions.push(ComputeBudgetInstruction::set_compute_unit_price(price));
        }
        instructions
    }

    /// The header that asks for it in version 1.
    fn header(&self) -> TransactionConfig {
        let config = TransactionConfig::empty()
            .with_compute_unit_limit(self.compute_units)
            .with_loaded_accounts_data_size_limit(self.loaded_bytes);
        if self.priority_fee_lamports > 0 {
            config.with_priority_fee(self.priority_fee_lamports)
        } else {
            config
        }
    }
}

/// Why instructions are no transaction that the network passes on.
#[derive(Debug)]
pub enum Unsendable {
    /// More accounts than one message can name, or a signer in a lookup table.
    Compile(CompileError),
    /// The transaction is larger than its version allows.
    TooLarge(Size),
    /// ComputeBudget instructions among the instructions: the budget states them, and version 1 obeys none.
    BudgetInstruction,
    /// More signers or instructions than version 1 has.
    Invalid(v1::MessageError),
}

impl std::fmt::Display for Unsendable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Compile(error) => write!(f, "the instructions do not fit one message: {error}"),
            Self::TooLarge(size) => write!(
                f,
                "{} bytes of at most {} and {} accounts of at most {MAX_ACCOUNTS}: split it, use a lookup \
                 table, or version 1",
                size.bytes, size.max_bytes, size.accounts
            ),
            Self::BudgetInstruction => write!(
                f,
                "ComputeBudget instructions stand among the instructions; state them as the budget"
            ),
            Self::Invalid(error) => write!(f, "no version 1 message: {error}"),
        }
    }
}

impl std::error::Error for Unsendable {}

/// What a transaction takes of what the network allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Serialised length with all signatures.
    pub bytes: usize,
    /// The most that its version allows.
    pub max_bytes: usize,
    /// Accounts it locks, those of lookup tables included.
    pub accounts: usize,
}

impl Size {
    /// Whether the network passes it on.
    pub fn fits(&self) -> bool {
        self.bytes <= self.max_bytes && self.accounts <= MAX_ACCOUNTS
    }
}

/// A message of these instructions that the network passes on once it is signed.
///
/// Errors: [`Unsendable`].
pub fn message(
    payer: &Pubkey,
    instructions: &[Instruction],
    version: Version,
    budget: &Budget,
    blockhash: Hash,
) -> Result<VersionedMessage, Unsendable> {
    let is_budget = |instruction: &Instruction| instruction.program_id == compute_budget::ID;
    if instructions.iter().any(is_budget) {
        return Err(Unsendable::BudgetInstruction);
    }
    let message = match version {
        Version::V0(tables) => {
            let all = [&budget.instructions(), instructions].concat();
            let message = v0::Message::try_compile(payer, &all, tables, blockhash);
            VersionedMessage::V0(message.map_err(Unsendable::Compile)?)
        }
        Version::V1 => {
            let header = budget.header();
            let message =
                v1::Message::try_compile_with_config(payer, instructions, blockhash, header)
                    .map_err(Unsendable::Compile)?;
            message.validate().map_err(Unsendable::Invalid)?;
            VersionedMessage::V1(message)
        }
    };
    let size = size(&message);
    if size.fits() {
        Ok(message)
    } else {
        Err(Unsendable::TooLarge(size))
    }
}

/// Size of the transaction with this message once it is signed.
pub fn size(message: &VersionedMessage) -> Size {
    let signatures = usize::from(message.header().num_required_signatures);
    let looked_up = message.address_table_lookups().unwrap_or_default().iter();
    let looked_up: usize = looked_up
        .map(|table| table.writable_indexes.len() + table.readonly_indexes.len())
        .sum();
    // Version 1 has no length before its signatures, which stand behind the message.
    let (count_bytes, max_bytes) = match message {
        VersionedMessage::V1(_) => (0, MAX_BYTES_V1),
        _ => (1, MAX_BYTES), // fewer than 128: one length byte
    };
    Size {
        bytes: count_bytes + signatures * 64 + message.serialize().len(),
        max_bytes,
        accounts: message.static_account_keys().len() + looked_up,
    }
}

#[cfg(test)]
#[path = "transaction_tests.rs"]
mod tests;
