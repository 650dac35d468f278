//! Lookup tables of one's own: one is found and used again before another is made, for each costs rent.
use std::time::Duration;

use anchor_lang::prelude::{Pubkey, pubkey};
use anchor_lang::solana_program::instruction::Instruction;
use solana_address_lookup_table_interface::program::ID as TABLE_PROGRAM;
use solana_address_lookup_table_interface::state::{
    AddressLookupTable, LOOKUP_TABLE_MAX_ADDRESSES,
};
use solana_message::AddressLookupTableAccount;
use solana_signer::Signer;
use tokio::time::sleep;

use super::scan::holds;
use super::{Cluster, NetworkError, SendError, SendOptions};
use crate::lookup_table;

/// Where a table has its authority: kind, two slots, an index, and that there is one.
const AUTHORITY_OFFSET: usize = 4 + 8 + 8 + 1 + 1;
/// The account with the hashes of recent slots.
const SLOT_HASHES: Pubkey = pubkey!("SysvarS1otHashes111111111111111111111111111");
/// How long to wait between questions whether a new table works.
const POLL: Duration = Duration::from_millis(200);
/// How often to ask before giving up: a table works from the next slot on.
const POLLS: usize = 50;
/// A slot that no table was closed at: it is open.
const OPEN: u64 = u64::MAX;

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// More addresses than a table holds.
    #[error("{0} addresses: a lookup table holds {LOOKUP_TABLE_MAX_ADDRESSES} at most")]
    TooMany(usize),
    /// A transaction that makes or extends it.
    #[error("no lookup table: {0}")]
    Send(#[from] SendError),
    /// The cluster could not be asked.
    #[error("no lookup table: {0}")]
    Network(#[from] NetworkError),
    /// It was made and does not work yet.
    #[error("lookup table {0} does not work yet. Try again.")]
    Late(Pubkey),
}

impl Cluster {
    /// The tables of this authority that are open.
    pub async fn lookup_tables(
        &self,
        authority: &Pubkey,
    ) -> Result<Vec<AddressLookupTableAccount>, NetworkError> {
        let filters = vec![holds(AUTHORITY_OFFSET, authority)];
        let found = self.program_accounts(&TABLE_PROGRAM, filters).await?;
        let open = found.into_iter().filter_map(|account| {
            let table = AddressLookupTable::deserialize(&account.data).ok()?;
            let is_open = table.meta.deactivation_slot == OPEN;
            is_open.then(|| lookup_table::table(account.address, table.addresses.to_vec()))
        });
        Ok(open.collect())
    }

    /// A table of the authority, which also pays, with all of these addresses: one that has them, else one with room for
    /// what it lacks, else a new one. It works when this returns.
    ///
    /// Errors: [`TableError`]; what was made stays, and is found the next time.
    pub async fn table_with(
        &self,
        authority: &dyn Signer,
        addresses: &[Pubkey],
        options: &SendOptions,
    ) -> Result<AddressLookupTableAccount, TableError> {
        if addresses.len() > LOOKUP_TABLE_MAX_ADDRESSES {
            return Err(TableError::TooMany(addresses.len()));
        }
        let key = authority.pubkey();
        let mut tables = self.lookup_tables(&key).await?;
        tables.sort_by_key(|table| lacking(table, addresses).len());
        let with_room = tables.into_iter().find(|table| {
            let more = lacking(table, addresses).len();
            table.addresses.len() + more <= LOOKUP_TABLE_MAX_ADDRESSES
        });
        let (table, instructions) = match with_room {
            Some(table) => {
                let missing = lacking(&table, addresses);
                if missing.is_empty() {
                    return Ok(table);
                }
                let more = missing.chunks(lookup_table::ADDRESSES_PER_EXTENSION);
                let extend = |some: &[Pubkey]| lookup_table::extend(table.key, key, some.to_vec());
                (table.key, more.map(extend).collect::<Vec<Instruction>>())
            }
            None => {
                let slot = self.recent_slot().await?;
                let (instructions, table) = lookup_table::create(key, key, slot, addresses);
                (table, instructions)
            }
        };
        for instruction in instructions {
            self.send(&[authority], &[instruction], options).await?;
        }
        self.working(table, addresses).await
    }

    /// A slot that a new table's address may be derived from: the newest that the chain has the hash of. One below the
    /// clock's need not be among them.
    async fn recent_slot(&self) -> Result<u64, NetworkError> {
        let hashes = self.required("sysvar of slot hashes", SLOT_HASHES).await?;
        // Behind their number, the newest first.
        let newest = hashes
            .data
            .get(8..16)
            .and_then(|bytes| bytes.try_into().ok());
        newest
            .map(u64::from_le_bytes)
            .ok_or_else(|| self.answer("slot hashes that cannot be read"))
    }

    /// Waits until a table works with these addresses.
    async fn working(
        &self,
        table: Pubkey,
        addresses: &[Pubkey],
    ) -> Result<AddressLookupTableAccount, TableError> {
        let mut seen_in = None;
        for _ in 0..POLLS {
            let slot = self.clock().await?.slot;
            if let Some(account) = self.account(&table).await?
                && let Ok(state) = AddressLookupTable::deserialize(&account.data)
            {
                let found = lookup_table::table(table, state.addresses.to_vec());
                let is_whole = lacking(&found, addresses).is_empty();
                // From the slot after the one in which it was last extended.
                if is_whole && slot > *seen_in.get_or_insert(slot) {
                    return Ok(found);
                }
            }
            sleep(POLL).await;
        }
        Err(TableError::Late(table))
    }
}

/// What a table lacks of these addresses.
fn lacking(table: &AddressLookupTableAccount, addresses: &[Pubkey]) -> Vec<Pubkey> {
    let missing = addresses
        .iter()
        .filter(|key| !table.addresses.contains(key));
    missing.copied().collect()
}
