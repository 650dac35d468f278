//! How long a change waits. A user who reads a proposal has at least 24 hours to leave; nobody can carry it
//! out before, not even with every key of the exchange.
use crate::{
    error::{FreeboardError, ensure},
    state::{Change, PendingChange, Role},
};
use anchor_lang::prelude::*;

const DAY_SECS: u32 = 86_400;
/// Shortest delay of a change, seconds.
pub const TIMELOCK_MIN_SECS: u32 = DAY_SECS;
/// Longest delay that can be set, seconds: a longer one would be a way to end governance.
pub const TIMELOCK_MAX_SECS: u32 = 30 * DAY_SECS;
/// Shortest delay of a new guardian, seconds. The guardian cannot cancel that change, so it takes so long that
/// who takes governance over cannot get rid of the guardian before users have left.
pub const GUARDIAN_DELAY_SECS: u32 = 7 * DAY_SECS;
/// How long a change can be carried out once its delay has passed, seconds. Afterwards it is void.
pub const CHANGE_LIFE_SECS: i64 = 7 * DAY_SECS as i64;

/// When a change may be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// From here on, unix seconds.
    pub executable_ts: i64,
    /// Until before here, unix seconds.
    pub expires_ts: i64,
}

impl Wait {
    /// Of a change that was proposed at `proposed_ts` under a timelock of `delay_secs`, now that the timelock
    /// is `timelock_secs`: the longer of the two counts.
    pub fn new(change: &Change, proposed_ts: i64, delay_secs: u32, timelock_secs: u32) -> Self {
        let least = match change {
            Change::OfferRole {
                role: Role::Guardian,
                ..
            } => GUARDIAN_DELAY_SECS,
            _ => TIMELOCK_MIN_SECS,
        };
        let delay = delay_secs.max(timelock_secs).max(least);
        let executable_ts = proposed_ts.saturating_add(delay.into());
        Self {
            executable_ts,
            expires_ts: executable_ts.saturating_add(CHANGE_LIFE_SECS),
        }
    }

    /// Of a pending change while the exchange's timelock is `timelock_secs`.
    pub fn of(pending: &PendingChange, timelock_secs: u32) -> Self {
        let PendingChange {
            change,
            proposed_ts,
            delay_secs,
            ..
        } = pending;
        Self::new(change, *proposed_ts, *delay_secs, timelock_secs)
    }

    /// Whether it may be carried out at `now`.
    ///
    /// Errors: `ChangeTooEarly`, `ChangeExpired`.
    pub fn check(&self, now: i64) -> Result<()> {
        ensure(now >= self.executable_ts, FreeboardError::ChangeTooEarly)?;
        ensure(now < self.expires_ts, FreeboardError::ChangeExpired)
    }
}

/// Errors: `TimelockOutOfBounds`.
pub fn check_timelock(secs: u32) -> Result<()> {
    ensure(
        (TIMELOCK_MIN_SECS..=TIMELOCK_MAX_SECS).contains(&secs),
        FreeboardError::TimelockOutOfBounds,
    )
}
