//! Every asset, random books and delayed liquidations, replayed in parallel.
use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use freeboard_client::parameters::ParameterFile;
use freeboard_risk::params::{PortfolioCoefficients, PortfolioParams};
use indicatif::{ParallelProgressIterator, ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde::Serialize;

use crate::baseline::{Level, Model, ewma, size_oi};
use crate::book::{Book, Kind, margin_of, random_books};
use crate::coverage::{Coverage, Sample, factor_of_equal_coverage, tail_ratio};
use crate::delay::{DelayRun, Episode, Factors};
use crate::prices::{Series, load};
use crate::procyclicality::Procyclicality;
use crate::replay::{Asset, LoneMargin, Point};
use crate::time::{Date, HOUR_SECS};

/// Horizons, hours.
const HORIZONS_H: [i64; 2] = [1, 4];

/// What to replay.
#[derive(Clone, Debug)]
pub struct Options {
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
    pub level: Level,
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
    /// For Freeboard: how far its mean lies below that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_fixed_of_fitting_span: Option<f64>,
}

/// Margin and moves of one asset for the charts, one point a day.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The asset.
    pub asset: String,
    /// Per day: start, mean MM, mean IM, largest move within an hour, largest within four.
    pub days: Vec<[f64; 5]>,
}

/// The result of a backtest.
#[derive(Clone, Debug, Serialize)]
pub struct Backtest {
    /// See [`Options::fit_until`].
    pub fit_until: Date,
    /// See [`Options::test_from`].
    pub test_from: Date,
    /// Last close of the tested span, unix seconds.
    pub last_ts: i64,
    /// Random books of each kind.
    pub books_per_kind: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Hourly closes: lone positions of every asset, long and short, and random books.
    pub runs: Vec<Run>,
    /// The same for lone positions on finer closes, one entry per file.
    pub episodes: Vec<EpisodeRun>,
    /// Liquidations that come late, on the finer closes.
    pub delays: Vec<DelayRun>,
    /// For the page.
    #[serde(skip)]
    pub charts: Vec<Chart>,
}

/// A run on a file of finer closes.
#[derive(Clone, Debug, Serialize)]
pub struct EpisodeRun {
    /// Market, step and span of the file.
    pub source: String,
    /// The run.
    #[serde(flatten)]
    pub run: Run,
}

/// An asset replayed.
struct Replayed {
    name: String,
    asset: Asset,
    source: String,
    step_secs: i64,
    points: Vec<Point>,
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
pub fn run(options: &Options) -> Result<Backtest> {
    let spans = Spans {
        fit_until_ts: options.fit_until.start_ts()?,
        test_from_ts: options.test_from.start_ts()?,
    };
    ensure!(!options.assets.is_empty(), "name at least one asset");
    let portfolio_params = options.parameters.portfolio;
    let portfolio = PortfolioCoefficients::new(&portfolio_params)
        .map_err(|error| anyhow!("portfolio: {error:?}"))?;
    let series = load(&options.prices, &options.assets)?;
    let replayed: Vec<Replayed> = series
        .par_iter()
        .progress_with(bar("replaying assets", series.len() as u64))
        .map(|series| replay(series, &options.parameters, &portfolio_params, &portfolio))
        .collect::<Result<_>>()?;
    let (long, fine): (Vec<&Replayed>, Vec<&Replayed>) =
        replayed.iter().partition(|one| one.step_secs >= HOUR_SECS);

    let mut runs = Vec::new();
    let mut factors = HashMap::new();
    for asset in &long {
        let (lone, lone_factors) = lone_runs(asset, spans).with_context(|| {
            format!("{} has no closes from {} on", asset.name, options.test_from)
        })?;
        runs.extend(lone);
        factors.insert(asset.name.as_str(), lone_factors);
    }
    runs.extend(book_runs(&long, &portfolio, options, spans)?);
    let episodes = fine
        .iter()
        .filter_map(|asset| Some((asset, lone_runs(asset, Spans::EVERYTHING)?)))
        .flat_map(|(asset, (runs, _))| {
            runs.into_iter().map(|run| EpisodeRun {
                source: asset.source.clone(),
                run,
            })
        })
        .collect();
    let delays = delay_runs(&fine, &factors, &portfolio, options.seed)?;
    Ok(Backtest {
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
        runs,
        episodes,
        delays,
        charts: long.iter().map(|asset| chart(asset, spans)).collect(),
    })
}

impl Spans {
    /// Short files are judged whole; nothing is fitted on them.
    const EVERYTHING: Self = Self {
        fit_until_ts: i64::MIN,
        test_from_ts: i64::MIN,
    };
}

fn bar(what: &'static str, steps: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:20} {bar:40} {pos}/{len} {elapsed}");
    ProgressBar::new(steps)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(what)
}

fn replay(
    series: &Series,
    parameters: &ParameterFile,
    portfolio_params: &PortfolioParams,
    portfolio: &PortfolioCoefficients,
) -> Result<Replayed> {
    let entry = parameters
        .asset(&series.asset)
        .with_context(|| format!("the parameters have no asset {}", series.asset))?;
    let asset = Asset::new(&entry.params, portfolio_params)?;
    let points = asset.replay(series)?;
    let margins = points
        .iter()
        .map(|point| asset.lone_margin(point, portfolio))
        .collect::<Result<_>>()?;
    Ok(Replayed {
        name: series.asset.clone(),
        asset,
        source: series.source.clone(),
        step_secs: series.step_secs,
        points,
        margins,
        ewma: ewma(&series.bars),
    })
}

/// For each point the index of the point exactly `horizon_secs` later, where there is one.
fn later(points: &[Point], horizon_secs: i64) -> Vec<Option<usize>> {
    let mut ahead = 0;
    points
        .iter()
        .map(|point| {
            let wanted = point.ts + horizon_secs;
            while ahead < points.len() && points[ahead].ts < wanted {
                ahead += 1;
            }
            points
                .get(ahead)
                .filter(|then| then.ts == wanted)
                .map(|_| ahead)
        })
        .collect()
}

/// A sample of every moment with its loss over the horizon, the loser's own margin in it.
fn lone_samples(
    asset: &Replayed,
    horizon_h: i64,
    margin: impl Fn(usize) -> [f64; 2],
) -> Vec<Sample> {
    let later = later(&asset.points, horizon_h * HOUR_SECS);
    let pairs = asset.points.iter().zip(later).enumerate();
    pairs
        .filter_map(|(index, (point, then))| {
            let change = asset.points[then?].close / point.close - 1.0;
            let fell = change < 0.0;
            Some(Sample {
                ts: point.ts,
                margin: margin(index)[usize::from(!fell)],
                loss: change.abs(),
                fell,
            })
        })
        .collect()
}

fn level_margin(margin: &LoneMargin, level: Level) -> [f64; 2] {
    match level {
        Level::Mm => margin.maintenance,
        Level::Im => margin.initial,
    }
}

fn split(samples: Vec<Sample>, spans: Spans) -> (Vec<Sample>, Vec<Sample>) {
    let fit = samples
        .iter()
        .filter(|sample| sample.ts < spans.fit_until_ts);
    let fit = fit.copied().collect();
    let test = samples
        .into_iter()
        .filter(|sample| sample.ts >= spans.test_from_ts);
    (fit, test.collect())
}

/// All models, levels and horizons of one asset, and the factors of the baselines. `None` without a
/// tested span.
fn lone_runs(asset: &Replayed, spans: Spans) -> Option<(Vec<Run>, Factors)> {
    let mut runs = Vec::new();
    let mut factors = Factors::default();
    for level in Level::ALL {
        for horizon_h in HORIZONS_H {
            let own = |index: usize| level_margin(&asset.margins[index], level);
            let (fit, test) = split(lone_samples(asset, horizon_h, own), spans);
            let freeboard = Judged::new(&[fit], &[test], horizon_h)?;
            let exceedances = freeboard.coverage.exceedances;
            runs.push(freeboard.run(&asset.name, Model::Freeboard, level, horizon_h));
            for model in [Model::Fixed, Model::Ewma, Model::SizeOi] {
                let margin = |index: usize| match model {
                    Model::Ewma => asset.ewma[index],
                    Model::SizeOi => size_oi(level),
                    Model::Fixed | Model::Freeboard => 1.0,
                };
                let samples = lone_samples(asset, horizon_h, |index| [margin(index); 2]);
                let (fit, test) = split(samples, spans);
                let factor = match model {
                    Model::SizeOi | Model::Freeboard => 1.0,
                    _ => factor_of_equal_coverage(test.iter(), exceedances),
                };
                if horizon_h == level.own_horizon_h() {
                    match model {
                        Model::Fixed => factors.fixed[level as usize] = factor,
                        Model::Ewma => factors.ewma[level as usize] = factor,
                        _ => {}
                    }
                }
                let judged =
                    Judged::new(&[scaled(fit, factor)], &[scaled(test, factor)], horizon_h)?;
                runs.push(judged.run(&asset.name, model, level, horizon_h));
            }
        }
    }
    compare_with_fixed(&mut runs);
    Some((runs, factors))
}

fn scaled(samples: Vec<Sample>, factor: f64) -> Vec<Sample> {
    let scale = |sample: Sample| sample.with_margin(sample.margin * factor);
    samples.into_iter().map(scale).collect()
}

/// Writes into Freeboard's runs how their means compare with the fixed ones of the same kind.
fn compare_with_fixed(runs: &mut [Run]) {
    let fixed: Vec<_> = runs
        .iter()
        .filter(|run| run.model == Model::Fixed)
        .map(|run| {
            (
                run.asset.clone(),
                run.level,
                run.horizon_h,
                run.coverage.mean_margin,
            )
        })
        .collect();
    for run in runs.iter_mut().filter(|run| run.model == Model::Freeboard) {
        let same = |(asset, level, horizon_h, _): &&(String, Level, i64, f64)| {
            *asset == run.asset && *level == run.level && *horizon_h == run.horizon_h
        };
        if let Some((.., margin)) = fixed.iter().find(same) {
            run.below_fixed = Some(1.0 - run.coverage.mean_margin / margin);
        }
    }
}

/// Tracks with what they say; one per book.
struct Judged {
    coverage: Coverage,
    procyclicality: Procyclicality,
    fixed_of_fitting_span: Option<f64>,
}

impl Judged {
    fn new(fit: &[Vec<Sample>], test: &[Vec<Sample>], horizon_h: i64) -> Option<Self> {
        let fitted: Vec<Sample> = fit.iter().flatten().copied().collect();
        let tracks: Vec<&[Sample]> = test.iter().map(Vec::as_slice).collect();
        let coverage = Coverage::of(&tracks, horizon_h * HOUR_SECS, tail_ratio(&fitted))?;
        let movement = |track: &&[Sample]| {
            let margins: Vec<_> = track
                .iter()
                .map(|sample| (sample.ts, sample.margin))
                .collect();
            Procyclicality::of(&margins)
        };
        let procyclicality = tracks.iter().map(movement).reduce(Procyclicality::worse)?;
        let exceeded = fitted
            .iter()
            .filter(|sample| sample.is_exceedance())
            .count() as u64;
        let unit: Vec<Sample> = fitted
            .iter()
            .map(|sample| sample.with_margin(1.0))
            .collect();
        let fixed = (!unit.is_empty()).then(|| factor_of_equal_coverage(unit.iter(), exceeded));
        Some(Self {
            coverage,
            procyclicality,
            fixed_of_fitting_span: fixed,
        })
    }

    fn run(self, asset: &str, model: Model, level: Level, horizon_h: i64) -> Run {
        let fixed = self
            .fixed_of_fitting_span
            .filter(|_| model == Model::Freeboard);
        Run {
            asset: asset.to_owned(),
            model,
            level,
            horizon_h,
            below_fixed: None,
            fixed_of_fitting_span: fixed,
            below_fixed_of_fitting_span: fixed.map(|fixed| 1.0 - self.coverage.mean_margin / fixed),
            coverage: self.coverage,
            procyclicality: self.procyclicality,
        }
    }
}

/// Points of several assets at the moments that all of them have.
fn common_points<'a>(assets: &[&'a Replayed]) -> Vec<Vec<(usize, &'a Point)>> {
    let Some((first, others)) = assets.split_first() else {
        return Vec::new();
    };
    let find = |asset: &'a Replayed, ts: i64| {
        let index = asset
            .points
            .binary_search_by_key(&ts, |point| point.ts)
            .ok()?;
        Some((index, &asset.points[index]))
    };
    let moments = first.points.iter().enumerate();
    moments
        .filter_map(|(index, point)| {
            let mut all = vec![(index, point)];
            for other in others {
                all.push(find(other, point.ts)?);
            }
            Some(all)
        })
        .collect()
}

/// Samples of one book: per level and model.
struct BookTrack {
    /// `[level][horizon]`.
    freeboard: [[Vec<Sample>; 2]; 2],
    /// EWMA margins without a factor, per horizon.
    ewma: [Vec<Sample>; 2],
}

fn book_runs(
    assets: &[&Replayed],
    portfolio: &PortfolioCoefficients,
    options: &Options,
    spans: Spans,
) -> Result<Vec<Run>> {
    if assets.len() < 2 {
        return Ok(Vec::new()); // a book of one asset is a lone position
    }
    let moments = common_points(assets);
    let points: Vec<Vec<Point>> = moments
        .iter()
        .map(|all| all.iter().map(|(_, point)| **point).collect())
        .collect();
    let ewma: Vec<Vec<f64>> = moments
        .iter()
        .map(|all| {
            all.iter()
                .zip(assets)
                .map(|((index, _), asset)| asset.ewma[*index])
                .collect()
        })
        .collect();
    let cores: Vec<Asset> = assets.iter().map(|asset| asset.asset).collect();
    let firsts: Vec<Point> = points
        .iter()
        .filter_map(|all| all.first())
        .copied()
        .collect();
    let ahead = HORIZONS_H.map(|horizon_h| later(&firsts, horizon_h * HOUR_SECS));
    let progress = bar("replaying books", (options.books * Kind::ALL.len()) as u64);
    let mut runs = Vec::new();
    for kind in Kind::ALL {
        let books = random_books(kind, options.books, assets.len(), options.seed);
        let tracks: Vec<BookTrack> = books
            .par_iter()
            .progress_with(progress.clone())
            .map(|book| track(book, &cores, &points, &ewma, &ahead, portfolio))
            .collect::<Result<_>>()?;
        runs.extend(runs_of_kind(kind, &tracks, spans));
    }
    progress.finish_and_clear();
    compare_with_fixed(&mut runs);
    Ok(runs)
}

fn track(
    book: &Book,
    assets: &[Asset],
    points: &[Vec<Point>],
    ewma: &[Vec<f64>],
    ahead: &[Vec<Option<usize>>; 2],
    portfolio: &PortfolioCoefficients,
) -> Result<BookTrack> {
    let mut track = BookTrack {
        freeboard: Default::default(),
        ewma: Default::default(),
    };
    for (index, now) in points.iter().enumerate() {
        let margin = margin_of(assets, now, &book.sizes(assets, now), portfolio)?;
        let flat = book.without_offset(ewma[index].iter().copied());
        for (horizon, ahead) in ahead.iter().enumerate() {
            let Some(then) = ahead[index] else { continue };
            let sample = Sample {
                ts: now[0].ts,
                margin: margin.maintenance,
                loss: book.loss(now, &points[then]),
                fell: false,
            };
            track.freeboard[0][horizon].push(sample);
            track.freeboard[1][horizon].push(sample.with_margin(margin.initial));
            track.ewma[horizon].push(sample.with_margin(flat));
        }
    }
    Ok(track)
}

fn runs_of_kind(kind: Kind, tracks: &[BookTrack], spans: Spans) -> Vec<Run> {
    let mut runs = Vec::new();
    for (level_index, level) in Level::ALL.into_iter().enumerate() {
        for (horizon, horizon_h) in HORIZONS_H.into_iter().enumerate() {
            let own: Vec<_> = tracks
                .iter()
                .map(|track| &track.freeboard[level_index][horizon])
                .collect();
            let ewma: Vec<_> = tracks.iter().map(|track| &track.ewma[horizon]).collect();
            let unit = |margin: f64| -> Vec<Vec<Sample>> {
                let track =
                    |track: &&Vec<Sample>| track.iter().map(|s| s.with_margin(margin)).collect();
                own.iter().map(track).collect()
            };
            let mut exceedances = 0;
            let all: [(Model, Vec<Vec<Sample>>); 4] = [
                (
                    Model::Freeboard,
                    own.iter().map(|track| track.to_vec()).collect(),
                ),
                (Model::Fixed, unit(1.0)),
                (
                    Model::Ewma,
                    ewma.iter().map(|track| track.to_vec()).collect(),
                ),
                (Model::SizeOi, unit(size_oi(level))),
            ];
            for (model, tracks) in all {
                let spread: Vec<_> = tracks
                    .into_iter()
                    .map(|track| split(track, spans))
                    .collect();
                let (fit, test): (Vec<_>, Vec<_>) = spread.into_iter().unzip();
                let factor = match model {
                    Model::Freeboard | Model::SizeOi => 1.0,
                    _ => factor_of_equal_coverage(test.iter().flatten(), exceedances),
                };
                let scale = |tracks: Vec<Vec<Sample>>| -> Vec<_> {
                    tracks
                        .into_iter()
                        .map(|track| scaled(track, factor))
                        .collect()
                };
                let Some(judged) = Judged::new(&scale(fit), &scale(test), horizon_h) else {
                    continue;
                };
                if model == Model::Freeboard {
                    exceedances = judged.coverage.exceedances;
                }
                runs.push(judged.run(kind.name(), model, level, horizon_h));
            }
        }
    }
    runs
}

/// Delayed liquidations on every group of files of one source.
fn delay_runs(
    fine: &[&Replayed],
    factors: &HashMap<&str, Factors>,
    portfolio: &PortfolioCoefficients,
    seed: u64,
) -> Result<Vec<DelayRun>> {
    let mut sources: Vec<&str> = fine.iter().map(|one| one.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let progress = bar("delaying liquidations", sources.len() as u64);
    let mut runs = Vec::new();
    for source in sources {
        let group: Vec<&Replayed> = fine
            .iter()
            .copied()
            .filter(|one| one.source == source)
            .collect();
        let moments = common_points(&group);
        let ewma = |all: &Vec<(usize, &Point)>| {
            let values = all
                .iter()
                .zip(&group)
                .map(|((index, _), asset)| asset.ewma[*index]);
            values.collect()
        };
        let episode = Episode {
            source: source.to_owned(),
            step_secs: group[0].step_secs,
            assets: group.iter().map(|one| one.asset).collect(),
            ewma: moments.iter().map(ewma).collect(),
            points: moments
                .iter()
                .map(|all| all.iter().map(|(_, point)| **point).collect())
                .collect(),
            factors: group
                .iter()
                .map(|one| factors.get(one.name.as_str()).copied().unwrap_or_default())
                .collect(),
            portfolio,
        };
        runs.extend(episode.run(seed)?);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(runs)
}

/// Daily means of the margins and largest moves of the tested span.
fn chart(asset: &Replayed, spans: Spans) -> Chart {
    let largest = |horizon_h| lone_samples(asset, horizon_h, |_| [0.0; 2]);
    let (hour, four) = (largest(1), largest(4));
    let moves = |samples: &[Sample]| -> HashMap<i64, f64> {
        samples
            .iter()
            .map(|sample| (sample.ts, sample.loss))
            .collect()
    };
    let (hour, four) = (moves(&hour), moves(&four));
    let mut days: Vec<[f64; 5]> = Vec::new();
    let mut count = 0.0;
    for (point, margin) in asset.points.iter().zip(&asset.margins) {
        if point.ts < spans.test_from_ts {
            continue;
        }
        let day = (point.ts - point.ts.rem_euclid(86_400)) as f64;
        if days.last().is_none_or(|last| last[0] != day) {
            days.push([day, 0.0, 0.0, 0.0, 0.0]);
            count = 0.0;
        }
        let Some(last) = days.last_mut() else {
            continue;
        };
        count += 1.0;
        last[1] += (margin.maintenance[0] - last[1]) / count;
        last[2] += (margin.initial[0] - last[2]) / count;
        last[3] = last[3].max(hour.get(&point.ts).copied().unwrap_or(0.0));
        last[4] = last[4].max(four.get(&point.ts).copied().unwrap_or(0.0));
    }
    Chart {
        asset: asset.name.clone(),
        days,
    }
}
