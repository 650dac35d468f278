//! The change of an asset's feed.
use crate::actions::Sent;
use crate::{AssetHandle, FeedKind, Quote, World};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::instructions::ProposeChangeArgs;
use freeboard::state::{Change, FeedBinding};
use freeboard_client::instructions;
use solana_signer::Signer;

/// A Pyth account that no asset reads yet.
#[derive(Clone, Copy, Debug)]
pub struct NewFeed {
    /// Its address.
    pub address: Pubkey,
    /// How an asset would be bound to it.
    pub binding: FeedBinding,
    kind: FeedKind,
}

impl NewFeed {
    /// Somewhere new.
    pub fn new(kind: FeedKind) -> Self {
        let address = Pubkey::new_unique();
        let feed = match kind {
            FeedKind::Receiver | FeedKind::ReceiverPro => Pubkey::new_unique().to_bytes(),
            FeedKind::Legacy => address.to_bytes(),
        };
        let kind_on_chain = kind.oracle_kind();
        Self {
            address,
            binding: FeedBinding {
                kind: kind_on_chain,
                feed,
            },
            kind,
        }
    }

    /// The change that binds an asset to it.
    pub fn change(&self, asset: &AssetHandle) -> Change {
        Change::AssetFeed {
            asset_index: asset.index,
            feed: self.binding,
        }
    }
}

impl World {
    /// Publishes a price in a feed that no asset reads yet.
    pub fn publish(&mut self, feed: &NewFeed, quote: &Quote) {
        let account = feed.kind.account(feed.binding.feed, quote);
        self.set_account(feed.address, account);
    }

    /// Proposes this feed for an asset as governance, at both feeds' prices of now.
    pub fn propose_feed(&mut self, asset: &AssetHandle, new: &NewFeed) -> Sent {
        let instruction = self.propose_feed_instruction(asset, new);
        let governance = self.governance.clone();
        self.send(&[instruction], &[&governance])
    }

    /// The same, unsent.
    pub fn propose_feed_instruction(&self, asset: &AssetHandle, new: &NewFeed) -> Instruction {
        let args = ProposeChangeArgs {
            number: self.next_change(),
            change: new.change(asset),
        };
        let (payer, governance) = (self.payer.pubkey(), self.governance.pubkey());
        let feeds = [asset.feed, new.address];
        instructions::propose_feed(payer, governance, self.exchange, args, feeds)
    }

    /// execute_change of another feed; the world's asset reads the new feed from then on.
    pub fn migrate_feed(&mut self, asset: &AssetHandle, new: &NewFeed) -> Sent {
        let instruction = self.migrate_feed_instruction(asset, new);
        let sent = self.send(&[instruction], &[]);
        if sent.is_ok() {
            let handle = &mut self.assets[usize::from(asset.index)];
            handle.feed = new.address;
            handle.feed_id = new.binding.feed;
            handle.feed_kind = new.kind;
            handle.keys.feed = new.address;
        }
        sent
    }

    /// The same, unsent.
    pub fn migrate_feed_instruction(&self, asset: &AssetHandle, new: &NewFeed) -> Instruction {
        let pending = self.waiting(&new.change(asset));
        let feeds = [asset.feed, new.address];
        instructions::migrate_feed(self.payer.pubkey(), &pending, feeds)
    }
}
