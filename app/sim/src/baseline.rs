//! Margins to compare with, on the same prices.
//!
//! | model | margin | what is set with hindsight, in its favour |
//! |---|---|---|
//! | fixed | one fraction | its size: as many exceedances as Freeboard's in the tested span |
//! | ewma | factor · σ of a 24 h EWMA | the factor, likewise |
//! | size_oi | hand-set fractions, raised by size alone | nothing |
use serde::Serialize;

use crate::prices::Bar;
use crate::time::DAY_SECS;

/// A margin model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// The core.
    Freeboard,
    /// A fixed fraction.
    Fixed,
    /// EWMA volatility alone: no stress, no floor, no speed limit.
    Ewma,
    /// Hand-set fractions that grow with size alone.
    SizeOi,
}

impl Model {
    /// All, Freeboard first.
    pub const ALL: [Self; 4] = [Self::Freeboard, Self::Fixed, Self::Ewma, Self::SizeOi];

    /// The word in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Freeboard => "freeboard",
            Self::Fixed => "fixed",
            Self::Ewma => "ewma",
            Self::SizeOi => "size_oi",
        }
    }
}

/// Which requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BaselineLevel {
    /// Maintenance.
    Mm,
    /// Initial.
    Im,
}

impl BaselineLevel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mm, Self::Im];

    /// The word in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mm => "mm",
            Self::Im => "im",
        }
    }

    /// Horizon that the level is to cover, hours.
    pub fn own_horizon_h(self) -> i64 {
        match self {
            Self::Mm => 1,
            Self::Im => 4,
        }
    }
}

/// Half-life of the EWMA: that of the core's fast estimator.
const HALF_LIFE_SECS: f64 = DAY_SECS as f64;
/// Volatility it starts from, per √hour.
const SIGMA_START: f64 = 0.02;

/// σ per √hour after each close, of squared log returns weighted by age alone. It starts at `start`,
/// without one at 2 %.
pub fn ewma(start: Option<f64>, bars: &[Bar]) -> Vec<f64> {
    let mut variance = start.unwrap_or(SIGMA_START).powi(2);
    let mut last = bars[0];
    let step = |bar: &Bar| {
        let secs = (bar.end_ts - last.end_ts) as f64;
        if secs > 0.0 {
            let weight = (-secs / HALF_LIFE_SECS).exp2();
            let squared = (bar.close / last.close).ln().powi(2) / (secs / 3_600.0);
            variance = weight * variance + (1.0 - weight) * squared;
            last = *bar;
        }
        variance.sqrt()
    };
    bars.iter().map(step).collect()
}

/// Hand-set fractions, as at 20× leverage: initial 5 %, maintenance 3 %. The programs that use them raise
/// them with the square root of size; for the $100,000 of a test position that is nothing. History
/// has no open interest of theirs, so that part is 0. None of them lets volatility in.
pub fn size_oi(level: BaselineLevel) -> f64 {
    match level {
        BaselineLevel::Mm => 0.03,
        BaselineLevel::Im => 0.05,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ewma_does_not_depend_on_how_often_it_is_fed() {
        // A steady drift: 0.1 % every 5 minutes has the same squared return per hour as its own step.
        let bars = |step: i64| -> Vec<Bar> {
            (0..=86_400 / step)
                .map(|index| Bar::flat(index * step, 100.0))
                .collect()
        };
        let last = |step| *ewma(None, &bars(step)).last().unwrap();
        assert!((last(300) - last(3_600)).abs() < 1e-12);
        assert!((last(300) - SIGMA_START * 0.5f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn an_ewma_takes_the_variance_of_its_returns() {
        let mut close = 100.0;
        let bars: Vec<_> = (0..2_000)
            .map(|hour| {
                close *= if hour % 2 == 0 { 1.01 } else { 1.0 / 1.01 };
                Bar::flat(hour * 3_600, close)
            })
            .collect();
        let sigma = *ewma(Some(0.5), &bars).last().unwrap();
        assert!((sigma - 1.01f64.ln()).abs() < 1e-9, "{sigma}");
    }
}
