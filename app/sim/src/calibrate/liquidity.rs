//! L and the open-interest range from what was traded.
//!
//! L is the notional that the market absorbs in an hour, so it is a share of what trades in one. A tenth of the hour's
//! turnover, spread over the hour, moves a price by about a third of its hourly volatility by the square-root law, a
//! small part of a margin of three. The hour is one of a quiet week: a hedge cannot wait for a busy one. It is the
//! median of a week, in which a weekend hour trades half of it: there L is a fifth.
//!
//! The newest year is looked at, whatever day the rest of the fit ends on: no margin is judged by L, and what a market
//! absorbed years ago says nothing of today.
use freeboard_risk::params::AssetParams;

use super::quantile::quantile;
use crate::prices::{Series, Turnover};
use crate::time::{DAY_SECS, Date};

/// Share of an hour's turnover that L is.
const SHARE: f64 = 0.1;
/// Weeks that are looked at, the newest.
const WEEKS: i64 = 52;
/// Fewest of them.
const WEEKS_MIN: usize = 20;
/// Fewest hours of a week.
const HOURS_MIN: usize = 150;
/// The quantile of the weeks' medians that a quiet week is.
const QUIET: f64 = 0.05;
/// Seconds of a week.
const WEEK_SECS: i64 = 7 * DAY_SECS;

/// What an hour of a quiet week trades.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QuietTurnover {
    /// The weeks' medians, USD an hour.
    medians: Vec<f64>,
    /// First and last day that is looked at; none where no bar says what was traded.
    days: Option<[Date; 2]>,
}

/// Parameters with a fitted L, and the evidence of L, its reference, oi_lo and oi_hi: key and sentence.
type FittedLiquidity = (AssetParams, [(&'static str, String); 4]);

impl QuietTurnover {
    /// Of a file of hourly bars.
    pub(super) fn from_series(series: &Series) -> Self {
        let Some(last) = series.turnover.last() else {
            return Self {
                medians: Vec::new(),
                days: None,
            };
        };
        let from_ts = last.end_ts - WEEKS * WEEK_SECS;
        let newest = series
            .turnover
            .partition_point(|hour| hour.end_ts <= from_ts);
        let newest = &series.turnover[newest..];
        let week = |hour: &Turnover| (hour.end_ts - from_ts - 1).div_euclid(WEEK_SECS);
        let medians = newest
            .chunk_by(|one, next| week(one) == week(next))
            .filter(|hours| hours.len() >= HOURS_MIN)
            .map(|hours| {
                let traded: Vec<f64> = hours.iter().map(|hour| hour.usd).collect();
                quantile(&traded, 0.5)
            })
            .collect();
        let day = |hour: &Turnover| Date::of_ts(hour.end_ts).ok();
        let days = newest.first().and_then(day).zip(day(last));
        Self {
            medians,
            days: days.map(|(first, last)| [first, last]),
        }
    }

    /// The parameters with an L of this market and as many times L of open interest as before, and the evidence.
    ///
    /// Errors: why nothing can be said.
    pub(super) fn fit(&self, params: &AssetParams) -> Result<FittedLiquidity, String> {
        let Some([first, last]) = &self.days else {
            return Err("the file says of no bar what was traded".to_owned());
        };
        let weeks = self.medians.len();
        if weeks < WEEKS_MIN {
            return Err(format!(
                "{weeks} of the newest {WEEKS} weeks say of {HOURS_MIN} hours what was traded, at least {WEEKS_MIN} must"
            ));
        }
        let quiet = quantile(&self.medians, QUIET);
        let depth = one_digit(quiet * SHARE) * 1_000_000;
        if depth == 0 {
            return Err("less than $10 an hour was traded in its quietest weeks".to_owned());
        }
        let old = params.depth_quote_atoms.max(1);
        let scaled = |open_interest: u64| {
            let scaled = u128::from(open_interest) * u128::from(depth) / u128::from(old);
            u64::try_from(scaled).unwrap_or(u64::MAX) // refused when the file is read
        };
        let fitted = AssetParams {
            depth_quote_atoms: depth,
            oi_lo_quote_atoms: scaled(params.oi_lo_quote_atoms),
            oi_hi_quote_atoms: scaled(params.oi_hi_quote_atoms),
            ..*params
        };
        let times = |open_interest: u64| {
            let times = open_interest as f64 / old as f64;
            format!("{times:.2} times L, as before")
        };
        let what = format!(
            "{:.0} % of ${:.4} M, the {:.0} % quantile of {weeks} weekly medians of the hourly turnover, {first} to {last}; \
             to one digit",
            SHARE * 100.0,
            quiet / 1e6,
            QUIET * 100.0
        );
        let reference = match params.turnover_reference_quote_atoms {
            0 => "off: what is traded here says little of the depth that a hedge meets elsewhere",
            _ => "as given: the files do not say what is traded here",
        }
        .to_owned();
        Ok((
            fitted,
            [
                ("depth_quote_atoms", what),
                ("turnover_reference_quote_atoms", reference),
                ("oi_lo_quote_atoms", times(params.oi_lo_quote_atoms)),
                ("oi_hi_quote_atoms", times(params.oi_hi_quote_atoms)),
            ],
        ))
    }
}

/// To the nearest number of one digit and zeros: the estimate is no better. 0 below 1.
fn one_digit(usd: f64) -> u64 {
    let whole = usd as u64; // saturating; 0 for no number
    let unit = 10u64.pow(whole.checked_ilog10().unwrap_or(0));
    (whole + unit / 2) / unit * unit
}

#[cfg(test)]
#[path = "liquidity_tests.rs"]
mod tests;
