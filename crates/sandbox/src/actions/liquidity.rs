//! Shares of the pool, and its own cash.
use super::Sent;
use crate::{AssetHandle, World, world::Actor};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use freeboard::instructions::RequestLiquidityArgs;
use freeboard::state::{Ledger, LiquidityKind, LiquidityRequest, Pool};
use freeboard_client::{AssetKeys, address, instructions, slots};
use solana_signer::Signer;

/// A request to deposit that takes any number of shares and names no executor.
pub fn deposit_of(number: u16, amount_atoms: u64) -> RequestLiquidityArgs {
    RequestLiquidityArgs {
        number,
        kind: LiquidityKind::Deposit,
        amount_atoms,
        min_out_atoms: 0,
        executor: None,
    }
}

/// A request to redeem that takes any amount of quote and names no executor.
pub fn redemption_of(number: u16, shares: u64) -> RequestLiquidityArgs {
    RequestLiquidityArgs {
        kind: LiquidityKind::Redeem,
        ..deposit_of(number, shares)
    }
}

impl World {
    /// Every asset and its feed, for an instruction on the whole pool.
    pub fn all_metas(&self) -> Vec<AccountMeta> {
        let keys: Vec<AssetKeys> = self.assets.iter().map(|asset| asset.keys).collect();
        slots::all_metas(&keys)
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

    /// rebalance_pool.
    pub fn rebalance(&mut self) -> Sent {
        let instruction = instructions::rebalance_pool(&self.keys, self.all_metas());
        self.send(&[instruction], &[])
    }

    /// Takes cash out of pool and vault, as no instruction can: what a rich pool carried stays open against a poor one.
    pub fn drain_pool(&mut self, atoms: u64) {
        let left = self.pool().ledger.pool_atoms - i64::try_from(atoms).expect("atoms");
        let ledger = 8 + std::mem::offset_of!(Pool, ledger);
        let cash = ledger + std::mem::offset_of!(Ledger, pool_atoms);
        self.edit(self.pool, cash, &left.to_le_bytes());
        // The amount of a token account stands after its mint and owner.
        let vault = self.account(&self.quote_vault).data;
        let held = u64::from_le_bytes(vault[64..72].try_into().expect("eight bytes"));
        self.edit(self.quote_vault, 64, &(held - atoms).to_le_bytes());
        self.refresh_prices();
        self.rebalance().expect("collected");
    }

    /// The mint of the pool's shares.
    pub fn share_mint(&self) -> Pubkey {
        address::share_mint(&self.exchange)
    }

    /// Shares of somebody.
    pub fn shares_of(&mut self, lp: &Actor) -> u64 {
        let mint = self.share_mint();
        let account = self.token_account(&lp.pubkey(), &mint);
        self.token_balance(&account)
    }

    /// Mints quote to an LP and asks to deposit it.
    pub fn request_deposit(&mut self, lp: &Actor, number: u16, amount_atoms: u64) -> Sent {
        let mint = self.quote_mint;
        self.mint_to(&lp.pubkey(), &mint, amount_atoms);
        self.request_liquidity(lp, deposit_of(number, amount_atoms))
    }

    /// Asks to redeem shares.
    pub fn request_redeem(&mut self, lp: &Actor, number: u16, shares: u64) -> Sent {
        self.request_liquidity(lp, redemption_of(number, shares))
    }

    /// request_liquidity.
    pub fn request_liquidity(&mut self, lp: &Actor, args: RequestLiquidityArgs) -> Sent {
        let instruction = self.request_liquidity_instruction(lp, args);
        self.send(&[instruction], &[lp])
    }

    /// request_liquidity, unsent.
    pub fn request_liquidity_instruction(
        &mut self,
        lp: &Actor,
        args: RequestLiquidityArgs,
    ) -> Instruction {
        let (given, taken) = match args.kind {
            LiquidityKind::Deposit => (self.quote_mint, self.share_mint()),
            LiquidityKind::Redeem => (self.share_mint(), self.quote_mint),
        };
        let [source, destination] =
            [given, taken].map(|mint| self.token_account(&lp.pubkey(), &mint));
        instructions::request_liquidity(&self.keys, lp.pubkey(), source, destination, args)
    }

    /// A decoded LP request.
    pub fn liquidity_request(&self, lp: &Actor, number: u16) -> LiquidityRequest {
        let address = address::liquidity_request(&self.exchange, &lp.pubkey(), number);
        self.decode(&address)
    }

    /// execute_liquidity, by the LP itself.
    pub fn execute_liquidity(&mut self, lp: &Actor, number: u16) -> Sent {
        self.execute_liquidity_as(lp, lp, number)
    }

    /// execute_liquidity, signed by `authority`.
    pub fn execute_liquidity_as(&mut self, authority: &Actor, lp: &Actor, number: u16) -> Sent {
        let instruction = self.execute_liquidity_instruction(authority, lp, number);
        self.send(&[instruction], &[authority])
    }

    /// execute_liquidity, unsent.
    pub fn execute_liquidity_instruction(
        &self,
        authority: &Actor,
        lp: &Actor,
        number: u16,
    ) -> Instruction {
        let request = self.liquidity_request(lp, number);
        let metas = self.all_metas();
        instructions::execute_liquidity(&self.keys, authority.pubkey(), &request, metas)
    }

    /// cancel_liquidity, signed by `authority`.
    pub fn cancel_liquidity(&mut self, authority: &Actor, lp: &Actor, number: u16) -> Sent {
        let instruction = self.cancel_liquidity_instruction(authority, lp, number);
        self.send(&[instruction], &[authority])
    }

    /// cancel_liquidity, unsent: to the LP's associated token account.
    pub fn cancel_liquidity_instruction(
        &mut self,
        authority: &Actor,
        lp: &Actor,
        number: u16,
    ) -> Instruction {
        let request = self.liquidity_request(lp, number);
        let mint = if request.held().are_shares {
            self.share_mint()
        } else {
            self.quote_mint
        };
        let destination = self.token_account(&lp.pubkey(), &mint);
        instructions::cancel_liquidity(&self.keys, authority.pubkey(), &request, destination)
    }
}
