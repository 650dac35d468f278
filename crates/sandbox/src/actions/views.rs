//! Reports and previews.
use crate::{AssetHandle, Failure, Trader, World};
use anchor_lang::{AnchorDeserialize, solana_program::instruction::Instruction};
use freeboard::instructions::Closing;
use freeboard::instructions::MarginReport;
use freeboard::instructions::Parameters;
use freeboard::instructions::PreviewLiquidationArgs;
use freeboard::instructions::TradeArgs;
use freeboard_client::feed::FeedAccount;
use freeboard_client::state::{AssetState, ExchangeState};
use freeboard_client::{decode, instructions, slots};

impl World {
    /// The exchange as a client would have it.
    pub fn exchange_state(&self) -> ExchangeState {
        let state = |handle: &AssetHandle| {
            let account = self.account(&handle.feed);
            AssetState {
                keys: handle.keys,
                asset: self.asset(handle.index),
                feed: Some(FeedAccount {
                    address: handle.feed,
                    owner: account.owner,
                    data: account.data,
                }),
            }
        };
        ExchangeState {
            address: self.exchange,
            keys: self.keys,
            exchange: self.exchange(),
            pool: self.pool(),
            assets: self.assets.iter().map(state).collect(),
        }
    }

    /// What an instruction answers by return data; changes nothing.
    pub fn ask<T: AnchorDeserialize>(&mut self, instruction: Instruction) -> Result<T, Failure> {
        let meta = self.simulate(&[instruction], &[])?;
        Ok(decode::returned(&meta.return_data).expect("an answer"))
    }

    /// The margin report, by the program.
    pub fn view(&mut self, trader: &Trader) -> Result<MarginReport, Failure> {
        self.ask(self.view_instruction(trader))
    }

    /// view_margin.
    pub fn view_instruction(&self, trader: &Trader) -> Instruction {
        let metas = self.account_metas(trader, &[]);
        instructions::view_margin(self.exchange, trader.margin_account, metas)
    }

    /// preview_trade.
    pub fn preview_trade_instruction(&self, trader: &Trader, args: TradeArgs) -> Instruction {
        let account = self.margin_account(&trader.margin_account);
        let order = slots::order_of_trade(&account, args.asset_index);
        let metas = self.metas(&order, &[]);
        instructions::preview_trade(self.exchange, trader.margin_account, args, metas)
    }

    /// preview_liquidation.
    pub fn preview_liquidation_instruction(
        &self,
        trader: &Trader,
        asset_index: u16,
        closing: Closing,
    ) -> Instruction {
        let args = PreviewLiquidationArgs {
            asset_index,
            closing,
        };
        let metas = self.account_metas(trader, &[]);
        instructions::preview_liquidation(self.exchange, trader.margin_account, args, metas)
    }

    /// Metas of everything an account holds, in slot order.
    pub fn account_metas(
        &self,
        trader: &Trader,
        writable: &[u16],
    ) -> Vec<anchor_lang::prelude::AccountMeta> {
        let account = self.margin_account(&trader.margin_account);
        self.metas(&slots::order(&account), writable)
    }

    /// The parameters of the exchange, or of the asset with this index, by the program.
    pub fn parameters(&mut self, asset_index: Option<u16>) -> Result<Parameters, Failure> {
        self.ask(instructions::view_parameters(self.exchange, asset_index))
    }
}
