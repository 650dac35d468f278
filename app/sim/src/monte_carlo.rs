//! What books may lose from the last close on, by filtered bootstrap, beside what they must hold.
//!
//! A move over the volatility that the estimator knew before it is a residual. A path takes a block of residuals of
//! consecutive hours, of all assets at once, so that what comes together in the record comes together in the path, and
//! what comes in a row comes in a row. Each hour's move is the residual times σ_c of that path, and the model's own
//! estimator reads each simulated close: a storm within a path feeds itself as it does on chain.
mod books;
mod measure;
mod paths;
mod report;

pub use books::NamedBook;
pub use measure::{BookLoss, HorizonLoss};
pub use report::text;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use freeboard_client::parameters::ParameterFile;
use rayon::prelude::*;
use serde::Serialize;

use crate::joint::JointTerms;
use crate::prices::{Series, load};
use paths::{PathStart, simulate};

/// Horizons of the losses, hours.
pub const HORIZONS_H: [usize; 2] = [1, 4];
/// Hours of a block, and of a path: those of the longest horizon.
const PATH_H: usize = HORIZONS_H[1];
/// Fewest paths: at 99.5 % ten of them are beyond the VaR.
pub const PATHS_MIN: usize = 2_000;
/// Most paths: what fits into 100 MB for three assets.
pub const PATHS_MAX: usize = 1_000_000;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct MonteCarloSetup {
    /// Folder of price files.
    pub prices: PathBuf,
    /// Assets, such as BTC; where books are given, those that they hold.
    pub assets: Vec<String>,
    /// Parameters of every one of them.
    pub parameters: ParameterFile,
    /// Paths of each book; all books see the same.
    pub paths: usize,
    /// Which of them.
    pub seed: u64,
    /// The book; the standard ones without it.
    pub book: Option<NamedBook>,
}

/// Losses of books beside their margins.
#[derive(Clone, Debug, Serialize)]
pub struct MonteCarlo {
    /// The last close that all assets have, unix seconds: where the paths begin.
    pub as_of_ts: i64,
    /// Paths.
    pub paths: usize,
    /// Seed of the paths.
    pub seed: u64,
    /// Hours of a block.
    pub block_h: usize,
    /// Blocks that the paths are drawn from.
    pub blocks: usize,
    /// One per book.
    pub books: Vec<BookLoss>,
}

/// Simulates what the books may lose.
///
/// Errors: too few or too many paths; prices or parameters that are missing, malformed or too few; a book without
/// size; what the core refuses.
pub fn run_monte_carlo(setup: &MonteCarloSetup) -> Result<MonteCarlo> {
    ensure!(
        (PATHS_MIN..=PATHS_MAX).contains(&setup.paths),
        "--monte-carlo {}: from {PATHS_MIN} to {PATHS_MAX} paths: fewer leave less than ten losses beyond the 99.5 % \
         quantile",
        setup.paths
    );
    let joint = JointTerms::of_file(&setup.parameters)?;
    let mut series = load(&setup.prices, &setup.assets)?.series;
    series.retain(Series::is_long);
    let assets = series
        .par_iter()
        .map(|one| {
            let entry = setup.parameters.asset(&one.asset);
            let entry =
                entry.with_context(|| format!("the parameters have no asset {}", one.asset))?;
            paths::replayed(one, &entry.params, &setup.parameters.portfolio)
        })
        .collect::<Result<Vec<_>>>()?;
    let start = PathStart::new(&assets)?;
    let books = match &setup.book {
        Some(book) => vec![book.clone()],
        None => books::standard(&start),
    };
    let held = books
        .iter()
        .map(|book| book.held(&start))
        .collect::<Result<Vec<_>>>()?;
    let grown = simulate(&start, setup.paths, setup.seed)?;
    let books = held
        .par_iter()
        .map(|book| measure::loss_of(book, &start, &grown, &joint))
        .collect::<Result<Vec<_>>>()?;
    Ok(MonteCarlo {
        as_of_ts: start.as_of_ts,
        paths: setup.paths,
        seed: setup.seed,
        block_h: PATH_H,
        blocks: start.blocks(),
        books,
    })
}

#[cfg(test)]
mod tests;
