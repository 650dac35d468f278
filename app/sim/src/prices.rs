//! Closes of bars from a folder of CSV files, `{ASSET}USDT_{market}_{step}_{span}.csv` or `.csv.gz`; the
//! format is docs/prices.md.
//!
//! Nothing about a file is taken on trust: its step is measured from its rows and must be that of its name, and
//! gaps, frozen runs and moves that come straight back are counted ([`Measured`]). A file that is not read is
//! named with the reason ([`Unread`]). Highs and lows enter no margin: they hold wicks of one venue that no index
//! ever showed. What MM would have been worth against them is a row of its own.
mod measure;
mod name;
mod rows;

pub(crate) use measure::counted;
pub use measure::{Gap, Measured, Overlap, overlaps};
pub use name::Unread;
pub use rows::{MeasuredStep, read_rows};

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::read::MultiGzDecoder;
use rayon::prelude::*;

use crate::time::HOUR_SECS;
use name::{Named, step_words};
use rows::Content;

/// A close, and the range that led to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// When the bar ended, unix seconds.
    pub end_ts: i64,
    /// USD.
    pub close: f64,
    /// Lowest trade, USD; as the file says it. Enters no margin.
    pub low: f64,
    /// Highest trade, USD; likewise.
    pub high: f64,
}

impl Bar {
    /// A bar that held one price.
    pub fn flat(end_ts: i64, close: f64) -> Self {
        Self {
            end_ts,
            close,
            low: close,
            high: close,
        }
    }
}

/// The bars of one file, oldest first.
#[derive(Clone, Debug)]
pub struct Series {
    /// Such as `BTC`.
    pub asset: String,
    /// What the file's name says after the asset: market, step and span.
    pub source: String,
    /// The file's name.
    pub file: String,
    /// Length of a bar, seconds.
    pub step_secs: i64,
    /// At least one; later bars end later, gaps are possible.
    pub bars: Vec<Bar>,
    /// Rows whose close lies outside their own low and high, or that saw no trade.
    pub doubtful: Doubtful,
    /// What was traded in each bar that says it, oldest first.
    pub turnover: Vec<Turnover>,
}

/// What was traded in a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turnover {
    /// When the bar ended, unix seconds.
    pub end_ts: i64,
    /// Volume times close, USD.
    pub usd: f64,
}

/// Rows that are counted although they look wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubtful {
    /// The close lies outside low and high.
    pub outside: u64,
    /// Volume 0: the close is that of an earlier trade.
    pub without_volume: u64,
}

#[cfg(test)]
impl Series {
    /// Hours of one price each, from the beginning of time on.
    pub(crate) fn of_hourly_closes(asset: &str, closes: impl Iterator<Item = f64>) -> Self {
        let bars = (0..).zip(closes);
        let bars = bars.map(|(hour, close)| Bar::flat(hour * crate::time::HOUR_SECS, close));
        Self {
            asset: asset.to_owned(),
            source: "test".to_owned(),
            file: "test".to_owned(),
            step_secs: crate::time::HOUR_SECS,
            bars: bars.collect(),
            doubtful: Default::default(),
            turnover: Vec::new(),
        }
    }
}

impl Series {
    /// Bars that span years: what margins are judged on. The others are episodes.
    pub fn is_long(&self) -> bool {
        self.step_secs >= HOUR_SECS
    }
}

/// What a folder holds for some assets.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// In the order of the assets, then of the names.
    pub series: Vec<Series>,
    /// Price files that are not read, and why; by name.
    pub unread: Vec<Unread>,
}

/// Reads every price file of the assets.
///
/// Errors: no asset, a folder without files, an asset with none or several files of hourly bars, a file
/// that is malformed (with its name and line) or whose rows are not at the step of its name.
pub fn load(folder: &Path, assets: &[String]) -> Result<Loaded> {
    let files = Files::of(folder, assets)?;
    for asset in assets {
        let hourly: Vec<&str> = files
            .bars
            .iter()
            .filter(|file| file.asset == *asset && file.step_secs >= HOUR_SECS)
            .map(|file| file.source.as_str())
            .collect();
        ensure!(
            !hourly.is_empty(),
            "{} holds no hourly file of {asset} ({asset}USDT_…_1h_….csv or .csv.gz){}",
            folder.display(),
            files.unread_of(asset)
        );
        ensure!(
            hourly.len() == 1,
            "{} holds several hourly files of {asset} ({}): leave one of them",
            folder.display(),
            hourly.join(", ")
        );
    }
    let series = files.bars.into_par_iter().map(|file| file.read());
    Ok(Loaded {
        series: series.collect::<Result<_>>()?,
        unread: files.unread,
    })
}

/// Reads the files of the assets whose step is at most `longest_secs`, each asset's in the order of step and name.
///
/// Errors: no asset, no such file of one of them; a file that is malformed.
pub fn load_up_to(folder: &Path, assets: &[String], longest_secs: i64) -> Result<Loaded> {
    let mut files = Files::of(folder, assets)?;
    files.bars.retain(|file| file.step_secs <= longest_secs);
    for asset in assets {
        let found = files.bars.iter().any(|file| file.asset == *asset);
        ensure!(
            found,
            "{} holds no file of {asset} with bars of {} or less ({asset}USDT_…_5m_….csv or .csv.gz){}",
            folder.display(),
            step_words(longest_secs),
            files.unread_of(asset)
        );
    }
    files.bars.sort_by_key(|file| file.step_secs); // stable: assets and names stay in their order
    let series = files.bars.into_par_iter().map(|file| file.read());
    Ok(Loaded {
        series: series.collect::<Result<_>>()?,
        unread: files.unread,
    })
}

/// The files of a folder, told by their names.
struct Files {
    bars: Vec<PriceFile>,
    unread: Vec<Unread>,
}

/// A file of bars.
struct PriceFile {
    path: PathBuf,
    file: String,
    asset: String,
    source: String,
    step_secs: i64,
}

impl Files {
    fn of(folder: &Path, assets: &[String]) -> Result<Self> {
        ensure!(
            !assets.is_empty() && assets.iter().all(|asset| !asset.is_empty()),
            "--assets: name at least one asset, and none that is empty"
        );
        for (index, asset) in assets.iter().enumerate() {
            ensure!(
                !assets[..index].contains(asset),
                "--assets: {asset} is named twice"
            );
        }
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("the folder of prices, {}", folder.display()))?;
        let mut bars: BTreeMap<(usize, String), PriceFile> = BTreeMap::new();
        let mut unread = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let Some(name) = path.file_name() else {
                continue;
            };
            let file = name.to_string_lossy().into_owned();
            match Named::parse(&file, assets) {
                Named::Bars {
                    rank,
                    source,
                    step_secs,
                } => {
                    let found = PriceFile {
                        path: path.clone(),
                        file: file.clone(),
                        asset: assets[rank].clone(),
                        source: source.clone(),
                        step_secs,
                    };
                    let twice = bars.insert((rank, source), found);
                    if let Some(other) = twice {
                        anyhow::bail!(
                            "{} holds {} and {file}, which say the same of themselves: leave one of them",
                            folder.display(),
                            other.file
                        );
                    }
                }
                Named::NotRead(why) => unread.push(Unread { file, why }),
                Named::NoPrices => {}
            }
        }
        unread.sort();
        Ok(Self {
            bars: bars.into_values().collect(),
            unread,
        })
    }

    /// What else there is of an asset, as the end of a sentence.
    fn unread_of(&self, asset: &str) -> String {
        let of_asset = |one: &&Unread| one.file.starts_with(asset);
        let named: Vec<String> = self
            .unread
            .iter()
            .filter(of_asset)
            .map(|one| format!("{} ({})", one.file, one.why))
            .collect();
        if named.is_empty() {
            return String::new();
        }
        format!("; not read: {}", named.join(", "))
    }
}

impl PriceFile {
    fn read(&self) -> Result<Series> {
        let name = || format!("{}", self.path.display());
        let text = BufReader::new(File::open(&self.path).with_context(name)?);
        // Every member: `cat a.gz b.gz` makes a file of two.
        let text: Box<dyn Read> = if self.file.to_ascii_lowercase().ends_with(".gz") {
            Box::new(MultiGzDecoder::new(text))
        } else {
            Box::new(text)
        };
        let rows = read_rows(text).with_context(name)?;
        let step = MeasuredStep::measure(&rows).with_context(name)?;
        step.require_named(self.step_secs).with_context(name)?;
        let content = Content::new(&rows, self.step_secs).with_context(name)?;
        Ok(Series {
            asset: self.asset.clone(),
            source: self.source.clone(),
            file: self.file.clone(),
            step_secs: self.step_secs,
            bars: content.bars,
            doubtful: content.doubtful,
            turnover: content.turnover,
        })
    }
}
