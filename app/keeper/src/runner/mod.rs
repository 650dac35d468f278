//! The loop: takes what happened into the book, values whom it moved, decides, sends, and learns what became of it. Many
//! jobs are on their way at once, none twice.
mod report;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anchor_lang::prelude::Pubkey;
use freeboard_client::freeboard::state::MarginAccount;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::book::{ExchangeBook, ToldAccount};
use crate::config::KeeperConfig;
use crate::duties;
use crate::fees;
use crate::flight::FlightLog;
use crate::groups::{self, Carriage};
use crate::health::KeeperHealth;
use crate::job::{Duty, KeeperJob};
use crate::metrics::{JobLabels, KeeperMetrics};
use crate::outcome::{JobOutcome, Meaning};
use crate::port::KeeperPort;
use crate::source::KeeperEvent;
use report::count;

/// How often it looks what there is to do though nothing was told: pauses end.
const TICK: Duration = Duration::from_millis(100);
/// Least time between two rounds while much is told: what is told meanwhile is decided on together.
const ROUND_GAP: Duration = Duration::from_millis(10);
/// From one sign of life to the next, and from one look at the ages of prices and at what can be forgotten.
const CARE_EVERY: Duration = Duration::from_secs(1);
/// How long an account is left that has no closing that is fit: a price or a second may make one fit. How long accounts are
/// not asked for after the node did not tell them, or told them older than a scan found them.
const FRUITLESS_RESTS: Duration = Duration::from_millis(500);
/// Margin accounts that are read at once where a scan found them otherwise than they are known.
pub const READ_AT_ONCE: usize = 1_000;

/// What every part of the keeper shares.
#[derive(Clone)]
pub struct KeeperShared<P> {
    /// The cluster.
    pub port: Arc<P>,
    /// What the keeper was told.
    pub told: Arc<KeeperConfig>,
    /// What is counted.
    pub metrics: Arc<KeeperMetrics>,
    /// What was seen.
    pub health: Arc<KeeperHealth>,
}

/// A job that has come back.
struct ReturnedJob {
    job: KeeperJob,
    outcome: JobOutcome,
    /// What it was about, as it is now.
    fresh: Vec<ToldAccount>,
    /// When the price was seen that a new flag goes by.
    seen: Option<Instant>,
}

/// The loop and what it knows.
pub struct KeeperRunner<P: KeeperPort> {
    shared: KeeperShared<P>,
    /// What it knows of the exchange.
    pub book: ExchangeBook,
    flights: FlightLog,
    running: JoinSet<ReturnedJob>,
    keys_of: HashMap<Id, KeeperJob>,
    /// Margin accounts that are being read.
    reading: JoinSet<anyhow::Result<Vec<ToldAccount>>>,
    /// From when on some may be asked for again.
    reads_from: Instant,
    last_round: Option<Instant>,
    last_care: Option<Instant>,
}

impl<P: KeeperPort> KeeperRunner<P> {
    /// The loop over this book.
    pub fn new(shared: KeeperShared<P>, book: ExchangeBook) -> Self {
        Self {
            shared,
            book,
            flights: FlightLog::default(),
            running: JoinSet::new(),
            keys_of: HashMap::new(),
            reading: JoinSet::new(),
            reads_from: Instant::now(),
            last_round: None,
            last_care: None,
        }
    }

    /// Works until it is stopped, then waits for what is on its way. `feeds` is told where prices are; `rescan` asks for
    /// a full scan.
    pub async fn work(
        mut self,
        mut events: mpsc::Receiver<KeeperEvent>,
        stop: CancellationToken,
        (feeds, rescan): (watch::Sender<Vec<Pubkey>>, Arc<Notify>),
    ) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(returned) = self.running.join_next_with_id() => self.take_back(returned),
                Some(read) = self.reading.join_next() => self.take_read(read),
                event = events.recv() => match event {
                    Some(event) => self.hear(event),
                    None => break,
                },
                _ = tick.tick() => {}
            }
            while let Ok(event) = events.try_recv() {
                self.hear(event);
            }
            if self.last_round.is_none_or(|at| at.elapsed() >= ROUND_GAP) {
                self.round();
            }
            self.read_lacking();
            // By time and not by ticks: however much is told, it goes on.
            if self.last_care.is_none_or(|at| at.elapsed() >= CARE_EVERY) {
                self.care();
            }
            let now_at = self.book.feeds();
            feeds.send_if_modified(|known| {
                let moved = *known != now_at;
                *known = now_at;
                moved
            });
            if self.book.is_outdated() {
                rescan.notify_one();
            }
        }
        self.finish().await;
    }

    /// Takes one event into the book.
    pub fn hear(&mut self, event: KeeperEvent) {
        let now = Instant::now();
        match event {
            KeeperEvent::Scanned(snapshot) => {
                self.book.replace(*snapshot);
                self.shared.health.slot(self.book.slot, now);
            }
            KeeperEvent::Told(told) => self.book.hear(told),
            KeeperEvent::Price(feed) => {
                self.book.take_price(feed, now);
            }
            KeeperEvent::RecentFee(micro_lamports_per_unit) => {
                self.book.recent_fee = micro_lamports_per_unit;
            }
            KeeperEvent::Clock { now: clock, slot } => {
                self.book.set_clock(clock, slot);
                self.shared.health.slot(self.book.slot, now);
            }
        }
    }

    /// Values, decides and sends once; returns how many jobs have left.
    pub fn round(&mut self) -> usize {
        let start = Instant::now();
        let metrics = self.shared.metrics.clone();
        let valued = self.book.refresh();
        metrics
            .valuations
            .inc_by(u64::try_from(valued).unwrap_or(u64::MAX));
        metrics.accounts.set(count(self.book.len()));
        metrics
            .candidates
            .set(count(self.book.candidates().count()));
        let most = self.shared.told.timing.most_in_flight;
        let room = most.saturating_sub(self.running.len());
        // Without room nothing could leave, and what is due then is decided by what is known then.
        let departed = if room == 0 {
            0
        } else {
            self.send_wanted(room, start)
        };
        let now = Instant::now();
        metrics.in_flight.set(count(self.flights.count_in_flight()));
        metrics.waiting.set(count(self.flights.count_waiting(now)));
        metrics.rounds.observe((now - start).as_secs_f64());
        self.last_round = Some(now);
        departed
    }

    /// Decides and sends at most so many transactions; returns how many have left.
    fn send_wanted(&mut self, room: usize, start: Instant) -> usize {
        (self.book.busy, self.book.room) = (self.flights.busy(start), room);
        let told = self.shared.told.clone();
        let wanted = duties::wanted(&self.book, self.book.now, &told);
        for key in wanted.fruitless {
            self.flights.leave(key, FRUITLESS_RESTS, start);
        }
        let mut jobs = wanted.jobs;
        jobs.retain(|job| job.keys.iter().all(|key| !self.book.busy.contains(key)));
        let tables = self.shared.port.tables();
        let carriage = Carriage {
            payer: self.book.keys.authority,
            tables: (told.transaction_version == 0).then_some(tables.as_slice()),
        };
        let grouped = groups::group(&self.book, jobs, &told, &carriage);
        let mut departed = 0;
        for job in grouped.into_iter().take(room) {
            self.depart(job);
            departed += 1;
        }
        departed
    }

    /// Reads margin accounts that a scan found otherwise than they are known, some at a time.
    fn read_lacking(&mut self) {
        if !self.reading.is_empty() || Instant::now() < self.reads_from {
            return;
        }
        let some = self.book.lacking(READ_AT_ONCE);
        if some.is_empty() {
            return;
        }
        let port = self.shared.port.clone();
        self.reading
            .spawn(async move { port.accounts(&some).await });
    }

    fn take_read(&mut self, read: Result<anyhow::Result<Vec<ToldAccount>>, JoinError>) {
        match read.map_err(anyhow::Error::from).flatten() {
            Ok(accounts) => {
                let before = self.book.lacking(READ_AT_ONCE);
                accounts.iter().for_each(|one| self.book.take(one));
                // A node that is behind tells it as it was before the scan.
                if self.book.lacking(READ_AT_ONCE) == before {
                    self.reads_from = Instant::now() + FRUITLESS_RESTS;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "margin accounts are not read; trying again");
                self.reads_from = Instant::now() + FRUITLESS_RESTS;
            }
        }
    }

    fn depart(&mut self, job: KeeperJob) {
        self.flights.depart(&job.keys);
        let told = &self.shared.told;
        let fee = fees::policy(&self.book, &told.fees, job.reward_atoms);
        let seen = self.seen(&job);
        tracing::debug!(duty = %job.duty(), title = %job.title, ?fee, "sent");
        let (port, sent) = (self.shared.port.clone(), job.clone());
        let task = self.running.spawn(async move {
            let outcome = port.carry(&sent, fee).await;
            let mut subjects: Vec<Pubkey> = sent.keys.iter().map(|key| key.subject).collect();
            subjects.dedup();
            let fresh = match outcome.meaning() {
                Meaning::Failed | Meaning::Rehearsed => Vec::new(),
                _ => port.accounts(&subjects).await.unwrap_or_default(),
            };
            ReturnedJob {
                job: sent,
                outcome,
                fresh,
                seen,
            }
        });
        self.keys_of.insert(task.id(), job);
    }

    /// When the price was seen by which a new flag is set; none for a renewal or another duty.
    fn seen(&self, job: &KeeperJob) -> Option<Instant> {
        let accounts = job.keys.iter().filter(|key| key.duty == Duty::Flag);
        let states = accounts.filter_map(|key| self.book.account(&key.subject));
        let is_new = |state: &MarginAccount| state.flagged_ts == 0;
        let seen = states.filter(|one| is_new(&one.state));
        seen.filter_map(|one| self.book.price_seen(&one.state))
            .min()
    }

    fn take_back(&mut self, returned: Result<(Id, ReturnedJob), JoinError>) {
        let (id, returned) = match returned {
            Ok(returned) => returned,
            Err(error) => {
                // Whatever went wrong in it, its keys are free again.
                if let Some(job) = self.keys_of.remove(&error.id()) {
                    tracing::error!(%error, title = %job.title, "a job broke");
                    self.land(&job, None, Meaning::Failed);
                }
                return;
            }
        };
        self.keys_of.remove(&id);
        for fresh in &returned.fresh {
            self.book.take(fresh);
        }
        let (job, outcome) = (&returned.job, &returned.outcome);
        let meaning = outcome.meaning();
        self.tell(job, outcome, meaning);
        let done = match outcome {
            JobOutcome::Landed(landed) => {
                self.count_landed(job, landed, returned.seen);
                landed.done.as_deref()
            }
            _ => None,
        };
        self.land(job, done, meaning);
    }

    /// Frees the keys of a job. Of several accounts those that it was not done for wait: the others stopped nothing.
    fn land(&mut self, job: &KeeperJob, done: Option<&[Pubkey]>, meaning: Meaning) {
        let (told, now) = (self.shared.told.clone(), Instant::now());
        for key in &job.keys {
            let is_done =
                job.keys.len() == 1 || done.is_none_or(|done| done.contains(&key.subject));
            let meaning = match meaning {
                Meaning::Landed if !is_done => Meaning::NotNow,
                other => other,
            };
            self.flights.land(*key, meaning, &told.timing, now);
        }
        let labels = JobLabels {
            duty: job.duty(),
            closing: job.closing_name(),
            outcome: meaning,
        };
        self.shared.metrics.jobs.get_or_create(&labels).inc();
    }

    /// Waits for what is on its way, at most as long as a transaction may take.
    pub async fn finish(&mut self) {
        let most = self.shared.told.timing.send_timeout;
        let left = self.running.len();
        if left > 0 {
            tracing::info!(left, "waiting for what is on its way");
        }
        let mut care = interval(CARE_EVERY);
        let rest = async {
            loop {
                tokio::select! {
                    returned = self.running.join_next_with_id() => match returned {
                        Some(returned) => self.take_back(returned),
                        None => return,
                    },
                    _ = care.tick() => report::sign_of_life(),
                }
            }
        };
        if timeout(most, rest).await.is_err() {
            tracing::warn!(
                left = self.running.len(),
                "stopped without knowing what became of them"
            );
        }
    }
}
