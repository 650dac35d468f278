//! From samples to runs: the two spans, and what the tested one says.
use super::{Run, Spans};
use crate::baseline::{BaselineLevel, Model};
use crate::coverage::{Coverage, Sample, factor_at_rank, tail_ratio};
use crate::procyclicality::Procyclicality;
use crate::time::HOUR_SECS;

/// Samples whose loss ends in the fitting span, and samples that begin in the tested one.
pub(super) fn split(samples: Vec<Sample>, spans: Spans) -> (Vec<Sample>, Vec<Sample>) {
    let fit = samples
        .iter()
        .filter(|sample| sample.end_ts <= spans.fit_until_ts);
    let fit = fit.copied().collect();
    let test = samples
        .into_iter()
        .filter(|sample| sample.ts >= spans.test_from_ts);
    (fit, test.collect())
}

/// Multiplies every margin.
pub(super) fn scale(samples: &mut [Sample], factor: f64) {
    for sample in samples {
        sample.margin *= factor;
    }
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
        let same = |(asset, level, horizon_h, _): &&(String, BaselineLevel, i64, f64)| {
            *asset == run.asset && *level == run.level && *horizon_h == run.horizon_h
        };
        if let Some((.., margin)) = fixed.iter().find(same) {
            run.below_fixed = Some(1.0 - run.coverage.mean_margin / margin);
        }
    }
}

/// Tracks with what they say; one per book.
pub(super) struct JudgedSeries {
    pub coverage: Coverage,
    procyclicality: Procyclicality,
    /// The fraction, and the exceedances that it has in the tested span.
    fixed_of_fitting_span: Option<(f64, u64)>,
}

impl JudgedSeries {
    pub fn new(fit: &[Vec<Sample>], test: &[Vec<Sample>], horizon_h: i64) -> Option<Self> {
        let fitted = || fit.iter().flatten();
        let tracks: Vec<&[Sample]> = test.iter().map(Vec::as_slice).collect();
        let coverage = Coverage::measure(&tracks, horizon_h * HOUR_SECS, tail_ratio(fitted()))?;
        let movement = |track: &&[Sample]| {
            let margins: Vec<_> = track
                .iter()
                .map(|sample| (sample.ts, sample.margin))
                .collect();
            Procyclicality::measure(&margins)
        };
        let procyclicality = tracks.iter().map(movement).reduce(Procyclicality::worse)?;
        let exceeded = fitted().filter(|sample| sample.is_exceedance()).count() as u64;
        let fixed = fitted().next().map(|_| {
            let losses = fitted().map(|sample| sample.loss).collect();
            let fraction = factor_at_rank(losses, exceeded);
            let tested = tracks.iter().copied().flatten();
            let beyond = tested.filter(|sample| sample.with_margin(fraction).is_exceedance());
            (fraction, beyond.count() as u64)
        });
        Some(Self {
            coverage,
            procyclicality,
            fixed_of_fitting_span: fixed,
        })
    }

    pub fn into_run(self, asset: &str, model: Model, level: BaselineLevel, horizon_h: i64) -> Run {
        let fixed = self
            .fixed_of_fitting_span
            .filter(|_| model == Model::Freeboard);
        Run {
            asset: asset.to_owned(),
            model,
            level,
            horizon_h,
            below_fixed: None,
            fixed_of_fitting_span: fixed.map(|(fraction, _)| fraction),
            fixed_of_fitting_span_exceedances: fixed.map(|(_, exceedances)| exceedances),
            below_fixed_of_fitting_span: fixed
                .map(|(fraction, _)| 1.0 - self.coverage.mean_margin / fraction),
            coverage: self.coverage,
            procyclicality: self.procyclicality,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(horizon_h: i64) -> Vec<Sample> {
        let sample = |hour: i64| Sample {
            ts: hour * HOUR_SECS,
            end_ts: (hour + horizon_h) * HOUR_SECS,
            margin: 0.05,
            loss: hour as f64 / 100.0,
            fell: true,
        };
        (0..20).map(sample).collect()
    }

    const SPANS: Spans = Spans {
        fit_until_ts: 10 * HOUR_SECS,
        test_from_ts: 12 * HOUR_SECS,
    };

    #[test]
    fn what_is_fitted_on_ends_before_the_fitting_span_does() {
        for (horizon_h, fitted) in [(1, 10), (4, 7)] {
            let (fit, test) = split(samples(horizon_h), SPANS);
            assert_eq!(fit.len(), fitted);
            assert_eq!(
                fit[fitted - 1].ts + horizon_h * HOUR_SECS,
                SPANS.fit_until_ts
            );
            assert_eq!((test.len(), test[0].ts), (8, SPANS.test_from_ts));
        }
    }

    #[test]
    fn the_fraction_fitted_before_is_counted_on_the_tested_span() {
        let (fit, test) = split(samples(1), SPANS);
        // Losses of 0 to 9 %: four beyond 5 %, so the fraction is 5 %; all eight of 12 to 19 % are beyond.
        let judged = JudgedSeries::new(&[fit], &[test], 1).unwrap();
        let run = judged.into_run("BTC", Model::Freeboard, BaselineLevel::Mm, 1);
        assert!((run.fixed_of_fitting_span.unwrap() - 0.05).abs() < 1e-9);
        assert_eq!(run.fixed_of_fitting_span_exceedances, Some(8));
    }
}
