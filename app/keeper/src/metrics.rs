//! What is counted, for Prometheus. Every name here begins with `freeboard_keeper_`; docs/keepers.md explains them.
use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry};

use crate::job::Duty;
use crate::outcome::Meaning;

/// Begins each name.
const NAME: &str = "freeboard_keeper";

/// What a job was, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct JobLabels {
    /// The kind of work.
    pub duty: Duty,
    /// What it closed; empty where it closed nothing.
    pub closing: &'static str,
    /// What became of it.
    pub outcome: Meaning,
}

/// A kind of work.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DutyLabel {
    /// Which.
    pub duty: Duty,
}

/// A kind of closing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ClosingLabel {
    /// Which.
    pub closing: &'static str,
}

/// A kind of error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabel {
    /// Which.
    pub kind: &'static str,
}

/// An asset.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct AssetLabel {
    /// Its name.
    pub asset: String,
}

/// Hours of an asset, by what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct HourLabels {
    /// The asset's name.
    pub asset: String,
    /// Within its maintenance shock, beyond it by a fall or a rise, or missed.
    pub outcome: &'static str,
}

/// Everything that is counted.
pub struct KeeperMetrics {
    registry: Registry,
    /// Margin accounts in the book.
    pub accounts: Gauge,
    /// Of them those below their maintenance margin or flagged.
    pub candidates: Gauge,
    /// Accounts valued.
    pub valuations: Counter,
    /// Jobs that ended, by what became of them.
    pub jobs: Family<JobLabels, Counter>,
    /// Accounts flagged or renewed.
    pub flags: Counter,
    /// Accounts liquidated.
    pub liquidations: Family<ClosingLabel, Counter>,
    /// What landed jobs earned, as their events tell.
    pub rewards: Counter,
    /// What transactions cost.
    pub fees: Counter,
    /// What the payer has left.
    pub balance: Gauge<i64, AtomicI64>,
    /// Failures of node and network.
    pub rpc_errors: Family<KindLabel, Counter>,
    /// Age of each feed's newest price, by the chain's clock.
    pub feed_age: Family<AssetLabel, Gauge>,
    /// What each asset's account has counted of its maintenance shock.
    pub watched_hours: Family<HourLabels, Gauge>,
    /// How long one round of deciding takes.
    pub rounds: Histogram,
    /// From the moment a price was seen until a flag by it landed.
    pub price_to_flag: Histogram,
    /// When a job of each kind last landed, by the chain's clock.
    pub last_success: Family<DutyLabel, Gauge>,
    /// Jobs on their way.
    pub in_flight: Gauge,
    /// Jobs that wait after a refusal or an error.
    pub waiting: Gauge,
    /// Full scans.
    pub scans: Counter,
    /// How long the last one took.
    pub scan_seconds: Gauge<f64, AtomicU64>,
    /// The newest slot seen.
    pub slot: Gauge,
}

impl Default for KeeperMetrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A metric under its name.
fn named<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

impl KeeperMetrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut all = Registry::with_prefix(NAME);
        let one = &mut all;
        let seconds = |least: f64, count| Histogram::new(exponential_buckets(least, 2.0, count));
        Self {
            accounts: named(
                one,
                "accounts_watched",
                "Margin accounts in the book",
                Gauge::default(),
            ),
            candidates: named(
                one,
                "accounts_below",
                "Accounts below their maintenance margin or flagged",
                Gauge::default(),
            ),
            valuations: named(one, "valuations", "Accounts valued", Counter::default()),
            jobs: named(
                one,
                "jobs",
                "Jobs that ended, by what became of them",
                Family::default(),
            ),
            flags: named(
                one,
                "flags",
                "Accounts flagged or renewed",
                Counter::default(),
            ),
            liquidations: named(
                one,
                "liquidations",
                "Accounts liquidated, by closing",
                Family::default(),
            ),
            rewards: named(
                one,
                "rewards_quote_atoms",
                "What landed jobs earned, as their events tell",
                Counter::default(),
            ),
            fees: named(
                one,
                "fees_lamports",
                "What transactions cost",
                Counter::default(),
            ),
            balance: named(
                one,
                "balance_lamports",
                "What the payer has left",
                Gauge::default(),
            ),
            rpc_errors: named(
                one,
                "rpc_errors",
                "Failures of node and network, by kind",
                Family::default(),
            ),
            feed_age: named(
                one,
                "feed_age_seconds",
                "Age of each feed's newest price",
                Family::default(),
            ),
            watched_hours: named(
                one,
                "watched_hours",
                "Hours of each asset within its maintenance shock, beyond it or missed, as its account counts them",
                Family::default(),
            ),
            rounds: named(
                one,
                "round_seconds",
                "How long one round of deciding takes",
                seconds(0.000_1, 16),
            ),
            price_to_flag: named(
                one,
                "price_to_flag_seconds",
                "From a price seen until a flag by it landed",
                seconds(0.05, 10),
            ),
            last_success: named(
                one,
                "last_success_seconds",
                "Chain time when a job of each duty last landed",
                Family::default(),
            ),
            in_flight: named(one, "jobs_in_flight", "Jobs on their way", Gauge::default()),
            waiting: named(
                one,
                "jobs_waiting",
                "Jobs that wait after a refusal or an error",
                Gauge::default(),
            ),
            scans: named(one, "scans", "Full scans", Counter::default()),
            scan_seconds: named(
                one,
                "scan_seconds",
                "How long the last full scan took",
                Gauge::default(),
            ),
            slot: named(one, "slot", "The newest slot seen", Gauge::default()),
            registry: all,
        }
    }

    /// Counts a failure of node or network.
    pub fn rpc_error(&self, kind: &'static str) {
        self.rpc_errors.get_or_create(&KindLabel { kind }).inc();
    }

    /// Sets how many hours of an asset had this outcome.
    pub fn hours(&self, asset: &str, outcome: &'static str, hours: i64) {
        let asset = asset.to_owned();
        let label = HourLabels { asset, outcome };
        self.watched_hours.get_or_create(&label).set(hours);
    }

    /// All of it as Prometheus reads it.
    pub fn text(&self) -> String {
        let mut written = String::new();
        // A string takes every byte.
        let _ = text::encode(&mut written, &self.registry);
        written
    }
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
