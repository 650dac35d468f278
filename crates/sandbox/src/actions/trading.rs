//! Positions, orders, samples of volatility.
use super::Sent;
use crate::{AssetHandle, Failure, Quote, Trader, World};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::instructions::RequestOrderArgs;
use freeboard::instructions::TradeArgs;
use freeboard_client::{instructions, slots};
use freeboard_risk::price::feed::STILL_SAMPLES;

/// The limit price at which any fill of this sign is acceptable.
pub fn any_price(size_atoms: i64) -> u128 {
    if size_atoms > 0 { u128::MAX } else { 0 }
}

impl World {
    /// Trades at any price.
    pub fn trade(&mut self, trader: &Trader, asset: &AssetHandle, size_atoms: i64) -> Sent {
        self.trade_with(trader, self.trade_args(asset, size_atoms))
    }

    /// Trades, with the pool where it is asked for.
    pub fn trade_with(&mut self, trader: &Trader, args: TradeArgs) -> Sent {
        let instruction =
            |world: &Self, with_pool| world.trade_instruction_of(trader, args, with_pool);
        self.send_with_pool_if_asked(instruction, &[&trader.keypair])
    }

    /// A trade at any price.
    pub fn trade_args(&self, asset: &AssetHandle, size_atoms: i64) -> TradeArgs {
        TradeArgs {
            asset_index: asset.index,
            size_atoms,
            limit_price_e12: any_price(size_atoms),
            reduce_only: false,
        }
    }

    /// trade by the owner, without the pool.
    pub fn trade_instruction(&self, trader: &Trader, args: TradeArgs) -> Instruction {
        self.trade_instruction_of(trader, args, false)
    }

    fn trade_instruction_of(
        &self,
        trader: &Trader,
        args: TradeArgs,
        with_pool: bool,
    ) -> Instruction {
        let account = self.margin_account(&trader.margin_account);
        let order = slots::order_of_trade(&account, args.asset_index);
        let metas = self.metas(&order, &[args.asset_index]);
        let (owner, address) = (trader.owner(), trader.margin_account);
        instructions::trade(&self.keys, with_pool, owner, address, args, metas)
    }

    /// An order at any price that lives as long as it may.
    pub fn order_args(&self, asset: &AssetHandle, size_atoms: i64) -> RequestOrderArgs {
        RequestOrderArgs {
            asset_index: asset.index,
            size_atoms,
            limit_price_e12: any_price(size_atoms),
            reduce_only: false,
            life_secs: self.exchange().pool.order_expiry_secs,
        }
    }

    /// request_order; returns the number of the order.
    pub fn request_order(
        &mut self,
        trader: &Trader,
        args: RequestOrderArgs,
    ) -> Result<u64, Failure> {
        let (owner, account) = (trader.owner(), trader.margin_account);
        let instruction = instructions::request_order(self.exchange, owner, account, args);
        self.send(&[instruction], &[&trader.keypair])?;
        Ok(self.state_of(trader).order_sequence)
    }

    /// cancel_order.
    pub fn cancel_order(&mut self, trader: &Trader, order_id: u64) -> Sent {
        let (owner, account) = (trader.owner(), trader.margin_account);
        let instruction = instructions::cancel_order(owner, account, order_id);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// fill_order, by somebody who owns nothing; with the pool where it is asked for.
    pub fn fill_order(&mut self, trader: &Trader, order_id: u64) -> Sent {
        let instruction =
            |world: &Self, with_pool| world.fill_order_instruction(trader, order_id, with_pool);
        self.send_with_pool_if_asked(instruction, &[])
    }

    /// fill_order, paid to this account.
    pub fn fill_order_for(&mut self, trader: &Trader, order_id: u64, paid: &Trader) -> Sent {
        let instruction = |world: &Self, with_pool| {
            world.paid_fill_instruction(trader, order_id, with_pool, Some(paid))
        };
        self.send_with_pool_if_asked(instruction, &[])
    }

    /// fill_order, unsent.
    pub fn fill_order_instruction(
        &self,
        trader: &Trader,
        order_id: u64,
        with_pool: bool,
    ) -> Instruction {
        self.paid_fill_instruction(trader, order_id, with_pool, None)
    }

    /// The same, paid to an account if there is one.
    pub fn paid_fill_instruction(
        &self,
        trader: &Trader,
        order_id: u64,
        with_pool: bool,
        paid: Option<&Trader>,
    ) -> Instruction {
        let account = self.margin_account(&trader.margin_account);
        let order = account.orders.iter().find(|order| order.id == order_id);
        let asset_index = order.map_or(0, |order| order.asset_index);
        let metas = self.metas(
            &slots::order_of_trade(&account, asset_index),
            &[asset_index],
        );
        let account = trader.margin_account;
        let paid = paid.map(|trader| trader.margin_account);
        instructions::fill_order(&self.keys, with_pool, account, order_id, paid, metas)
    }

    /// sample_volatility. A feed that lives moves: where tests let a price stand for as many samples as the program
    /// takes for a feed that is carried forward, the EMA moves by its last digit.
    pub fn sample(&mut self, asset: &AssetHandle) -> Sent {
        self.sample_paid(asset, None)
    }

    /// The same, paid to this account.
    pub fn sample_for(&mut self, asset: &AssetHandle, paid: &Trader) -> Sent {
        self.sample_paid(asset, Some(paid.margin_account))
    }

    fn sample_paid(&mut self, asset: &AssetHandle, paid: Option<Pubkey>) -> Sent {
        let published = self.account(&asset.feed) == self.feed_account(asset, &self.quote(asset));
        if published && self.asset(asset.index).still_samples + 1 >= STILL_SAMPLES {
            let quote = self.quote(asset);
            let moved = Quote {
                ema: quote.ema + 1,
                ..quote
            };
            self.set_price(asset, moved);
        }
        let (exchange, address) = (self.exchange, asset.address);
        let instruction = instructions::sample_volatility(exchange, address, asset.feed, paid);
        self.send(&[instruction], &[])
    }

    /// show_implied_volatility, of the update that this account holds.
    pub fn show_implied(&mut self, asset: &AssetHandle, feed: Pubkey) -> Sent {
        let show = instructions::show_implied_volatility(self.exchange, asset.address, feed);
        self.send(&[show], &[])
    }
}
