//! All accounts of a kind, chosen by the node: type and exchange stand at fixed places.
use anchor_lang::{Discriminator, Owner, prelude::Pubkey};
use bytemuck::Pod;
use freeboard::state::{
    Asset, Exchange, LiquidityRequest, MarginAccount, PendingChange, Versioned,
};
use solana_account_decoder_client_types::{UiAccountEncoding, UiDataSliceConfig};
use solana_rpc_client_api::config::{RpcAccountInfoConfig, RpcProgramAccountsConfig};
use solana_rpc_client_api::filter::{Memcmp, RpcFilterType};

use super::fetch::unusable;
use super::{Cluster, FetchedAccount, NetworkError};
use crate::decode;
use crate::dump::Located;
use crate::pin::{OfExchange, Pinned};

/// Where every zero-copy account has its exchange: discriminator, then eight bytes of layout.
const EXCHANGE_OFFSET: usize = 8 + 8;
/// Where a pending change has it: discriminator, then one byte of layout.
const CHANGE_EXCHANGE_OFFSET: usize = 8 + 1;
/// Where margin accounts and requests of LPs have their owner.
const OWNER_OFFSET: usize = EXCHANGE_OFFSET + 32;
/// Where a request of an LP has its executor.
const EXECUTOR_OFFSET: usize = OWNER_OFFSET + 32;

/// What of a margin account shows that it has changed: balance, flag, window, bad debt and number of its newest event. They
/// stand side by side.
const MARK_OFFSET: usize = OWNER_OFFSET + 32 + 32;
const MARK_BYTES: usize = 72;

/// What shows that a margin account has changed: every event of the account moves it. A liquidation is no event of the
/// liquidator's account: where balance and loan stay, what that took over does not show. The positions would, at 896 bytes
/// more of each account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountMark([u8; MARK_BYTES]);

impl AccountMark {
    /// The mark of this state.
    pub fn new(account: &MarginAccount) -> Self {
        let body = MARK_OFFSET - 8;
        let mut mark = [0; MARK_BYTES];
        mark.copy_from_slice(&bytemuck::bytes_of(account)[body..body + MARK_BYTES]);
        Self(mark)
    }

    /// Number of the account's newest event.
    pub fn newest_event(&self) -> u64 {
        u64::from_le_bytes(self.0.last_chunk().copied().unwrap_or_default())
    }
}

/// Which accounts a scan returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Only those of this owner.
    pub owner: Option<Pubkey>,
    /// Of LPs' requests only those that name this executor; of other accounts not read.
    pub executor: Option<Pubkey>,
}

impl Cluster {
    /// The margin accounts of an exchange.
    ///
    /// What cannot be read is an error, not left out: a scan that misses an account would not be noticed.
    pub async fn margin_accounts(
        &self,
        exchange: Pubkey,
        filter: &AccountFilter,
    ) -> Result<Vec<Located<MarginAccount>>, NetworkError> {
        self.all("margin account", exchange, filter.owner, None)
            .await
    }

    /// The addresses of an exchange's margin accounts, and what shows whether each has changed: a tenth of the answer
    /// to [`Self::margin_accounts`].
    ///
    /// Errors: of the network; `Answer` where the node left out bytes.
    pub async fn margin_account_marks(
        &self,
        exchange: Pubkey,
    ) -> Result<Vec<(Pubkey, AccountMark)>, NetworkError> {
        let filters = vec![
            starts_with(MarginAccount::DISCRIMINATOR),
            holds(EXCHANGE_OFFSET, &exchange),
        ];
        let slice = UiDataSliceConfig {
            offset: MARK_OFFSET,
            length: MARK_BYTES,
        };
        let found = self.scan(&freeboard::ID, filters, Some(slice)).await?;
        let mark = |account: FetchedAccount| {
            let mark = <[u8; MARK_BYTES]>::try_from(account.data.as_slice());
            let mark = mark.map_err(|_| self.answer("another part of accounts than asked for"))?;
            Ok((account.address, AccountMark(mark)))
        };
        found.into_iter().map(mark).collect()
    }

    /// The requests of LPs of an exchange that wait or hold an outcome.
    pub async fn liquidity_requests(
        &self,
        exchange: Pubkey,
        filter: &AccountFilter,
    ) -> Result<Vec<Located<LiquidityRequest>>, NetworkError> {
        self.all("request of an LP", exchange, filter.owner, filter.executor)
            .await
    }

    /// The assets of an exchange, by index.
    pub async fn assets(&self, exchange: Pubkey) -> Result<Vec<Located<Asset>>, NetworkError> {
        let mut assets = self.all::<Asset>("asset", exchange, None, None).await?;
        assets.sort_by_key(|asset| asset.state.index);
        Ok(assets)
    }

    /// The changes of an exchange that wait, by number.
    pub async fn pending_changes(
        &self,
        exchange: Pubkey,
    ) -> Result<Vec<Located<PendingChange>>, NetworkError> {
        let filters = vec![
            starts_with(PendingChange::DISCRIMINATOR),
            holds(CHANGE_EXCHANGE_OFFSET, &exchange),
        ];
        let pinned = Pinned::new(exchange);
        let found = self.program_accounts(&freeboard::ID, filters).await?;
        let mut changes = Vec::with_capacity(found.len());
        for account in found {
            let address = account.address;
            let read = pinned.pending_change(&account.owner, &account.data);
            let state = read.map_err(unusable("pending change", address))?;
            changes.push(Located { address, state });
        }
        changes.sort_by_key(|change| change.state.number);
        Ok(changes)
    }

    /// Every exchange under the program, whoever created it. Which one is meant, its address says and nothing else.
    pub async fn exchanges(&self) -> Result<Vec<Located<Exchange>>, NetworkError> {
        let filters = vec![starts_with(Exchange::DISCRIMINATOR)];
        let found = self.program_accounts(&freeboard::ID, filters).await?;
        let read = |account: FetchedAccount| {
            let address = account.address;
            let state = decode::account(&account.owner, &account.data);
            let state = state.map_err(unusable("exchange", address))?;
            Ok(Located { address, state })
        };
        found.into_iter().map(read).collect()
    }

    async fn all<T>(
        &self,
        what: &'static str,
        exchange: Pubkey,
        owner: Option<Pubkey>,
        executor: Option<Pubkey>,
    ) -> Result<Vec<Located<T>>, NetworkError>
    where
        T: OfExchange + Pod + Discriminator + Owner + Versioned,
    {
        let mut filters = vec![
            starts_with(T::DISCRIMINATOR),
            holds(EXCHANGE_OFFSET, &exchange),
        ];
        filters.extend(owner.map(|owner| holds(OWNER_OFFSET, &owner)));
        filters.extend(executor.map(|executor| holds(EXECUTOR_OFFSET, &executor)));
        let pinned = Pinned::new(exchange);
        let found = self.program_accounts(&freeboard::ID, filters).await?;
        let read = |account: FetchedAccount| {
            let address = account.address;
            let state = pinned.account(&account.owner, &account.data);
            let state = state.map_err(unusable(what, address))?;
            Ok(Located { address, state })
        };
        found.into_iter().map(read).collect()
    }

    /// The accounts of a program that pass these filters.
    pub async fn program_accounts(
        &self,
        program: &Pubkey,
        filters: Vec<RpcFilterType>,
    ) -> Result<Vec<FetchedAccount>, NetworkError> {
        self.scan(program, filters, None).await
    }

    /// The accounts of a program that pass these filters, or a part of the data of each.
    async fn scan(
        &self,
        program: &Pubkey,
        filters: Vec<RpcFilterType>,
        data_slice: Option<UiDataSliceConfig>,
    ) -> Result<Vec<FetchedAccount>, NetworkError> {
        let config = RpcProgramAccountsConfig {
            filters: Some(filters),
            account_config: RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64),
                data_slice,
                ..RpcAccountInfoConfig::default()
            },
            ..RpcProgramAccountsConfig::default()
        };
        let answer = self
            .rpc()
            .get_program_ui_accounts_with_config(program, config)
            .await;
        let found = answer.map_err(|error| self.failure(&error))?;
        let read = |(address, account)| self.read(address, &account);
        found.into_iter().map(read).collect()
    }
}

fn starts_with(discriminator: &[u8]) -> RpcFilterType {
    RpcFilterType::Memcmp(Memcmp::new_raw_bytes(0, discriminator.to_vec()))
}

pub(super) fn holds(offset: usize, key: &Pubkey) -> RpcFilterType {
    RpcFilterType::Memcmp(Memcmp::new_raw_bytes(offset, key.to_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use core::mem::offset_of;
    use freeboard::state::Pool;

    #[test]
    fn the_places_are_those_of_the_layouts() {
        let body = EXCHANGE_OFFSET - 8;
        assert_eq!(offset_of!(MarginAccount, exchange), body);
        assert_eq!(offset_of!(Asset, exchange), body);
        assert_eq!(offset_of!(Pool, exchange), body);
        assert_eq!(offset_of!(LiquidityRequest, exchange), body);
        assert_eq!(offset_of!(MarginAccount, owner), OWNER_OFFSET - 8);
        assert_eq!(offset_of!(LiquidityRequest, owner), OWNER_OFFSET - 8);
        assert_eq!(offset_of!(LiquidityRequest, executor), EXECUTOR_OFFSET - 8);
        assert_eq!(offset_of!(MarginAccount, quote_atoms), MARK_OFFSET - 8);
        let end = offset_of!(MarginAccount, positions);
        assert_eq!(end, MARK_OFFSET - 8 + MARK_BYTES);
        let account = MarginAccount {
            event_sequence: 7,
            ..MarginAccount::zeroed()
        };
        assert_eq!(AccountMark::new(&account).newest_event(), 7);
    }
}
