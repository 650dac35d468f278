//! That the network works: a deposit, an order, its fill, a view and a way out, through the client; then the books.
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_spl::associated_token::get_associated_token_address;
use anyhow::{Context, Result, bail, ensure};
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::{
    OpenMarginAccountArgs, RequestOrderArgs, TradeArgs,
};
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::instructions::{self, TokenKeys};
use freeboard_client::network::{AccountFilter, Cluster, FeedBook, SendOptions};
use freeboard_client::state::ExchangeState;
use freeboard_client::{address, margin};
use serde::{Deserialize, Serialize};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::chain::LocalChain;
use crate::poster::PricePoster;
use crate::tokens::{TokenGift, TokenPress};

/// What the one who checks deposits, quote atoms.
const DEPOSIT_QUOTE_ATOMS: u64 = 10_000_000_000;
/// Notional of its position, quote atoms.
const POSITION_QUOTE_ATOMS: u64 = 1_000_000_000;
/// For how long its order lives, seconds.
const ORDER_LIFE_SECS: u32 = 30;
/// Tries to see two answers within one second of the chain's clock.
const VIEWS: usize = 10;

/// What was checked, quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfCheck {
    /// Equity with the position open, by view_margin and by the client alike.
    pub equity_atoms: i64,
    /// What fees, spread and prices took of the deposit.
    pub cost_atoms: i64,
    /// Quote in the vault.
    pub vault_atoms: i128,
    /// What belongs to accounts, pool, insurance and protocol: the same, or the check fails.
    pub owned_atoms: i128,
}

/// The one who checks.
pub(crate) struct Checker<'a> {
    pub(crate) chain: &'a LocalChain,
    pub(crate) poster: &'a mut PricePoster,
    pub(crate) payer: &'a Arc<Keypair>,
    pub(crate) book: FeedBook,
    pub(crate) exchange: Pubkey,
    pub(crate) options: SendOptions,
    key: Keypair,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(
        chain: &'a LocalChain,
        poster: &'a mut PricePoster,
        payer: &'a Arc<Keypair>,
        state: &ExchangeState,
        options: SendOptions,
    ) -> Self {
        let mut book = FeedBook::default();
        book.keep(state);
        Self {
            chain,
            poster,
            payer,
            book,
            exchange: state.address,
            options,
            key: Keypair::new(),
        }
    }

    /// Deposits, trades, views, closes and leaves; then adds the books up.
    ///
    /// Errors: the step that fails, named.
    pub(crate) async fn carry_out(mut self) -> Result<SelfCheck> {
        self.enter().await.context("a deposit")?;
        self.trade().await.context("a trade")?;
        let equity_atoms = self.view().await.context("a view of the margin")?;
        let left_atoms = self.leave().await.context("a way out")?;
        let (vault_atoms, owned_atoms) = books(self.cluster(), self.exchange, &self.book)
            .await
            .context("the books")?;
        let deposited = i64::try_from(DEPOSIT_QUOTE_ATOMS)?;
        Ok(SelfCheck {
            equity_atoms,
            cost_atoms: deposited - left_atoms,
            vault_atoms,
            owned_atoms,
        })
    }

    fn cluster(&self) -> &Cluster {
        &self.chain.cluster
    }

    async fn state(&self) -> Result<ExchangeState> {
        Ok(self.cluster().exchange(self.exchange, &self.book).await?)
    }

    async fn account(&self) -> Result<Located<MarginAccount>> {
        let place = address::margin_account(&self.exchange, &self.key.pubkey(), 0);
        let found = self.cluster().margin_account(self.exchange, place).await?;
        found.context("the margin account is not there")
    }

    /// Sends instructions that the payer pays for, signed by the one who checks where they ask for that.
    async fn send(&self, instructions: &[Instruction]) -> Result<()> {
        let own = self.key.pubkey();
        let metas = || instructions.iter().flat_map(|one| &one.accounts);
        let mut signers: Vec<&dyn Signer> = vec![self.payer];
        if metas().any(|meta| meta.is_signer && meta.pubkey == own) {
            signers.push(&self.key);
        }
        self.cluster()
            .send(&signers, instructions, &self.options)
            .await?;
        Ok(())
    }

    /// Opens an account and pays in.
    async fn enter(&self) -> Result<()> {
        let (state, owner) = (self.state().await?, self.key.pubkey());
        let press = TokenPress {
            chain: self.chain,
            payer: self.payer,
            options: &self.options,
        };
        let mint = state.keys.quote_mint;
        let atoms = DEPOSIT_QUOTE_ATOMS;
        press.give(&[TokenGift { owner, mint, atoms }]).await?;
        let args = OpenMarginAccountArgs {
            sub_account: 0,
            delegate: Pubkey::default(),
        };
        let payer = self.payer.pubkey();
        let account = address::margin_account(&self.exchange, &owner, 0);
        let opened = instructions::open_margin_account(payer, owner, self.exchange, args);
        let source = get_associated_token_address(&owner, &mint);
        let quote = TokenKeys::quote(&state.keys);
        let deposited = instructions::deposit(&state.keys, &quote, owner, account, source, atoms);
        self.send(&[opened, deposited]).await
    }

    /// Stores an order for the first asset and fills it at a later price, as a keeper would.
    async fn trade(&mut self) -> Result<()> {
        let state = self.state().await?;
        let asset = state
            .assets
            .first()
            .context("the exchange has no asset")?
            .asset;
        let price_e12 = asset.recorded.price().0;
        let size_atoms = size_of(POSITION_QUOTE_ATOMS, price_e12, asset.params.base_decimals);
        let lot = i64::try_from(asset.params.lot_atoms)?;
        let args = RequestOrderArgs {
            asset_index: asset.index,
            size_atoms: (size_atoms / lot).max(1) * lot,
            limit_price_e12: u128::MAX,
            reduce_only: false,
            life_secs: ORDER_LIFE_SECS,
        };
        let account = self.account().await?;
        let owner = self.key.pubkey();
        let stored = instructions::request_order(self.exchange, owner, account.address, args);
        self.send(&[stored]).await?;
        let delay_secs = i64::from(state.exchange.pool.fill_delay_secs) + 1;
        self.next_price(delay_secs).await?;
        let account = self.account().await?;
        let mut orders = account.state.orders.iter();
        let order = orders.find(|order| order.size_atoms == args.size_atoms);
        let order = order.context("the order was not stored")?.id;
        let fill = state.fill_order(&account, order, true);
        self.send(&[fill.context("the order's asset is unknown")?])
            .await
    }

    /// Moves the clock on and posts the prices of then.
    async fn next_price(&mut self, secs: i64) -> Result<()> {
        let ts = self.chain.now().await? + secs;
        self.chain.travel_to(ts).await?;
        self.poster.post(ts, |_| None).await
    }

    /// The margin report of the program and of the client, which must be the same to the byte; its equity.
    async fn view(&self) -> Result<i64> {
        for _ in 0..VIEWS {
            let now_ts = self.chain.now().await?;
            let (state, account) = (self.state().await?, self.account().await?);
            let view = state.view_margin(&account).context("an asset is unknown")?;
            let payer = self.payer.pubkey();
            let simulated = self
                .cluster()
                .simulate(&payer, &[view], &self.options)
                .await?;
            if self.chain.now().await? != now_ts {
                continue; // a report is of one second
            }
            let report = margin::report(&state.exchange, &account.state, &state.priced(), now_ts);
            let report = report.context("the client has no report")?;
            let mut bytes = Vec::new();
            report.serialize(&mut bytes)?;
            let mut answer = simulated.return_data;
            answer.resize(bytes.len(), 0); // zeros at the end may be missing
            ensure!(
                answer == bytes,
                "the client's report is not that of the program: {report:?}"
            );
            return Ok(report.maintenance.equity_atoms);
        }
        bail!("the chain's clock moved between two questions {VIEWS} times")
    }

    /// Closes the position, takes everything out and closes the account; what was left, quote atoms.
    async fn leave(&mut self) -> Result<i64> {
        self.next_price(1).await?;
        let (state, account) = (self.state().await?, self.account().await?);
        let asset_index = state
            .assets
            .first()
            .context("the exchange has no asset")?
            .asset
            .index;
        let args = TradeArgs {
            asset_index,
            size_atoms: -i64::MAX,
            limit_price_e12: 0,
            reduce_only: true,
        };
        let owner = self.key.pubkey();
        let closed = state.trade(owner, &account, args, true);
        self.send(&[closed.context("an asset is unknown")?]).await?;
        let account = self.account().await?;
        let left = account.state.quote_atoms;
        let quote = TokenKeys::quote(&state.keys);
        let destination = get_associated_token_address(&owner, &state.keys.quote_mint);
        let amount = u64::try_from(left).context("the account owes")?;
        let withdrawn = state.withdraw(&account, &quote, destination, amount);
        let withdrawn = withdrawn.context("an asset is unknown")?;
        let ended = instructions::close_margin_account(owner, account.address);
        self.send(&[withdrawn, ended]).await?;
        Ok(left)
    }
}

/// Quote in the vault, and what belongs to accounts, pool, insurance and protocol, quote atoms: the same.
///
/// Errors: the two differ; of the network.
pub async fn books(cluster: &Cluster, exchange: Pubkey, book: &FeedBook) -> Result<(i128, i128)> {
    let state = cluster.exchange(exchange, book).await?;
    let vault = cluster.token_balance(state.keys.quote_vault).await?;
    let vault = i128::from(vault.context("there is no vault")?);
    let filter = AccountFilter::default();
    let accounts = cluster.margin_accounts(exchange, &filter).await?;
    let balances = accounts.iter().map(|one| i128::from(one.state.quote_atoms));
    let ledgers = state.assets.iter().map(|one| one.asset.ledger);
    let ledgers = ledgers.chain([state.pool.ledger]).map(|ledger| {
        let parts = [ledger.pool_atoms, ledger.insurance_atoms, ledger.fees_atoms];
        parts.map(i128::from).iter().sum::<i128>()
    });
    let owned: i128 = balances.chain(ledgers).sum();
    ensure!(
        vault == owned,
        "the vault holds {vault} atoms, and {owned} belong to accounts, pool, insurance and protocol"
    );
    Ok((vault, owned))
}

/// Base atoms of a notional, down.
fn size_of(quote_atoms: u64, price_e12: u128, base_decimals: u8) -> i64 {
    // Quote atoms are 10^-6 USD, the price is USD × 10^12.
    let scaled = u128::from(quote_atoms) * 10u128.pow(6 + u32::from(base_decimals));
    i64::try_from(scaled / price_e12.max(1)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_dollars_of_bitcoin_at_a_hundred_thousand_are_a_hundredth() {
        let price_e12 = 100_000 * 1_000_000_000_000;
        assert_eq!(size_of(1_000_000_000, price_e12, 8), 1_000_000);
    }
}
