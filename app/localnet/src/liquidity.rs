//! The LP's money: asked for, waited for while volatility warms up, in the pool.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_spl::associated_token::get_associated_token_address;
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anchor_spl::token::ID as TOKEN;
use anyhow::{Context, Result};
use freeboard_client::freeboard::instructions::RequestLiquidityArgs;
use freeboard_client::freeboard::state::LiquidityKind;
use freeboard_client::state::ExchangeState;
use freeboard_client::{ExchangeKeys, address, instructions};
use solana_signer::Signer;

use crate::setup::SetupRun;

/// What the LP deposits, quote atoms.
pub(crate) const LP_DEPOSIT_QUOTE_ATOMS: u64 = 40_000_000_000_000;
/// Number of its request.
const REQUEST: u16 = 0;

impl SetupRun<'_> {
    /// Asks for a deposit into the pool.
    ///
    /// Errors: of the network, of the program.
    pub(crate) async fn request_liquidity(&self, keys: &ExchangeKeys) -> Result<()> {
        let (payer, lp) = (self.wallets.key("payer"), self.wallets.key("lp"));
        let signers: [&dyn Signer; 2] = [payer, lp];
        let asked = ask(keys, payer.pubkey(), lp.pubkey());
        let cluster = &self.chain.cluster;
        cluster.send(&signers, &asked, &self.options).await?;
        Ok(())
    }

    /// Carries the request out, once it has waited its time.
    ///
    /// Errors: of the network, of the program.
    pub(crate) async fn deposit_liquidity(&mut self, keys: &ExchangeKeys) -> Result<()> {
        let (payer, lp) = (self.wallets.key("payer"), self.wallets.key("lp"));
        let cluster = &self.chain.cluster;
        let place = address::liquidity_request(&keys.exchange, &lp.pubkey(), REQUEST);
        let request = cluster.liquidity_request(keys.exchange, place).await?;
        let request = request.context("the LP's request is not there")?.state;
        let delay_secs = self.plan.parameters.pool.lp_delay_secs;
        self.chain
            .travel_to(request.requested_ts + i64::from(delay_secs))
            .await?;
        self.poster.post_now(self.chain).await?;
        let state = cluster.exchange(keys.exchange, &self.feed_book()).await?;
        let executed = state.execute_liquidity(lp.pubkey(), &request);
        let signers: [&dyn Signer; 2] = [payer, lp];
        cluster.send(&signers, &[executed], &self.options).await?;
        Ok(())
    }

    /// Allots the pool's money to the markets; returns the exchange.
    ///
    /// Errors: of the network, of the program.
    pub(crate) async fn allot_liquidity(&self, exchange: Pubkey) -> Result<ExchangeState> {
        let cluster = &self.chain.cluster;
        let state = cluster.exchange(exchange, &self.feed_book()).await?;
        let signers: [&dyn Signer; 1] = [self.wallets.key("payer")];
        let rebalanced = [state.rebalance_pool()];
        cluster.send(&signers, &rebalanced, &self.options).await?;
        Ok(cluster.exchange(exchange, &self.feed_book()).await?)
    }
}

/// The instructions of the request: the account of shares, and what is asked.
fn ask(keys: &ExchangeKeys, payer: Pubkey, owner: Pubkey) -> [Instruction; 2] {
    let shares = address::share_mint(&keys.exchange);
    let account = create_associated_token_account_idempotent(&payer, &owner, &shares, &TOKEN);
    let args = RequestLiquidityArgs {
        number: REQUEST,
        kind: LiquidityKind::Deposit,
        amount_atoms: LP_DEPOSIT_QUOTE_ATOMS,
        min_out_atoms: 1,
        executor: None,
    };
    let source = get_associated_token_address(&owner, &keys.quote_mint);
    let destination = get_associated_token_address(&owner, &shares);
    let asked = instructions::request_liquidity(keys, owner, source, destination, args);
    [account, asked]
}
