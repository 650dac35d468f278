//! What happens on the cluster, told to the runner: by subscription, by looking now and then, and by full scans.
//!
//! | task | what it tells |
//! |---|---|
//! | watch | accounts of the program, prices and clock, as they change |
//! | look | prices and clock, each `poll_every`; the payer's balance |
//! | scan | everything, each `scan_every`, and whenever the subscription was broken |
use std::sync::Arc;
use std::time::Instant;

use anchor_lang::prelude::{Pubkey, pubkey};
use freeboard_client::feed::FeedAccount;
use freeboard_client::network::{FetchedAccount, WatchEvent};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::book::{Snapshot, ToldAccount};
use crate::cluster_port::ClusterPort;
use crate::config::KeeperConfig;
use crate::health::KeeperHealth;
use crate::metrics::KeeperMetrics;
use crate::port::KeeperPort;

/// The account of the chain's clock.
const CLOCK: Pubkey = pubkey!("SysvarC1ock11111111111111111111111111111111");
/// Looks between two at the payer's balance.
const LOOKS_PER_BALANCE: u32 = 10;
/// Events that may wait for the runner.
const WAITING: usize = 65_536;

/// What the runner is told.
#[derive(Debug)]
pub enum KeeperEvent {
    /// Everything.
    Scanned(Box<Snapshot>),
    /// One account of the program.
    Told(ToldAccount),
    /// One account with a price.
    Price(FeedAccount),
    /// The chain's clock.
    Clock {
        /// Unix seconds.
        now: i64,
        /// Slot.
        slot: u64,
    },
}

/// What the tasks share.
#[derive(Clone)]
pub struct ClusterSource {
    /// The cluster.
    pub port: Arc<ClusterPort>,
    /// What the keeper was told.
    pub told: Arc<KeeperConfig>,
    /// What is counted.
    pub metrics: Arc<KeeperMetrics>,
    /// What was seen.
    pub health: Arc<KeeperHealth>,
    /// Ends the tasks.
    pub stop: CancellationToken,
    /// Where prices are.
    pub feeds: watch::Receiver<Vec<Pubkey>>,
    /// Asks for a scan.
    pub rescan: Arc<Notify>,
}

impl ClusterSource {
    /// Begins all tasks; what they tell comes out of the receiver.
    pub fn begin(self) -> mpsc::Receiver<KeeperEvent> {
        let (events, told) = mpsc::channel(WAITING);
        tokio::spawn(self.clone().scans(events.clone()));
        tokio::spawn(self.clone().looks(events.clone()));
        tokio::spawn(self.watches(events));
        told
    }

    /// Scans now and then.
    async fn scans(self, events: mpsc::Sender<KeeperEvent>) {
        let mut next = interval(self.told.timing.scan_every);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        next.tick().await; // the first scan is done before anything begins
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.rescan.notified() => {}
                _ = next.tick() => {}
            }
            let start = Instant::now();
            match self.port.snapshot().await {
                Ok(snapshot) => {
                    note_scan(&self.metrics, &self.health, start);
                    let event = KeeperEvent::Scanned(Box::new(snapshot));
                    if events.send(event).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "no scan");
                    tokio::time::sleep(self.told.timing.retry_after).await;
                    self.rescan.notify_one();
                }
            }
        }
    }

    /// Looks at prices and clock.
    async fn looks(self, events: mpsc::Sender<KeeperEvent>) {
        let mut next = interval(self.told.timing.poll_every);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = next.tick() => {}
            }
            if looks.is_multiple_of(LOOKS_PER_BALANCE) {
                self.look_at_balance().await;
            }
            looks = looks.wrapping_add(1);
            let mut addresses = vec![CLOCK];
            addresses.extend(self.feeds.borrow().iter());
            let found = match self.port.cluster.accounts(&addresses).await {
                Ok(found) => found,
                Err(error) => {
                    tracing::debug!(%error, "no prices");
                    self.health.rpc(Some(error.to_string()));
                    self.metrics.rpc_error("look");
                    continue;
                }
            };
            self.health.rpc(None);
            for account in found.into_iter().flatten() {
                if let Some(event) = self.event_of(account, 0)
                    && events.send(event).await.is_err()
                {
                    return;
                }
            }
        }
    }

    async fn look_at_balance(&self) {
        let payer = self.port.payer();
        if let Ok(lamports) = self.port.cluster.balance(&payer).await {
            self.health.balance(lamports);
            self.metrics
                .balance
                .set(i64::try_from(lamports).unwrap_or(i64::MAX));
        }
    }

    /// Watches, and begins anew where prices have moved to other accounts.
    async fn watches(self, events: mpsc::Sender<KeeperEvent>) {
        let mut feeds = self.feeds.clone();
        loop {
            let mut others = feeds.borrow_and_update().clone();
            others.push(CLOCK);
            let commitment = self.port.cluster.commitment();
            let mut watch = self.port.cluster.watch(others, commitment);
            loop {
                let event = tokio::select! {
                    () = self.stop.cancelled() => return,
                    changed = feeds.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        break;
                    }
                    event = watch.next() => event,
                };
                match event {
                    Some(WatchEvent::Connected) => self.rescan.notify_one(),
                    Some(WatchEvent::Disconnected(reason)) => {
                        tracing::warn!(%reason, "the subscription is broken");
                        self.metrics.rpc_error("subscription");
                    }
                    Some(WatchEvent::Changed { account, slot }) => {
                        if let Some(event) = self.event_of(account, slot)
                            && events.send(event).await.is_err()
                        {
                            return;
                        }
                    }
                    None => break,
                }
            }
        }
    }

    /// What an account means.
    fn event_of(&self, account: FetchedAccount, slot: u64) -> Option<KeeperEvent> {
        if account.address == CLOCK {
            return clock_of(&account.data);
        }
        let FetchedAccount {
            address,
            owner,
            data,
            ..
        } = account;
        if self.feeds.borrow().contains(&address) {
            return Some(KeeperEvent::Price(FeedAccount {
                address,
                owner,
                data,
            }));
        }
        Some(KeeperEvent::Told(ToldAccount {
            address,
            owner,
            data,
            slot,
        }))
    }
}

/// Counts a scan that began then.
pub fn note_scan(metrics: &KeeperMetrics, health: &KeeperHealth, start: Instant) {
    metrics.scans.inc();
    metrics.scan_seconds.set(start.elapsed().as_secs_f64());
    health.scanned(Instant::now());
}

/// The clock in the bytes of its account: slot first, time fifth.
fn clock_of(data: &[u8]) -> Option<KeeperEvent> {
    let word = |at: usize| -> Option<[u8; 8]> { data.get(at..at + 8)?.try_into().ok() };
    Some(KeeperEvent::Clock {
        slot: u64::from_le_bytes(word(0)?),
        now: i64::from_le_bytes(word(32)?),
    })
}
