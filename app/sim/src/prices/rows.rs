//! Rows of a file of bars, and the step that they are at.
use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, Result, ensure};

use super::name::step_words;
use super::{Bar, Doubtful, Turnover};

/// The end of the year 9999: a later time is none in seconds.
const LATEST_TS: i64 = 253_402_300_799;
/// A bar that traded more than this, USD, is in another unit: the busiest hour of the largest perpetual traded $15
/// billion.
const TRADED_MAX: f64 = 1e11;
const COLUMNS: [&str; 6] = ["unix", "open", "high", "low", "close", "volume"];

/// A row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    line: u64,
    open_ts: i64,
    low: f64,
    high: f64,
    close: f64,
    outside: bool,
    /// Units of the asset; none where the field is empty.
    volume: Option<f64>,
}

/// Reads rows `unix,open,high,low,close,volume`, the bars opening at `unix`, each after the one before it.
///
/// Errors: with the number of the line.
pub fn read_rows(text: impl Read) -> Result<Vec<Row>> {
    // A quote is no part of a number. Read as one that opens a field, it would take all lines up to the next into
    // this field, without an error.
    let mut reader = csv::ReaderBuilder::new().quoting(false).from_reader(text);
    let header = reader.headers().context("line 1")?;
    ensure!(
        header.iter().eq(COLUMNS),
        "line 1: the columns are `{}`, they must be `{}` (docs/prices.md)",
        header.iter().collect::<Vec<_>>().join(","),
        COLUMNS.join(",")
    );
    let mut rows: Vec<Row> = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = read_row(&record, line).with_context(|| format!("line {line}"))?;
        if let Some(last) = rows.last() {
            ensure!(
                row.open_ts > last.open_ts,
                "line {line}: this bar does not come after the one before it: it opens at {}, that of line {} \
                 at {}",
                row.open_ts,
                last.line,
                last.open_ts
            );
        }
        rows.push(row);
    }
    ensure!(!rows.is_empty(), "the file has no bars");
    Ok(rows)
}

fn read_row(record: &csv::StringRecord, line: u64) -> Result<Row> {
    let field = |column: usize| record.get(column).unwrap_or_default();
    let open_ts: i64 = field(0)
        .parse()
        .with_context(|| format!("`{}` is not a unix time", field(0)))?;
    ensure!(
        (0..=LATEST_TS).contains(&open_ts),
        "`{open_ts}` is not a unix time in seconds{}",
        scale_words(open_ts)
    );
    let price = |column: usize| -> Result<f64> {
        let (name, text) = (COLUMNS[column], field(column));
        let price: f64 = text
            .parse()
            .with_context(|| format!("the {name} `{text}` is not a price"))?;
        ensure!(
            price.is_finite() && price > 0.0,
            "the {name} `{text}` is not positive"
        );
        Ok(price)
    };
    let (_, high, low, close) = (price(1)?, price(2)?, price(3)?, price(4)?);
    Ok(Row {
        line,
        open_ts,
        low,
        high,
        close,
        outside: close > high || close < low,
        volume: read_volume(field(5), close)?,
    })
}

/// Units of the asset that were traded; none where the field is empty.
///
/// Errors: no number, a negative one, more than [`TRADED_MAX`] at this close.
fn read_volume(text: &str, close: f64) -> Result<Option<f64>> {
    if text.is_empty() {
        return Ok(None);
    }
    let volume: f64 = text
        .parse()
        .with_context(|| format!("the volume `{text}` is not a number"))?;
    ensure!(
        volume.is_finite() && volume >= 0.0,
        "the volume `{text}` is negative or no number"
    );
    ensure!(
        volume * close <= TRADED_MAX,
        "the volume `{text}` at a close of {close} is more than {:.0} billion USD in one bar: it counts units of the \
         asset, not USD",
        TRADED_MAX / 1e9
    );
    Ok(Some(volume))
}

/// A hint where the time would be one in another unit.
fn scale_words(ts: i64) -> &'static str {
    match ts {
        1_000_000_000_000..10_000_000_000_000 => ": it looks like milliseconds, divide by 1000",
        1_000_000_000_000_000..10_000_000_000_000_000 => {
            ": it looks like microseconds, divide by 1000000"
        }
        _ => "",
    }
}

/// The distance that most rows have from the one before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasuredStep {
    /// Seconds.
    pub secs: i64,
    rows: u64,
    of: u64,
}

impl MeasuredStep {
    /// The most frequent distance; of several the smallest.
    ///
    /// Errors: fewer than two rows.
    pub fn measure(rows: &[Row]) -> Result<Self> {
        let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
        for pair in rows.windows(2) {
            *counts.entry(pair[1].open_ts - pair[0].open_ts).or_default() += 1;
        }
        let most = counts.iter().max_by_key(|(secs, rows)| (**rows, -**secs));
        let (secs, rows_at) = most.context("a file of one bar has no step: give at least two")?;
        Ok(Self {
            secs: *secs,
            rows: *rows_at,
            of: rows.len() as u64 - 1,
        })
    }

    /// Errors: another step than the one that the file's name says, with the measured one.
    pub(super) fn require_named(self, named_secs: i64) -> Result<()> {
        ensure!(
            self.secs == named_secs,
            "the name says bars of {} ({named_secs} s), but {} of {} rows are {} s after the one before them: \
             rename the file to the step of its rows, or give it rows of its step",
            step_words(named_secs),
            self.rows,
            self.of,
            self.secs
        );
        Ok(())
    }
}

/// What the rows of a file say.
pub(super) struct Content {
    pub bars: Vec<Bar>,
    pub doubtful: Doubtful,
    pub turnover: Vec<Turnover>,
}

impl Content {
    /// Of rows at this step.
    ///
    /// Errors: a row off the step, with its line.
    pub(super) fn new(rows: &[Row], step_secs: i64) -> Result<Self> {
        let mut doubtful = Doubtful::default();
        let mut turnover = Vec::new();
        let bar = |row: &Row| {
            ensure!(
                row.open_ts % step_secs == 0,
                "line {}: `{}` is no multiple of {step_secs} s, the step in the file's name",
                row.line,
                row.open_ts
            );
            let end_ts = row.open_ts + step_secs;
            doubtful.outside += u64::from(row.outside);
            doubtful.without_volume += u64::from(row.volume == Some(0.0));
            turnover.extend(row.volume.map(|volume| Turnover {
                end_ts,
                usd: volume * row.close,
            }));
            Ok(Bar {
                end_ts,
                close: row.close,
                low: row.low,
                high: row.high,
            })
        };
        let bars = rows.iter().map(bar).collect::<Result<_>>()?;
        Ok(Self {
            bars,
            doubtful,
            turnover,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "unix,open,high,low,close,volume\n";

    fn rows(text: &str) -> Result<Vec<Row>> {
        read_rows(format!("{HEAD}{text}").as_bytes())
    }

    fn error(text: &str) -> String {
        format!("{:#}", rows(text).unwrap_err())
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(
            error("0,1,1,1,2,1\n60,1,1,1,-2,1\n"),
            "line 3: the close `-2` is not positive"
        );
        let twice = error("60,1,1,1,2,1\n60,1,1,1,2,1\n");
        assert!(
            twice.starts_with("line 3: this bar does not come after"),
            "{twice}"
        );
        for (row, words) in [
            ("0,1,1,1,NaN,1", "line 2: the close `NaN` is not positive"),
            ("0,1,inf,1,1,1", "line 2: the high `inf` is not positive"),
            ("0,1,1,,1,1", "line 2: the low `` is not a price"),
            ("0,1,1,1,1,-1", "line 2: the volume `-1` is negative"),
            (
                "0,1,1,1,1,inf",
                "line 2: the volume `inf` is negative or no",
            ),
            (
                "0,1,1,1,1,much",
                "line 2: the volume `much` is not a number",
            ),
            (
                "0,1,1,1,50000,30000000",
                "line 2: the volume `30000000` at a close of 50000 is more than 100 billion USD",
            ),
            ("unix,open,high,low,close,volume", "line 2: `unix` is not"),
            ("\"0\",1,1,1,1,1", "line 2: `\"0\"` is not a unix time"),
        ] {
            assert!(error(row).starts_with(words), "{}", error(row));
        }
        assert!(error("0,1,1,1,1\n").contains("line: 2"), "five fields");
        let columns = read_rows("time,price\n".as_bytes()).unwrap_err();
        assert!(
            format!("{columns:#}").starts_with("line 1: the columns are `time,price`"),
            "{columns:#}"
        );
    }

    #[test]
    fn a_quote_does_not_swallow_the_lines_after_it() {
        let text = "0,1,1,1,1,\"1\n3600,1,1,1,2,1\n7200,1,1,1,3,1\n";
        assert!(
            error(text).starts_with("line 2: the volume"),
            "{}",
            error(text)
        );
    }

    #[test]
    fn a_time_in_another_unit_is_said_to_be() {
        for (time, words) in [
            ("9223372036854775000", "is not a unix time in seconds"),
            ("1638403200000", "it looks like milliseconds"),
            ("1638403200000000", "it looks like microseconds"),
            ("-3600", "is not a unix time in seconds"),
        ] {
            let error = error(&format!("0,1,1,1,2,1\n{time},1,1,1,2,1\n"));
            assert!(
                error.starts_with("line 3: `") && error.contains(words),
                "{error}"
            );
        }
    }

    #[test]
    fn the_step_is_that_of_most_rows_and_must_be_that_of_the_name() {
        let text: String = [0, 7_200, 14_400, 25_200]
            .map(|ts| format!("{ts},1,1,1,1,1\n"))
            .concat();
        let rows = rows(&text).unwrap();
        let step = MeasuredStep::measure(&rows).unwrap();
        assert_eq!(step.secs, 7_200);
        assert!(step.require_named(7_200).is_ok());
        let error = format!("{:#}", step.require_named(3_600).unwrap_err());
        assert!(
            error
                .starts_with("the name says bars of 1h (3600 s), but 2 of 3 rows are 7200 s after"),
            "{error}"
        );
        let off = format!("{:#}", Content::new(&rows, 7_200).err().unwrap());
        assert!(
            off.starts_with("line 5: `25200` is no multiple of 7200 s"),
            "{off}"
        );
        assert!(MeasuredStep::measure(&rows[..1]).is_err());
    }

    #[test]
    fn a_bar_ends_one_step_after_it_opens() {
        let rows = rows("3600,1,1,1,2.5,0\n7200,1,3,1,2.5,\n").unwrap();
        let Content {
            bars,
            doubtful,
            turnover,
        } = Content::new(&rows, 3_600).unwrap();
        assert_eq!(
            bars[0],
            Bar {
                end_ts: 7_200,
                close: 2.5,
                low: 1.0,
                high: 1.0
            }
        );
        assert_eq!((doubtful.outside, doubtful.without_volume), (1, 1));
        let none = Turnover {
            end_ts: 7_200,
            usd: 0.0,
        };
        assert_eq!(turnover, [none], "an empty field is not a volume of 0");
    }
}
