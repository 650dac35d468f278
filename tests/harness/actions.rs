//! One method per instruction, with the accounts that belong; `*_instruction` gives the instruction
//! unsent, for tests that bend it.
use crate::{AssetHandle, Failure, FeedKind, Meta, Quote, Trader, World, world::Actor};
use anchor_lang::{AnchorDeserialize, prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::error::FreeboardError;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::Closing;
use freeboard::instructions::MarginReport;
use freeboard::instructions::OpenMarginAccountArgs;
use freeboard::instructions::PauseArgs;
use freeboard::instructions::PreviewLiquidationArgs;
use freeboard::instructions::TradeArgs;
use freeboard_client::{
    instructions::{self, TokenKeys},
    slots,
};
use freeboard_risk::price::feed::STILL_SAMPLES;
use solana_keypair::Keypair;
use solana_signer::Signer;

type Sent = Result<Meta, Failure>;

/// Every operation that can be paused.
pub const OPERATIONS: [Operation; 10] = Operation::ALL;

/// The limit price at which any fill of this sign is acceptable.
pub fn any_price(size_atoms: i64) -> u128 {
    if size_atoms > 0 { u128::MAX } else { 0 }
}

impl World {
    /// Somebody with a margin account holding this much quote.
    pub fn new_trader(&mut self, quote_atoms: u64) -> Trader {
        let owner = self.actor();
        self.new_sub_account(&owner, 0, quote_atoms)
    }

    /// A new owner with a margin account that holds collateral and owes quote.
    pub fn new_borrower(
        &mut self,
        collateral: &AssetHandle,
        collateral_atoms: u64,
        owed_atoms: u64,
    ) -> Trader {
        let trader = self.new_trader(0);
        self.deposit_collateral(&trader, collateral, collateral_atoms)
            .expect("deposited");
        self.withdraw_quote(&trader, owed_atoms).expect("a loan");
        trader
    }

    /// Another margin account of an owner.
    pub fn new_sub_account(&mut self, owner: &Actor, number: u16, quote_atoms: u64) -> Trader {
        let opened = self.open_margin_account(owner, number, Pubkey::default());
        let trader = opened.expect("opened").0;
        if quote_atoms > 0 {
            self.deposit_quote(&trader, quote_atoms).expect("deposited");
        }
        trader
    }

    /// open_margin_account.
    pub fn open_margin_account(
        &mut self,
        owner: &Actor,
        sub_account: u16,
        delegate: Pubkey,
    ) -> Result<(Trader, Meta), Failure> {
        let args = OpenMarginAccountArgs {
            sub_account,
            delegate,
        };
        let (payer, key) = (self.payer.pubkey(), owner.pubkey());
        let instruction = instructions::open_margin_account(payer, key, self.exchange, args);
        let meta = self.send(&[instruction], &[owner])?;
        let margin_account = self.margin_address(&key, sub_account);
        self.margin_accounts.push(margin_account);
        Ok((
            Trader {
                keypair: owner.clone(),
                margin_account,
                sub_account,
            },
            meta,
        ))
    }

    /// close_margin_account.
    pub fn close_margin_account(&mut self, trader: &Trader) -> Sent {
        let instruction = instructions::close_margin_account(trader.owner(), trader.margin_account);
        let meta = self.send(&[instruction], &[&trader.keypair])?;
        self.margin_accounts
            .retain(|account| *account != trader.margin_account);
        Ok(meta)
    }

    /// set_delegate.
    pub fn set_delegate(&mut self, trader: &Trader, delegate: Pubkey) -> Sent {
        let instruction =
            instructions::set_delegate(trader.owner(), trader.margin_account, delegate);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// The quote token.
    pub fn quote_token(&self) -> TokenKeys {
        TokenKeys::quote(&self.keys)
    }

    /// Mints quote tokens to the owner and deposits them.
    pub fn deposit_quote(&mut self, trader: &Trader, amount_atoms: u64) -> Sent {
        self.mint_and_deposit(trader, self.quote_token(), amount_atoms)
    }

    /// Mints an asset's token to the owner and deposits it.
    pub fn deposit_collateral(
        &mut self,
        trader: &Trader,
        asset: &AssetHandle,
        amount_atoms: u64,
    ) -> Sent {
        self.mint_and_deposit(trader, asset.token(), amount_atoms)
    }

    fn mint_and_deposit(&mut self, trader: &Trader, token: TokenKeys, amount_atoms: u64) -> Sent {
        self.mint_to(&trader.owner(), &token.mint, amount_atoms);
        let instruction = self.deposit_instruction(trader, &token, amount_atoms);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// deposit by the owner, from the owner's associated token account.
    pub fn deposit_instruction(
        &mut self,
        trader: &Trader,
        token: &TokenKeys,
        amount_atoms: u64,
    ) -> Instruction {
        let source = self.token_account(&trader.owner(), &token.mint);
        let (authority, account) = (trader.owner(), trader.margin_account);
        instructions::deposit(&self.keys, token, authority, account, source, amount_atoms)
    }

    /// Withdraws quote to the owner: by borrow where the balance does not hold it.
    pub fn withdraw_quote(&mut self, trader: &Trader, amount_atoms: u64) -> Sent {
        if i128::from(self.quote_of(trader)) < i128::from(amount_atoms) {
            return self.borrow(trader, amount_atoms);
        }
        let instruction = self.withdraw_instruction(trader, &self.quote_token(), amount_atoms);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// Withdraws an asset's token to the owner.
    pub fn withdraw_collateral(
        &mut self,
        trader: &Trader,
        asset: &AssetHandle,
        amount_atoms: u64,
    ) -> Sent {
        let instruction = self.withdraw_instruction(trader, &asset.token(), amount_atoms);
        self.send(&[instruction], &[&trader.keypair])
    }

    /// withdraw to the owner's associated token account.
    pub fn withdraw_instruction(
        &mut self,
        trader: &Trader,
        token: &TokenKeys,
        amount_atoms: u64,
    ) -> Instruction {
        let destination = self.token_account(&trader.owner(), &token.mint);
        let account = self.margin_account(&trader.margin_account);
        let quote = if token.asset.is_none() {
            i128::from(account.quote_atoms) - i128::from(amount_atoms)
        } else {
            account.quote_atoms.into()
        };
        let prices_needed = account.has_positions() || quote < 0;
        let order = if prices_needed {
            slots::order(&account)
        } else {
            Vec::new()
        };
        instructions::withdraw(
            &self.keys,
            token,
            trader.owner(),
            trader.margin_account,
            destination,
            amount_atoms,
            self.metas(&order, &[]),
        )
    }

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

    /// Sends without the pool, and with it if the program asks for it: as a client would who does not want to
    /// lock the pool.
    pub(crate) fn send_with_pool_if_asked(
        &mut self,
        instruction: impl Fn(&Self, bool) -> Instruction,
        signers: &[&Keypair],
    ) -> Sent {
        let without = instruction(self, false);
        match self.send(&[without], signers) {
            Err(failure) if failure.is(FreeboardError::PoolAccountMissing) => {
                let with = instruction(self, true);
                self.send(&[with], signers)
            }
            sent => sent,
        }
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

    /// sample_volatility. A feed that lives moves: where tests let a price stand for as many samples as the program
    /// takes for a feed that is carried forward, the EMA moves by its last digit.
    pub fn sample(&mut self, asset: &AssetHandle) -> Sent {
        let published = self.account(&asset.feed) == self.feed_account(asset, &self.quote(asset));
        if published && self.asset(asset.index).still_samples + 1 >= STILL_SAMPLES {
            let quote = self.quote(asset);
            let moved = Quote {
                ema: quote.ema + 1,
                ..quote
            };
            self.set_price(asset, moved);
        }
        let instruction = instructions::sample_volatility(self.exchange, asset.address, asset.feed);
        self.send(&[instruction], &[])
    }

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

    /// The margin report, by the program.
    pub fn view(&mut self, trader: &Trader) -> Result<MarginReport, Failure> {
        let instruction = self.view_instruction(trader);
        let meta = self.simulate(&[instruction], &[])?;
        // The runtime cuts trailing zeros off return data.
        let mut data = meta.return_data;
        data.resize(1_024.max(data.len()), 0);
        Ok(MarginReport::deserialize(&mut data.as_slice()).expect("a margin report"))
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

    /// Mints quote tokens to governance and pays them into the pool.
    pub fn fund_pool(&mut self, amount_atoms: u64) -> Sent {
        let governance = self.governance.clone();
        let source = self.mint_to(&governance.pubkey(), &self.quote_mint.clone(), amount_atoms);
        let instruction =
            instructions::fund_pool(&self.keys, governance.pubkey(), source, amount_atoms);
        self.send(&[instruction], &[&governance])
    }

    /// rebalance_pool of one asset.
    pub fn sweep(&mut self, asset: &AssetHandle) -> Sent {
        let instruction = instructions::sweep_pool(&self.keys, &[asset.address]);
        self.send(&[instruction], &[])
    }

    /// pause, by the guardian.
    pub fn pause(&mut self, operation: Operation, duration_secs: u32) -> Sent {
        let guardian = self.guardian.clone();
        let args = self.pause_args(operation, duration_secs);
        let instruction = instructions::pause(self.exchange, guardian.pubkey(), args);
        self.send(&[instruction], &[&guardian])
    }

    /// Ends the operation's pause, by the guardian.
    pub fn unpause(&mut self, operation: Operation) -> Sent {
        self.pause(operation, 0)
    }

    /// What pauses the operation as things stand; for 0 s, ends its pause.
    pub fn pause_args(&self, operation: Operation, duration_secs: u32) -> PauseArgs {
        PauseArgs {
            operation,
            duration_secs,
            next_pause_ts: self.exchange().pauses[operation as usize].next_pause_ts,
        }
    }

    /// What ends the operation's pause as things stand.
    pub fn unpause_args(&self, operation: Operation) -> PauseArgs {
        self.pause_args(operation, 0)
    }
}
