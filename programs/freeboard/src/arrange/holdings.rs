//! What a margin account holds, with the prices that count: the core's `Holding`s, from the asset accounts and their
//! feeds. Each feed is read once, here.
use super::standards::EndedMarkets;
use super::{AssetAccounts, AssetSource, Standards};
use crate::books::Accruals;
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::oracle::{self, CountedPrice};
use crate::state::{Asset, Collateral, MarginAccount, NO_ASSET, Position};
use anchor_lang::prelude::*;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::unit_shock::unit_shock;
use freeboard_risk::requirement::holding::{Holding, MAX_HOLDINGS};

/// The holdings of one margin account, and where each asset is among the accounts.
pub struct Holdings {
    /// The holdings as the core reads them.
    pub list: Vec<Holding>,
    /// Asset index and publish time of the price, in the order of `list`.
    pub sources: Vec<Source>,
    /// Asset index and price that a trade judges, of each asset where that is not the newest known.
    pub(super) to_trade: Vec<(u16, Observation)>,
}

/// What an account holds, slot by slot: the account itself, or what a client keeps of thousands of them.
pub trait HeldSlots {
    /// Its positions; empty slots may be among them.
    fn positions(&self) -> &[Position];
    /// Its collaterals; empty slots may be among them.
    fn collaterals(&self) -> &[Collateral];
}

impl HeldSlots for MarginAccount {
    #[inline(always)]
    fn positions(&self) -> &[Position] {
        &self.positions
    }

    #[inline(always)]
    fn collaterals(&self) -> &[Collateral] {
        &self.collaterals
    }
}

/// Where a holding comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Index of the asset.
    pub asset_index: u16,
    /// Publish time of the price that counts, unix seconds.
    pub publish_ts: i64,
}

impl Holdings {
    /// Loads every asset of the margin account, in slot order.
    ///
    /// Errors: those of the source (see [`AssetSource`]) and of a feed that is not the asset's; of any feed of the asset
    /// that is acted on; `AssetSettled` for a position that a liquidation would count although its market has ended.
    pub fn load(
        account: &MarginAccount,
        accounts: &mut impl AssetSource,
        standards: impl Into<Standards>,
        now: i64,
    ) -> Result<Self> {
        let mut holdings = Self::with_room(MAX_HOLDINGS);
        holdings.reload(account, accounts, standards, now)?;
        Ok(holdings)
    }

    /// Of nobody, with room for any account that holds none but these assets. The less of the heap it takes, the more
    /// is left for what several accounts leave there.
    pub fn of_these(assets: &AssetAccounts) -> Self {
        Self::with_room(assets.pairs_known().min(MAX_HOLDINGS))
    }

    /// Of nobody, with room for so many.
    pub fn with_room(count: usize) -> Self {
        Self {
            // Grown, they would leave their old places behind on the heap.
            list: Vec::with_capacity(count),
            sources: Vec::with_capacity(count),
            to_trade: Vec::new(),
        }
    }

    /// Loads them again for another purpose, in place: what is freed on the heap is not used again.
    ///
    /// Errors: those of [`Self::load`].
    #[inline(always)] // leaves one body per source
    pub fn reload(
        &mut self,
        account: &MarginAccount,
        accounts: &mut impl AssetSource,
        standards: impl Into<Standards>,
        now: i64,
    ) -> Result<()> {
        self.reload_slots(account, accounts, &standards.into(), now)
    }

    /// The same of an account or of what is kept of it.
    ///
    /// Errors: those of [`Self::load`].
    pub fn reload_slots(
        &mut self,
        account: &impl HeldSlots,
        accounts: &mut impl AssetSource,
        standards: &Standards,
        now: i64,
    ) -> Result<()> {
        self.list.clear();
        self.sources.clear();
        self.to_trade.clear();
        self.push_positions(account, accounts, standards, now)?;
        self.push_collaterals(account, accounts, standards, now)
    }

    #[inline(always)]
    fn push_positions(
        &mut self,
        account: &impl HeldSlots,
        accounts: &mut impl AssetSource,
        standards: &Standards,
        now: i64,
    ) -> Result<()> {
        let held = |slot: &&Position| slot.asset_index != NO_ASSET;
        for position in account.positions().iter().filter(held) {
            let how = (standards, now);
            accounts.place(self, position.asset_index, how, |asset, holding| {
                let is_refused = standards.ended() == EndedMarkets::Refused && asset.is_settled();
                ensure(!is_refused, FreeboardError::AssetSettled)?;
                holding.size_atoms = position.base_size_atoms;
                holding.entry_quote_atoms = position.entry_notional_atoms;
                let price = holding.price;
                holding.funding_quote_atoms = match standards.all() {
                    PriceStandard::Liquidation => {
                        asset.accrued_funding_at_worst(position, price, now)
                    }
                    _ => asset.accrued_funding(position, price, now)?,
                };
                Ok(())
            })?;
        }
        Ok(())
    }

    #[inline(always)]
    fn push_collaterals(
        &mut self,
        account: &impl HeldSlots,
        accounts: &mut impl AssetSource,
        standards: &Standards,
        now: i64,
    ) -> Result<()> {
        let held = |slot: &&Collateral| slot.asset_index != NO_ASSET;
        for collateral in account.collaterals().iter().filter(held) {
            if let Some(at) = self.find(collateral.asset_index) {
                if let Some(holding) = self.list.get_mut(at) {
                    holding.hold_collateral(collateral.balance()).or_refuse()?;
                }
                continue;
            }
            let how = (standards, now);
            accounts.place(self, collateral.asset_index, how, |_, holding| {
                holding.hold_collateral(collateral.balance()).or_refuse()
            })?;
        }
        Ok(())
    }

    /// An asset at the price that counts; nothing held of it yet.
    #[inline(never)]
    pub(super) fn push(
        &mut self,
        asset: &Asset,
        feed: &AccountInfo,
        standards: &Standards,
        now: i64,
    ) -> Result<&mut Holding> {
        let coefficients = asset.coefficients(now);
        let unit_shock = unit_shock(&asset.volatility()?, &coefficients, now);
        let (standard, shown) = match standards.of_acted(asset.index) {
            None => (standards.all(), oracle::shown(asset, feed, now)?),
            Some(standard) => (standard, Some(oracle::read_update(asset, feed, now)?)),
        };
        let price = oracle::counted(asset, shown, standard, unit_shock.sigma_im, now);
        self.push_source(asset.index, &price);
        self.list.push(Holding {
            price: price.observation.price,
            confidence: price.observation.confidence,
            ema: price.observation.ema,
            usable_initial: price.usable_initial,
            standing: price.standing,
            unit_shock,
            open_interest_atoms: asset.open_interest_atoms(),
            liquidated_quote_atoms: asset.liquidated_lately(now),
            coefficients,
            initial: None,
            size_atoms: 0,
            entry_quote_atoms: 0,
            funding_quote_atoms: 0,
            collateral_atoms: 0,
            unrelieved: None,
        });
        let holding = self.list.last_mut().or_raise(FreeboardError::Overflow)?;
        // Rare, and both at once: without either the coefficients are read where they are to lie.
        if asset.is_ramping(now) || asset.depth_cut_e9 != 0 {
            let levels = asset.coefficients_by_level(now);
            (holding.coefficients, holding.initial) = (levels.maintenance, levels.initial);
        }
        Ok(holding)
    }

    fn push_source(&mut self, asset_index: u16, price: &CountedPrice) {
        let publish_ts = price.observation.publish_ts;
        self.sources.push(Source {
            asset_index,
            publish_ts,
        });
        if let Some(to_trade) = price.to_trade {
            self.to_trade.push((asset_index, to_trade));
        }
    }

    /// Settles interest and funding of the account in this asset, so that none is left in the holding.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it; `Overflow`.
    pub fn settle_accruals(
        &mut self,
        account: &mut MarginAccount,
        asset: &mut Asset,
        borrow_index_q64: u128,
    ) -> Result<Accruals> {
        let settled = asset.settle_accruals(account, borrow_index_q64)?;
        self.get_mut(asset.index)?.funding_quote_atoms = 0;
        Ok(settled)
    }

    /// Carries what the account holds of this asset now, and the open interest of its market, into the holding: after
    /// each change of them.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn renew(&mut self, account: &MarginAccount, asset: &Asset) -> Result<()> {
        renew_holding(self.get_mut(asset.index)?, account, asset);
        Ok(())
    }

    fn find(&self, asset_index: u16) -> Option<usize> {
        self.sources
            .iter()
            .position(|source| source.asset_index == asset_index)
    }

    /// Position of an asset in the list.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn position(&self, asset_index: u16) -> Result<usize> {
        self.find(asset_index)
            .or_raise(FreeboardError::AssetAccountMissing)
    }

    /// The holding of an asset.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn get(&self, asset_index: u16) -> Result<&Holding> {
        let at = self.position(asset_index)?;
        self.list
            .get(at)
            .or_raise(FreeboardError::AssetAccountMissing)
    }

    /// The holding of an asset, for writing.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn get_mut(&mut self, asset_index: u16) -> Result<&mut Holding> {
        let at = self.position(asset_index)?;
        self.list
            .get_mut(at)
            .or_raise(FreeboardError::AssetAccountMissing)
    }

    /// The price that counts of an asset.
    ///
    /// Errors: `AssetAccountMissing` if the account does not hold it.
    pub fn observation(&self, asset_index: u16) -> Result<Observation> {
        self.observation_at(self.position(asset_index)?)
    }

    /// The price that counts of the holding at this place.
    ///
    /// Errors: `AssetAccountMissing` beyond the last.
    pub fn observation_at(&self, at: usize) -> Result<Observation> {
        let held = self.list.get(at).zip(self.sources.get(at));
        let (holding, source) = held.or_raise(FreeboardError::AssetAccountMissing)?;
        Ok(holding.observation(source.publish_ts))
    }
}

/// The same of one holding: [`Holdings::renew`]. Its collateral weights stay: whatever lowers a collateral here leaves the
/// same shares of it counted.
pub fn renew_holding(holding: &mut Holding, account: &MarginAccount, asset: &Asset) {
    let position = account.find_position(asset.index);
    let position = position.map(|slot| slot.as_core()).unwrap_or_default();
    holding.size_atoms = position.size_atoms;
    holding.entry_quote_atoms = position.entry_quote_atoms;
    holding.collateral_atoms = account.collateral_atoms(asset.index);
    holding.open_interest_atoms = asset.open_interest_atoms();
}
