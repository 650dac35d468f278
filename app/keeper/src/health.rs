//! Whether the keeper can work, and why not.
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::config::HttpConfig;

/// A scan may be this many times later than the next was due.
const SCANS_LATE: u32 = 3;

/// What the parts of the keeper have seen, since when. Times are the machine's steady clock: how long ago, not when.
#[derive(Default)]
pub struct KeeperHealth {
    seen: Mutex<Sightings>,
}

#[derive(Clone, Default)]
struct Sightings {
    slot: u64,
    slot_moved: Option<Instant>,
    scanned: Option<Instant>,
    lamports: Option<u64>,
    rpc_error: Option<String>,
}

/// The answer of `/healthz`.
#[derive(Clone, Debug, Serialize)]
pub struct HealthReport {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// What is.
    pub reasons: Vec<String>,
    /// The newest slot seen.
    pub slot: u64,
    /// Seconds since the last full scan; none before the first.
    pub scan_age_secs: Option<u64>,
    /// What the payer has left; none before the first look.
    pub lamports: Option<u64>,
}

impl KeeperHealth {
    fn edit(&self, change: impl FnOnce(&mut Sightings)) {
        // A thread that panicked while it held the lock has left whole values.
        change(&mut self.seen.lock().unwrap_or_else(|held| held.into_inner()));
    }

    /// A slot was seen.
    pub fn slot(&self, slot: u64, now: Instant) {
        self.edit(|seen| {
            if slot > seen.slot {
                (seen.slot, seen.slot_moved) = (slot, Some(now));
            }
        });
    }

    /// A full scan is done.
    pub fn scanned(&self, now: Instant) {
        self.edit(|seen| seen.scanned = Some(now));
    }

    /// What the payer has left, lamports.
    pub fn balance(&self, lamports: u64) {
        self.edit(|seen| seen.lamports = Some(lamports));
    }

    /// The node answered, or failed like this.
    pub fn rpc(&self, error: Option<String>) {
        self.edit(|seen| seen.rpc_error = error);
    }

    /// The answer at a moment.
    pub fn report(&self, told: &HttpConfig, scan_every: Duration, now: Instant) -> HealthReport {
        let mut seen = Sightings::default();
        self.edit(|held| seen = held.clone());
        let mut reasons = Vec::new();
        if let Some(error) = &seen.rpc_error {
            reasons.push(format!("the node does not answer: {error}"));
        }
        let age = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        match age(seen.slot_moved) {
            None => reasons.push("no slot seen yet".to_owned()),
            Some(age) if age > told.slot_age => {
                reasons.push(format!(
                    "slot {} has stood for {} s",
                    seen.slot,
                    age.as_secs()
                ));
            }
            Some(_) => {}
        }
        let scan_age = age(seen.scanned);
        match scan_age {
            None => reasons.push("no full scan yet".to_owned()),
            Some(age) if age > scan_every * SCANS_LATE => {
                reasons.push(format!("the last full scan is {} s old", age.as_secs()));
            }
            Some(_) => {}
        }
        if let Some(lamports) = seen.lamports.filter(|left| *left < told.least_lamports) {
            let least = told.least_lamports;
            reasons.push(format!(
                "the payer has {lamports} lamports; send at least {least}"
            ));
        }
        HealthReport {
            ok: reasons.is_empty(),
            reasons,
            slot: seen.slot,
            scan_age_secs: scan_age.map(|age| age.as_secs()),
            lamports: seen.lamports,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_said() {
        let (health, told) = (KeeperHealth::default(), HttpConfig::default());
        let (start, every) = (Instant::now(), Duration::from_secs(60));
        let report = health.report(&told, every, start);
        assert_eq!(report.reasons, ["no slot seen yet", "no full scan yet"]);

        health.slot(7, start);
        health.scanned(start);
        health.balance(told.least_lamports);
        assert!(health.report(&told, every, start).ok);

        health.slot(7, start + Duration::from_secs(30)); // the same one again moves nothing
        health.rpc(Some("refused".to_owned()));
        health.balance(5);
        let report = health.report(&told, every, start + Duration::from_secs(200));
        let said = report.reasons.join("; ");
        for word in ["refused", "slot 7", "200 s old", "5 lamports"] {
            assert!(said.contains(word), "{said}");
        }
        assert!(!report.ok);
    }
}
