//! What a deployment waits for: a real one sleeps, here the chain's clock is moved, and an LP asks meanwhile.
use std::sync::Arc;

use anchor_spl::associated_token::get_associated_token_address;
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anchor_spl::token::ID as TOKEN;
use anyhow::{Context, Result};
use freeboard_client::freeboard::instructions::RequestLiquidityArgs;
use freeboard_client::freeboard::state::LiquidityKind;
use freeboard_client::network::SendOptions;
use freeboard_client::{ExchangeKeys, address, instructions};
use freeboard_migrations::deployer::{Attendant, Waited};
use freeboard_migrations::plan::{Step, Waiting};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::chain::LocalChain;

/// Number of the LP's request.
pub(crate) const LP_REQUEST: u16 = 0;

/// The LP, who asks once the exchange is there, so that its wait is that of the listings.
pub(crate) struct WaitingLp<'a> {
    pub(crate) keys: ExchangeKeys,
    pub(crate) payer: &'a Arc<Keypair>,
    pub(crate) lp: &'a Arc<Keypair>,
    pub(crate) options: &'a SendOptions,
    /// What it deposits, quote atoms.
    pub(crate) deposit_quote_atoms: u64,
}

impl WaitingLp<'_> {
    pub(crate) async fn ask(self, chain: &LocalChain) -> Result<()> {
        let (owner, payer) = (self.lp.pubkey(), self.payer.pubkey());
        let shares = address::share_mint(&self.keys.exchange);
        let account = create_associated_token_account_idempotent(&payer, &owner, &shares, &TOKEN);
        let args = RequestLiquidityArgs {
            number: LP_REQUEST,
            kind: LiquidityKind::Deposit,
            amount_atoms: self.deposit_quote_atoms,
            min_out_atoms: 1,
            executor: None,
        };
        let source = get_associated_token_address(&owner, &self.keys.quote_mint);
        let destination = get_associated_token_address(&owner, &shares);
        let asked = instructions::request_liquidity(&self.keys, owner, source, destination, args);
        let signers: [&dyn Signer; 2] = [self.payer, self.lp];
        let sent = chain
            .cluster
            .send(&signers, &[account, asked], self.options)
            .await;
        sent.context("the LP's request was not taken")?;
        Ok(())
    }
}

/// Waits for nothing: it is waited between two runs, which go on where the cluster is.
pub(crate) struct Impatient;

impl Attendant for Impatient {
    async fn wait(&mut self, _waiting: &Waiting) -> Result<Waited> {
        Ok(Waited::GiveUp)
    }

    fn ends(&mut self, step: &Step, _signature: Option<&str>) {
        tracing::info!("{}", step.title);
    }
}
