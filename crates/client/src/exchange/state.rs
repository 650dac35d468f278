//! The decoded accounts of one exchange, however they were fetched.
use anchor_lang::prelude::{AccountMeta, Pubkey};
use freeboard::state::{Asset, Exchange, Pool};

use crate::feed::FeedAccount;
use crate::margin::PricedAsset;
use crate::{AssetKeys, ExchangeKeys, slots};

/// An asset, its keys, and what its feed showed.
#[derive(Clone, Debug)]
pub struct AssetState {
    /// Its keys; [`AssetKeys::feed`] is where its price was found, or is expected.
    pub keys: AssetKeys,
    /// The asset.
    pub asset: Asset,
    /// The account with its price; none where there was none.
    pub feed: Option<FeedAccount>,
}

impl AssetState {
    /// Name, without the zeros behind it.
    pub fn name(&self) -> String {
        asset_name(&self.asset)
    }
}

/// Name of an asset, without the zeros behind it.
pub fn asset_name(asset: &Asset) -> String {
    let end = asset.name.iter().position(|byte| *byte == 0);
    let bytes = &asset.name[..end.unwrap_or(asset.name.len())];
    String::from_utf8_lossy(bytes).into_owned()
}

/// An exchange with its pool and all of its assets.
#[derive(Clone, Debug)]
pub struct ExchangeState {
    /// Its address.
    pub address: Pubkey,
    /// Its keys.
    pub keys: ExchangeKeys,
    /// The exchange.
    pub exchange: Exchange,
    /// Its pool.
    pub pool: Pool,
    /// Its assets, by index.
    pub assets: Vec<AssetState>,
}

impl ExchangeState {
    /// The asset with this index; none if there is none.
    pub fn asset(&self, index: u16) -> Option<&AssetState> {
        self.assets.iter().find(|one| one.asset.index == index)
    }

    /// The asset of this name, upper or lower case alike; none if there is none.
    pub fn asset_named(&self, name: &str) -> Option<&AssetState> {
        let same = |one: &&AssetState| one.name().eq_ignore_ascii_case(name);
        self.assets.iter().find(same)
    }

    /// Every asset with its price, for [`crate::margin::report`]. One without a feed account has an empty one, at which a
    /// valuation that needs it is refused.
    pub fn priced(&self) -> Vec<PricedAsset> {
        let priced = |one: &AssetState| PricedAsset {
            asset: one.asset,
            feed: one.feed.clone().unwrap_or_default(),
        };
        self.assets.iter().map(priced).collect()
    }

    /// Account metas of these assets and their feeds in this order, those in `writable` writable; none where an asset is
    /// unknown.
    pub fn metas(&self, order: &[u16], writable: &[u16]) -> Option<Vec<AccountMeta>> {
        slots::metas(order, |index| Some(self.asset(index)?.keys), writable)
    }

    /// Account metas of every asset, writable, and its feed, by index.
    pub fn all_metas(&self) -> Vec<AccountMeta> {
        let keys: Vec<AssetKeys> = self.assets.iter().map(|one| one.keys).collect();
        slots::all_metas(&keys)
    }
}
