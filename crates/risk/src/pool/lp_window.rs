//! When an LP's request may be executed, and for whom (whitepaper §6.17).
//!
//! ```text
//! ripe = requested + delay        end = ripe + window        open = end − 3 h
//! the LP and its executor: [ripe, end)                       anybody else: [open, end)
//! ```
use crate::params::PoolParams;

/// For so long, at the end of a request's window, somebody else may execute it, seconds: 3 h.
pub const OPEN_SECS: u32 = 10_800;

/// Whose transaction executes an LP's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LpCaller {
    /// The LP, or an executor that it named: any price of the row "withdraw".
    Lp,
    /// Anybody else: also no older than a liquidation accepts, or the caller would choose the price for the LP.
    Other,
}

/// When a request may be executed, unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LpWindow {
    /// By the LP and its executor from here on,
    pub ripe_ts: i64,
    /// by anyone from here on,
    pub open_ts: i64,
    /// until before here.
    pub end_ts: i64,
}

/// How a request stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LpWindowState {
    /// Its delay has not passed.
    Waiting,
    /// The LP and its executor may execute it.
    Ripe,
    /// Anybody may.
    Open,
    /// Nobody may any more.
    Over,
}

impl LpWindow {
    /// The window of a request of `requested_ts`, by the delay and the window of now.
    pub fn new(requested_ts: i64, params: &PoolParams) -> Self {
        let ripe_ts = requested_ts.saturating_add(params.lp_delay_secs.into());
        let end_ts = ripe_ts.saturating_add(params.lp_window_secs.into());
        Self {
            ripe_ts,
            open_ts: end_ts.saturating_sub(OPEN_SECS.into()),
            end_ts,
        }
    }

    /// How it stands at `now`. A window shorter than 3 h is open from its beginning.
    pub const fn state_at(&self, now: i64) -> LpWindowState {
        if now < self.ripe_ts {
            LpWindowState::Waiting
        } else if now >= self.end_ts {
            LpWindowState::Over
        } else if now >= self.open_ts {
            LpWindowState::Open
        } else {
            LpWindowState::Ripe
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lp_has_the_window_and_others_its_last_three_hours() {
        let params = PoolParams::reference(); // 24 h, then 12 h
        let window = LpWindow::new(1_000, &params);
        assert_eq!(
            (window.ripe_ts, window.open_ts, window.end_ts),
            (87_400, 119_800, 130_600)
        );
        let states = [
            (87_399, LpWindowState::Waiting),
            (87_400, LpWindowState::Ripe),
            (119_799, LpWindowState::Ripe),
            (119_800, LpWindowState::Open),
            (130_599, LpWindowState::Open),
            (130_600, LpWindowState::Over),
        ];
        for (now, state) in states {
            assert_eq!(window.state_at(now), state, "{now}");
        }
    }

    #[test]
    fn the_end_of_time_is_no_overflow() {
        let window = LpWindow::new(i64::MAX, &PoolParams::reference());
        assert_eq!(window.state_at(i64::MAX), LpWindowState::Over);
    }
}
