//! One change that waits.
use anchor_lang::error::Error;
use anyhow::Result;
use freeboard_client::display::money;
use freeboard_client::dump::{Dump, Located};
use freeboard_client::forecast::ForecastState;
use freeboard_client::freeboard::error::FreeboardError;
use freeboard_client::freeboard::governance::Wait;
use freeboard_client::freeboard::state::{Change, PendingChange, Role};
use serde::Serialize;

use super::subject::{self, FieldRow};
use super::{NamedRefusal, words};

/// A change that waits.
#[derive(Debug, Serialize)]
pub struct Waiting {
    /// Its number.
    pub number: u64,
    /// Its address.
    pub address: String,
    /// The name of an asset, or the exchange.
    pub concerns: String,
    /// What kind of change it is.
    pub kind: String,
    /// When it was proposed, unix seconds.
    pub proposed_ts: i64,
    /// From when it can be carried out, unix seconds: by the longer delay, of its proposal or of now.
    pub executable_ts: i64,
    /// From when it is void, unix seconds: by the delay of its proposal.
    pub expires_ts: i64,
    /// How far it is.
    pub status: Status,
    /// Who could do the same without delay, as it only tightens; none if it has to wait.
    pub at_once_by: Option<&'static str>,
    /// What differs.
    pub fields: Vec<FieldRow>,
    /// Who can take it back.
    pub cancelled_by: String,
}

/// How far a change is.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Status {
    /// Its delay runs.
    Waits,
    /// The delay has become so long since that it will be void before: it can only be cancelled.
    TooLate,
    /// Anyone can carry it out now.
    Executable,
    /// It is a listing, and others come first.
    WaitsItsTurn,
    /// Its values were changed since, or its index is taken: it can only be cancelled.
    Stale,
    /// Its time is over: it can only be cancelled.
    Expired,
    /// The program would refuse it as things are.
    Refused {
        /// Why.
        refusal: NamedRefusal,
    },
}

/// What the program would say to a pending change at `now`, but that it is too early.
///
/// Errors: `ChangeStale`, `ChangeExpired`, `ChangeTargetMismatch`.
pub fn check_time(
    state: &mut ForecastState,
    pending: &PendingChange,
    now: i64,
) -> Result<(), Error> {
    let stale = match &pending.change {
        // A new asset has no other values: only its place can be taken.
        Change::Listing { asset_index, .. } => *asset_index < state.exchange.asset_count,
        change => state.target(change)?.version(change) != pending.version,
    };
    if stale {
        return Err(FreeboardError::ChangeStale.into());
    }
    match Wait::of_pending(pending, &state.exchange).require_over(now) {
        Err(error) if error == FreeboardError::ChangeTooEarly.into() => Ok(()),
        other => other,
    }
}

impl Waiting {
    /// A pending change at `now`.
    pub fn new(
        dump: &Dump,
        state: &ForecastState,
        pending: &Located<PendingChange>,
        now: i64,
    ) -> Self {
        let Located {
            address,
            state: pending,
        } = pending;
        let change = &pending.change;
        let wait = Wait::of_pending(pending, &state.exchange);
        let mut copy = state.clone();
        let target = copy.target(change).ok();
        let old = target.as_ref().and_then(|t| t.current(change));
        let only_tightens = target.is_some_and(|t| t.only_tightens(change).unwrap_or(false));
        let (status, ramp_end_ts) = outlook(dump, state, pending, wait, now);
        let only_tightens = only_tightens && !matches!(status, Status::Refused { .. });
        Self {
            number: pending.number,
            address: address.to_string(),
            concerns: subject::concerns(state, change),
            kind: subject::kind(change),
            proposed_ts: pending.proposed_ts,
            executable_ts: wait.executable_ts,
            expires_ts: wait.expires_ts,
            status,
            at_once_by: only_tightens.then(|| subject::at_once_by(change)),
            fields: subject::fields(state, old.as_ref(), change, ramp_end_ts),
            cancelled_by: cancelled_by(state, change),
        }
    }
}

/// How far it is, and until when MM's ramp would run if it were carried out as soon as it can be.
fn outlook(
    dump: &Dump,
    state: &ForecastState,
    pending: &PendingChange,
    wait: Wait,
    now: i64,
) -> (Status, Option<i64>) {
    let mut copy = state.clone();
    let refused = |error: Error| Status::Refused {
        refusal: error.into(),
    };
    if let Err(error) = check_time(&mut copy, pending, now) {
        let status = match error {
            error if error == FreeboardError::ChangeStale.into() => Status::Stale,
            error if error == FreeboardError::ChangeExpired.into() => Status::Expired,
            error => refused(error),
        };
        return (status, None);
    }
    if wait.executable_ts >= wait.expires_ts {
        return (Status::TooLate, None);
    }
    let at = now.max(wait.executable_ts);
    if let Err(error) = dump.check_dead(&pending.change, pending.proposed_ts) {
        return (refused(error), None);
    }
    let ramp_end_ts = match carry_out(&mut copy, pending, at) {
        Ok(ramp_end_ts) => ramp_end_ts,
        Err(error) => return (refused(error), None),
    };
    let turn = match pending.change {
        Change::Listing { asset_index, .. } => asset_index == state.exchange.asset_count,
        _ => true,
    };
    let status = if now < wait.executable_ts {
        Status::Waits
    } else if turn {
        Status::Executable
    } else {
        Status::WaitsItsTurn
    };
    (status, ramp_end_ts)
}

/// Carries it out; a listing and a feed, which need accounts that no dump has to hold, are only checked.
fn carry_out(
    state: &mut ForecastState,
    pending: &PendingChange,
    at: i64,
) -> Result<Option<i64>, Error> {
    let change = &pending.change;
    if matches!(change, Change::Listing { .. } | Change::AssetFeed { .. }) {
        return state
            .target(change)?
            .check_change(change, at)
            .map(|()| None);
    }
    let applied = state.apply(change, pending.proposed_ts, at)?;
    Ok((applied.ramp_end_ts > at).then_some(applied.ramp_end_ts))
}

fn cancelled_by(state: &ForecastState, change: &Change) -> String {
    let exchange = &state.exchange;
    let governance = format!("governance {}", exchange.governance);
    let either = || format!("{governance} or guardian {}", exchange.guardian);
    match change {
        Change::OfferRole {
            role: Role::Guardian,
            ..
        } => {
            format!("{governance}; not the guardian, whose role it is; anyone once it has expired")
        }
        Change::SettleDeadFeed { .. } => format!(
            "{}; anyone once it has expired, or who shows a price of its feed published since the proposal",
            either()
        ),
        _ => format!("{}; anyone once it has expired", either()),
    }
}

/// As paragraphs.
pub fn text(waiting: &Waiting, now: i64) -> String {
    let until = |ts: i64| money::duration(ts.saturating_sub(now).max(0).unsigned_abs());
    let (from, end) = (waiting.executable_ts, waiting.expires_ts);
    let status = match &waiting.status {
        Status::Waits => format!("can be carried out in {}", until(from)),
        Status::TooLate => {
            "the delay has become longer than it lives: it can only be cancelled".to_owned()
        }
        Status::Executable => "can be carried out now, by anyone".to_owned(),
        Status::WaitsItsTurn => "waits until the assets before it are listed".to_owned(),
        Status::Stale => {
            "stale: what it replaces was changed since; it can only be cancelled".to_owned()
        }
        Status::Expired => "expired: it can only be cancelled".to_owned(),
        Status::Refused { refusal } => format!("the program would refuse it: {refusal}"),
    };
    let tightens = waiting.at_once_by.map_or(String::new(), |who| {
        format!("\n  It only tightens: {who} could do the same without delay.")
    });
    format!(
        "Change {}, {}: {}\n  {status}\n  proposed {}, executable from {}, void from {}\n  cancel_change, \
         number {}: {}{tightens}\n{}",
        waiting.number,
        waiting.concerns,
        waiting.kind,
        words::time(waiting.proposed_ts),
        words::time(from),
        words::time(end),
        waiting.number,
        waiting.cancelled_by,
        subject::field_table(&waiting.fields),
    )
}
