//! Random books: every model on the same tracks.
use anyhow::{Result, ensure};
use indicatif::ParallelProgressIterator;
use rayon::prelude::*;

use super::judging::{JudgedSeries, compare_with_fixed, scaled, split};
use super::moments::{common_points, later};
use super::{BacktestSetup, HORIZONS_H, Replayed, Run, Spans, bar};
use crate::baseline::{BaselineLevel, Model, size_oi};
use crate::book::{Book, Kind, margin_of, random_books};
use crate::coverage::{Sample, factor_of_equal_coverage};
use crate::joint::JointTerms;
use crate::replay::{Point, ReplayedAsset};
use crate::time::HOUR_SECS;

/// Samples of one book: per level and model.
struct BookTrack {
    /// `[level][horizon]`.
    freeboard: [[Vec<Sample>; 2]; 2],
    /// EWMA margins without a factor, per horizon.
    ewma: [Vec<Sample>; 2],
}

pub(super) fn book_runs(
    assets: &[&Replayed],
    joint: &JointTerms,
    options: &BacktestSetup,
    spans: Spans,
) -> Result<Vec<Run>> {
    if assets.len() < 2 {
        return Ok(Vec::new()); // a book of one asset is a lone position
    }
    let moments = common_points(assets);
    let tested = |all: &Vec<(usize, &Point)>| all[0].1.ts >= spans.test_from_ts;
    ensure!(
        moments.iter().filter(|all| tested(all)).count() > 1,
        "{} have no two hours in common from {} on, so no book can hold all of them: leave one out with --assets, \
         or give files of the same hours",
        names(assets),
        options.test_from
    );
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
    let cores: Vec<ReplayedAsset> = assets.iter().map(|asset| asset.asset).collect();
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
            .map(|book| track(book, &cores, &points, &ewma, &ahead, joint))
            .collect::<Result<_>>()?;
        runs.extend(runs_of_kind(kind, &tracks, spans));
    }
    progress.finish_and_clear();
    compare_with_fixed(&mut runs);
    Ok(runs)
}

fn names(assets: &[&Replayed]) -> String {
    let names: Vec<&str> = assets.iter().map(|asset| asset.name.as_str()).collect();
    names.join(", ")
}

fn track(
    book: &Book,
    assets: &[ReplayedAsset],
    points: &[Vec<Point>],
    ewma: &[Vec<f64>],
    ahead: &[Vec<Option<usize>>; 2],
    joint: &JointTerms,
) -> Result<BookTrack> {
    let mut track = BookTrack {
        freeboard: Default::default(),
        ewma: Default::default(),
    };
    for (index, now) in points.iter().enumerate() {
        let margin = margin_of(assets, now, &book.sizes(assets, now)?, joint)?;
        let flat = book.without_offset(ewma[index].iter().copied());
        for (horizon, ahead) in ahead.iter().enumerate() {
            let Some(then) = ahead[index] else { continue };
            let sample = Sample {
                ts: now[0].ts,
                end_ts: points[then][0].ts,
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
    for (level_index, level) in BaselineLevel::ALL.into_iter().enumerate() {
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
                let Some(judged) = JudgedSeries::new(&scale(fit), &scale(test), horizon_h) else {
                    continue;
                };
                if model == Model::Freeboard {
                    exceedances = judged.coverage.exceedances;
                }
                runs.push(judged.into_run(kind.name(), model, level, horizon_h));
            }
        }
    }
    runs
}
