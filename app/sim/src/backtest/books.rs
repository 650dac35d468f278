//! Random books: every model on the same tracks.
use anyhow::{Result, ensure};
use indicatif::ParallelProgressIterator;
use rayon::prelude::*;

use super::judging::{JudgedSeries, compare_with_fixed, scale, split};
use super::moments::{common_points, later};
use super::{BacktestSetup, HORIZONS_H, Replayed, Run, Spans, bar};
use crate::baseline::{BaselineLevel, Model, size_oi};
use crate::book::{Book, Kind, margin_of, random_books};
use crate::coverage::{Sample, factor_of_equal_coverage};
use crate::joint::JointTerms;
use crate::replay::{Point, ReplayedAsset};
use crate::time::HOUR_SECS;

/// What one book is asked and loses, moment by moment. Samples are made of it for one level, horizon and model at a
/// time: all at once are gigabytes.
struct BookTrack {
    /// Freeboard's, per level.
    freeboard: [Vec<f64>; 2],
    /// An EWMA without a factor.
    ewma: Vec<f64>,
    /// Per horizon.
    losses: [Vec<f64>; 2],
}

/// When the moments are, and how far each horizon reaches.
struct Moments {
    ts: Vec<i64>,
    /// Per horizon.
    ahead: [Vec<Option<usize>>; 2],
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
    let moments = Moments {
        ts: firsts.iter().map(|point| point.ts).collect(),
        ahead: HORIZONS_H.map(|horizon_h| later(&firsts, horizon_h * HOUR_SECS)),
    };
    let progress = bar("replaying books", (options.books * Kind::ALL.len()) as u64);
    let mut runs = Vec::new();
    for kind in Kind::ALL {
        let books = random_books(kind, options.books, assets.len(), options.seed);
        let tracks: Vec<BookTrack> = books
            .par_iter()
            .progress_with(progress.clone())
            .map(|book| track(book, &cores, &points, &ewma, &moments, joint))
            .collect::<Result<_>>()?;
        runs.extend(runs_of_kind(kind, &tracks, &moments, spans));
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
    moments: &Moments,
    joint: &JointTerms,
) -> Result<BookTrack> {
    let mut track = BookTrack {
        freeboard: Default::default(),
        ewma: Vec::with_capacity(points.len()),
        losses: moments.ahead.each_ref().map(|ahead| {
            let reached = points.iter().zip(ahead);
            reached
                .map_while(|(now, then)| Some(book.loss(now, &points[(*then)?])))
                .collect()
        }),
    };
    for (now, ewma) in points.iter().zip(ewma) {
        let margin = margin_of(assets, now, &book.sizes(assets, now)?, joint)?;
        track.freeboard[BaselineLevel::Mm as usize].push(margin.maintenance);
        track.freeboard[BaselineLevel::Im as usize].push(margin.initial);
        track.ewma.push(book.without_offset(ewma.iter().copied()));
    }
    Ok(track)
}

impl BookTrack {
    /// The samples of one margin over one horizon.
    fn samples(
        &self,
        moments: &Moments,
        horizon: usize,
        margin: impl Fn(usize) -> f64,
    ) -> Vec<Sample> {
        let losses = self.losses[horizon].iter().enumerate();
        let reached = losses.zip(&moments.ahead[horizon]);
        reached
            .filter_map(|((index, loss), then)| {
                Some(Sample {
                    ts: moments.ts[index],
                    end_ts: moments.ts[(*then)?],
                    margin: margin(index),
                    loss: *loss,
                    fell: false,
                })
            })
            .collect()
    }
}

fn runs_of_kind(kind: Kind, tracks: &[BookTrack], moments: &Moments, spans: Spans) -> Vec<Run> {
    let mut runs = Vec::new();
    for level in BaselineLevel::ALL {
        for (horizon, horizon_h) in HORIZONS_H.into_iter().enumerate() {
            let mut exceedances = 0;
            for model in Model::ALL {
                let margin = |track: &BookTrack, index: usize| match model {
                    Model::Freeboard => track.freeboard[level as usize][index],
                    Model::Fixed => 1.0,
                    Model::Ewma => track.ewma[index],
                    Model::SizeOi => size_oi(level),
                };
                let (mut fit, mut test): (Vec<_>, Vec<_>) = tracks
                    .iter()
                    .map(|track| {
                        let own = |index: usize| margin(track, index);
                        split(track.samples(moments, horizon, own), spans)
                    })
                    .unzip();
                if matches!(model, Model::Fixed | Model::Ewma) {
                    let factor = factor_of_equal_coverage(test.iter().flatten(), exceedances);
                    for samples in fit.iter_mut().chain(&mut test) {
                        scale(samples, factor);
                    }
                }
                let Some(judged) = JudgedSeries::new(&fit, &test, horizon_h) else {
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
