//! The lookup table that version 0 transactions use: made in the background, and extended where assets have come.
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};
use freeboard_client::network::FeePolicy;
use freeboard_client::state::ExchangeState;
use solana_message::AddressLookupTableAccount;
use tokio::runtime::Handle;

use super::ClusterPort;

impl ClusterPort {
    /// The lookup tables that there are.
    pub(super) fn made_tables(&self) -> Vec<AddressLookupTableAccount> {
        let tables = self.tables.read();
        tables.map(|tables| tables.clone()).unwrap_or_default()
    }

    /// Makes or extends the lookup table in the background, where one is wanted and lacks an asset.
    pub fn keep_table(self: &Arc<Self>, state: &ExchangeState) {
        let is_wanted = self.told.make_lookup_table && !self.told.dry_run;
        if !is_wanted || holds_assets(&self.made_tables(), state) {
            return;
        }
        if self.makes_table.swap(true, Ordering::AcqRel) {
            return;
        }
        let (port, addresses) = (Arc::clone(self), shared_addresses(state));
        // As for what is sent: one thread sees it through.
        tokio::task::spawn_blocking(move || {
            if let Err(error) = Handle::current().block_on(port.make_table(&addresses)) {
                tracing::warn!(error = format!("{error:#}"), "no lookup table");
            }
            port.makes_table.store(false, Ordering::Release);
        });
    }

    /// Finds, extends or makes a table with these addresses.
    async fn make_table(&self, addresses: &[Pubkey]) -> Result<()> {
        let options = self.options(FeePolicy::None);
        // Tables are found by a scan.
        let made = self
            .scans
            .table_with(self.signer.as_ref(), addresses, &options);
        let table = made
            .await
            .context("accounts of many assets may need version 1")?;
        tracing::info!(address = %table.key, addresses = table.addresses.len(), "lookup table");
        if let Ok(mut tables) = self.tables.write() {
            *tables = vec![table];
        }
        Ok(())
    }
}

/// Every address that the exchange's instructions share.
fn shared_addresses(state: &ExchangeState) -> Vec<Pubkey> {
    let mut addresses = vec![
        state.address,
        state.keys.pool,
        freeboard_client::freeboard::ID,
    ];
    for one in &state.assets {
        addresses.extend([one.keys.asset, one.keys.feed]);
    }
    addresses
}

/// Whether these tables hold every asset. A price that has moved alone makes no new entry: it may move often.
fn holds_assets(tables: &[AddressLookupTableAccount], state: &ExchangeState) -> bool {
    let is_held = |asset: &Pubkey| tables.iter().any(|table| table.addresses.contains(asset));
    state.assets.iter().all(|one| is_held(&one.keys.asset))
}
