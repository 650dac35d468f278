//! The weeks and months that markets remember: loss beyond each margin at the same mean.
use anyhow::Result;
use serde::Serialize;

use super::{Hours, Rival};
use crate::backtest::Spans;
use crate::coverage::Sample;
use crate::time::Date;

/// Name, first day and the day after the last one.
const WINDOWS: [[&str; 3]; 6] = [
    ["2020-03-12", "2020-03-09", "2020-03-16"],
    ["2021-05-19", "2021-05-16", "2021-05-23"],
    ["2022-06", "2022-06-01", "2022-07-01"],
    ["2022-11", "2022-11-01", "2022-12-01"],
    ["2024-08-05", "2024-08-02", "2024-08-09"],
    ["2025-10-10", "2025-10-07", "2025-10-14"],
];

/// Losses beyond MM at 1 h in one window, on hourly closes. USD per $1 M of one side's open interest, in all of the
/// window; each margin scaled so that its mean over the whole file is Freeboard's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CrashRun {
    /// Asset.
    pub asset: String,
    /// Which window.
    pub window: &'static str,
    /// It ends before the tested span begins.
    pub in_sample: bool,
    /// Beyond Freeboard's MM.
    pub freeboard: f64,
    /// Beyond a fixed fraction.
    pub fixed: f64,
    /// Beyond an EWMA.
    pub ewma: f64,
    /// Beyond GARCH(1,1)-t, fitted once on the fitting span; null where that was too short.
    pub garch: Option<f64>,
    /// Hours beyond Freeboard's MM.
    pub exceedances: u64,
    /// The largest loss of an hour over MM before it.
    pub worst_over_margin: f64,
}

/// The windows that an asset's hourly closes cover.
///
/// Errors: a fit that breaks off.
pub(super) fn crash_runs(asset: &str, hours: &Hours, spans: Spans) -> Result<Vec<CrashRun>> {
    let (Some(first), Some(last)) = (hours.samples.first(), hours.samples.last()) else {
        return Ok(Vec::new());
    };
    let fitted = Rival::Garch.fitted_on(hours, 0..hours.fitted_until(spans.fit_until_ts))?;
    let own = |sample: &Sample| sample.margin;
    let mean = mean_of(hours.samples.iter().map(own));
    let garch = fitted.map(|margins| of_mean(&margins, mean));
    let ewma = of_mean(&hours.ewma, mean);
    let mut runs = Vec::new();
    for [window, from, to] in WINDOWS {
        let [from_ts, to_ts] = [day_ts(from)?, day_ts(to)?];
        if first.ts > from_ts || last.end_ts < to_ts {
            continue;
        }
        let span = hours.tested_from(from_ts)..hours.tested_from(to_ts);
        let samples = &hours.samples[span.clone()];
        let beyond = |margins: &[f64]| -> f64 {
            let losses = samples.iter().zip(&margins[span.clone()]);
            losses
                .map(|(sample, margin)| (sample.loss - margin).max(0.0))
                .sum::<f64>()
                * 1e6
        };
        let own: Vec<f64> = hours.samples.iter().map(own).collect();
        let over = samples.iter().map(|sample| sample.loss / sample.margin);
        runs.push(CrashRun {
            asset: asset.to_owned(),
            window,
            in_sample: to_ts <= spans.test_from_ts,
            freeboard: beyond(&own),
            fixed: beyond(&vec![mean; own.len()]),
            ewma: beyond(&ewma),
            garch: garch.as_deref().map(beyond),
            exceedances: samples
                .iter()
                .filter(|sample| sample.is_exceedance())
                .count() as u64,
            worst_over_margin: over.fold(0.0, f64::max),
        });
    }
    Ok(runs)
}

fn day_ts(day: &str) -> Result<i64> {
    day.parse::<Date>()?.start_ts()
}

fn mean_of(margins: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = margins.len().max(1) as f64;
    margins.sum::<f64>() / count
}

/// The margins with this mean.
fn of_mean(margins: &[f64], mean: f64) -> Vec<f64> {
    let factor = mean / mean_of(margins.iter().copied());
    margins.iter().map(|margin| margin * factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR_SECS;

    #[test]
    fn a_window_by_hand() {
        // Hours of March 2020, quiet but for one of 2020-03-12 that loses 30 % and one that loses 4 %.
        let from_ts = day_ts("2020-03-01").unwrap();
        let crash = 11 * 24 + 5;
        let sample = |hour: usize| Sample {
            ts: from_ts + hour as i64 * HOUR_SECS,
            end_ts: from_ts + (hour as i64 + 1) * HOUR_SECS,
            margin: 0.05,
            loss: match hour {
                _ if hour == crash => 0.30,
                _ if hour == crash + 1 => 0.04,
                _ => 0.0,
            },
            fell: true,
        };
        let samples: Vec<Sample> = (0..20 * 24).map(sample).collect();
        // An EWMA that is three times as high from the second hour of the crash on.
        let ewma: Vec<f64> = (0..samples.len())
            .map(|hour| if hour > crash { 0.03 } else { 0.01 })
            .collect();
        let mean = ewma.iter().sum::<f64>() / ewma.len() as f64;
        let hours = Hours {
            returns: samples.iter().map(|one| -one.loss).collect(),
            ewma,
            samples,
        };
        let spans = Spans {
            fit_until_ts: from_ts,
            test_from_ts: from_ts + 30 * 86_400,
        };
        let runs = crash_runs("BTC", &hours, spans).unwrap();
        assert_eq!(runs.len(), 1, "the other windows are not covered");
        let run = &runs[0];
        assert_eq!(
            (run.window, run.in_sample, run.exceedances),
            ("2020-03-12", true, 1)
        );
        assert!(
            (run.freeboard - 250_000.0).abs() < 1e-3,
            "30 % less 5 % of $1 M: {run:?}"
        );
        assert!(
            (run.fixed - 250_000.0).abs() < 1e-3,
            "the same mean: {run:?}"
        );
        let ewma = (0.30 - 0.05 * 0.01 / mean) * 1e6;
        assert!((run.ewma - ewma).abs() < 1e-3, "{run:?}");
        assert_eq!(run.garch, None);
        assert!((run.worst_over_margin - 6.0).abs() < 1e-9);
    }
}
