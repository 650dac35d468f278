//! Every asset of an exchange at once: what an instruction on the whole pool takes.
//!
//! `remaining_accounts` hold each asset, writable, and then its feed, in the order of their indices.
use crate::arrange::AssetSource;
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::state::{Asset, Exchange, Load, Pool};
use anchor_lang::prelude::*;
use core::cell::RefMut;

/// An asset of this exchange, writable, of which `check` holds; it is read once for both.
///
/// Errors: `AssetAccountInvalid`, `AssetNotWritable`, `WrongExchange`; those of `check`.
#[inline(always)]
pub fn asset_of<'info>(
    account: &'info AccountInfo<'info>,
    exchange: Pubkey,
    check: impl FnOnce(&Asset) -> Result<()>,
) -> Result<AccountLoader<'info, Asset>> {
    let loader = AccountLoader::<Asset>::try_from(account)
        .map_err(|_| FreeboardError::AssetAccountInvalid.raise())?;
    ensure(account.is_writable, FreeboardError::AssetNotWritable)?;
    {
        let asset = loader.read()?;
        ensure(asset.exchange == exchange, FreeboardError::WrongExchange)?;
        check(&asset)?;
    }
    Ok(loader)
}

/// All assets of an exchange, in the order of their indices.
pub struct PoolAssets<'info> {
    pairs: Vec<(AccountLoader<'info, Asset>, &'info AccountInfo<'info>)>,
}

impl<'info> PoolAssets<'info> {
    /// Errors: `AssetAccountMissing`, `AssetAccountUnexpected`, `AssetAccountInvalid`, `WrongExchange`,
    /// `AssetAccountOrder`, `AssetNotWritable`.
    pub fn load(
        accounts: &'info [AccountInfo<'info>],
        key: Pubkey,
        exchange: &Exchange,
    ) -> Result<Self> {
        let count = usize::from(exchange.asset_count);
        let (given, rest) = accounts.as_chunks::<2>();
        ensure(given.len() >= count, FreeboardError::AssetAccountMissing)?;
        ensure(
            given.len() == count && rest.is_empty(),
            FreeboardError::AssetAccountUnexpected,
        )?;
        let mut pairs = Vec::with_capacity(count);
        for (index, [asset, feed]) in given.iter().enumerate() {
            let loader = asset_of(asset, key, |asset| {
                let in_order = usize::from(asset.index) == index;
                ensure(in_order, FreeboardError::AssetAccountOrder)
            })?;
            pairs.push((loader, feed));
        }
        Ok(Self { pairs })
    }

    /// Does something with each asset and its feed.
    ///
    /// Errors: those of `act`.
    pub fn each(
        &self,
        mut act: impl FnMut(&mut RefMut<Asset>, &AccountInfo) -> Result<()>,
    ) -> Result<()> {
        for (loader, feed) in &self.pairs {
            act(&mut loader.write()?, feed)?;
        }
        Ok(())
    }

    /// Takes all ledgers into the pool: its cash, insurance, loans and bad debt are complete after it.
    ///
    /// Errors: `Overflow`.
    pub fn collect(&self, pool: &mut Pool) -> Result<()> {
        self.each(|asset, _| pool.collect(asset))
    }

    /// Fees of the protocol that the ledgers keep when they are collected, quote atoms.
    ///
    /// Errors: none but those of an asset of another layout.
    pub fn fees_kept_atoms(&self) -> Result<i128> {
        let mut kept = 0_i128;
        self.each(|asset, _| {
            kept = kept.saturating_add(asset.ledger.fees_atoms.into());
            Ok(())
        })?;
        Ok(kept)
    }

    /// Renews all allocations and the borrow rate from the complete pool.
    ///
    /// Errors: `Overflow`.
    pub fn allocate(&self, pool: &mut Pool, exchange: &mut Exchange, now: i64) -> Result<()> {
        pool.set_borrow_rate(exchange, now);
        self.each(|asset, _| pool.allocate(asset))
    }

    /// One asset, writable, and its feed.
    ///
    /// Errors: `AssetAccountMissing`.
    pub fn find(&self, asset_index: u16) -> Result<(RefMut<'_, Asset>, &AccountInfo<'info>)> {
        let pair = self.pairs.get(usize::from(asset_index));
        let (loader, feed) = pair.or_raise(FreeboardError::AssetAccountMissing)?;
        Ok((loader.write()?, feed))
    }
}

impl AssetSource for PoolAssets<'_> {
    fn take<T>(
        &mut self,
        asset_index: u16,
        read: impl FnOnce(&Asset, &AccountInfo) -> Result<T>,
    ) -> Result<T> {
        let (asset, feed) = self.find(asset_index)?;
        read(&asset, feed)
    }
}
