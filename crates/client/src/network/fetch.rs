//! An exchange and what belongs to it, each account checked for owner, type, layout and exchange.
use anchor_lang::prelude::Pubkey;
use freeboard::state::{Asset, LiquidityRequest, MarginAccount, PendingChange, Pool};

use super::{Cluster, FeedBook, FetchedAccount, NetworkError};
use crate::decode::{self, DecodeError};
use crate::dump::Located;
use crate::pin::Pinned;
use crate::state::{AssetState, ExchangeState};
use crate::{AssetKeys, ExchangeKeys, address};

impl Cluster {
    /// The exchange at this address with its pool, its assets and their prices.
    ///
    /// Errors: `Missing` where it is not on this cluster; `Account` where something else is.
    pub async fn exchange(
        &self,
        address: Pubkey,
        feeds: &FeedBook,
    ) -> Result<ExchangeState, NetworkError> {
        let pinned = Pinned::new(address);
        let account = self.required("exchange", address).await?;
        let quote_program = Pubkey::default(); // not known before its mint is
        let read = pinned.exchange(&account.owner, &account.data, quote_program);
        let (exchange, _) = read.map_err(unusable("exchange", address))?;

        let indices = 0..exchange.asset_count;
        let mut wanted = vec![address::pool(&address), exchange.quote_mint];
        wanted.extend(indices.map(|index| address::asset(&address, index)));
        let found = self.accounts(&wanted).await?;
        let pool = present(&found, 0, "pool", wanted[0])?;
        let read = pinned.account(&pool.owner, &pool.data);
        let pool: Pool = read.map_err(unusable("pool", wanted[0]))?;
        let mint = present(&found, 1, "quote mint", wanted[1])?;
        let keys = ExchangeKeys::of_account(&exchange, mint.owner);
        let mut assets = Vec::new();
        for (at, key) in wanted.iter().enumerate().skip(2) {
            let account = present(&found, at, "asset", *key)?;
            let read = pinned.account(&account.owner, &account.data);
            assets.push(read.map_err(unusable("asset", *key))?);
        }
        Ok(ExchangeState {
            address,
            keys,
            exchange,
            pool,
            assets: self.with_prices(assets, feeds).await?,
        })
    }

    /// These assets with their keys and prices.
    async fn with_prices(
        &self,
        assets: Vec<Asset>,
        feeds: &FeedBook,
    ) -> Result<Vec<AssetState>, NetworkError> {
        let mints: Vec<Pubkey> = assets.iter().map(|asset| asset.mint).collect();
        let mints = self.accounts(&mints).await?;
        let prices = self.prices(&assets, feeds).await?;
        let states = assets.into_iter().zip(mints).zip(prices);
        let state = |((asset, mint), (place, feed)): ((Asset, Option<FetchedAccount>), _)| {
            let program = mint.map_or_else(Pubkey::default, |mint| mint.owner);
            AssetState {
                keys: AssetKeys::of_account(&asset, place, program),
                asset,
                feed,
            }
        };
        Ok(states.map(state).collect())
    }

    /// A margin account of an exchange; none where there is none at this address.
    ///
    /// Errors: `Account` for another type or another exchange.
    pub async fn margin_account(
        &self,
        exchange: Pubkey,
        address: Pubkey,
    ) -> Result<Option<Located<MarginAccount>>, NetworkError> {
        self.one("margin account", address, |account| {
            Pinned::new(exchange).account(&account.owner, &account.data)
        })
        .await
    }

    /// A change of an exchange that waits; none where there is none at this address.
    ///
    /// Errors: `Account` for another type or another exchange.
    pub async fn pending_change(
        &self,
        exchange: Pubkey,
        address: Pubkey,
    ) -> Result<Option<Located<PendingChange>>, NetworkError> {
        self.one("pending change", address, |account| {
            Pinned::new(exchange).pending_change(&account.owner, &account.data)
        })
        .await
    }

    /// A request of an LP; none where there is none at this address.
    ///
    /// Errors: `Account` for another type or another exchange.
    pub async fn liquidity_request(
        &self,
        exchange: Pubkey,
        address: Pubkey,
    ) -> Result<Option<Located<LiquidityRequest>>, NetworkError> {
        self.one("request of an LP", address, |account| {
            Pinned::new(exchange).account(&account.owner, &account.data)
        })
        .await
    }

    /// The account at this address, read; none where there is none.
    async fn one<T>(
        &self,
        what: &'static str,
        address: Pubkey,
        read: impl FnOnce(&FetchedAccount) -> Result<T, DecodeError>,
    ) -> Result<Option<Located<T>>, NetworkError> {
        let Some(account) = self.account(&address).await? else {
            return Ok(None);
        };
        let state = read(&account).map_err(unusable(what, address))?;
        Ok(Some(Located { address, state }))
    }

    /// Atoms in a token account; none where there is no such account.
    ///
    /// Errors: `Account` where it is none of a token program.
    pub async fn token_balance(&self, address: Pubkey) -> Result<Option<u64>, NetworkError> {
        let Some(account) = self.account(&address).await? else {
            return Ok(None);
        };
        let is_token = [anchor_spl::token::ID, anchor_spl::token_2022::ID].contains(&account.owner);
        // The amount stands behind mint and owner in the accounts of both programs.
        let amount = account
            .data
            .get(64..72)
            .and_then(|some| some.try_into().ok());
        match amount.filter(|_| is_token) {
            Some(bytes) => Ok(Some(u64::from_le_bytes(bytes))),
            None => Err(NetworkError::Account {
                what: "token account",
                address,
                reason: decode::DecodeError::WrongOwner,
            }),
        }
    }

    /// Decimals of a mint.
    ///
    /// Errors: `Missing`; `Account` where it is none of a token program.
    pub async fn mint_decimals(&self, address: Pubkey) -> Result<u8, NetworkError> {
        let account = self.required("mint", address).await?;
        let is_token = [anchor_spl::token::ID, anchor_spl::token_2022::ID].contains(&account.owner);
        // Behind authority (36 bytes) and supply (8).
        let decimals = account.data.get(44).copied().filter(|_| is_token);
        decimals.ok_or(NetworkError::Account {
            what: "mint",
            address,
            reason: decode::DecodeError::WrongOwner,
        })
    }

    /// The account at this address.
    ///
    /// Errors: `Missing`.
    pub async fn required(
        &self,
        what: &'static str,
        address: Pubkey,
    ) -> Result<FetchedAccount, NetworkError> {
        let found = self.account(&address).await?;
        found.ok_or(NetworkError::Missing { what, address })
    }
}

/// The account at this place of an answer.
fn present<'a>(
    found: &'a [Option<FetchedAccount>],
    at: usize,
    what: &'static str,
    address: Pubkey,
) -> Result<&'a FetchedAccount, NetworkError> {
    let account = found.get(at).and_then(Option::as_ref);
    account.ok_or(NetworkError::Missing { what, address })
}

/// That the account is not what it was taken for.
pub(super) fn unusable(
    what: &'static str,
    address: Pubkey,
) -> impl Fn(DecodeError) -> NetworkError {
    move |reason| NetworkError::Account {
        what,
        address,
        reason,
    }
}
