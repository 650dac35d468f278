//! Who watches the chain beside the keeper: values every account at each price, by the client's index, and notes when
//! one falls, is flagged and is liquidated. Moments are those at which the node told.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result, bail};
use freeboard_client::dump::Located;
use freeboard_client::feed::FeedAccount;
use freeboard_client::freeboard::state::{Asset, Exchange, MarginAccount};
use freeboard_client::index::ValuationIndex;
use freeboard_client::margin::PricedAsset;
use freeboard_client::network::{CLOCK_SYSVAR, FetchedAccount, WatchEvent, decode_clock};
use freeboard_client::pin::Pinned;
use solana_commitment_config::CommitmentConfig;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::scene::LoadScene;
use super::spans::LandedSpan;

/// Where an account is on its way from a fall to a liquidation.
#[derive(Clone, Copy, Debug)]
enum FallEpisode {
    /// Below its margin since then.
    Fallen(Instant),
    /// Below since then and flagged: from this second on it may be liquidated.
    Flagged { fallen: Instant, grace_ends_ts: i64 },
}

/// What was seen since the last question.
#[derive(Default)]
pub struct SeenStorm {
    /// From the price to the flag.
    pub flags: Vec<LandedSpan>,
    /// From the end of the grace to the liquidation after which the account is above its margin.
    pub endings: Vec<LandedSpan>,
    /// Accounts that fell.
    pub fallen: usize,
    /// Accounts that came back above their margin without a liquidation.
    pub recovered: usize,
    /// Liquidations.
    pub liquidations: usize,
    /// Accounts that are still below, or flagged and not done.
    pub open: usize,
}

struct StormLedger {
    exchange: Pubkey,
    pinned: Pinned,
    index: ValuationIndex,
    assets: Vec<PricedAsset>,
    grace_secs: i64,
    lapse_secs: i64,
    members: HashSet<Pubkey>,
    episodes: HashMap<Pubkey, FallEpisode>,
    /// Accounts that were liquidated since the last valuation.
    liquidated: HashSet<Pubkey>,
    changed: HashMap<Pubkey, Instant>,
    priced_at: Instant,
    now_ts: i64,
    /// When each second of the chain's clock was first seen.
    clock: BTreeMap<i64, Instant>,
    seen: SeenStorm,
    is_broken: bool,
}

/// Who watches; ends when it is dropped.
pub struct StormObserver {
    ledger: Arc<Mutex<StormLedger>>,
    tasks: [JoinHandle<()>; 2],
}

impl StormObserver {
    /// Watches the crowd from now on.
    pub async fn start(scene: &LoadScene) -> Result<Self> {
        let network = &scene.network;
        let feeds = network.description.assets.iter();
        let feeds: Result<Vec<Pubkey>, _> = feeds.map(|one| one.feed.parse()).collect();
        let mut others = feeds?;
        others.push(CLOCK_SYSVAR);
        let mut watch = network.cluster.watch(others, CommitmentConfig::processed());
        match watch.next().await.context("the node tells nothing")? {
            WatchEvent::Connected => {}
            other => bail!("the observer is not connected: {other:?}"),
        }
        let ledger = Arc::new(Mutex::new(StormLedger::new(scene).await?));
        let (stamped, mut events) = mpsc::unbounded_channel();
        // Moments are noted apart from valuations, which take their time.
        let stamping = tokio::spawn(async move {
            while let Some(event) = watch.next().await {
                if stamped.send((Instant::now(), event)).is_err() {
                    return;
                }
            }
        });
        let shared = Arc::clone(&ledger);
        let valuing = tokio::spawn(async move {
            while let Some(first) = events.recv().await {
                tokio::task::block_in_place(|| {
                    let mut ledger = lock(&shared);
                    ledger.take(first);
                    while let Ok(next) = events.try_recv() {
                        ledger.take(next);
                    }
                    ledger.settle();
                });
            }
        });
        Ok(Self {
            ledger,
            tasks: [stamping, valuing],
        })
    }

    /// Waits until so many accounts have fallen since the last question and none of them is open, at most so long;
    /// returns what was seen since then.
    pub async fn until_done(&self, fallen: usize, most: Duration) -> Result<SeenStorm> {
        let start = Instant::now();
        while start.elapsed() < most {
            if self.fallen() >= fallen && self.open() == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.take_seen()
    }

    /// Waits until so many accounts have been flagged since the last question, at most so long.
    pub async fn until_flagged(&self, flagged: usize, most: Duration) {
        let start = Instant::now();
        while start.elapsed() < most && lock(&self.ledger).seen.flags.len() < flagged {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What was seen since the last question.
    ///
    /// Errors: the observer's own connection was broken, so that it has not seen all.
    pub fn take_seen(&self) -> Result<SeenStorm> {
        let mut ledger = lock(&self.ledger);
        if ledger.is_broken {
            bail!("the observer's own subscription was broken: nothing of this run counts");
        }
        let open = ledger.episodes.len();
        Ok(SeenStorm {
            open,
            ..std::mem::take(&mut ledger.seen)
        })
    }

    fn fallen(&self) -> usize {
        lock(&self.ledger).seen.fallen
    }

    fn open(&self) -> usize {
        lock(&self.ledger).episodes.len()
    }
}

impl Drop for StormObserver {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn lock(ledger: &Mutex<StormLedger>) -> MutexGuard<'_, StormLedger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StormLedger {
    async fn new(scene: &LoadScene) -> Result<Self> {
        let (state, members) = (scene.state().await?, scene.members().await?);
        let now_ts = scene.network.chain.now().await?;
        let mut index = ValuationIndex::new(state.exchange);
        let assets = state.priced();
        for priced in &assets {
            index.set_asset(priced.clone());
        }
        let addresses = members.iter().map(|one| one.address).collect();
        for member in members {
            index.set_account(member);
        }
        index.refresh(now_ts);
        Ok(Self {
            exchange: state.address,
            pinned: Pinned::new(state.address),
            index,
            assets,
            grace_secs: state.exchange.liquidation.grace_secs.into(),
            lapse_secs: state.exchange.liquidation.flag_lapse_secs.into(),
            members: addresses,
            episodes: HashMap::new(),
            liquidated: HashSet::new(),
            changed: HashMap::new(),
            priced_at: Instant::now(),
            now_ts,
            clock: BTreeMap::new(),
            seen: SeenStorm::default(),
            is_broken: false,
        })
    }

    fn take(&mut self, (told_at, event): (Instant, WatchEvent)) {
        let account = match event {
            WatchEvent::Changed { account, .. } => account,
            WatchEvent::Connected | WatchEvent::Disconnected(_) => {
                self.is_broken = true;
                return;
            }
        };
        if account.address == CLOCK_SYSVAR {
            let clock = decode_clock(&account.data);
            self.note_time(clock.map_or(0, |clock| clock.unix_timestamp), told_at);
        } else if account.owner == freeboard_client::freeboard::ID {
            self.take_account(account, told_at);
        } else {
            self.take_price(account, told_at);
        }
    }

    fn note_time(&mut self, ts: i64, told_at: Instant) {
        self.clock.entry(ts).or_insert(told_at);
        self.now_ts = self.now_ts.max(ts);
    }

    fn take_price(&mut self, account: FetchedAccount, told_at: Instant) {
        let feed = FeedAccount {
            address: account.address,
            owner: account.owner,
            data: account.data,
        };
        let mut published = None;
        for priced in &mut self.assets {
            if priced.feed.address == feed.address && priced.feed != feed {
                priced.feed = feed.clone();
                let latest = feed.latest(&priced.asset);
                published = latest.ok().map(|price| price.publish_ts);
                self.index.set_asset(priced.clone());
                self.priced_at = told_at;
            }
        }
        if let Some(published) = published {
            self.note_time(published, told_at);
        }
    }

    fn take_account(&mut self, account: FetchedAccount, told_at: Instant) {
        let FetchedAccount {
            address,
            owner,
            data,
            ..
        } = account;
        if self.members.contains(&address) {
            if let Ok(state) = self.pinned.account::<MarginAccount>(&owner, &data) {
                self.take_member(Located { address, state }, told_at);
            }
        } else if let Ok(asset) = self.pinned.account::<Asset>(&owner, &data) {
            let places = self.assets.iter_mut();
            for priced in places.filter(|one| one.asset.index == asset.index) {
                priced.asset = asset;
                self.index.set_asset(priced.clone());
            }
        } else if address == self.exchange
            && let Ok(exchange) = freeboard_client::decode::account::<Exchange>(&owner, &data)
        {
            self.index.set_exchange(exchange);
        }
    }

    fn take_member(&mut self, member: Located<MarginAccount>, told_at: Instant) {
        let address = member.address;
        let before = self
            .index
            .account(&address)
            .map(|known| held(&known.state))
            .unwrap_or_default();
        if held(&member.state) < before {
            self.liquidated.insert(address);
            self.seen.liquidations += 1;
        }
        self.changed.insert(address, told_at);
        self.index.set_account(member);
    }

    /// Values whom something moved, and takes every account a step further on its way.
    fn settle(&mut self) {
        self.index.refresh(self.now_ts);
        let below = self.index.liquidatable().into_iter();
        let below: HashSet<Pubkey> = below.map(|one| one.account.address).collect();
        for address in &below {
            if !self.episodes.contains_key(address) {
                self.seen.fallen += 1;
                let fallen = FallEpisode::Fallen(self.priced_at);
                self.episodes.insert(*address, fallen);
            }
        }
        let open: Vec<(Pubkey, FallEpisode)> = self
            .episodes
            .iter()
            .map(|(key, one)| (*key, *one))
            .collect();
        for (address, episode) in open {
            self.go_on(address, episode, below.contains(&address));
        }
        self.liquidated.clear();
        self.changed.clear();
    }

    fn go_on(&mut self, address: Pubkey, episode: FallEpisode, is_below: bool) {
        let Some(account) = self.index.account(&address) else {
            return;
        };
        let flagged_ts = account.state.flagged_ts;
        let lapses_ts = account.state.flag_renewed_ts + self.lapse_secs;
        let is_flagged = is_below && flagged_ts != 0 && self.now_ts < lapses_ts;
        let changed = self.changed.get(&address).copied();
        let is_done = self.liquidated.contains(&address) && !is_below;
        match (episode, changed) {
            (FallEpisode::Fallen(due), Some(landed)) if is_done => {
                self.seen.endings.push(LandedSpan { due, landed });
                self.episodes.remove(&address);
            }
            // A flag may be told before the price that it goes by, or stand from an earlier fall.
            (FallEpisode::Fallen(due), changed) if is_flagged => {
                let landed = changed.unwrap_or(due);
                self.seen.flags.push(LandedSpan { due, landed });
                let flagged = FallEpisode::Flagged {
                    fallen: due,
                    grace_ends_ts: flagged_ts + self.grace_secs,
                };
                self.episodes.insert(address, flagged);
            }
            (
                FallEpisode::Flagged {
                    fallen,
                    grace_ends_ts,
                },
                Some(landed),
            ) if is_done => {
                let mut later = self.clock.range(grace_ends_ts..);
                let ended = later.next().map_or(landed, |(_, seen)| *seen);
                let due = ended.max(fallen);
                self.seen.endings.push(LandedSpan { due, landed });
                self.episodes.remove(&address);
            }
            _ if !is_below => {
                self.seen.recovered += 1;
                self.episodes.remove(&address);
            }
            _ => {}
        }
    }
}

/// What an account holds, base atoms of all markets: a liquidation makes it less, and nothing else here does.
fn held(account: &MarginAccount) -> u128 {
    let positions = account.positions.iter();
    positions
        .map(|one| u128::from(one.base_size_atoms.unsigned_abs()))
        .sum()
}
