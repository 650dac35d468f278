//! Lookup tables: with one, all 24 assets of an account and their feeds fit one transaction.
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use solana_address_lookup_table_interface::instruction;
use solana_message::AddressLookupTableAccount;

/// Addresses that one transaction can add to a table.
pub const ADDRESSES_PER_EXTENSION: usize = 20;

/// Instructions that create a table with these addresses, and its address. The first creates it,
/// each other adds up to [`ADDRESSES_PER_EXTENSION`] and fits a transaction of its own. The table
/// works from the slot after the last.
pub fn create(
    authority: Pubkey,
    payer: Pubkey,
    recent_slot: u64,
    addresses: &[Pubkey],
) -> (Vec<Instruction>, Pubkey) {
    let (creation, table) = instruction::create_lookup_table(authority, payer, recent_slot);
    let extensions = addresses.chunks(ADDRESSES_PER_EXTENSION).map(|chunk| {
        instruction::extend_lookup_table(table, authority, Some(payer), chunk.to_vec())
    });
    (std::iter::once(creation).chain(extensions).collect(), table)
}

/// Adds addresses, at most [`ADDRESSES_PER_EXTENSION`], to a table of an authority, which pays.
pub fn extend(table: Pubkey, authority: Pubkey, addresses: Vec<Pubkey>) -> Instruction {
    instruction::extend_lookup_table(table, authority, Some(authority), addresses)
}

/// The addresses of these instructions that may be in a table: no signers and no programs. Each
/// once, in the order of their first use.
pub fn addresses(instructions: &[Instruction]) -> Vec<Pubkey> {
    let metas = || {
        instructions
            .iter()
            .flat_map(|instruction| &instruction.accounts)
    };
    let fixed = |key: &Pubkey| {
        metas().any(|meta| meta.pubkey == *key && meta.is_signer)
            || instructions
                .iter()
                .any(|instruction| instruction.program_id == *key)
    };
    let mut addresses = Vec::new();
    for meta in metas() {
        if !addresses.contains(&meta.pubkey) && !fixed(&meta.pubkey) {
            addresses.push(meta.pubkey);
        }
    }
    addresses
}

/// A table as a message compiles against it.
pub fn table(key: Pubkey, addresses: Vec<Pubkey>) -> AddressLookupTableAccount {
    AddressLookupTableAccount { key, addresses }
}
