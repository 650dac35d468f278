//! How long a change waits. Who reads a proposal can leave before it holds: a user within 24 hours at least, an LP
//! by a request made then, whose delay and window pass before. Nobody can carry it out earlier, not even with every key of
//! the exchange.
use crate::error::{FreeboardError, OrRefuse, ensure};
use crate::state::{Change, Exchange, PendingChange, Role};
use anchor_lang::prelude::*;
use freeboard_risk::params::bounds::{TIMELOCK_SECS, Timelock};

const DAY_SECS: u32 = 86_400;
/// Shortest delay of a change, seconds.
pub const TIMELOCK_MIN_SECS: u32 = TIMELOCK_SECS[0];
/// Longest delay that can be set, seconds.
pub const TIMELOCK_MAX_SECS: u32 = TIMELOCK_SECS[1];
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
    /// Of a change that is proposed now.
    pub fn new(change: &Change, exchange: &Exchange, now: i64) -> Self {
        let delay_secs = delay_secs(exchange);
        Self::between(change, now, delay_secs, delay_secs)
    }

    /// Of a pending change. A delay that has become longer since counts, and does not make it live longer: a
    /// change that was void once never comes back.
    pub fn of_pending(pending: &PendingChange, exchange: &Exchange) -> Self {
        let PendingChange {
            change,
            proposed_ts,
            delay_secs: then,
            ..
        } = pending;
        Self::between(change, *proposed_ts, *then, delay_secs(exchange))
    }

    fn between(change: &Change, proposed_ts: i64, then_secs: u32, now_secs: u32) -> Self {
        let least = match change {
            Change::OfferRole {
                role: Role::Guardian,
                ..
            } => GUARDIAN_DELAY_SECS,
            _ => TIMELOCK_MIN_SECS,
        };
        let after = |secs: u32| proposed_ts.saturating_add(secs.max(least).into());
        Self {
            executable_ts: after(then_secs.max(now_secs)),
            expires_ts: after(then_secs).saturating_add(CHANGE_LIFE_SECS),
        }
    }

    /// Whether it may be carried out at `now`.
    ///
    /// Errors: `ChangeTooEarly`, `ChangeExpired`.
    pub fn require_over(&self, now: i64) -> Result<()> {
        ensure(now < self.expires_ts, FreeboardError::ChangeExpired)?;
        ensure(now >= self.executable_ts, FreeboardError::ChangeTooEarly)
    }
}

/// How long a change waits that is proposed now, seconds: the timelock, or the whole life of an LP's request where
/// that is longer. Its window is at least twice the longest pause of redemptions.
pub fn delay_secs(exchange: &Exchange) -> u32 {
    let pool = &exchange.pool;
    let redemption_secs = pool.lp_delay_secs.saturating_add(pool.lp_window_secs);
    exchange.timelock_secs.max(redemption_secs)
}

/// Errors: `TimelockOutOfBounds`.
pub fn check_timelock(secs: u32) -> Result<()> {
    let timelock_secs = secs;
    Timelock { timelock_secs }.check_bounds().or_refuse()
}
