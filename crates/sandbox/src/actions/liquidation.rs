//! Flags and liquidations, of one account and of several, and the prices that are shown for them.
use super::Sent;
use crate::{AssetHandle, FeedKind, Meta, Trader, World, usd};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::instructions::Closing;
use freeboard::instructions::LiquidateArgs;
use freeboard_client::{instructions, slots};

impl World {
    /// show_price.
    pub fn show_price(&mut self, asset: &AssetHandle) -> Sent {
        self.send(&[instructions::show_price(asset.address, asset.feed)], &[])
    }

    /// announce_absence, with an account in the place of the feed that does not exist, unless it is a legacy one.
    pub fn announce_absence(&mut self, asset: &AssetHandle) -> Sent {
        let feed = match asset.feed_kind {
            FeedKind::Legacy => asset.feed,
            FeedKind::Receiver | FeedKind::ReceiverPro => Pubkey::new_unique(),
        };
        self.send(&[instructions::announce_absence(asset.address, feed)], &[])
    }

    /// flag.
    pub fn flag(&mut self, trader: &Trader) -> Sent {
        let instruction = self.flag_instruction(trader);
        self.send(&[instruction], &[])
    }

    /// flag, unsent.
    pub fn flag_instruction(&self, trader: &Trader) -> Instruction {
        let metas = self.flag_metas(&[trader], &[]);
        instructions::flag(&self.keys, trader.margin_account, metas)
    }

    /// flag_several, with these assets besides those held.
    pub fn flag_several_instruction(&self, traders: &[&Trader], more: &[u16]) -> Instruction {
        let keys: Vec<Pubkey> = traders.iter().map(|one| one.margin_account).collect();
        instructions::flag_several(&self.keys, &keys, self.flag_metas(traders, more))
    }

    /// What it takes to flag them, with these assets besides.
    pub fn flag_metas(&self, traders: &[&Trader], more: &[u16]) -> Vec<AccountMeta> {
        let accounts: Vec<_> = traders.iter().map(|one| self.state_of(one)).collect();
        self.metas(&slots::order_of_flag(&accounts, more), &[])
    }

    /// liquidate as much as the rules allow.
    pub fn liquidate(
        &mut self,
        liquidator: &Trader,
        liquidatee: &Trader,
        asset: &AssetHandle,
        closing: Closing,
    ) -> Sent {
        let args = LiquidateArgs {
            asset_index: asset.index,
            max_size_atoms: u64::MAX,
            closing,
        };
        self.liquidate_with(liquidator, liquidatee, args)
    }

    /// A new keeper flags an account that is far below its margin, and the pool takes its position in an asset.
    pub fn close_severe(&mut self, liquidatee: &Trader, asset: &AssetHandle) -> Meta {
        let keeper = self.new_trader(usd(1_000));
        self.flag(liquidatee).expect("below its margin");
        self.liquidate(&keeper, liquidatee, asset, Closing::PositionByPool)
            .expect("deep")
    }

    /// liquidate.
    pub fn liquidate_with(
        &mut self,
        liquidator: &Trader,
        liquidatee: &Trader,
        args: LiquidateArgs,
    ) -> Sent {
        let instruction = self.liquidate_instruction(liquidator, liquidatee, args);
        self.send(&[instruction], &[&liquidator.keypair])
    }

    /// liquidate, unsent.
    pub fn liquidate_instruction(
        &self,
        liquidator: &Trader,
        liquidatee: &Trader,
        args: LiquidateArgs,
    ) -> Instruction {
        self.liquidate_instruction_with(liquidator, liquidatee, args, &[])
    }

    /// liquidate_several, with these assets besides those held.
    pub fn liquidate_several_instruction(
        &self,
        liquidator: &Trader,
        liquidatees: &[&Trader],
        args: LiquidateArgs,
        more: &[u16],
    ) -> Instruction {
        let accounts: Vec<_> = liquidatees.iter().map(|one| self.state_of(one)).collect();
        let keys: Vec<Pubkey> = liquidatees.iter().map(|one| one.margin_account).collect();
        let own = self.margin_account(&liquidator.margin_account);
        let (closed, closing) = (args.asset_index, args.closing);
        let order = slots::order_of_liquidation(&accounts, &own, closed, closing, more);
        instructions::liquidate_several(
            &self.keys,
            true,
            liquidator.owner(),
            &keys,
            liquidator.margin_account,
            args,
            self.metas(&order, &[closed]),
        )
    }

    /// liquidate, unsent, with these assets besides those held.
    pub fn liquidate_instruction_with(
        &self,
        liquidator: &Trader,
        liquidatee: &Trader,
        args: LiquidateArgs,
        more: &[u16],
    ) -> Instruction {
        let account = self.margin_account(&liquidatee.margin_account);
        let own = self.margin_account(&liquidator.margin_account);
        let (closed, closing) = (args.asset_index, args.closing);
        let order = slots::order_of_liquidation([&account], &own, closed, closing, more);
        let written = slots::written_by_liquidation(&account, closed, closing);
        instructions::liquidate(
            &self.keys,
            true,
            liquidator.owner(),
            liquidatee.margin_account,
            liquidator.margin_account,
            args,
            self.metas(&order, &written),
        )
    }
}
