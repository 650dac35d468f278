//! When a tape has its prices: every 5 minutes, every 10 seconds while the crash is near, every
//! minute in the hours after it.

/// One hour.
pub const HOUR_SECS: i64 = 3_600;
/// One day.
pub const DAY_SECS: i64 = 86_400;
/// A bar: the calm spacing of prices and of volatility samples.
pub const BAR_SECS: i64 = 300;
/// From the first tick to the start of the bar in which the market breaks.
pub const CALM_SECS: i64 = 30 * DAY_SECS;
/// Start of the bar that holds the crash: the market slips for one bar first.
pub const CRASH_BAR_SECS: i64 = CALM_SECS + BAR_SECS;
/// From the start of the slip to the last tick: long enough to see the margin follow volatility.
pub const AFTERMATH_SECS: i64 = 2 * DAY_SECS;

/// Spacing of prices near the crash.
const FAST_SECS: i64 = 10;
/// For how long after the slip begins prices are that close.
const FAST_FOR_SECS: i64 = 2_400;
/// Spacing of prices in the hours after that.
const MINUTE_SECS: i64 = 60;
/// Until when, after the slip.
const MINUTES_FOR_SECS: i64 = 4 * 3_600;

/// Elapsed seconds of the tick that follows the one at `elapsed_secs`. Every bar ends in a tick.
pub fn next_tick_secs(elapsed_secs: i64) -> i64 {
    let since_slip = elapsed_secs - CALM_SECS;
    let step = match since_slip {
        0..FAST_FOR_SECS => FAST_SECS,
        FAST_FOR_SECS..MINUTES_FOR_SECS => MINUTE_SECS,
        _ => BAR_SECS,
    };
    elapsed_secs + step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_ends_in_a_tick() {
        let mut ticks = vec![0];
        while *ticks.last().unwrap() < CALM_SECS + AFTERMATH_SECS {
            ticks.push(next_tick_secs(*ticks.last().unwrap()));
        }
        let bars = ticks.iter().filter(|tick| **tick % BAR_SECS == 0).count();
        assert_eq!(bars as i64, (CALM_SECS + AFTERMATH_SECS) / BAR_SECS + 1);
        assert_eq!(*ticks.last().unwrap(), CALM_SECS + AFTERMATH_SECS);
    }
}
