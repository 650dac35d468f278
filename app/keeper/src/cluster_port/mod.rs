//! The keeper on a cluster.
mod table;
mod told;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anyhow::Result;
use async_trait::async_trait;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::{Change, FeedBinding, PendingChange};
use freeboard_client::network::{
    AccountFilter, Cluster, FeePolicy, FeedBook, NetworkError, SendError, SendOptions, WireVersion,
    push_account,
};
use solana_keypair::Keypair;
use solana_message::AddressLookupTableAccount;
use solana_signer::Signer;
use tokio::runtime::Handle;

use crate::book::{ChangeAccounts, Snapshot, ToldAccount};
use crate::config::KeeperConfig;
use crate::health::KeeperHealth;
use crate::job::KeeperJob;
use crate::metrics::KeeperMetrics;
use crate::outcome::JobOutcome;
use crate::port::KeeperPort;
use told::{kind_of, landed};

pub use told::{done_by, reward_of};

/// Pyth's own shard of push accounts.
const SHARD: u16 = 0;
/// How long a node may take for an answer: what hangs when a fault ends holds up nothing for longer. Scans may take as
/// long as the client's own limit.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(4);

/// A cluster, and the key that signs.
pub struct ClusterPort {
    /// The cluster, for what is answered soon.
    pub cluster: Cluster,
    /// The cluster, for what takes long.
    scans: Cluster,
    told: Arc<KeeperConfig>,
    signer: Arc<Keypair>,
    feeds: RwLock<FeedBook>,
    tables: RwLock<Vec<AddressLookupTableAccount>>,
    /// Whether a lookup table is being made.
    makes_table: AtomicBool,
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
            cluster: cluster.clone().with_timeout(ANSWER_TIMEOUT),
            scans: cluster,
            told,
            signer,
            feeds: RwLock::new(feeds),
            tables: RwLock::default(),
            makes_table: AtomicBool::new(false),
            metrics,
            health,
        })
    }

    /// Who pays.
    pub fn payer(&self) -> Pubkey {
        self.signer.pubkey()
    }

    /// How transactions are made.
    fn options(&self, fee: FeePolicy) -> SendOptions {
        let version = match self.told.transaction_version {
            0 => WireVersion::V0,
            _ => WireVersion::V1,
        };
        SendOptions {
            version,
            tables: self.made_tables(),
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
        let (cluster, exchange) = (&self.scans, self.told.exchange);
        let clock = cluster.clock().await?; // first: whatever is told of later slots is newer
        let feeds = self
            .feeds
            .read()
            .map(|feeds| feeds.clone())
            .unwrap_or_default();
        let filter = AccountFilter::default();
        let (state, marks, requests, changes) = tokio::try_join!(
            cluster.exchange(exchange, &feeds),
            cluster.margin_account_marks(exchange),
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
            accounts: Vec::new(),
            marks,
            requests,
            changes,
        })
    }
}

#[async_trait]
impl KeeperPort for ClusterPort {
    fn tables(&self) -> Vec<AddressLookupTableAccount> {
        self.made_tables()
    }

    async fn snapshot(&self) -> Result<Snapshot> {
        Ok(self.noted(self.scan().await)?)
    }

    async fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<ToldAccount>> {
        let found = self.noted(self.cluster.dated_accounts(addresses).await)?;
        let both = addresses.iter().zip(found);
        let told = both.map(|(address, (slot, found))| {
            let (owner, data) = found.map_or_else(
                || (Pubkey::default(), Vec::new()),
                |account| (account.owner, account.data),
            );
            ToldAccount {
                address: *address,
                owner,
                data,
                slot,
            }
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
    /// Sends instructions. What version 0 does not hold goes as version 1.
    async fn send(&self, instructions: &[Instruction], fee: FeePolicy) -> JobOutcome {
        let mut options = self.options(fee);
        let mut sent = self.attempt(instructions, &options).await;
        if matches!(sent, Err(SendError::Unsendable(_))) && options.version == WireVersion::V0 {
            options.version = WireVersion::V1;
            sent = self.attempt(instructions, &options).await;
        }
        sent.unwrap_or_else(|error| self.outcome_of(&error))
    }

    async fn attempt(
        &self,
        instructions: &[Instruction],
        options: &SendOptions,
    ) -> Result<JobOutcome, SendError> {
        if self.told.dry_run {
            let payer = self.signer.pubkey();
            let simulated = self.cluster.simulate(&payer, instructions, options).await?;
            let units = simulated.units;
            return Ok(JobOutcome::Rehearsed { units });
        }
        let (cluster, signer) = (self.cluster.clone(), Arc::clone(&self.signer));
        let (instructions, options) = (instructions.to_vec(), options.clone());
        // Not every signer may move between threads: one thread sees a transaction through.
        let sending = tokio::task::spawn_blocking(move || {
            let signers: [&dyn Signer; 1] = [&*signer];
            Handle::current().block_on(cluster.send(&signers, &instructions, &options))
        });
        match sending.await {
            Ok(sent) => Ok(JobOutcome::Landed(landed(&sent?))),
            Err(broken) => Ok(JobOutcome::Failed {
                kind: "broken",
                words: broken.to_string(),
            }),
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

/// Where the price of a feed is expected.
fn place_of(feed: &FeedBinding) -> Pubkey {
    push_account(feed.kind, &feed.feed, SHARD)
}
