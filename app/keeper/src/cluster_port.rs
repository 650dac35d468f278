//! The keeper on a cluster.
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anyhow::{Context, Result};
use async_trait::async_trait;
use freeboard_client::dump::Located;
use freeboard_client::events::{Event, Told};
use freeboard_client::freeboard::state::{Change, FeedBinding, OracleKind, PendingChange};
use freeboard_client::network::{
    AccountFilter, Cluster, FeePolicy, FeedBook, NetworkError, PUSH_ORACLE, SendError, SendOptions,
    SentTransaction, WireVersion,
};
use freeboard_client::state::ExchangeState;
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;
use solana_signer::Signer;
use tokio::runtime::Handle;

use crate::book::{ChangeAccounts, Snapshot, ToldAccount};
use crate::config::KeeperConfig;
use crate::health::KeeperHealth;
use crate::job::KeeperJob;
use crate::metrics::KeeperMetrics;
use crate::outcome::{JobOutcome, LandedJob};
use crate::port::KeeperPort;

/// Pyth's own shard of push accounts.
const SHARD: u16 = 0;

/// A cluster, and the key that signs.
pub struct ClusterPort {
    /// The cluster.
    pub cluster: Cluster,
    told: Arc<KeeperConfig>,
    signer: Arc<Keypair>,
    feeds: RwLock<FeedBook>,
    tables: RwLock<Vec<AddressLookupTableAccount>>,
    metrics: Arc<KeeperMetrics>,
    health: Arc<KeeperHealth>,
}

impl ClusterPort {
    /// The keeper on this cluster.
    ///
    /// Errors: a pinned feed that is no address.
    pub fn new(
        cluster: Cluster,
        told: Arc<KeeperConfig>,
        signer: Arc<Keypair>,
        (metrics, health): (Arc<KeeperMetrics>, Arc<KeeperHealth>),
    ) -> Result<Self> {
        let mut feeds = FeedBook::new(SHARD);
        for (index, feed) in told.pinned_feeds()? {
            feeds.pin(index, feed);
        }
        Ok(Self {
            cluster,
            told,
            signer,
            feeds: RwLock::new(feeds),
            tables: RwLock::default(),
            metrics,
            health,
        })
    }

    /// Who pays.
    pub fn payer(&self) -> Pubkey {
        self.signer.pubkey()
    }

    /// The lookup tables that version 0 transactions use.
    pub fn tables(&self) -> Vec<AddressLookupTableAccount> {
        self.tables
            .read()
            .map(|tables| tables.clone())
            .unwrap_or_default()
    }

    /// Finds or makes a table with every address that the exchange's instructions share.
    ///
    /// Errors: those of the node and of the transactions that make it.
    pub async fn make_table(&self, state: &ExchangeState) -> Result<()> {
        let mut addresses = vec![
            state.address,
            state.keys.pool,
            freeboard_client::freeboard::ID,
        ];
        for one in &state.assets {
            addresses.extend([one.keys.asset, one.keys.feed]);
        }
        let options = self.options(FeePolicy::None);
        let made = self
            .cluster
            .table_with(self.signer.as_ref(), &addresses, &options);
        let table = made
            .await
            .context("no lookup table; accounts of many assets may not fit")?;
        if let Ok(mut tables) = self.tables.write() {
            *tables = vec![table];
        }
        Ok(())
    }

    /// How transactions are made.
    fn options(&self, fee: FeePolicy) -> SendOptions {
        let version = match self.told.transaction_version {
            0 => WireVersion::V0,
            _ => WireVersion::V1,
        };
        SendOptions {
            version,
            tables: self.tables(),
            fee,
            timeout: self.told.timing.send_timeout,
            attempts: 1, // a new decision is better than an old one signed anew
            ..SendOptions::default()
        }
    }

    /// Notes whether the node answered.
    fn noted<T>(&self, answer: Result<T, NetworkError>) -> Result<T, NetworkError> {
        match &answer {
            Ok(_) => self.health.rpc(None),
            Err(error) => {
                self.metrics.rpc_error(kind_of(error));
                self.health
                    .rpc(error.is_passing().then(|| error.to_string()));
            }
        }
        answer
    }

    /// What the changes name that is nowhere else: the new feed of an asset, a listing's mint.
    async fn change_accounts(
        &self,
        changes: &[Located<PendingChange>],
    ) -> Result<BTreeMap<Pubkey, ChangeAccounts>, NetworkError> {
        let pinned = self.told.pinned_feeds().unwrap_or_default();
        let mut all = BTreeMap::new();
        for one in changes {
            let named = match &one.state.change {
                Change::Listing {
                    asset_index,
                    listing,
                } => {
                    let pinned = pinned.get(asset_index).copied();
                    ChangeAccounts {
                        feed: Some(pinned.unwrap_or_else(|| place_of(&listing.feed))),
                        mint_program: self
                            .cluster
                            .account(&listing.mint)
                            .await?
                            .map(|mint| mint.owner),
                    }
                }
                Change::AssetFeed { feed, .. } => ChangeAccounts {
                    feed: Some(place_of(feed)),
                    mint_program: None,
                },
                _ => continue,
            };
            all.insert(one.address, named);
        }
        Ok(all)
    }

    async fn scan(&self) -> Result<Snapshot, NetworkError> {
        let (cluster, exchange) = (&self.cluster, self.told.exchange);
        let clock = cluster.clock().await?; // first: whatever is told of later slots is newer
        let feeds = self
            .feeds
            .read()
            .map(|feeds| feeds.clone())
            .unwrap_or_default();
        let filter = AccountFilter::default();
        let (state, accounts, requests, changes) = tokio::try_join!(
            cluster.exchange(exchange, &feeds),
            cluster.margin_accounts(exchange, &filter),
            cluster.liquidity_requests(exchange, &filter),
            cluster.pending_changes(exchange),
        )?;
        if let Ok(mut feeds) = self.feeds.write() {
            feeds.keep(&state);
        }
        Ok(Snapshot {
            now: clock.unix_timestamp,
            slot: clock.slot,
            change_accounts: self.change_accounts(&changes).await?,
            state,
            accounts,
            requests,
            changes,
        })
    }
}

#[async_trait]
impl KeeperPort for ClusterPort {
    async fn snapshot(&self) -> Result<Snapshot> {
        Ok(self.noted(self.scan().await)?)
    }

    async fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<ToldAccount>> {
        let clock = self.noted(self.cluster.clock().await)?;
        let found = self.noted(self.cluster.accounts(addresses).await)?;
        let both = addresses.iter().zip(found);
        let told = both.map(|(address, found)| match found {
            Some(account) => ToldAccount {
                address: *address,
                owner: account.owner,
                data: account.data,
                slot: clock.slot,
            },
            None => ToldAccount {
                address: *address,
                owner: Pubkey::default(),
                data: Vec::new(),
                slot: clock.slot,
            },
        });
        Ok(told.collect())
    }

    async fn carry(&self, job: &KeeperJob, fee: FeePolicy) -> JobOutcome {
        let outcome = self.send(&job.instructions, fee).await;
        match &job.with_pool {
            Some(with_pool) if outcome.asks_for_pool() => self.send(with_pool, fee).await,
            _ => outcome,
        }
    }
}

impl ClusterPort {
    async fn send(&self, instructions: &[Instruction], fee: FeePolicy) -> JobOutcome {
        let options = self.options(fee);
        if self.told.dry_run {
            let payer = self.signer.pubkey();
            let simulated = self.cluster.simulate(&payer, instructions, &options).await;
            return match simulated {
                Ok(simulated) => JobOutcome::Rehearsed {
                    units: simulated.units,
                },
                Err(error) => self.outcome_of(&error),
            };
        }
        let (cluster, signer) = (self.cluster.clone(), Arc::clone(&self.signer));
        let instructions = instructions.to_vec();
        // Not every signer may move between threads: one thread sees a transaction through.
        let sending = tokio::task::spawn_blocking(move || {
            let signers: [&dyn Signer; 1] = [&*signer];
            Handle::current().block_on(cluster.send(&signers, &instructions, &options))
        });
        let sent = match sending.await {
            Ok(sent) => sent,
            Err(broken) => {
                return JobOutcome::Failed {
                    kind: "broken",
                    words: broken.to_string(),
                };
            }
        };
        match sent {
            Ok(sent) => JobOutcome::Landed(landed(&sent)),
            Err(error) => self.outcome_of(&error),
        }
    }

    fn outcome_of(&self, error: &SendError) -> JobOutcome {
        let words = error.to_string();
        match error {
            SendError::Refused(refusal) => JobOutcome::Refused {
                number: refusal.number.filter(|_| refusal.explained.is_some()),
                words,
            },
            SendError::Unknown { signature, .. } => JobOutcome::Unknown {
                signature: signature.to_string(),
            },
            SendError::Network(error) => {
                let kind = kind_of(error);
                self.metrics.rpc_error(kind);
                JobOutcome::Failed { kind, words }
            }
            SendError::Expired { .. } => JobOutcome::Failed {
                kind: "expired",
                words,
            },
            SendError::Unsendable(_) => JobOutcome::Refused {
                number: None,
                words,
            },
            SendError::Signing(_) => JobOutcome::Refused {
                number: None,
                words,
            },
        }
    }
}

/// What a landed transaction did, as its events tell.
fn landed(sent: &SentTransaction) -> LandedJob {
    LandedJob {
        signature: sent.signature.to_string(),
        slot: sent.slot,
        units: sent.units.unwrap_or_default(),
        fee_lamports: sent.fee_lamports.unwrap_or_default(),
        done: sent
            .told
            .as_ref()
            .filter(|told| !told.is_truncated)
            .map(done_by),
        reward_atoms: sent.told.as_ref().map_or(0, reward_of),
    }
}

/// Accounts that were flagged or liquidated.
pub fn done_by(told: &Told) -> Vec<Pubkey> {
    let subject = |event: &Event| match event {
        Event::AccountFlagged(event) => Some(event.stamp.key),
        Event::AccountLiquidated(event) => Some(event.stamp.key),
        Event::AccountSliced(event) => Some(event.stamp.key),
        _ => None,
    };
    told.events.iter().filter_map(subject).collect()
}

/// What the liquidator got, quote atoms.
pub fn reward_of(told: &Told) -> u64 {
    let reward = |event: &Event| match event {
        Event::AccountLiquidated(event) => event
            .penalty_liquidator_atoms
            .saturating_add(event.topup_atoms),
        Event::AccountSliced(event) => event.penalty_liquidator_atoms,
        _ => 0,
    };
    told.events.iter().map(reward).sum()
}

/// A word for metrics.
fn kind_of(error: &NetworkError) -> &'static str {
    match error {
        NetworkError::Unreachable { .. } => "unreachable",
        NetworkError::Node { .. } => "node",
        NetworkError::Answer { .. } => "answer",
        NetworkError::Missing { .. } => "missing",
        NetworkError::Account { .. } => "account",
        NetworkError::Prices { .. } => "prices",
    }
}

/// Where the price of a feed is: at its own address, or in Pyth's push account.
fn place_of(feed: &FeedBinding) -> Pubkey {
    match feed.kind {
        OracleKind::PythLegacy => Pubkey::new_from_array(feed.feed),
        OracleKind::PythReceiver | OracleKind::PythReceiverPro => {
            Pubkey::find_program_address(&[&SHARD.to_le_bytes(), &feed.feed], &PUSH_ORACLE).0
        }
    }
}
