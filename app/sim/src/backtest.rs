//! Every asset, random books and delayed liquidations, replayed in parallel.
mod books;
mod chart;
mod delays;
mod judging;
mod lone;
pub(crate) mod moments;
mod scores;

pub use chart::MarginChart;
pub use scores::{CrashRun, OutsideMargin, Rival, RivalRun, Score, Scores};

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use freeboard_client::parameters::ParameterFile;
use indicatif::{ParallelProgressIterator, ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde::Serialize;

use books::book_runs;
use chart::chart;
use delays::delay_runs;
use lone::{gap_moves, lone_runs};
use moments::common_points;
use scores::{outside_margin, scored};

use crate::baseline::{BaselineLevel, Model, ewma};
use crate::coverage::Coverage;
use crate::delay::DelayRun;
use crate::joint::JointTerms;
use crate::prices::{Measured, Overlap, Series, Unread, load, overlaps};
use crate::procyclicality::Procyclicality;
use crate::replay::{LoneMargin, Point, ReplayedAsset};
use crate::time::{Date, HOUR_SECS};

/// Horizons, hours.
const HORIZONS_H: [i64; 2] = [1, 4];

/// What to replay.
#[derive(Clone, Debug)]
pub struct BacktestSetup {
    /// Folder of price files.
    pub prices: PathBuf,
    /// Assets, such as BTC.
    pub assets: Vec<String>,
    /// Parameters of every one of them.
    pub parameters: ParameterFile,
    /// Nothing that is fitted here sees prices from this day on.
    pub fit_until: Date,
    /// Margins are judged from this day on.
    pub test_from: Date,
    /// Random books of each kind.
    pub books: usize,
    /// Seed of everything random.
    pub seed: u64,
}

/// A margin of one asset or kind of books, over one horizon.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Asset, or kind of books.
    pub asset: String,
    /// Which margin.
    pub model: Model,
    /// Which requirement.
    pub level: BaselineLevel,
    /// Horizon of the losses, hours.
    pub horizon_h: i64,
    /// Counts, means and tests.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// How the margin moves.
    #[serde(flatten)]
    pub procyclicality: Procyclicality,
    /// For Freeboard: how far its mean lies below the fixed fraction of equal coverage; 0.25 is 25 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_fixed: Option<f64>,
    /// For Freeboard: the fixed fraction that had its coverage in the fitting span, when nobody knew
    /// the tested one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_of_fitting_span: Option<f64>,
    /// For Freeboard: exceedances of that fraction in the tested span. Fewer than Freeboard's mean that
    /// it covered more there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_of_fitting_span_exceedances: Option<u64>,
    /// For Freeboard: how far its mean lies below that fraction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_fixed_of_fitting_span: Option<f64>,
}

/// The result of a backtest.
#[derive(Clone, Debug, Serialize)]
pub struct Backtest {
    /// See [`BacktestSetup::fit_until`].
    pub fit_until: Date,
    /// See [`BacktestSetup::test_from`].
    pub test_from: Date,
    /// Last close of the tested span, unix seconds.
    pub last_ts: i64,
    /// Random books of each kind.
    pub books_per_kind: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// What the speed limit lets MM rise within a day, per asset, as a multiple.
    pub speed_limit_1d: BTreeMap<String, f64>,
    /// Hourly closes: lone positions of every asset, long and short, and random books.
    pub runs: Vec<Run>,
    /// The same for lone positions on finer closes, one entry per file.
    pub episodes: Vec<EpisodeRun>,
    /// Liquidations that come late, on the finer closes.
    pub delays: Vec<DelayRun>,
    /// What MM at 1 h is worth, per asset.
    pub scores: BTreeMap<String, Scores>,
    /// The margins that it is judged against there, and Freeboard's.
    pub rivals: Vec<RivalRun>,
    /// Losses beyond MM and other margins in the crashes that the hourly closes hold.
    pub crashes: Vec<CrashRun>,
    /// Moves within an hour beyond even IM, of every file.
    pub outside_margin: Vec<OutsideMargin>,
    /// What was read, and what was not.
    pub inputs: Inputs,
    /// Moves over gaps that MM was to cover for an hour: of the tested span of hourly closes, of all finer ones.
    pub gap_moves: Vec<GapMove>,
    /// For the page.
    #[serde(skip)]
    pub charts: Vec<MarginChart>,
}

/// What a backtest read, measured.
#[derive(Clone, Debug, Serialize)]
pub struct Inputs {
    /// Every file that was read.
    pub files: Vec<Measured>,
    /// Price files of the folder that were not.
    pub unread: Vec<Unread>,
    /// Files of one asset that hold the same time: it is judged once in each.
    pub overlaps: Vec<Overlap>,
    /// Hours that the hourly files of all assets have in common: what books are judged on.
    pub common_hours: u64,
    /// Assets of the parameters that were not asked for.
    pub unused_parameters: Vec<String>,
    /// Sources of finer closes whose assets have no two days in common: nobody is liquidated late there.
    pub too_short_for_delays: Vec<String>,
}

/// A move over a gap.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapMove {
    /// Asset.
    pub asset: String,
    /// Market, step and span of the file.
    pub source: String,
    /// The last close before it, unix seconds.
    pub from_ts: i64,
    /// The first close after it, unix seconds.
    pub to_ts: i64,
    /// The close after it over the one before it, minus 1.
    pub change: f64,
    /// MM before it, of the side that lost.
    pub margin: f64,
    /// The loss was larger.
    pub beyond: bool,
}

/// A run on a file of finer closes.
#[derive(Clone, Debug, Serialize)]
pub struct EpisodeRun {
    /// Market, step and span of the file.
    pub source: String,
    /// The estimators were carried over from earlier hourly closes; otherwise they start as those of a
    /// new asset, at σ_initial.
    pub warm: bool,
    /// The run.
    #[serde(flatten)]
    pub run: Run,
}

/// An asset replayed.
struct Replayed {
    name: String,
    asset: ReplayedAsset,
    source: String,
    step_secs: i64,
    /// Carried over from earlier hourly closes; `false` for hourly closes themselves.
    warm: bool,
    points: Vec<Point>,
    /// Low and high of the bar that ends at each point.
    ranges: Vec<[f64; 2]>,
    margins: Vec<LoneMargin>,
    ewma: Vec<f64>,
}

/// Where the spans lie.
#[derive(Clone, Copy)]
struct Spans {
    fit_until_ts: i64,
    test_from_ts: i64,
}

/// Replays everything.
///
/// Errors: prices or parameters that are missing or malformed, no tested span, what the core refuses.
pub fn run_backtest(options: &BacktestSetup) -> Result<Backtest> {
    let spans = Spans::of_setup(options)?;
    let joint = JointTerms::of_file(&options.parameters)?;
    let loaded = load(&options.prices, &options.assets)?;
    let series = loaded.series;
    let replayed = replay_all(&series, options, &joint)?;
    let (long, fine): (Vec<&Replayed>, Vec<&Replayed>) =
        replayed.iter().partition(|one| one.step_secs >= HOUR_SECS);

    let mut runs = Vec::new();
    let mut factors = HashMap::new();
    for asset in &long {
        let (lone, lone_factors) = lone_runs(asset, spans)
            .with_context(|| why_untested(asset, spans, options.test_from))?;
        runs.extend(lone);
        factors.insert(asset.name.as_str(), lone_factors);
    }
    runs.extend(book_runs(&long, &joint, options, spans)?);
    let (delays, too_short_for_delays) = delay_runs(&fine, &factors, &joint, options.seed)?;
    let unused = options.parameters.assets.iter().map(|entry| &entry.name);
    let inputs = Inputs {
        files: series.iter().map(Measured::measure).collect(),
        unread: loaded.unread,
        overlaps: overlaps(&series),
        common_hours: common_points(&long).len() as u64,
        unused_parameters: unused
            .filter(|name| !options.assets.contains(name))
            .cloned()
            .collect(),
        too_short_for_delays,
    };
    let judged = scored(&long, &fine, spans, options.seed)?;
    let of_long = long.iter().flat_map(|asset| gap_moves(asset, spans));
    let of_fine = fine
        .iter()
        .flat_map(|asset| gap_moves(asset, Spans::EVERYTHING));
    Ok(Backtest {
        scores: judged.scores,
        rivals: judged.rivals,
        crashes: judged.crashes,
        outside_margin: replayed.iter().flat_map(outside_margin).collect(),
        inputs,
        gap_moves: of_long.chain(of_fine).collect(),
        fit_until: options.fit_until,
        test_from: options.test_from,
        last_ts: long
            .iter()
            .flat_map(|one| one.points.last())
            .map(|p| p.ts)
            .max()
            .unwrap_or(0),
        books_per_kind: options.books,
        seed: options.seed,
        speed_limit_1d: long
            .iter()
            .map(|one| (one.name.clone(), speed_limit_1d(&one.asset)))
            .collect(),
        runs,
        episodes: episodes(&fine),
        delays,
        charts: long.iter().map(|asset| chart(asset, spans)).collect(),
    })
}

/// Replays every file. Finer closes go on where the earlier hourly ones of the same asset leave the estimators.
fn replay_all(
    series: &[Series],
    options: &BacktestSetup,
    joint: &JointTerms,
) -> Result<Vec<Replayed>> {
    series
        .par_iter()
        .progress_with(bar("replaying assets", series.len() as u64))
        .map(|one| {
            let hourly = series
                .iter()
                .find(|other| other.is_long() && other.asset == one.asset);
            let earlier = hourly.filter(|_| !one.is_long());
            replay(one, earlier, &options.parameters, joint)
        })
        .collect()
}

/// What an asset lacks of which nothing is tested.
fn why_untested(asset: &Replayed, spans: Spans, from: Date) -> String {
    let any = asset.points.iter().any(|p| p.ts >= spans.test_from_ts);
    let what = if any {
        "two closes 4 h apart"
    } else {
        "closes"
    };
    format!("{} has no {what} from {from} on", asset.name)
}

/// The runs on files of finer closes.
fn episodes(fine: &[&Replayed]) -> Vec<EpisodeRun> {
    fine.iter()
        .filter_map(|asset| Some((asset, lone_runs(asset, Spans::EVERYTHING)?)))
        .flat_map(|(asset, (runs, _))| {
            runs.into_iter().map(|run| EpisodeRun {
                source: asset.source.clone(),
                warm: asset.warm,
                run,
            })
        })
        .collect()
}

impl Spans {
    /// Those of a setup.
    ///
    /// Errors: a fitting span that reaches into the tested one, a time out of range.
    fn of_setup(options: &BacktestSetup) -> Result<Self> {
        ensure!(
            options.fit_until <= options.test_from,
            "--fit-until {} is after --test-from {}: what is fitted would see what it is judged on",
            options.fit_until,
            options.test_from
        );
        Ok(Self {
            fit_until_ts: options.fit_until.start_ts()?,
            test_from_ts: options.test_from.start_ts()?,
        })
    }

    /// Short files are judged whole; nothing is fitted on them.
    const EVERYTHING: Self = Self {
        fit_until_ts: i64::MIN,
        test_from_ts: i64::MIN,
    };
}

/// (1 + up)^24. The funding provision within MM does not move, so MM rises by no more.
fn speed_limit_1d(asset: &ReplayedAsset) -> f64 {
    (1.0 + asset.params.up_per_h_e9 as f64 / 1e9).powi(24)
}

pub(crate) fn bar(what: &'static str, steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:20} {bar:40} {pos}/{len} {elapsed}");
    ProgressBar::new(steps)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(what)
}

/// Replays a file; that of an episode goes on where the `earlier` hourly closes of its asset stand.
fn replay(
    series: &Series,
    earlier: Option<&Series>,
    parameters: &ParameterFile,
    joint: &JointTerms,
) -> Result<Replayed> {
    let entry = parameters
        .asset(&series.asset)
        .with_context(|| format!("the parameters have no asset {}", series.asset))?;
    let asset = ReplayedAsset::new(&entry.params, &parameters.portfolio)?;
    let carried = match earlier {
        Some(hourly) => asset.carried_over(hourly, series)?.zip(Some(hourly)),
        None => None,
    };
    let (points, sigma) = match carried {
        Some((state, hourly)) => {
            let first_ts = series.bars[0].end_ts;
            let count = hourly.bars.partition_point(|bar| bar.end_ts <= first_ts);
            let sigma = ewma(None, &hourly.bars[..count]).last().copied();
            (asset.replay_from(state, series)?, sigma)
        }
        None => (asset.replay(series)?, None),
    };
    let margins = points
        .iter()
        .map(|point| asset.lone_margin(point, joint))
        .collect::<Result<_>>()?;
    Ok(Replayed {
        name: series.asset.clone(),
        asset,
        source: series.source.clone(),
        step_secs: series.step_secs,
        warm: carried.is_some(),
        points,
        ranges: series.bars.iter().map(|bar| [bar.low, bar.high]).collect(),
        margins,
        ewma: ewma(sigma, &series.bars),
    })
}

#[cfg(test)]
mod tests;
