//! Lone positions: samples, models and baselines of one asset.
use super::judging::{JudgedSeries, compare_with_fixed, scale, split};
use super::moments::later;
use super::{GapMove, HORIZONS_H, Replayed, Run, Spans};
use crate::baseline::{BaselineLevel, Model, size_oi};
use crate::coverage::{Sample, factor_of_equal_coverage};
use crate::delay::Factors;
use crate::replay::LoneMargin;
use crate::time::HOUR_SECS;

/// A sample of every moment with its loss over the horizon, the loser's own margin in it. Over a gap the loss is that
/// until the first price after it: nobody could have closed before.
pub(super) fn lone_samples(
    asset: &Replayed,
    horizon_h: i64,
    margin: impl Fn(usize) -> [f64; 2],
) -> Vec<Sample> {
    let later = later(&asset.points, horizon_h * HOUR_SECS);
    let pairs = asset.points.iter().zip(later).enumerate();
    pairs
        .filter_map(|(index, (point, then))| {
            let then = &asset.points[then?];
            let change = then.close / point.close - 1.0;
            let fell = change < 0.0;
            Some(Sample {
                ts: point.ts,
                end_ts: then.ts,
                margin: margin(index)[usize::from(!fell)],
                loss: change.abs(),
                fell,
            })
        })
        .collect()
}

fn level_margin(margin: &LoneMargin, level: BaselineLevel) -> [f64; 2] {
    match level {
        BaselineLevel::Mm => margin.maintenance,
        BaselineLevel::Im => margin.initial,
    }
}

/// The moves over gaps that MM was to cover for an hour, each with the margin before it.
pub(super) fn gap_moves(asset: &Replayed, spans: Spans) -> Vec<GapMove> {
    let own = |index: usize| asset.margins[index].maintenance;
    let (_, test) = split(lone_samples(asset, 1, own), spans);
    let over = |sample: &Sample| sample.end_ts - sample.ts != HOUR_SECS;
    test.into_iter()
        .filter(over)
        .map(|sample| GapMove {
            asset: asset.name.clone(),
            source: asset.source.clone(),
            from_ts: sample.ts,
            to_ts: sample.end_ts,
            change: if sample.fell {
                -sample.loss
            } else {
                sample.loss
            },
            margin: sample.margin,
            beyond: sample.is_exceedance(),
        })
        .collect()
}

/// All models, levels and horizons of one asset, and the factors of the baselines. `None` without a
/// tested span.
pub(super) fn lone_runs(asset: &Replayed, spans: Spans) -> Option<(Vec<Run>, Factors)> {
    let mut runs = Vec::new();
    let mut factors = Factors::default();
    for level in BaselineLevel::ALL {
        for horizon_h in HORIZONS_H {
            let own = |index: usize| level_margin(&asset.margins[index], level);
            let (fit, test) = split(lone_samples(asset, horizon_h, own), spans);
            let freeboard = JudgedSeries::new(&[fit], &[test], horizon_h)?;
            let exceedances = freeboard.coverage.exceedances;
            runs.push(freeboard.into_run(&asset.name, Model::Freeboard, level, horizon_h));
            for model in [Model::Fixed, Model::Ewma, Model::SizeOi] {
                let margin = |index: usize| match model {
                    Model::Ewma => asset.ewma[index],
                    Model::SizeOi => size_oi(level),
                    Model::Fixed | Model::Freeboard => 1.0,
                };
                let samples = lone_samples(asset, horizon_h, |index| [margin(index); 2]);
                let (mut fit, mut test) = split(samples, spans);
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
                scale(&mut fit, factor);
                scale(&mut test, factor);
                let judged = JudgedSeries::new(&[fit], &[test], horizon_h)?;
                runs.push(judged.into_run(&asset.name, model, level, horizon_h));
            }
        }
    }
    compare_with_fixed(&mut runs);
    Some((runs, factors))
}
