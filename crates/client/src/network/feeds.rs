//! Which account holds an asset's price.
//!
//! A legacy feed is one account. A feed of the receiver is an id, and its price stands in any account of the receiver
//! with that id: that of the push oracle, which somebody keeps up to date, or one that anybody has posted.
use std::collections::BTreeMap;

use anchor_lang::prelude::{Pubkey, pubkey};
use bytemuck::Zeroable;
use freeboard::state::{Asset, FeedBinding, OracleKind};
use solana_rpc_client_api::filter::{Memcmp, RpcFilterType};

use super::{Cluster, NetworkError};
use crate::feed::FeedAccount;
use crate::post::{RECEIVER, UPGRADED_RECEIVER};
use crate::state::ExchangeState;

/// Pyth's push oracle: its accounts hold the newest price that its sponsors have posted.
pub const PUSH_ORACLE: Pubkey = pubkey!("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");
/// Where a fully verified update has its feed id: discriminator, write authority, level of one byte.
const FEED_ID_OFFSET: usize = 8 + 32 + 1;

/// Where a client looks for prices: pinned accounts first, then the push oracle's; the receiver's accounts are searched
/// only where neither holds one.
#[derive(Clone, Debug, Default)]
pub struct FeedBook {
    pinned: BTreeMap<u16, Pubkey>,
    shard: u16,
}

impl FeedBook {
    /// Without pinned accounts, the push oracle's of this shard; Pyth's own is 0.
    pub fn new(shard: u16) -> Self {
        Self {
            pinned: BTreeMap::new(),
            shard,
        }
    }

    /// Reads the price of the asset with this index from this account.
    pub fn pin(&mut self, asset_index: u16, feed: Pubkey) {
        self.pinned.insert(asset_index, feed);
    }

    /// Keeps where prices were found, so that nobody searches again.
    pub fn keep(&mut self, found: &ExchangeState) {
        for one in found.assets.iter().filter(|one| one.feed.is_some()) {
            self.pin(one.asset.index, one.keys.feed);
        }
    }

    /// Accounts to look into for this asset's price, the likeliest first.
    fn places(&self, asset: &Asset) -> Vec<Pubkey> {
        if asset.oracle_kind() == OracleKind::PythLegacy {
            return vec![Pubkey::new_from_array(asset.feed)];
        }
        let seeds: [&[u8]; 2] = [&self.shard.to_le_bytes(), &asset.feed];
        let pushed = Pubkey::find_program_address(&seeds, &PUSH_ORACLE).0;
        let pinned = self.pinned.get(&asset.index).copied();
        pinned.into_iter().chain([pushed]).collect()
    }
}

impl Cluster {
    /// The account with the newest price of a feed, whether or not an asset is bound to it yet; none where there is no
    /// price of it.
    pub async fn feed_of(
        &self,
        binding: &FeedBinding,
    ) -> Result<Option<FeedAccount>, NetworkError> {
        let bound = Asset {
            feed: binding.feed,
            oracle_kind: binding.kind as u8,
            ..Zeroable::zeroed()
        };
        let found = self.prices(&[bound], &FeedBook::default()).await?;
        Ok(found.into_iter().find_map(|(_, feed)| feed))
    }

    /// Of each asset the place of its price and what is there; the newest where there are several.
    pub(super) async fn prices(
        &self,
        assets: &[Asset],
        book: &FeedBook,
    ) -> Result<Vec<(Pubkey, Option<FeedAccount>)>, NetworkError> {
        let places: Vec<Vec<Pubkey>> = assets.iter().map(|asset| book.places(asset)).collect();
        let mut found = self.accounts(&places.concat()).await?.into_iter();
        let mut prices = Vec::with_capacity(assets.len());
        for (asset, places) in assets.iter().zip(&places) {
            let here = found.by_ref().take(places.len()).flatten();
            let mut feed = newest(
                asset,
                here.map(|one| FeedAccount {
                    address: one.address,
                    owner: one.owner,
                    data: one.data,
                }),
            );
            if feed.is_none() && asset.oracle_kind() != OracleKind::PythLegacy {
                feed = newest(asset, self.search(asset).await?);
            }
            let expected = places.first().copied().unwrap_or_default();
            prices.push((feed.as_ref().map_or(expected, |one| one.address), feed));
        }
        Ok(prices)
    }

    /// Every account of the asset's receiver with its feed id.
    async fn search(&self, asset: &Asset) -> Result<Vec<FeedAccount>, NetworkError> {
        let receiver = match asset.oracle_kind() {
            OracleKind::PythReceiverPro => UPGRADED_RECEIVER,
            _ => RECEIVER,
        };
        let same_id = Memcmp::new_raw_bytes(FEED_ID_OFFSET, asset.feed.to_vec());
        let found = self
            .program_accounts(&receiver, vec![RpcFilterType::Memcmp(same_id)])
            .await?;
        let feeds = found.into_iter().map(|one| FeedAccount {
            address: one.address,
            owner: one.owner,
            data: one.data,
        });
        Ok(feeds.collect())
    }
}

/// The asset's newest price among these accounts.
fn newest(asset: &Asset, accounts: impl IntoIterator<Item = FeedAccount>) -> Option<FeedAccount> {
    let dated = accounts.into_iter().filter_map(|feed| {
        let publish_ts = feed.latest(asset).ok()?.publish_ts;
        Some((publish_ts, feed))
    });
    dated
        .max_by_key(|(publish_ts, _)| *publish_ts)
        .map(|(_, feed)| feed)
}
