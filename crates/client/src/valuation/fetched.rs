//! Assets that a client has fetched, as the program's code takes them.
use anchor_lang::{error::Error, prelude::AccountInfo};
use freeboard::arrange::AssetSource;
use freeboard::error::{FreeboardError, OrRaise};
use freeboard::state::Asset;

use crate::margin::PricedAsset;

/// Assets in any order, each with its feed.
pub(super) struct Fetched<'a>(pub &'a [PricedAsset]);

impl AssetSource for Fetched<'_> {
    fn take<T>(
        &mut self,
        asset_index: u16,
        read: impl FnOnce(&Asset, &AccountInfo) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let Self(assets) = self;
        let priced = assets
            .iter()
            .find(|priced| priced.asset.index == asset_index)
            .or_raise(FreeboardError::AssetAccountMissing)?;
        priced.feed.with_info(|feed| read(&priced.asset, feed))
    }
}
