//! Everything that waits or runs.
use std::time::SystemTime;

use anyhow::{Context, Result};
use freeboard_client::display::{money, table::table};
use freeboard_client::dump::Dump;
use freeboard_client::forecast::ForecastState;
use freeboard_client::freeboard::governance::delay_secs;
use serde::Serialize;

use super::pending::{self, Waiting};
use super::running::{self, Offer, Paused, Ramp, RunningMarket};
use super::words;

/// The answer of `freeboard params diff`.
#[derive(Debug, Serialize)]
pub struct Diff {
    /// The exchange.
    pub exchange: String,
    /// The time that is taken for now, unix seconds.
    pub now: i64,
    /// The timelock, seconds.
    pub timelock_secs: u32,
    /// How long a change waits that is proposed now, seconds: longer than the timelock where LPs need longer.
    pub delay_secs: u32,
    /// Changes that wait, by number.
    pub pending: Vec<Waiting>,
    /// Values that MM does not read at its target yet.
    pub ramps: Vec<Ramp>,
    /// Roles that were offered.
    pub offers: Vec<Offer>,
    /// Markets that are not open for everything.
    pub markets: Vec<RunningMarket>,
    /// Operations that are paused.
    pub pauses: Vec<Paused>,
}

impl Diff {
    /// Of an exchange at `now`, or by this machine's clock.
    pub fn from_dump(dump: &Dump, now: Option<i64>) -> Result<Self> {
        let now = now.map_or_else(clock, Ok)?;
        let state = ForecastState::from_dump(dump);
        let waiting = |pending| Waiting::new(dump, &state, pending, now);
        Ok(Self {
            exchange: dump.exchange.address.to_string(),
            now,
            timelock_secs: state.exchange.timelock_secs,
            delay_secs: delay_secs(&state.exchange),
            pending: dump.pending.iter().map(waiting).collect(),
            ramps: running::ramps(&state, now)?,
            offers: running::offers(&state.exchange),
            markets: running::markets(&state),
            pauses: running::pauses(&state.exchange, now),
        })
    }
}

fn clock() -> Result<i64> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let secs = since.context("this machine's clock")?.as_secs();
    Ok(i64::try_from(secs)?)
}

/// As text.
pub fn text(diff: &Diff) -> String {
    let mut text = format!(
        "Exchange {}, timelock {}, a change waits {}, at {}\n",
        diff.exchange,
        money::duration(diff.timelock_secs.into()),
        money::duration(diff.delay_secs.into()),
        words::time(diff.now)
    );
    if diff.pending.is_empty() {
        text += "\nNothing waits.\n";
    }
    for waiting in &diff.pending {
        text += &format!("\n{}", pending::text(waiting, diff.now));
    }
    if !diff.ramps.is_empty() {
        let rows = diff.ramps.iter().map(|ramp| {
            [
                ramp.concerns.clone(),
                ramp.value.clone(),
                ramp.effective.clone(),
                ramp.target.clone(),
                ramp.until_ts.map_or("never".to_owned(), words::time),
            ]
        });
        let columns = ["of", "value", "MM reads", "IM reads", "until"];
        text += &format!("\nRunning\n{}\n", table(&columns, 5).add_rows(rows));
    }
    for offer in &diff.offers {
        let by = if offer.by_governance {
            "by governance, so that the holder cannot take it back"
        } else {
            "by the holder"
        };
        text += &format!(
            "\nThe role of {} of {} is offered to {} {by}.\n",
            offer.role, offer.holder, offer.offered
        );
    }
    for market in &diff.markets {
        let from = market.settle_from_ts.map_or(String::new(), |ts| {
            format!(", not before {}", words::time(ts))
        });
        text += &format!("\n{}: {}{from}.\n", market.asset, market.status);
    }
    for paused in &diff.pauses {
        let (operation, until) = (&paused.operation, words::time(paused.until_ts));
        text += &format!("\n{operation} is paused until {until}.\n");
    }
    text
}
