//! The end of a market.
use super::Sent;
use crate::{AssetHandle, Meta, Trader, World};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::state::{AssetStatus, Change};
use freeboard_client::instructions;
use freeboard_risk::market::settlement::{AVERAGE_SECS, WEIGHT_MAX_SECS};

impl World {
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
