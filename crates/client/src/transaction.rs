//! Versioned transactions: whether instructions fit one.
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use solana_message::{AddressLookupTableAccount, CompileError, Hash, VersionedMessage, v0};

/// Bytes of the largest transaction that the network passes on.
pub const MAX_BYTES: usize = 1_232;
/// Accounts that one transaction may lock.
pub const MAX_ACCOUNTS: usize = 64;

/// What a transaction takes of what the network allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Serialised length with all signatures.
    pub bytes: usize,
    /// Accounts it locks, those of lookup tables included.
    pub accounts: usize,
}

impl Size {
    /// Whether the network passes it on.
    pub fn fits(&self) -> bool {
        self.bytes <= MAX_BYTES && self.accounts <= MAX_ACCOUNTS
    }
}

/// A version 0 message. Errors: more accounts than one message can name.
pub fn message(
    payer: &Pubkey,
    instructions: &[Instruction],
    tables: &[AddressLookupTableAccount],
    blockhash: Hash,
) -> Result<VersionedMessage, CompileError> {
    v0::Message::try_compile(payer, instructions, tables, blockhash).map(VersionedMessage::V0)
}

/// Size of the transaction with this message once it is signed.
pub fn size(message: &VersionedMessage) -> Size {
    let signatures = usize::from(message.header().num_required_signatures);
    let looked_up = message.address_table_lookups().unwrap_or_default().iter();
    let looked_up: usize = looked_up
        .map(|table| table.writable_indexes.len() + table.readonly_indexes.len())
        .sum();
    Size {
        bytes: 1 + signatures * 64 + message.serialize().len(), // fewer than 128: one length byte
        accounts: message.static_account_keys().len() + looked_up,
    }
}
