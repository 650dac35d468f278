//! Instructions on an exchange whose accounts are known: which assets each needs, in which order, and which it writes.
//!
//! Where a function returns none, an account holds an asset that [`ExchangeState`] does not have: it is older than the
//! account; fetch it again.
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::instructions::{
    DeleverageArgs, LiquidateArgs, PreviewLiquidationArgs, TradeArgs, WithdrawProRataArgs,
};
use freeboard::state::{Asset, Collateral, LiquidityRequest, MarginAccount};
use freeboard_risk::market::collateral::CollateralBalance;

use crate::dump::Located;
use crate::exchange::state::{AssetState, ExchangeState};
use crate::instructions::{self, TokenKeys};
use crate::slots;

/// A collateral balance after a deposit of so many base atoms, by the asset's cap alone; none beyond 64 bits.
pub fn deposited(
    asset: &Asset,
    account: &MarginAccount,
    amount_atoms: u64,
) -> Option<CollateralBalance> {
    let held = account.find_collateral(asset.index);
    let held = held.map(Collateral::balance).unwrap_or_default();
    held.deposit(amount_atoms, asset.deposit_room_atoms()).ok()
}

impl ExchangeState {
    /// Trades. `with_pool`: after a refusal with `PoolAccountMissing`.
    pub fn trade(
        &self,
        authority: Pubkey,
        account: &Located<MarginAccount>,
        args: TradeArgs,
        with_pool: bool,
    ) -> Option<Instruction> {
        let order = slots::order_of_trade(&account.state, args.asset_index);
        let metas = self.metas(&order, &[args.asset_index])?;
        let address = account.address;
        Some(instructions::trade(
            &self.keys, with_pool, authority, address, args, metas,
        ))
    }

    /// Fills the order of this number; none also where the account has no such order. `with_pool`: as for a trade. The
    /// reward stays with the protocol.
    pub fn fill_order(
        &self,
        account: &Located<MarginAccount>,
        order_id: u64,
        with_pool: bool,
    ) -> Option<Instruction> {
        self.fill_order_for(account, order_id, with_pool, None)
    }

    /// The same; `reward_account`, if there is one, is another margin account, which is paid for it.
    pub fn fill_order_for(
        &self,
        account: &Located<MarginAccount>,
        order_id: u64,
        with_pool: bool,
        reward_account: Option<Pubkey>,
    ) -> Option<Instruction> {
        let mut orders = account.state.orders.iter();
        let traded = orders.find(|order| order.id == order_id)?.asset_index;
        let order = slots::order_of_trade(&account.state, traded);
        let metas = self.metas(&order, &[traded])?;
        let address = account.address;
        Some(instructions::fill_order(
            &self.keys,
            with_pool,
            address,
            order_id,
            reward_account,
            metas,
        ))
    }

    /// Deposits so many atoms of a token out of a token account. With collateral the account's assets and feeds go along
    /// where it needs a margin: below its initial margin some of it is relief beyond the cap. Also where the cap has room now: somebody
    /// may fill it just before.
    pub fn deposit(
        &self,
        authority: Pubkey,
        account: &Located<MarginAccount>,
        token: &TokenKeys,
        source: Pubkey,
        amount_atoms: u64,
    ) -> Option<Instruction> {
        let (keys, address) = (&self.keys, account.address);
        let mut deposit =
            instructions::deposit(keys, token, authority, address, source, amount_atoms);
        let is_its = |one: &&AssetState| Some(one.keys.asset) == token.asset;
        let asset = self.assets.iter().find(is_its).map(|one| &one.asset);
        if let Some(asset) = asset
            && account.state.needs_margin()
        {
            let order = slots::order_of_deposit(&account.state, asset.index);
            deposit.accounts.extend(self.metas(&order, &[])?);
        }
        Some(deposit)
    }

    /// Withdraws so many atoms of a token into a token account; prices are read where the account needs a margin for
    /// what it keeps.
    pub fn withdraw(
        &self,
        account: &Located<MarginAccount>,
        token: &TokenKeys,
        destination: Pubkey,
        amount_atoms: u64,
    ) -> Option<Instruction> {
        let state = &account.state;
        let in_debt = state.quote_atoms < 0;
        let order = if state.has_positions() || in_debt {
            slots::order(state)
        } else {
            Vec::new()
        };
        let metas = self.metas(&order, &[])?;
        let owner = state.owner;
        Some(instructions::withdraw(
            &self.keys,
            token,
            owner,
            account.address,
            destination,
            amount_atoms,
            metas,
        ))
    }

    /// Borrows so many quote atoms into a token account.
    pub fn borrow(
        &self,
        account: &Located<MarginAccount>,
        destination: Pubkey,
        amount_atoms: u64,
    ) -> Instruction {
        let (owner, metas) = (account.state.owner, self.all_metas());
        let address = account.address;
        instructions::borrow(&self.keys, owner, address, destination, amount_atoms, metas)
    }

    /// Withdraws at the share that the vault can pay to all.
    pub fn withdraw_pro_rata(
        &self,
        account: &Located<MarginAccount>,
        destination: Pubkey,
        args: WithdrawProRataArgs,
    ) -> Instruction {
        let (owner, metas) = (account.state.owner, self.all_metas());
        let address = account.address;
        instructions::withdraw_pro_rata(&self.keys, owner, address, destination, args, metas)
    }

    /// Flags an account, renews its flag or clears it.
    pub fn flag(&self, account: &Located<MarginAccount>) -> Option<Instruction> {
        let order = slots::order_of_flag([&account.state], &[]);
        let metas = self.metas(&order, &[])?;
        Some(instructions::flag(&self.keys, account.address, metas))
    }

    /// The same for several accounts, at most 64.
    pub fn flag_several(&self, accounts: &[&Located<MarginAccount>]) -> Option<Instruction> {
        let states = accounts.iter().map(|account| &account.state);
        let metas = self.metas(&slots::order_of_flag(states, &[]), &[])?;
        let addresses: Vec<Pubkey> = accounts.iter().map(|account| account.address).collect();
        Some(instructions::flag_several(&self.keys, &addresses, metas))
    }

    /// Liquidates. `own`: the margin account of the liquidator.
    pub fn liquidate(
        &self,
        liquidator: Pubkey,
        own: &Located<MarginAccount>,
        account: &Located<MarginAccount>,
        args: LiquidateArgs,
        with_pool: bool,
    ) -> Option<Instruction> {
        let (closed, closing) = (args.asset_index, args.closing);
        let (state, mine) = (&account.state, &own.state);
        let order = slots::order_of_liquidation([state], mine, closed, closing, &[]);
        let written = slots::written_by_liquidation(state, closed, closing);
        let metas = self.metas(&order, &written)?;
        Some(instructions::liquidate(
            &self.keys,
            with_pool,
            liquidator,
            account.address,
            own.address,
            args,
            metas,
        ))
    }

    /// Closes the same part of several accounts, at most 64.
    pub fn liquidate_several(
        &self,
        liquidator: Pubkey,
        own: &Located<MarginAccount>,
        accounts: &[&Located<MarginAccount>],
        args: LiquidateArgs,
        with_pool: bool,
    ) -> Option<Instruction> {
        let (closed, closing) = (args.asset_index, args.closing);
        let states = accounts.iter().map(|account| &account.state);
        let order = slots::order_of_liquidation(states, &own.state, closed, closing, &[]);
        let metas = self.metas(&order, &[closed])?;
        let addresses: Vec<Pubkey> = accounts.iter().map(|account| account.address).collect();
        Some(instructions::liquidate_several(
            &self.keys,
            with_pool,
            liquidator,
            &addresses,
            own.address,
            args,
            metas,
        ))
    }

    /// Asks for the margin report.
    pub fn view_margin(&self, account: &Located<MarginAccount>) -> Option<Instruction> {
        let metas = self.metas(&slots::order(&account.state), &[])?;
        Some(instructions::view_margin(
            self.address,
            account.address,
            metas,
        ))
    }

    /// Asks what a trade would do.
    pub fn preview_trade(
        &self,
        account: &Located<MarginAccount>,
        args: TradeArgs,
    ) -> Option<Instruction> {
        let order = slots::order_of_trade(&account.state, args.asset_index);
        let (address, metas) = (account.address, self.metas(&order, &[])?);
        Some(instructions::preview_trade(
            self.address,
            address,
            args,
            metas,
        ))
    }

    /// Asks what a liquidation would do.
    pub fn preview_liquidation(
        &self,
        account: &Located<MarginAccount>,
        args: PreviewLiquidationArgs,
    ) -> Option<Instruction> {
        let (order, address) = (slots::order(&account.state), account.address);
        let metas = self.metas(&order, &[])?;
        Some(instructions::preview_liquidation(
            self.address,
            address,
            args,
            metas,
        ))
    }

    /// Takes a volatility sample of an asset. The reward stays with the protocol.
    pub fn sample_volatility(&self, asset_index: u16) -> Option<Instruction> {
        self.sample_volatility_for(asset_index, None)
    }

    /// The same; `reward_account`, if there is one, is a margin account, which is paid for it.
    pub fn sample_volatility_for(
        &self,
        asset_index: u16,
        reward_account: Option<Pubkey>,
    ) -> Option<Instruction> {
        let keys = self.asset(asset_index)?.keys;
        Some(instructions::sample_volatility(
            self.address,
            keys.asset,
            keys.feed,
            reward_account,
        ))
    }

    /// Sweeps single assets: their ledgers and allocations alone.
    pub fn sweep_pool(&self, asset_indices: &[u16]) -> Option<Instruction> {
        let keys = asset_indices
            .iter()
            .map(|index| Some(self.asset(*index)?.keys.asset));
        let addresses: Vec<Pubkey> = keys.collect::<Option<_>>()?;
        Some(instructions::sweep_pool(&self.keys, &addresses))
    }

    /// Moves all ledgers into the pool and renews allocations, deficit and borrow rate.
    pub fn rebalance_pool(&self) -> Instruction {
        instructions::rebalance_pool(&self.keys, self.all_metas())
    }

    /// Executes a request of an LP.
    pub fn execute_liquidity(&self, authority: Pubkey, request: &LiquidityRequest) -> Instruction {
        instructions::execute_liquidity(&self.keys, authority, request, self.all_metas())
    }

    /// Realises a position's loss while the pool lacks free cash.
    pub fn settle_loss(&self, account: Pubkey, asset_index: u16) -> Instruction {
        instructions::settle_loss(&self.keys, account, asset_index, self.all_metas())
    }

    /// Pays the loan of an account that has nothing else.
    pub fn resolve_bankruptcy(&self, account: Pubkey) -> Instruction {
        instructions::resolve_bankruptcy(&self.keys, account, self.all_metas())
    }

    /// Closes a winning position while there is a deficit.
    pub fn deleverage(&self, account: Pubkey, args: DeleverageArgs) -> Instruction {
        instructions::deleverage(&self.keys, account, args, self.all_metas())
    }
}
