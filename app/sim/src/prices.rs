//! Closes of bars from a folder of CSV files, `{ASSET}USDT_{market}_{step}_{span}.csv.gz`.
//!
//! Highs and lows are not read: they hold wicks of one venue that no index ever showed.
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::read::MultiGzDecoder;
use rayon::prelude::*;

use crate::time::HOUR_SECS;

/// The end of the year 9999: a later time is none in seconds.
const LATEST_TS: i64 = 253_402_300_799;
const COLUMNS: [&str; 6] = ["unix", "open", "high", "low", "close", "volume"];

/// A close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// When the bar ended, unix seconds.
    pub end_ts: i64,
    /// USD.
    pub close: f64,
}

/// The bars of one file, oldest first.
#[derive(Clone, Debug)]
pub struct Series {
    /// Such as `BTC`.
    pub asset: String,
    /// What the file's name says after the asset: market, step and span.
    pub source: String,
    /// Length of a bar, seconds.
    pub step_secs: i64,
    /// At least one; later bars end later, gaps are possible.
    pub bars: Vec<Bar>,
}

impl Series {
    /// Bars that span years: what margins are judged on. The others are episodes.
    pub fn is_long(&self) -> bool {
        self.step_secs >= HOUR_SECS
    }
}

/// Reads every price file of the assets, in the order of `assets`, then of the names.
///
/// Errors: no asset, a folder without files, an asset with none or several files of hourly bars, a file
/// that is malformed (with its name and line).
pub fn load(folder: &Path, assets: &[String]) -> Result<Vec<Series>> {
    ensure!(
        !assets.is_empty() && assets.iter().all(|asset| !asset.is_empty()),
        "--assets: name at least one asset, and none that is empty"
    );
    let files = files_of(folder, assets)?;
    for asset in assets {
        let hourly: Vec<&str> = files
            .iter()
            .filter(|file| file.asset == *asset && file.step_secs >= HOUR_SECS)
            .map(|file| file.source.as_str())
            .collect();
        ensure!(
            !hourly.is_empty(),
            "{} holds no hourly file of {asset} ({asset}USDT_…_1h_….csv.gz)",
            folder.display()
        );
        ensure!(
            hourly.len() == 1,
            "{} holds several hourly files of {asset} ({}): leave one of them",
            folder.display(),
            hourly.join(", ")
        );
    }
    files.into_par_iter().map(|file| file.read()).collect()
}

/// A file of bars, told by its name.
struct PriceFile {
    path: PathBuf,
    asset: String,
    source: String,
    step_secs: i64,
}

fn files_of(folder: &Path, assets: &[String]) -> Result<Vec<PriceFile>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("the folder of prices, {}", folder.display()))?;
    let mut found: BTreeMap<(usize, String), PriceFile> = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let Some((asset, source, step_secs)) = parse_name(name) else {
            continue; // other files, such as funding rates
        };
        if let Some(rank) = assets.iter().position(|wanted| *wanted == asset) {
            let key = (rank, source.clone());
            found.insert(
                key,
                PriceFile {
                    path: path.clone(),
                    asset,
                    source,
                    step_secs,
                },
            );
        }
    }
    Ok(found.into_values().collect())
}

/// Asset, source and step of a file of bars; `None` for other files.
fn parse_name(name: &str) -> Option<(String, String, i64)> {
    let stem = name.strip_suffix(".csv.gz")?;
    let (asset, source) = stem.split_once("USDT_")?;
    let step = source.split('_').nth(1)?;
    let step_secs = match step {
        "1m" => 60,
        "5m" => 300,
        "1h" => HOUR_SECS,
        _ => return None,
    };
    Some((asset.to_owned(), source.to_owned(), step_secs))
}

impl PriceFile {
    fn read(&self) -> Result<Series> {
        let name = self.path.display();
        let file = File::open(&self.path).with_context(|| format!("{name}"))?;
        let bars = read_bars(MultiGzDecoder::new(file), self.step_secs)
            .with_context(|| format!("{name}"))?;
        Ok(Series {
            asset: self.asset.clone(),
            source: self.source.clone(),
            step_secs: self.step_secs,
            bars,
        })
    }
}

/// Reads the rows of a file: `unix,open,high,low,close,volume`, the bars opening at `unix`.
///
/// Errors: with the number of the line.
pub fn read_bars(text: impl std::io::Read, step_secs: i64) -> Result<Vec<Bar>> {
    let mut rows = csv::Reader::from_reader(text);
    ensure!(
        rows.headers()?.iter().eq(COLUMNS),
        "line 1: the columns must be {}",
        COLUMNS.join(",")
    );
    let mut bars: Vec<Bar> = Vec::new();
    for row in rows.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        let bar = read_row(&row, step_secs).with_context(|| format!("line {line}"))?;
        if let Some(last) = bars.last() {
            ensure!(
                bar.end_ts > last.end_ts,
                "line {line}: this bar does not come after the one before it"
            );
        }
        bars.push(bar);
    }
    if bars.is_empty() {
        bail!("the file has no bars");
    }
    Ok(bars)
}

fn read_row(row: &csv::StringRecord, step_secs: i64) -> Result<Bar> {
    let field = |column: usize| row.get(column).unwrap_or_default();
    let open_ts: i64 = field(0)
        .parse()
        .with_context(|| format!("`{}` is not a unix time", field(0)))?;
    ensure!(
        (0..=LATEST_TS).contains(&open_ts),
        "`{open_ts}` is not a unix time in seconds"
    );
    ensure!(
        open_ts % step_secs == 0,
        "`{open_ts}` is no multiple of {step_secs} s, the step in the file's name"
    );
    let close: f64 = field(4)
        .parse()
        .with_context(|| format!("`{}` is not a price", field(4)))?;
    ensure!(
        close.is_finite() && close > 0.0,
        "the close `{}` is not positive",
        field(4)
    );
    Ok(Bar {
        end_ts: open_ts + step_secs,
        close,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_asset_source_and_step() {
        let name = "SOLUSDT_perp_5m_20250704_20251231.csv.gz";
        let expected = (
            "SOL".to_owned(),
            "perp_5m_20250704_20251231".to_owned(),
            300,
        );
        assert_eq!(parse_name(name), Some(expected));
        assert_eq!(parse_name("SOLUSDT_perp_funding_8h_2024_2026.csv.gz"), None);
        assert_eq!(parse_name("README.md"), None);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let text = "unix,open,high,low,close,volume\n0,1,1,1,2,1\n60,1,1,1,-2,1\n";
        let error = format!("{:#}", read_bars(text.as_bytes(), 60).unwrap_err());
        assert_eq!(error, "line 3: the close `-2` is not positive");
        let text = "unix,open,high,low,close,volume\n60,1,1,1,2,1\n60,1,1,1,2,1\n";
        let error = format!("{:#}", read_bars(text.as_bytes(), 60).unwrap_err());
        assert!(
            error.starts_with("line 3: this bar does not come after"),
            "{error}"
        );
        assert!(read_bars("a,b\n".as_bytes(), 60).is_err());
    }

    #[test]
    fn a_time_that_is_none_in_seconds_or_off_the_step_is_named() {
        for (time, words) in [
            ("9223372036854775000", "is not a unix time in seconds"),
            ("1638403200000", "is not a unix time in seconds"),
            ("-3600", "is not a unix time in seconds"),
            ("3601", "is no multiple of 3600 s"),
        ] {
            let text = format!("unix,open,high,low,close,volume\n0,1,1,1,2,1\n{time},1,1,1,2,1\n");
            let error = format!("{:#}", read_bars(text.as_bytes(), 3_600).unwrap_err());
            assert_eq!(
                error.split('`').next(),
                Some("line 3: "),
                "the line is named: {error}"
            );
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_bar_ends_one_step_after_it_opens() {
        let text = "unix,open,high,low,close,volume\n3600,1,1,1,2.5,1\n";
        let bars = read_bars(text.as_bytes(), 3_600).unwrap();
        assert_eq!(
            bars,
            [Bar {
                end_ts: 7_200,
                close: 2.5
            }]
        );
    }
}
