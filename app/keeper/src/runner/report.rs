//! What the loop tells: log, metrics, signs of life.
use std::time::Instant;

use freeboard_client::state::AssetState;
use sd_notify::NotifyState;

use super::KeeperRunner;
use crate::job::{Duty, KeeperJob};
use crate::metrics::{AssetLabel, ClosingLabel, DutyLabel, KeeperMetrics};
use crate::outcome::{JobOutcome, LandedJob, Meaning};
use crate::port::KeeperPort;

impl<P: KeeperPort> KeeperRunner<P> {
    pub(super) fn tell(&self, job: &KeeperJob, outcome: &JobOutcome, meaning: Meaning) {
        let (duty, title, words) = (job.duty(), &job.title, outcome.words());
        match meaning {
            Meaning::Landed => tracing::info!(%duty, title, signature = words, "landed"),
            Meaning::Rehearsed => tracing::info!(%duty, title, words, "would land"),
            Meaning::SomebodyElse | Meaning::NotNow => {
                tracing::debug!(%duty, title, words, meaning = meaning.name(), "not needed");
            }
            Meaning::Refused | Meaning::Unknown | Meaning::Failed => {
                tracing::warn!(%duty, title, words, meaning = meaning.name(), "not done");
            }
        }
    }

    pub(super) fn count_landed(&self, job: &KeeperJob, landed: &LandedJob, seen: Option<Instant>) {
        let metrics = &self.shared.metrics;
        metrics.fees.inc_by(landed.fee_lamports);
        metrics.rewards.inc_by(landed.reward_atoms);
        let done = landed.done.as_ref().map_or(job.keys.len(), Vec::len) as u64;
        match (job.duty(), job.closing) {
            (Duty::Flag, _) => {
                metrics.flags.inc_by(done);
                if let Some(seen) = seen {
                    metrics.price_to_flag.observe(seen.elapsed().as_secs_f64());
                }
            }
            (Duty::Liquidate, Some(_)) => {
                let closing = job.closing_name();
                metrics
                    .liquidations
                    .get_or_create(&ClosingLabel { closing })
                    .inc_by(done);
            }
            _ => {}
        }
        let label = DutyLabel { duty: job.duty() };
        metrics
            .last_success
            .get_or_create(&label)
            .set(self.book.now);
    }

    /// Ages of prices; what is long over; a sign of life to systemd.
    pub(super) fn care(&mut self) {
        let now = Instant::now();
        self.last_care = Some(now);
        self.flights.forget_old(&self.shared.told.timing, now);
        let metrics = &self.shared.metrics;
        metrics
            .slot
            .set(i64::try_from(self.book.slot).unwrap_or(i64::MAX));
        for one in &self.book.state.assets {
            count_hours(metrics, one);
            let latest = one
                .feed
                .as_ref()
                .and_then(|feed| feed.latest(&one.asset).ok());
            let age = latest.map(|price| self.book.now.saturating_sub(price.publish_ts));
            if let Some(age) = age {
                let label = AssetLabel { asset: one.name() };
                metrics.feed_age.get_or_create(&label).set(age);
            }
        }
        sign_of_life();
    }
}

/// What an asset's account has counted of its maintenance shock.
fn count_hours(metrics: &KeeperMetrics, one: &AssetState) {
    let counted = one.asset.exceedances();
    let beyond = counted.falls.saturating_add(counted.rises);
    let hours = [
        ("within", counted.windows.saturating_sub(beyond)),
        ("fall", counted.falls),
        ("rise", counted.rises),
        ("missed", counted.missed),
    ];
    for (outcome, count) in hours {
        metrics.hours(&one.name(), outcome, count.into());
    }
}

/// Tells systemd's watchdog that the keeper works, or finishes its work.
pub(super) fn sign_of_life() {
    // Nobody listens where systemd did not start it.
    let _ = sd_notify::notify(false, &[NotifyState::Watchdog]);
}

pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
