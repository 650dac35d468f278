//! The end of a market and the change of a feed: one method per instruction, with the accounts that belong.
use crate::{AssetHandle, Failure, FeedKind, Meta, Quote, Trader, World};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::endings::settlement::{AVERAGE_SECS, WEIGHT_MAX_SECS};
use freeboard::instructions::ProposeChangeArgs;
use freeboard::state::{AssetStatus, Change, FeedBinding};
use freeboard_client::instructions;
use solana_signer::Signer;

type Sent = Result<Meta, Failure>;

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

    /// record_settlement_price.
    pub fn record_settlement_price(&mut self, asset: &AssetHandle) -> Sent {
        let instruction = self.record_settlement_price_instruction(asset);
        self.send(&[instruction], &[])
    }

    /// record_settlement_price, unsent.
    pub fn record_settlement_price_instruction(&self, asset: &AssetHandle) -> Instruction {
        let (exchange, asset, feed) = (self.exchange, asset.address, asset.feed);
        instructions::record_settlement_price(exchange, asset, feed)
    }

    /// settle_position, with the pool where it is asked for.
    pub fn settle_position(&mut self, trader: &Trader, asset: &AssetHandle) -> Sent {
        let instruction =
            |world: &Self, with_pool| world.settle_position_instruction(trader, asset, with_pool);
        self.send_with_pool_if_asked(instruction, &[])
    }

    /// settle_position, unsent.
    pub fn settle_position_instruction(
        &self,
        trader: &Trader,
        asset: &AssetHandle,
        with_pool: bool,
    ) -> Instruction {
        let (asset, account) = (asset.address, trader.margin_account);
        instructions::settle_position(&self.keys, with_pool, asset, account)
    }

    /// Announces the end of an asset's market, proposed a timelock ago.
    pub fn wind_down(&mut self, asset: &AssetHandle) -> Meta {
        let asset_index = asset.index;
        self.change(Change::WindDown { asset_index })
            .expect("announced")
    }

    /// Goes to the last day of a wind-down, records every quarter of an hour what `price` says, in dollars by the
    /// number of the quarter, and ends the market. Every other price stays as it is.
    pub fn settle_at(&mut self, asset: &AssetHandle, price: impl Fn(i64) -> f64) -> Meta {
        let from = self.asset(asset.index).settle_from_ts - AVERAGE_SECS;
        self.warp_fresh((from - self.now()).max(0));
        let mut quarter = 0;
        loop {
            self.set_price_usd(asset, price(quarter));
            let meta = self.record_settlement_price(asset).expect("recorded");
            if self.asset(asset.index).status() == AssetStatus::Settled {
                return meta;
            }
            self.warp_fresh(WEIGHT_MAX_SECS);
            quarter += 1;
        }
    }

    /// Proposes to settle an asset whose feed has died, waits and carries it out.
    pub fn settle_dead_feed(&mut self, asset: &AssetHandle) -> Sent {
        let change = Change::SettleDeadFeed {
            asset_index: asset.index,
        };
        if self.pending(&change).is_none() {
            self.propose(change.clone())?;
        }
        self.warp(crate::governance::TIMELOCK_SECS);
        self.execute(&change)
    }
}
