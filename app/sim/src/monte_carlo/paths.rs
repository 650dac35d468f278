//! Paths of all assets from the last close on.
use anyhow::{Context, Result, anyhow, ensure};
use freeboard_risk::params::{AssetParams, PortfolioParams};
use freeboard_risk::price::volatility::VolatilityState;
use indicatif::ParallelProgressIterator;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Uniform};
use rayon::prelude::*;

use super::{HORIZONS_H, PATH_H};
use crate::backtest::bar;
use crate::backtest::moments::common;
use crate::prices::{Bar, Series};
use crate::replay::{Point, ReplayedAsset};
use crate::time::HOUR_SECS;

/// Fewest blocks that paths are drawn from.
const BLOCKS_MIN: usize = 2_000;
/// Largest fall within an hour: a price stays above 0.
const FALL_MAX: f64 = 0.99;

/// An asset replayed to the end of its file.
#[derive(Debug)]
pub(super) struct ReplayedToEnd {
    name: String,
    asset: ReplayedAsset,
    points: Vec<Point>,
    state: VolatilityState,
}

/// Replays a file.
///
/// Errors: what the core refuses.
pub(super) fn replayed(
    series: &Series,
    params: &AssetParams,
    portfolio: &PortfolioParams,
) -> Result<ReplayedToEnd> {
    let asset = ReplayedAsset::new(params, portfolio)?;
    let (points, state) = asset.replay_to_end(series)?;
    Ok(ReplayedToEnd {
        name: series.asset.clone(),
        asset,
        points,
        state,
    })
}

/// Where the paths begin, and what they are made of.
pub(super) struct PathStart<'a> {
    pub as_of_ts: i64,
    /// In the order of the files.
    pub assets: Vec<AssetStart<'a>>,
    /// For each hour one residual per asset.
    residuals: Vec<Vec<f64>>,
    /// Hours at which a block of whole consecutive hours begins.
    starts: Vec<usize>,
}

/// An asset at the last close.
pub(super) struct AssetStart<'a> {
    pub name: &'a str,
    pub asset: ReplayedAsset,
    pub point: Point,
    state: VolatilityState,
}

/// For each path: for each horizon the price of each asset over its last close.
pub(super) type Grown = Vec<[Vec<f64>; 2]>;

impl<'a> PathStart<'a> {
    /// From assets that end at the same close.
    ///
    /// Errors: files that end apart, too few common hours, an asset that never moves.
    pub fn new(assets: &'a [ReplayedToEnd]) -> Result<Self> {
        let ends: Vec<(&str, Point)> = assets
            .iter()
            .filter_map(|one| Some((one.name.as_str(), *one.points.last()?)))
            .collect();
        let (first, last) = ends.first().context("no asset")?;
        for (name, point) in &ends {
            ensure!(
                point.ts == last.ts,
                "{first} ends at {} and {name} at {}: a path begins at the last close of all; give files that end together",
                last.ts,
                point.ts
            );
        }
        let residuals = common_residuals(assets);
        for (place, one) in assets.iter().enumerate() {
            let moving = residuals.iter().filter(|(_, of)| of[place] != 0.0).count();
            ensure!(
                moving * 2 > residuals.len(),
                "{}: only {moving} of {} hours move: the file is frozen",
                one.name,
                residuals.len()
            );
        }
        let starts: Vec<usize> = residuals
            .windows(PATH_H)
            .enumerate()
            .filter(|(_, block)| {
                block[PATH_H - 1].0 - block[0].0 == (PATH_H as i64 - 1) * HOUR_SECS
            })
            .map(|(at, _)| at)
            .collect();
        ensure!(
            starts.len() >= BLOCKS_MIN,
            "only {} blocks of {PATH_H} consecutive hours after the warm-up, at least {BLOCKS_MIN} are needed",
            starts.len()
        );
        let asset = |one: &'a ReplayedToEnd| AssetStart {
            name: &one.name,
            asset: one.asset,
            point: one.points[one.points.len() - 1],
            state: one.state,
        };
        Ok(Self {
            as_of_ts: last.ts,
            assets: assets.iter().map(asset).collect(),
            residuals: residuals.into_iter().map(|(_, of)| of).collect(),
            starts,
        })
    }

    /// How many blocks there are.
    pub fn blocks(&self) -> usize {
        self.starts.len()
    }

    /// Every residual of an asset that some block begins with.
    #[cfg(test)]
    pub fn first_residuals(&self, place: usize) -> Vec<f64> {
        let starts = self.starts.iter();
        starts.map(|start| self.residuals[*start][place]).collect()
    }
}

/// Moves of whole hours over σ_c at their start, for the hours after the warm-up that all assets have.
fn common_residuals(assets: &[ReplayedToEnd]) -> Vec<(i64, Vec<f64>)> {
    let of_asset = |one: &ReplayedToEnd| -> Vec<(i64, f64)> {
        let settled = one
            .points
            .windows(2)
            .skip(one.asset.params.warmup_samples as usize);
        settled
            .filter(|pair| pair[1].ts - pair[0].ts == HOUR_SECS)
            .map(|pair| {
                let change = pair[1].close / pair[0].close - 1.0;
                (pair[1].ts, change / pair[0].sigma_c)
            })
            .collect()
    };
    let all: Vec<Vec<(i64, f64)>> = assets.iter().map(of_asset).collect();
    common(&all)
}

/// So many paths; the same for the same seed, on any number of threads.
///
/// Errors: what the core refuses.
pub(super) fn simulate(start: &PathStart, paths: usize, seed: u64) -> Result<Grown> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let any = Uniform::new(0, start.starts.len()).context("no block")?;
    let blocks: Vec<usize> = (0..paths)
        .map(|_| start.starts[any.sample(&mut random)])
        .collect();
    let progress = bar("simulating paths", paths as u64);
    let grown = blocks
        .par_iter()
        .progress_with(progress.clone())
        .map(|block| path(start, &start.residuals[*block..*block + PATH_H]))
        .collect();
    progress.finish_and_clear();
    grown
}

/// One path along a block.
fn path(start: &PathStart, block: &[Vec<f64>]) -> Result<[Vec<f64>; 2]> {
    let mut grown = [Vec::new(), Vec::new()];
    for (place, asset) in start.assets.iter().enumerate() {
        let mut state = asset.state;
        let mut now = Bar::flat(asset.point.ts, asset.point.close);
        let mut sigma_c = asset.point.sigma_c;
        for (hour, residuals) in (1..).zip(block) {
            let change = (sigma_c * residuals[place]).max(-FALL_MAX);
            now = Bar::flat(now.end_ts + HOUR_SECS, now.close * (1.0 + change));
            for (horizon_h, grown) in HORIZONS_H.iter().zip(&mut grown) {
                if hour == *horizon_h {
                    grown.push(now.close / asset.point.close);
                }
            }
            let sampled = asset.asset.sample_close(&mut state, &now);
            sigma_c =
                sampled.map_err(|error| anyhow!("{}: a simulated close: {error:?}", asset.name))?;
        }
    }
    Ok(grown)
}
