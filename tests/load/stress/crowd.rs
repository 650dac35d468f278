//! Thousands of margin accounts, opened, paid into and filled by real transactions: the books are right without help.
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anchor_spl::associated_token::get_associated_token_address;
use anyhow::{Context, Result, anyhow, ensure};
use freeboard_client::dump::Located;
use freeboard_client::freeboard::instructions::{OpenMarginAccountArgs, RequestOrderArgs};
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::instructions::{self, TokenKeys};
use freeboard_client::network::{Cluster, FeedBook, FetchedAccount};
use freeboard_client::pin::Pinned;
use freeboard_client::state::ExchangeState;
use freeboard_client::transaction::{self, Budget, Version};
use freeboard_client::{address, margin};
use freeboard_localnet::LocalNetwork;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use solana_commitment_config::CommitmentLevel;
use solana_rpc_client_api::config::RpcSendTransactionConfig;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use tokio::task::JoinSet;

/// Accounts opened, and orders filled, in one transaction.
const OPENED_TOGETHER: usize = 3;
const FILLED_TOGETHER: usize = 8;
/// Accounts that are opened before the orders of all of them are filled: an order lives a minute.
const BATCH: usize = 300;
/// Transactions on their way at once.
const MOST_ON_THE_WAY: usize = 16;
/// Notional of a position, quote atoms; of a second one half of it.
const POSITION_QUOTE_ATOMS: f64 = 200e6;
/// For how long an order lives, seconds.
const ORDER_LIFE_SECS: u32 = 60;
/// Lamports of rent and fees for an account.
const LAMPORTS_PER_ACCOUNT: u64 = 20_000_000;
/// Of the notional: how far above their initial margin those near are at most, and where the others begin and end.
const NEAR: f64 = 0.03;
const SAFE: [f64; 2] = [0.10, 0.15];
/// What the fill costs, of the notional, at most.
const FILL_COST: f64 = 0.008;
/// Times that orders are filled which a price was missing for, and the pause after each.
const TRIES: usize = 60;
const BETWEEN_TRIES: Duration = Duration::from_millis(300);

/// Who is put on a network.
pub struct Crowd<'a> {
    pub network: &'a LocalNetwork,
    pub book: &'a FeedBook,
    pub seed: u64,
}

/// One account to be.
struct CrowdMember {
    sub_account: u16,
    /// Positions: asset index, and notional, quote atoms.
    positions: Vec<(u16, f64)>,
    deposit_atoms: u64,
}

/// Margin of one kind of account, of its notional.
#[derive(Clone, Copy, Debug)]
struct MarginRate {
    initial: f64,
    maintenance: f64,
}

impl MarginRate {
    /// The fall that takes an account from its initial margin to its maintenance margin.
    fn first_fall(&self) -> f64 {
        (self.initial - self.maintenance) / (1.0 - self.maintenance)
    }
}

impl Crowd<'_> {
    /// Puts so many accounts there, of which `near` fall first. Returns by how much the price of each asset has to fall
    /// for these to be just above their maintenance margin: they opened above the initial one.
    pub async fn settle(&self, accounts: usize, near: usize) -> Result<Vec<f64>> {
        let state = self.state().await?;
        let owner = self.owner();
        let lamports = LAMPORTS_PER_ACCOUNT * accounts as u64;
        self.network.chain.give_sol(&owner, lamports).await?;
        let kinds = 2 * state.assets.len();
        let rich = |number: usize| self.member(&state, number, 0.6);
        let probes: Vec<CrowdMember> = (0..kinds).map(rich).collect();
        self.enter(&probes).await?;
        let rates = self.rates(&probes).await?;
        let mut random = StdRng::seed_from_u64(self.seed);
        let others = (kinds..accounts).map(|number| {
            let rate = rates[number % kinds];
            let first = rate.first_fall();
            // Those near are spread among all, so that every kind is among them.
            let is_near = (number * near) / accounts != ((number + 1) * near) / accounts;
            let fall = if is_near {
                first + random.random_range(0.0..NEAR)
            } else {
                first + random.random_range(SAFE[0]..SAFE[1])
            };
            let part = rate.maintenance + fall * (1.0 - rate.maintenance) + FILL_COST;
            self.member(&state, number, part)
        });
        let others: Vec<CrowdMember> = others.collect();
        for (done, batch) in others.chunks(BATCH).enumerate() {
            self.enter(batch).await?;
            eprintln!(
                "{} of {accounts} accounts",
                kinds + done * BATCH + batch.len()
            );
        }
        let alone = rates.iter().take(state.assets.len());
        Ok(alone.map(MarginRate::first_fall).collect())
    }

    /// An account of a kind that follows from its number: by main asset, with one position or two.
    fn member(&self, state: &ExchangeState, number: usize, part: f64) -> CrowdMember {
        let assets = state.assets.len();
        let main = (number % assets) as u16;
        let mut positions = vec![(main, POSITION_QUOTE_ATOMS)];
        if (number / assets) % 2 == 1 && assets > 1 {
            let second = (main + 1) % assets as u16;
            positions.push((second, POSITION_QUOTE_ATOMS / 2.0));
        }
        let notional: f64 = positions.iter().map(|(_, atoms)| atoms).sum();
        CrowdMember {
            sub_account: number as u16,
            deposit_atoms: (notional * part) as u64,
            positions,
        }
    }

    /// Opens accounts, pays in, orders and fills.
    async fn enter(&self, members: &[CrowdMember]) -> Result<()> {
        let state = &self.state().await?;
        let mut transactions = Vec::new();
        for some in members.chunks(OPENED_TOGETHER) {
            let mut all = Vec::new();
            for member in some {
                all.extend(self.entry(state, member)?);
            }
            transactions.push(all);
        }
        self.send(transactions).await?;
        let delay_secs = u64::from(state.exchange.pool.fill_delay_secs);
        tokio::time::sleep(Duration::from_secs(delay_secs + 1)).await;
        let mut last = None;
        for _ in 0..TRIES {
            let all = self.accounts(members).await?.into_iter();
            let waiting: Vec<_> = all.filter(has_order).collect();
            if waiting.is_empty() {
                return Ok(());
            }
            let first = |one: &Located<MarginAccount>| {
                let order = one.state.orders.iter().find(|order| order.id != 0)?;
                state.fill_order(one, order.id, true)
            };
            let fills: Vec<Instruction> = waiting.iter().filter_map(first).collect();
            let transactions = fills.chunks(FILLED_TOGETHER).map(<[_]>::to_vec).collect();
            // A price may be missing still.
            if let Err(error) = self.send(transactions).await {
                tokio::time::sleep(BETWEEN_TRIES).await;
                last = Some(error);
            }
        }
        Err(last.unwrap_or_else(|| anyhow!("nothing is refused, and nothing is filled")))
            .context("the crowd's orders are not filled")
    }

    fn entry(&self, state: &ExchangeState, member: &CrowdMember) -> Result<Vec<Instruction>> {
        let (exchange, owner) = (self.network.exchange, self.owner());
        let account = address::margin_account(&exchange, &owner, member.sub_account);
        let args = OpenMarginAccountArgs {
            sub_account: member.sub_account,
            delegate: Pubkey::default(),
        };
        let quote = TokenKeys::quote(&state.keys);
        let source = get_associated_token_address(&owner, &state.keys.quote_mint);
        let (keys, atoms) = (&state.keys, member.deposit_atoms);
        let mut all = vec![
            instructions::open_margin_account(owner, owner, exchange, args),
            instructions::deposit(keys, &quote, owner, account, source, atoms),
        ];
        for (asset_index, notional) in &member.positions {
            let one = state.asset(*asset_index).context("an asset")?;
            let (asset, feed) = (&one.asset, one.feed.as_ref().context("a feed")?);
            let dollars = feed.latest(asset)?.price.0 as f64 / 1e12;
            let units = notional / 1e6 / dollars;
            let lots = units * 10f64.powi(asset.params.base_decimals.into())
                / asset.params.lot_atoms as f64;
            let args = RequestOrderArgs {
                asset_index: *asset_index,
                size_atoms: (lots as i64).max(1) * i64::try_from(asset.params.lot_atoms)?,
                limit_price_e12: u128::MAX,
                reduce_only: false,
                life_secs: ORDER_LIFE_SECS,
            };
            all.push(instructions::request_order(exchange, owner, account, args));
        }
        Ok(all)
    }

    /// The margins of these accounts, of their notional.
    async fn rates(&self, probes: &[CrowdMember]) -> Result<Vec<MarginRate>> {
        let state = self.state().await?;
        let now = self.network.chain.now().await?;
        let mut rates = Vec::new();
        for account in self.accounts(probes).await? {
            let report = margin::report(&state.exchange, &account.state, &state.priced(), now)?;
            let notional = report.gross_notional_atoms as f64;
            rates.push(MarginRate {
                initial: report.initial.margin_atoms as f64 / notional,
                maintenance: report.liquidation.margin_atoms as f64 / notional,
            });
        }
        ensure!(rates.len() == probes.len(), "a probe is missing");
        Ok(rates)
    }

    async fn accounts(&self, members: &[CrowdMember]) -> Result<Vec<Located<MarginAccount>>> {
        let (exchange, owner) = (self.network.exchange, self.owner());
        let place =
            |member: &CrowdMember| address::margin_account(&exchange, &owner, member.sub_account);
        let places: Vec<Pubkey> = members.iter().map(place).collect();
        let pinned = Pinned::new(exchange);
        let found = self.network.chain.cluster.accounts(&places).await?;
        let read = |(address, found): (&Pubkey, Option<FetchedAccount>)| {
            let found = found.context("an account of the crowd was not opened")?;
            let state = pinned.account(&found.owner, &found.data)?;
            let address = *address;
            anyhow::Ok(Located { address, state })
        };
        places.iter().zip(found).map(read).collect()
    }

    async fn state(&self) -> Result<ExchangeState> {
        let network = self.network;
        Ok(network
            .cluster
            .exchange(network.exchange, self.book)
            .await?)
    }

    fn owner(&self) -> Pubkey {
        self.network.wallets.address("trader")
    }

    /// Sends transactions, many at once; the validator answers each when it has run.
    async fn send(&self, transactions: Vec<Vec<Instruction>>) -> Result<()> {
        let cluster = &self.network.chain.cluster;
        let rpc = cluster.rpc();
        let hash = rpc.get_latest_blockhash().await?;
        let key = self.network.wallets.key("trader");
        let mut running = JoinSet::new();
        for instructions in transactions {
            let budget = Budget::default();
            let payer = key.pubkey();
            let message =
                transaction::message(&payer, &instructions, Version::V0(&[]), &budget, hash)?;
            let signed = VersionedTransaction::try_new(message, &[key])?;
            while running.len() >= MOST_ON_THE_WAY {
                running.join_next().await.context("one is running")???;
            }
            running.spawn(send_one(cluster.clone(), signed));
        }
        while let Some(sent) = running.join_next().await {
            sent??;
        }
        Ok(())
    }
}

async fn send_one(cluster: Cluster, signed: VersionedTransaction) -> Result<()> {
    let config = RpcSendTransactionConfig {
        preflight_commitment: Some(CommitmentLevel::Processed),
        ..RpcSendTransactionConfig::default()
    };
    let sent = cluster
        .rpc()
        .send_transaction_with_config(&signed, config)
        .await;
    sent.map_err(|error| cluster.failure(&error))?;
    Ok(())
}

fn has_order(account: &Located<MarginAccount>) -> bool {
    account.state.orders.iter().any(|order| order.id != 0)
}
