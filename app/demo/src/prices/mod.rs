//! Price tapes: what three feeds publish over thirty days and through a crash, generated or
//! recorded.
mod calendar;
mod generated;
mod recorded;

pub use calendar::{BAR_SECS, CALM_SECS, CRASH_BAR_SECS, DAY_SECS, HOUR_SECS};
pub use recorded::Days;

use std::path::PathBuf;

use anyhow::Result;

/// The three feeds, in the order of every array here.
pub const SYMBOLS: [&str; 3] = ["BTC", "ETH", "SOL"];

/// One USD price per feed, in the order of [`SYMBOLS`].
pub type Prices = [f64; SYMBOLS.len()];

/// What the feeds publish at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    /// Seconds since the first tick.
    pub elapsed_secs: i64,
    /// USD.
    pub prices: Prices,
}

/// Where the prices come from.
#[derive(Clone, Debug)]
pub enum PriceSource {
    /// The seeded generator.
    Generated { seed: u64 },
    /// Bars of files in this folder.
    Recorded { folder: PathBuf, days: Days },
}

/// All prices of a run, oldest first: 5 minutes apart, around the crash a few seconds.
#[derive(Debug)]
pub struct Tape {
    /// One sentence for readers: what these prices are.
    pub description: String,
    /// At least one.
    pub ticks: Vec<Tick>,
}

impl Tape {
    /// Generates or reads the prices.
    ///
    /// Errors: a file that is missing or malformed, with its name and line; a time without a price.
    pub fn load(source: &PriceSource) -> Result<Self> {
        match source {
            PriceSource::Generated { seed } => Ok(generated::tape(*seed)),
            PriceSource::Recorded { folder, days } => recorded::tape(folder, days),
        }
    }
}
