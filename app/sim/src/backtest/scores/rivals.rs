//! Margins that somebody else could have asked, hour by hour, each fitted on nothing but what lay before.
//!
//! All of them aim at losses beyond in [`AIM`](super::AIM) of the hours: a shape times the factor that had this rate
//! in the span of the fit.
//!
//! | rival | shape | fitted |
//! |---|---|---|
//! | fixed_expanding | 1 | each quarter, on everything before |
//! | fixed_trailing | 1 | each quarter, on the year before |
//! | ewma | σ of a 24 h EWMA | each quarter, on everything before |
//! | garch | σ of GARCH(1,1)-t | once, on the fitting span |
//! | garch_refitted | the same | each quarter, on the year before |
use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;

use super::{AIM, Hours};
use crate::backtest::Spans;
use crate::coverage::factor_at_rank;
use crate::garch::{Garch, RETURNS_MIN};
use crate::time::YEAR_SECS;

/// Between two fits.
const QUARTER_SECS: i64 = YEAR_SECS / 4;

/// A margin to compare with that knows only the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rival {
    /// A fixed fraction, from everything before.
    FixedExpanding,
    /// A fixed fraction, from the year before.
    FixedTrailing,
    /// The EWMA of the baselines.
    Ewma,
    /// GARCH(1,1)-t, fitted once.
    Garch,
    /// GARCH(1,1)-t, fitted each quarter.
    GarchRefitted,
}

impl Rival {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::FixedExpanding,
        Self::FixedTrailing,
        Self::Ewma,
        Self::Garch,
        Self::GarchRefitted,
    ];

    /// The word in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::FixedExpanding => "fixed_expanding",
            Self::FixedTrailing => "fixed_trailing",
            Self::Ewma => "ewma",
            Self::Garch => "garch",
            Self::GarchRefitted => "garch_refitted",
        }
    }

    /// How far back a fit looks; `None`: as far as there is anything.
    fn window_secs(self) -> Option<i64> {
        match self {
            Self::FixedTrailing | Self::GarchRefitted => Some(YEAR_SECS),
            Self::FixedExpanding | Self::Ewma | Self::Garch => None,
        }
    }

    /// The margins of the tested hours.
    ///
    /// `None` where a fit has fewer than 500 hours before it, or none that moved.
    ///
    /// Errors: a fit that breaks off.
    pub(super) fn margins(self, hours: &Hours, spans: Spans) -> Result<Option<Vec<f64>>> {
        let tested = hours.tested_from(spans.test_from_ts);
        let (Some(first), Some(last)) = (hours.samples.get(tested), hours.samples.last()) else {
            return Ok(None);
        };
        if self == Self::Garch {
            let all = self.fitted_on(hours, 0..hours.fitted_until(spans.fit_until_ts))?;
            return Ok(all.map(|all| all[tested..].to_vec()));
        }
        let starts: Vec<i64> = (0..)
            .map(|quarter| first.ts + quarter * QUARTER_SECS)
            .take_while(|start| *start <= last.ts)
            .collect();
        let quarters: Vec<Option<Vec<f64>>> = starts
            .into_par_iter()
            .map(|start| {
                let oldest = self.window_secs().map_or(i64::MIN, |window| start - window);
                let seen = hours.tested_from(oldest)..hours.fitted_until(start);
                let now = hours.tested_from(start)..hours.tested_from(start + QUARTER_SECS);
                let all = self.fitted_on(hours, seen)?;
                Ok(all.map(|all| all[now].to_vec()))
            })
            .collect::<Result<_>>()?;
        Ok(quarters
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .map(|quarters| quarters.concat()))
    }

    /// The margin of every hour, fitted on these.
    pub(super) fn fitted_on(
        self,
        hours: &Hours,
        seen: std::ops::Range<usize>,
    ) -> Result<Option<Vec<f64>>> {
        if seen.len() < RETURNS_MIN {
            return Ok(None);
        }
        let shape = match self {
            Self::FixedExpanding | Self::FixedTrailing => vec![1.0; hours.samples.len()],
            Self::Ewma => hours.ewma.clone(),
            Self::Garch | Self::GarchRefitted => {
                let Some(model) = Garch::fit(&hours.returns[seen.clone()])? else {
                    return Ok(None);
                };
                model.volatilities(&hours.returns)
            }
        };
        let losses = hours.samples[seen.clone()].iter().zip(&shape[seen.clone()]);
        let ratios = losses.map(|(sample, shape)| sample.loss / shape).collect();
        let factor = factor_at_rank(ratios, (AIM * seen.len() as f64) as u64);
        let count = hours.samples.len();
        Ok((factor > 0.0).then(|| shape[..count].iter().map(|one| one * factor).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::Sample;
    use crate::time::HOUR_SECS;

    /// Hours that lose `loss` each.
    fn hours(count: usize, loss: impl Fn(usize) -> f64) -> Hours {
        let sample = |hour: usize| Sample {
            ts: hour as i64 * HOUR_SECS,
            end_ts: (hour as i64 + 1) * HOUR_SECS,
            margin: 0.05,
            loss: loss(hour),
            fell: true,
        };
        let samples: Vec<Sample> = (0..count).map(sample).collect();
        Hours {
            returns: samples.iter().map(|one| -one.loss).collect(),
            ewma: vec![0.01; count],
            samples,
        }
    }

    fn spans(hour: i64) -> Spans {
        Spans {
            fit_until_ts: hour * HOUR_SECS,
            test_from_ts: hour * HOUR_SECS,
        }
    }

    #[test]
    fn a_fraction_is_fitted_each_quarter_on_what_lay_before() {
        // 8,766 hours a year, 2,191.5 a quarter. Losses double in the second quarter that is tested.
        let hours = hours(3 * 8_766, |hour| {
            let step = (hour % 1_000) as f64 / 1e5;
            if hour < 2 * 8_766 + 2_192 {
                step
            } else {
                2.0 * step
            }
        });
        let spans = spans(2 * 8_766);
        let margins = |rival: Rival| rival.margins(&hours, spans).unwrap().unwrap();
        let (trailing, expanding) = (
            margins(Rival::FixedTrailing),
            margins(Rival::FixedExpanding),
        );
        assert_eq!(trailing.len(), 8_766);
        // The largest loss is 0.999 %; 0.25 % of the hours lie above 0.997 %.
        assert!((trailing[0] - 0.009_97).abs() < 2e-5, "{}", trailing[0]);
        assert_eq!(trailing[0], trailing[2_191], "one quarter, one fraction");
        // After a quarter of doubled losses the quantile of the year before rises, that of all before less.
        let later = 2 * 2_192 + 10;
        assert!(trailing[later] > 0.019, "{}", trailing[later]);
        assert!(trailing[later] > expanding[later] && expanding[later] > 0.015);
    }

    #[test]
    fn a_fit_sees_no_loss_that_ends_after_it() {
        let crash = 2_000;
        let spans = spans(2_000);
        let quiet = hours(2_500, |hour| 0.001 + (hour % 7) as f64 / 1e4);
        let stormy = hours(2_500, |hour| {
            if hour >= crash {
                0.5
            } else {
                0.001 + (hour % 7) as f64 / 1e4
            }
        });
        for rival in Rival::ALL {
            let [one, other] =
                [&quiet, &stormy].map(|all| rival.margins(all, spans).unwrap().unwrap());
            assert_eq!(one[0], other[0], "{}", rival.name());
        }
    }

    #[test]
    fn too_little_history_or_none_that_moves_has_no_rival() {
        for rival in Rival::ALL {
            let few = hours(2_000, |hour| (hour % 7) as f64 / 1e4);
            assert!(rival.margins(&few, spans(499)).unwrap().is_none());
            let flat = hours(2_000, |_| 0.0);
            assert!(rival.margins(&flat, spans(1_000)).unwrap().is_none());
        }
    }
}
