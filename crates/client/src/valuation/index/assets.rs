//! The assets of an index: each read once for all accounts that hold it.
use anchor_lang::error::Error;
use anchor_lang::prelude::AccountInfo;
use freeboard::arrange::{AssetSource, Holdings, PreparedHolding, Standards};
use freeboard::error::{FreeboardError, OrRaise};
use freeboard::state::{Asset, MAX_ASSETS, MarginAccount};
use freeboard_risk::market::funding::FundingState;
use freeboard_risk::number::quantity::Fraction;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::holding::Holding;

use crate::margin::PricedAsset;
use crate::slots;

/// A set of an exchange's assets: bit n for asset n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AssetSet(u32);

const _: () = assert!(MAX_ASSETS <= u32::BITS as u16);

impl AssetSet {
    /// The assets that an account holds.
    pub fn held_by(account: &MarginAccount) -> Self {
        let mut held = Self::default();
        for asset_index in slots::order(account) {
            held.insert(asset_index);
        }
        held
    }

    fn insert(&mut self, asset_index: u16) {
        self.0 |= 1u32.checked_shl(asset_index.into()).unwrap_or(0);
    }

    /// Whether some asset is in both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// How many there are.
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }
}

/// Assets by index, prepared for the time of the last [`Self::renew`].
#[derive(Default)]
pub(super) struct IndexedAssets {
    by_index: Vec<Option<IndexedAsset>>,
}

struct IndexedAsset {
    priced: PricedAsset,
    /// What the last renewal found; none where the program refuses the feed.
    prepared: Option<PreparedHolding>,
    /// What the maintenance level read of it then; none before the first.
    last: Option<MaintenanceTerms>,
}

/// All that the maintenance level reads of an asset, whoever holds it.
#[derive(PartialEq)]
struct MaintenanceTerms {
    /// Without what the initial level alone reads.
    holding: Option<Holding>,
    publish_ts: Option<i64>,
    funding: FundingState,
    status: u8,
}

impl MaintenanceTerms {
    fn new(asset: &Asset, prepared: Option<&PreparedHolding>) -> Self {
        Self {
            holding: prepared.map(|prepared| without_initial(*prepared.holding())),
            publish_ts: prepared.map(PreparedHolding::publish_ts),
            funding: asset.funding.as_core(),
            status: asset.status,
        }
    }
}

fn without_initial(mut holding: Holding) -> Holding {
    holding.usable_initial = false;
    holding.initial = None;
    holding.open_interest_atoms = 0;
    holding.liquidated_quote_atoms = 0;
    holding.unit_shock.c_im = Fraction::ZERO;
    holding.unit_shock.sigma_im = Fraction::ZERO;
    holding
}

/// As `flag` counts prices, and with positions whose market has ended at its settlement price.
fn standards() -> Standards {
    Standards::of_view(PriceStandard::Liquidation)
}

impl IndexedAssets {
    /// Takes an asset and its feed.
    pub fn set(&mut self, priced: PricedAsset) {
        let place = usize::from(priced.asset.index);
        if self.by_index.len() <= place {
            self.by_index.resize_with(place + 1, || None);
        }
        match &mut self.by_index[place] {
            Some(indexed) => indexed.priced = priced,
            none => {
                *none = Some(IndexedAsset {
                    priced,
                    prepared: None,
                    last: None,
                });
            }
        }
    }

    /// Prepares every asset for `now`, and returns those of which the maintenance level reads something else than before.
    pub fn renew(&mut self, now: i64) -> AssetSet {
        let mut moved = AssetSet::default();
        for indexed in self.by_index.iter_mut().flatten() {
            let PricedAsset { asset, feed } = &indexed.priced;
            let prepare = |feed: &AccountInfo| PreparedHolding::new(asset, feed, &standards(), now);
            let prepared = feed.with_info(prepare).ok();
            let terms = Some(MaintenanceTerms::new(asset, prepared.as_ref()));
            if terms != indexed.last {
                moved.insert(asset.index);
            }
            (indexed.prepared, indexed.last) = (prepared, terms);
        }
        moved
    }

    /// Loads what an account holds.
    ///
    /// Errors: those of [`Holdings::load`].
    pub fn load(
        &self,
        account: &MarginAccount,
        holdings: &mut Holdings,
        now: i64,
    ) -> Result<(), Error> {
        holdings.reload(account, &mut PreparedSource(self), standards(), now)
    }

    /// An asset.
    ///
    /// Errors: `AssetAccountMissing`.
    pub fn asset(&self, asset_index: u16) -> Result<&Asset, Error> {
        Ok(&self.find(asset_index)?.priced.asset)
    }

    fn find(&self, asset_index: u16) -> Result<&IndexedAsset, Error> {
        let found = self.by_index.get(usize::from(asset_index));
        let found = found.and_then(Option::as_ref);
        found.or_raise(FreeboardError::AssetAccountMissing)
    }
}

/// The assets as the program takes them, ready to be held.
struct PreparedSource<'a>(&'a IndexedAssets);

impl AssetSource for PreparedSource<'_> {
    fn take<T>(
        &mut self,
        asset_index: u16,
        read: impl FnOnce(&Asset, &AccountInfo) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let PricedAsset { asset, feed } = &self.0.find(asset_index)?.priced;
        feed.with_info(|feed| read(asset, feed))
    }

    fn place<T>(
        &mut self,
        holdings: &mut Holdings,
        asset_index: u16,
        (standards, now): (&Standards, i64),
        read: impl FnOnce(&Asset, &mut Holding) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let IndexedAsset {
            priced, prepared, ..
        } = self.0.find(asset_index)?;
        if let Some(prepared) = prepared {
            return read(&priced.asset, holdings.push_prepared(prepared)?);
        }
        // Refused: for the reason.
        let prepared = self.take(asset_index, |asset, feed| {
            PreparedHolding::new(asset, feed, standards, now)
        })?;
        read(&priced.asset, holdings.push_prepared(&prepared)?)
    }
}
