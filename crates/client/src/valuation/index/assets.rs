//! The assets of an index: each read once for all accounts that hold it.
use anchor_lang::error::Error;
use anchor_lang::prelude::AccountInfo;
use freeboard::arrange::{AssetSource, HeldSlots, Holdings, PreparedHolding, Standards};
use freeboard::error::{FreeboardError, OrRaise};
use freeboard::state::{Asset, MAX_ASSETS, MarginAccount, Position};
use freeboard_risk::market::funding::FundingState;
use freeboard_risk::number::quantity::{FRACTION_BITS, Fraction};
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::requirement::holding::Holding;

use super::ACCRUAL_SECS;
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

    /// The assets that these positions are in.
    pub fn of_positions(positions: &[Position]) -> Self {
        let mut markets = Self::default();
        for position in positions {
            markets.insert(position.asset_index);
        }
        markets
    }

    fn insert(&mut self, asset_index: u16) {
        self.0 |= 1u32.checked_shl(asset_index.into()).unwrap_or(0);
    }

    fn insert_if(&mut self, is_in: bool, asset_index: u16) {
        if is_in {
            self.insert(asset_index);
        }
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
    /// Markets in which positions pay funding or receive it.
    pub accruing: AssetSet,
    /// Of these all but those in which they pay so little that a cushion tells whether they can: see
    /// [`is_gentle`].
    pub steep: AssetSet,
    /// Markets that have ended.
    pub settled: AssetSet,
}

struct IndexedAsset {
    priced: PricedAsset,
    /// What the last renewal found; none where the program refuses the feed.
    prepared: Option<PreparedAsset>,
    /// What the maintenance level read of it then; none before the first.
    last: Option<MaintenanceTerms>,
}

/// An asset with what every holding of it reads.
struct PreparedAsset {
    /// At the price that counts.
    alone: PreparedHolding,
    /// The asset with its funding accrued until now: what it settles by is read and not computed.
    now: Asset,
    /// The same [`ACCRUAL_SECS`] later.
    later: Asset,
}

impl PreparedAsset {
    fn new(priced: &PricedAsset, now: i64) -> Result<Self, Error> {
        let PricedAsset { asset, feed } = priced;
        let prepare = |feed: &AccountInfo| PreparedHolding::new(asset, feed, &standards(), now);
        let alone = feed.with_info(prepare)?;
        let price = alone.holding().price;
        let accrued = |until: i64| {
            let mut asset = *asset;
            let decimals = asset.params.base_decimals;
            let funding = asset.funding.as_core();
            // Beyond its range it stays as it is, and each holding finds that anew.
            if let Ok(accrued) = funding.accrued_at(price, decimals, asset.open_interest(), until) {
                asset.funding.set(&accrued);
            }
            asset
        };
        Ok(Self {
            now: accrued(now),
            later: accrued(now.saturating_add(ACCRUAL_SECS)),
            alone,
        })
    }

    /// Whether [`Self::later`] is accrued, and gently.
    fn is_gentle(&self, now: i64) -> bool {
        let funding = &self.later.funding;
        let provision = self.alone.holding().coefficients.funding_provision;
        funding.updated_ts >= now.saturating_add(ACCRUAL_SECS)
            && is_gentle(funding.rate_q64, provision)
    }
}

/// Whether funding within [`ACCRUAL_SECS`] at this rate costs at most an eighth of this provision, both per notional. The
/// provision is that of 8 h at the highest rate, or on its way there: at rest every market is gentle.
pub(super) fn is_gentle(rate_q64: i64, provision: Fraction) -> bool {
    let secs = u128::from(ACCRUAL_SECS.unsigned_abs());
    let cost_q64 = u128::from(rate_q64.unsigned_abs()).saturating_mul(secs);
    cost_q64 <= u128::from(provision.to_bits()) << (64 - FRACTION_BITS) >> 3
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
    fn new(asset: &Asset, prepared: Option<&PreparedAsset>) -> Self {
        let alone = prepared.map(|prepared| &prepared.alone);
        Self {
            holding: alone.map(|alone| without_initial(*alone.holding())),
            publish_ts: alone.map(PreparedHolding::publish_ts),
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
        (self.accruing, self.steep, self.settled) = Default::default();
        for indexed in self.by_index.iter_mut().flatten() {
            let asset = &indexed.priced.asset;
            let prepared = PreparedAsset::new(&indexed.priced, now).ok();
            let terms = Some(MaintenanceTerms::new(asset, prepared.as_ref()));
            moved.insert_if(terms != indexed.last, asset.index);
            let is_accruing = asset.funding.rate_q64 != 0;
            let is_gentle = prepared.as_ref().is_some_and(|one| one.is_gentle(now));
            self.accruing.insert_if(is_accruing, asset.index);
            self.steep.insert_if(is_accruing && !is_gentle, asset.index);
            self.settled.insert_if(asset.is_settled(), asset.index);
            (indexed.prepared, indexed.last) = (prepared, terms);
        }
        moved
    }

    /// Loads what an account holds.
    ///
    /// Errors: those of [`Holdings::load`].
    pub fn load(
        &self,
        account: &impl HeldSlots,
        holdings: &mut Holdings,
        now: i64,
    ) -> Result<(), Error> {
        holdings.reload_slots(account, &mut PreparedSource(self), &standards(), now)
    }

    /// A loaded asset with its funding accrued [`ACCRUAL_SECS`] from now.
    ///
    /// Errors: `AssetAccountMissing`.
    pub fn later(&self, asset_index: u16) -> Result<&Asset, Error> {
        let prepared = self.find(asset_index)?.prepared.as_ref();
        let prepared = prepared.or_raise(FreeboardError::AssetAccountMissing)?;
        Ok(&prepared.later)
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
            return read(&prepared.now, holdings.push_prepared(&prepared.alone)?);
        }
        // Refused: for the reason.
        let prepared = self.take(asset_index, |asset, feed| {
            PreparedHolding::new(asset, feed, standards, now)
        })?;
        read(&priced.asset, holdings.push_prepared(&prepared)?)
    }
}
