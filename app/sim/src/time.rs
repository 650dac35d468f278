//! Dates of the command line, UTC.
use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use serde::Serialize;

/// One hour.
pub const HOUR_SECS: i64 = 3_600;
/// One day.
pub const DAY_SECS: i64 = 86_400;
/// One year of 365.25 days.
pub const YEAR_SECS: i64 = 1_461 * DAY_SECS / 4;

/// Midnight UTC of a day, written `2022-01-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(civil::Date);

impl Date {
    /// First second of the day, unix seconds.
    ///
    /// Errors: a date outside the range of timestamps.
    pub fn start_ts(self) -> Result<i64> {
        let start = self
            .0
            .to_zoned(TimeZone::UTC)
            .context("a date out of range")?;
        Ok(start.timestamp().as_second())
    }

    /// The day that holds a unix time.
    ///
    /// Errors: a time outside the range of timestamps.
    pub fn of_ts(ts: i64) -> Result<Self> {
        let time = Timestamp::from_second(ts).context("a time out of range")?;
        Ok(Self(time.to_zoned(TimeZone::UTC).date()))
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// 1 January of a year.
    ///
    /// Errors: a year out of range.
    pub fn new_year(year: i16) -> Result<Self> {
        Ok(Self(civil::Date::new(year, 1, 1)?))
    }
}

/// A unix time to the minute, UTC, such as `2022-01-01 05:00`; the number itself where it is none.
pub fn moment(ts: i64) -> String {
    Timestamp::from_second(ts).map_or_else(
        |_| ts.to_string(),
        |time| time.strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

impl FromStr for Date {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || format!("`{text}` is not a date like 2022-01-01");
        let date: civil::Date = text.parse().with_context(wrong)?;
        // A time of day would be dropped without a word.
        ensure!(date.to_string() == text, wrong());
        Ok(Self(date))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_no_time_of_day() {
        assert_eq!(
            "2022-01-01".parse::<Date>().unwrap().start_ts().unwrap(),
            1_640_995_200
        );
        for text in [
            "2022-01-01T05:00",
            "2022-01-01 05:00",
            "20220101",
            "2022-1-1",
            "",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
