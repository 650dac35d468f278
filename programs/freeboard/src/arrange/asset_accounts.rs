//! The asset accounts of an instruction.
//!
//! `remaining_accounts` hold, for each asset of a margin account in the order of its slots
//! (positions, then collaterals of other assets), the asset and then its feed. Nothing else, nothing
//! twice, nothing missing.
//!
//! Where somebody else values the account (flag, liquidate) the pairs come by ascending asset index, and some may be
//! of assets that it does not hold: its owner, who opens a slot just before, makes nothing fail that was built with
//! the asset beside it. Likewise in a deposit: who frees a slot just before. Accounts that are valued together share their
//! pairs.
use super::{Holdings, Standards};
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::oracle;
use crate::state::{Asset, Load};
use anchor_lang::prelude::*;
use freeboard_risk::requirement::holding::Holding;

/// Where the assets of a margin account and their feeds come from: an instruction's accounts, or
/// accounts that a client has fetched.
pub trait AssetSource {
    /// Reads the asset with this index and its feed.
    fn take<T>(
        &mut self,
        asset_index: u16,
        read: impl FnOnce(&Asset, &AccountInfo) -> Result<T>,
    ) -> Result<T>;

    /// Adds the asset with this index to the holdings, at the price that counts and nothing held of it yet, and reads it
    /// beside its holding. A client that values many accounts has it ready: [`super::PreparedHolding`].
    ///
    /// Errors: those of [`Self::take`], of a feed that is not the asset's, of `read`.
    #[inline(always)] // leaves one body per source
    fn place<T>(
        &mut self,
        holdings: &mut Holdings,
        asset_index: u16,
        (standards, now): (&Standards, i64),
        read: impl FnOnce(&Asset, &mut Holding) -> Result<T>,
    ) -> Result<T> {
        self.take(asset_index, |asset, feed| {
            read(asset, holdings.push(asset, feed, standards, now)?)
        })
    }

    /// Refuses what was given and not taken; a client gives what it has.
    ///
    /// Errors: those of [`AssetAccounts::finish`].
    fn finish(&mut self, _now: i64) -> Result<()> {
        Ok(())
    }
}

/// The asset accounts of an instruction: in slot order, or by index.
pub struct AssetAccounts<'info> {
    accounts: &'info [AccountInfo<'info>],
    /// Index of the asset at each pair that was taken or, by index, is there.
    known: Vec<u16>,
    /// By index: whether the pair at this place was taken. Empty in slot order, where all that are known were.
    taken: Vec<bool>,
    exchange: Pubkey,
}

/// Where the asset's index stands in its account.
const INDEX_AT: usize = Asset::DISCRIMINATOR.len() + core::mem::offset_of!(Asset, index);

impl<'info> AssetAccounts<'info> {
    /// The remaining accounts of an instruction on this exchange, in slot order.
    pub fn new(accounts: &'info [AccountInfo<'info>], exchange: Pubkey) -> Self {
        Self {
            accounts,
            known: Vec::with_capacity(accounts.len() / 2),
            taken: Vec::new(),
            exchange,
        }
    }

    /// The remaining accounts of an instruction on this exchange, by ascending asset index; some may never be taken.
    ///
    /// Errors: `AssetAccountMissing`, `AssetAccountInvalid`, `DuplicateAccount`, `AssetAccountOrder`.
    pub fn by_index(accounts: &'info [AccountInfo<'info>], exchange: Pubkey) -> Result<Self> {
        let (pairs, rest) = accounts.as_chunks::<2>();
        ensure(rest.is_empty(), FreeboardError::AssetAccountMissing)?;
        let mut known = Vec::with_capacity(pairs.len());
        for [asset, _] in pairs {
            // Only the index, to find it by: what it is of is checked when it is taken, or at the end.
            let data = asset.try_borrow_data()?;
            let index = data.get(INDEX_AT..).and_then(|rest| rest.first_chunk());
            let index = u16::from_le_bytes(*index.or_raise(FreeboardError::AssetAccountInvalid)?);
            if let Some(last) = known.last() {
                ensure(index != *last, FreeboardError::DuplicateAccount)?;
                ensure(index > *last, FreeboardError::AssetAccountOrder)?;
            }
            known.push(index);
        }
        Ok(Self {
            accounts,
            taken: vec![false; known.len()],
            known,
            exchange,
        })
    }

    /// How many pairs are known: by index, all.
    pub(super) fn pairs_known(&self) -> usize {
        self.known.len()
    }

    /// A taken asset and its feed.
    ///
    /// Errors: `AssetAccountMissing`, `AssetNotWritable` if `writable` is asked for.
    pub fn find(
        &self,
        asset_index: u16,
        writable: bool,
    ) -> Result<(AccountLoader<'info, Asset>, &'info AccountInfo<'info>)> {
        let at = self.known.iter().position(|known| *known == asset_index);
        let at = at.filter(|at| self.taken.get(*at).copied().unwrap_or(true));
        let (loader, feed) = self.pair(at.or_raise(FreeboardError::AssetAccountMissing)?)?;
        ensure(
            !writable || loader.to_account_info().is_writable,
            FreeboardError::AssetNotWritable,
        )?;
        Ok((loader, feed))
    }

    /// Refuses accounts that no slot asked for; by index, those that are not assets of this exchange with their feeds.
    ///
    /// Errors: `AssetAccountUnexpected`, `AssetAccountInvalid`, `WrongExchange`; those of a feed that is not the asset's.
    pub fn finish(&mut self, now: i64) -> Result<()> {
        for at in 0..self.taken.len() {
            if self.taken.get(at).is_some_and(|taken| !taken) {
                let index = self.known.get(at).copied();
                let index = index.or_raise(FreeboardError::AssetAccountMissing)?;
                self.take(index, |asset, feed| {
                    oracle::shown(asset, feed, now).map(|_| ())
                })?;
            }
        }
        let used = self.known.len().saturating_mul(2);
        ensure(
            used == self.accounts.len(),
            FreeboardError::AssetAccountUnexpected,
        )
    }

    fn pair(&self, at: usize) -> Result<(AccountLoader<'info, Asset>, &'info AccountInfo<'info>)> {
        let (pairs, _) = self.accounts.as_chunks::<2>();
        let Some([asset, feed]) = pairs.get(at) else {
            return Err(FreeboardError::AssetAccountMissing.raise());
        };
        let loader = AccountLoader::<Asset>::try_from(asset)
            .or_raise(FreeboardError::AssetAccountInvalid)?;
        Ok((loader, feed))
    }
}

impl AssetSource for AssetAccounts<'_> {
    /// Those given before or, in slot order, else the next two.
    ///
    /// Errors: `AssetAccountMissing`, `AssetAccountInvalid`, `WrongExchange`, `DuplicateAccount`,
    /// `AssetAccountOrder`; those of `read`.
    fn take<T>(
        &mut self,
        asset_index: u16,
        read: impl FnOnce(&Asset, &AccountInfo) -> Result<T>,
    ) -> Result<T> {
        let known = self.known.iter().position(|known| *known == asset_index);
        let is_by_index = !self.taken.is_empty();
        ensure(
            known.is_some() || !is_by_index,
            FreeboardError::AssetAccountMissing,
        )?;
        let at = known.unwrap_or(self.known.len());
        let (loader, feed) = self.pair(at)?;
        let asset = loader.read()?;
        let own = |asset: &Asset| {
            ensure(
                asset.exchange == self.exchange,
                FreeboardError::WrongExchange,
            )
        };
        if known.is_none() {
            own(&asset)?;
            ensure(
                !self.known.contains(&asset.index),
                FreeboardError::DuplicateAccount,
            )?;
            ensure(
                asset.index == asset_index,
                FreeboardError::AssetAccountOrder,
            )?;
            self.known.push(asset_index);
        } else if self.taken.get(at).is_some_and(|taken| !taken) {
            own(&asset)?;
            if let Some(taken) = self.taken.get_mut(at) {
                *taken = true;
            }
        }
        read(&asset, feed)
    }

    fn finish(&mut self, now: i64) -> Result<()> {
        Self::finish(self, now) // its own, not this one
    }
}
