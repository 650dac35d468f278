//! What happens on the cluster, told to the runner: by subscription, by looking now and then, and by full scans.
//!
//! | task | what it tells |
//! |---|---|
//! | watch | accounts of the program, prices and clock, as they change |
//! | look | prices and clock, each `poll_every`; the payer's balance |
//! | scan | everything, each `scan_every`, and whenever the subscription was broken |
//! | fee | what others pay for the accounts that every liquidation writes, each few seconds |
//!
//! A look is short, so it shows when a node that was away is back. What was asked before may hang for as long as the
//! network's own limits: it is given up then and begun anew.
use std::sync::Arc;
use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use freeboard_client::address;
use freeboard_client::feed::FeedAccount;
use freeboard_client::network::{CLOCK_SYSVAR, FetchedAccount, WatchEvent, decode_clock};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::book::{Snapshot, ToldAccount};
use crate::cluster_port::ClusterPort;
use crate::config::{FeeChoice, KeeperConfig};
use crate::health::KeeperHealth;
use crate::metrics::KeeperMetrics;
use crate::port::KeeperPort;

/// How long a look may take.
const LOOK: Duration = Duration::from_secs(2);
/// Of a node that was away for less than this nothing is given up: an answer or two were late.
const AWAY: Duration = Duration::from_secs(4);
/// A subscription that tells nothing for so long is broken: prices and the clock change every second.
const SILENCE: Duration = Duration::from_secs(15);
/// After a scan no other is begun for so many times as long as it took, but at most until the next is due: a node that is
/// slow has other work.
const RESTS_PER_SCAN: u32 = 4;
/// From one question about fees to the next: no transaction waits for the answer.
const FEE_EVERY: Duration = Duration::from_secs(5);
/// Looks between two at the payer's balance.
const LOOKS_PER_BALANCE: u32 = 10;
/// Events that may wait for the runner: 16 MB of accounts. Of more a scan makes up.
const WAITING: usize = 8_192;

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
    /// What others pay, micro-lamports per compute unit.
    RecentFee(u64),
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
    /// Tells those who wait for an answer that the node is back after it was away.
    pub is_back: Arc<Notify>,
}

impl ClusterSource {
    /// Begins all tasks; what they tell comes out of the receiver.
    pub fn begin(self) -> mpsc::Receiver<KeeperEvent> {
        let (events, told) = mpsc::channel(WAITING);
        tokio::spawn(self.clone().scans(events.clone()));
        tokio::spawn(self.clone().looks(events.clone()));
        if self.told.fees.policy == FeeChoice::Recent {
            tokio::spawn(self.clone().fees(events.clone()));
        }
        tokio::spawn(self.watches(events));
        told
    }

    /// Scans now and then, and where it is asked for.
    async fn scans(self, events: mpsc::Sender<KeeperEvent>) {
        let mut next = interval(self.told.timing.scan_every);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        next.tick().await; // the first scan is done before anything begins
        let mut backoff = Backoff::new(self.told.timing.retry_after);
        let mut rests_until = Instant::now();
        loop {
            tokio::select! {
                biased; // who is told of both does not rest
                () = self.stop.cancelled() => return,
                () = self.is_back.notified() => rests_until = Instant::now(),
                () = self.rescan.notified() => {}
                _ = next.tick() => {}
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.is_back.notified() => {} // nothing is known of what happened meanwhile
                () = sleep_until(rests_until.into()) => {}
            }
            let start = Instant::now();
            let scanned = tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.is_back.notified() => {
                    rests_until = Instant::now();
                    continue; // another has been asked for
                }
                scanned = self.port.snapshot() => scanned,
            };
            match scanned {
                Ok(snapshot) => {
                    note_scan(&self.metrics, &self.health, start);
                    let rest = start.elapsed() * RESTS_PER_SCAN;
                    rests_until = Instant::now() + rest.min(self.told.timing.scan_every);
                    backoff = Backoff::new(self.told.timing.retry_after);
                    self.port.keep_table(&snapshot.state);
                    let event = KeeperEvent::Scanned(Box::new(snapshot));
                    if events.send(event).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "no scan; trying again");
                    if !backoff.wait(&self.stop).await {
                        return;
                    }
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
        let mut away_since = None::<Instant>;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = next.tick() => {}
            }
            let found = match self.look().await {
                Ok(found) => found,
                Err(reason) => {
                    tracing::debug!(reason, "no prices");
                    self.health.rpc(Some(reason));
                    self.metrics.rpc_error("look");
                    away_since.get_or_insert_with(Instant::now);
                    continue;
                }
            };
            self.health.rpc(None);
            if let Some(since) = away_since.take() {
                self.note_return(since.elapsed());
            }
            for account in found.into_iter().flatten() {
                if let Some(event) = self.event_of(account, 0)
                    && events.send(event).await.is_err()
                {
                    return;
                }
            }
            if looks.is_multiple_of(LOOKS_PER_BALANCE) {
                self.look_at_balance().await;
            }
            looks = looks.wrapping_add(1);
        }
    }

    /// Prices and clock.
    ///
    /// Errors: in words.
    async fn look(&self) -> Result<Vec<Option<FetchedAccount>>, String> {
        let mut addresses = vec![CLOCK_SYSVAR];
        addresses.extend(self.feeds.borrow().iter());
        match timeout(LOOK, self.port.cluster.accounts(&addresses)).await {
            Ok(found) => found.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} s", LOOK.as_secs())),
        }
    }

    /// The node answers again after it was away for so long: what happened meanwhile nobody may have told.
    fn note_return(&self, away: Duration) {
        if away >= AWAY {
            tracing::info!(secs = away.as_secs(), "the node is back");
            self.is_back.notify_waiters();
        }
        self.rescan.notify_one();
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

    /// Asks what others pay who write the pool and the assets, as every closing does.
    async fn fees(self, events: mpsc::Sender<KeeperEvent>) {
        let exchange = self.told.exchange;
        let mut next = interval(FEE_EVERY);
        next.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = next.tick() => {}
            }
            let assets = (0..).take(self.feeds.borrow().len());
            let mut written = vec![address::pool(&exchange)];
            written.extend(assets.map(|index| address::asset(&exchange, index)));
            let asked = self
                .port
                .cluster
                .recent_fee(&written, self.told.fees.percentile);
            let Ok(Ok(fee)) = timeout(LOOK, asked).await else {
                self.metrics.rpc_error("fee");
                continue;
            };
            if events.send(KeeperEvent::RecentFee(fee)).await.is_err() {
                return;
            }
        }
    }

    /// Watches, and begins anew where prices have moved to other accounts.
    async fn watches(self, events: mpsc::Sender<KeeperEvent>) {
        let mut feeds = self.feeds.clone();
        loop {
            let mut others = feeds.borrow_and_update().clone();
            others.push(CLOCK_SYSVAR);
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
                    () = self.is_back.notified() => {
                        watch.renew();
                        continue;
                    }
                    event = timeout(SILENCE, watch.next()) => event,
                };
                let Ok(event) = event else {
                    tracing::warn!("the subscription tells nothing; it is begun anew");
                    watch.renew();
                    continue;
                };
                match event {
                    Some(WatchEvent::Connected) => self.rescan.notify_one(),
                    Some(WatchEvent::Disconnected(reason)) => {
                        tracing::warn!(%reason, "the subscription is broken");
                        self.metrics.rpc_error("subscription");
                    }
                    Some(WatchEvent::Changed { account, slot }) => {
                        let event = self.event_of(account, slot);
                        if event.is_some_and(|event| !self.tell(&events, event)) {
                            return;
                        }
                    }
                    None => break,
                }
            }
        }
    }

    /// Tells what a subscription told; says whether anybody listens. What finds no room is left, and a scan brings it.
    fn tell(&self, events: &mpsc::Sender<KeeperEvent>, event: KeeperEvent) -> bool {
        match events.try_send(event) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.metrics.rpc_error("overflow");
                self.rescan.notify_one();
                true
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }

    /// What an account means.
    fn event_of(&self, account: FetchedAccount, slot: u64) -> Option<KeeperEvent> {
        if account.address == CLOCK_SYSVAR {
            let clock = decode_clock(&account.data)?;
            return Some(KeeperEvent::Clock {
                slot: clock.slot,
                now: clock.unix_timestamp,
            });
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
