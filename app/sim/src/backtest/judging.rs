//! From samples to runs: the two spans, and what the tested one says.
use super::{Run, Spans};
use crate::baseline::{Level, Model};
use crate::coverage::{Coverage, Sample, factor_of_equal_coverage, tail_ratio};
use crate::procyclicality::Procyclicality;
use crate::time::HOUR_SECS;

pub(super) fn split(samples: Vec<Sample>, spans: Spans) -> (Vec<Sample>, Vec<Sample>) {
    let fit = samples
        .iter()
        .filter(|sample| sample.ts < spans.fit_until_ts);
    let fit = fit.copied().collect();
    let test = samples
        .into_iter()
        .filter(|sample| sample.ts >= spans.test_from_ts);
    (fit, test.collect())
}

pub(super) fn scaled(samples: Vec<Sample>, factor: f64) -> Vec<Sample> {
    let scale = |sample: Sample| sample.with_margin(sample.margin * factor);
    samples.into_iter().map(scale).collect()
}

/// Writes into Freeboard's runs how their means compare with the fixed ones of the same kind.
pub(super) fn compare_with_fixed(runs: &mut [Run]) {
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
pub(super) struct Judged {
    pub coverage: Coverage,
    procyclicality: Procyclicality,
    fixed_of_fitting_span: Option<f64>,
}

impl Judged {
    pub fn new(fit: &[Vec<Sample>], test: &[Vec<Sample>], horizon_h: i64) -> Option<Self> {
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

    pub fn run(self, asset: &str, model: Model, level: Level, horizon_h: i64) -> Run {
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
