//! Whether the maintenance shock of an asset holds what it promises, by what its account has counted (whitepaper §12.7):
//! moves of an hour beyond u_MM, up or down, in at most one window of two hundred.
use freeboard::state::Asset;
use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// The rate of exceedances that margins are tested against: coverage of 99.5 %.
pub const EXPECTED_RATE: f64 = 0.005;

/// Below it a test rejects.
const SIGNIFICANCE: f64 = 0.05;

/// A likelihood ratio and the probability of one as large or larger if the margin is right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LikelihoodRatio {
    /// −2·ln of the ratio.
    pub statistic: f64,
    /// From the χ² distribution.
    pub p_value: f64,
}

impl LikelihoodRatio {
    /// Of a statistic with so many degrees of freedom.
    pub fn new(statistic: f64, freedom: f64) -> Self {
        let statistic = statistic.max(0.0); // rounding may leave −1e-12
        let p_value = ChiSquared::new(freedom).map_or(0.0, |chi| chi.sf(statistic));
        Self { statistic, p_value }
    }
}

/// `count · ln(rate)`, 0 for no count.
pub fn log_term(count: f64, rate: f64) -> f64 {
    if count == 0.0 { 0.0 } else { count * rate.ln() }
}

/// Kupiec's test of the number of exceedances against the rate `expected` (proportion of failures). There must be a sample.
/// Source: Kupiec (1995), Journal of Derivatives 3(2).
pub fn kupiec(samples: u64, exceedances: u64, expected: f64) -> LikelihoodRatio {
    let hits = exceedances as f64;
    let misses = samples.saturating_sub(exceedances) as f64;
    let observed = hits / samples as f64;
    let log_likelihood = |rate: f64| log_term(hits, rate) + log_term(misses, 1.0 - rate);
    let statistic = 2.0 * (log_likelihood(observed) - log_likelihood(expected));
    LikelihoodRatio::new(statistic, 1.0)
}

/// What Kupiec's test says at the 5 % level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CoverageVerdict {
    /// Not rejected, but so few windows that none at all beyond the shock would not be remarkable either.
    TooFewWindows,
    /// Not rejected.
    AsPromised,
    /// Rejected: fewer exceedances. The margin is larger than it need be.
    FewerThanPromised,
    /// Rejected: more exceedances. The margin is too small.
    MoreThanPromised,
}

impl CoverageVerdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::TooFewWindows => "too few windows to tell",
            Self::AsPromised => "as promised",
            Self::FewerThanPromised => "fewer than promised",
            Self::MoreThanPromised => "MORE than promised",
        }
    }
}

/// What an asset's account has counted, judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LiveValidation {
    /// Windows of an hour that a sample ended in time.
    pub windows: u32,
    /// Of them, those in which the price fell by more than the unit shock of MM at their start.
    pub falls: u32,
    /// Of them, those in which it rose by more.
    pub rises: u32,
    /// Hours that no window tells of, because no sample came in time. Whoever samples alone can hide a storm there.
    pub missed_hours: u32,
    /// Falls and rises per window; none before the first.
    pub rate: Option<f64>,
    /// The same if every missed hour had been beyond the shock: by missing hours nobody can have hidden more. None before the
    /// first hour.
    pub rate_with_missed: Option<f64>,
    /// Kupiec's test of that rate against [`EXPECTED_RATE`]; none before the first window.
    pub kupiec: Option<LikelihoodRatio>,
    /// What it says.
    pub verdict: CoverageVerdict,
}

impl LiveValidation {
    /// Of an asset.
    pub fn new(asset: &Asset) -> Self {
        let windows = u64::from(asset.exceedance_windows);
        let beyond = u64::from(asset.exceedance_falls) + u64::from(asset.exceedance_rises);
        let missed = u64::from(asset.exceedances_missed);
        let share = |beyond: u64, hours: u64| (hours > 0).then(|| beyond as f64 / hours as f64);
        let rate = share(beyond, windows);
        let test = rate.map(|_| kupiec(windows, beyond, EXPECTED_RATE));
        Self {
            windows: asset.exceedance_windows,
            falls: asset.exceedance_falls,
            rises: asset.exceedance_rises,
            missed_hours: asset.exceedances_missed,
            rate,
            rate_with_missed: share(
                beyond.saturating_add(missed),
                windows.saturating_add(missed),
            ),
            kupiec: test,
            verdict: verdict(windows, rate, test),
        }
    }
}

fn verdict(windows: u64, rate: Option<f64>, test: Option<LikelihoodRatio>) -> CoverageVerdict {
    let (Some(rate), Some(test)) = (rate, test) else {
        return CoverageVerdict::TooFewWindows;
    };
    let is_rejected = |test: LikelihoodRatio| test.p_value < SIGNIFICANCE;
    match (is_rejected(test), rate > EXPECTED_RATE) {
        (true, true) => CoverageVerdict::MoreThanPromised,
        (true, false) => CoverageVerdict::FewerThanPromised,
        (false, _) if is_rejected(kupiec(windows, 0, EXPECTED_RATE)) => CoverageVerdict::AsPromised,
        (false, _) => CoverageVerdict::TooFewWindows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kupiec_by_hand() {
        // 250 samples, 1 %: 5 exceedances give 1.9568 and p = 0.1619 (tables of the literature).
        let test = kupiec(250, 5, 0.01);
        assert!((test.statistic - 1.956_8).abs() < 1e-3, "{test:?}");
        assert!((test.p_value - 0.161_9).abs() < 1e-3, "{test:?}");
        assert!(kupiec(1_000, 10, 0.01).statistic < 1e-9);
        // None at all: −2·n·ln(1 − p).
        let none = kupiec(100, 0, 0.01).statistic;
        assert!((none + 200.0 * 0.99f64.ln()).abs() < 1e-9);
    }

    fn judged(windows: u32, falls: u32, rises: u32) -> LiveValidation {
        let mut asset = <Asset as bytemuck::Zeroable>::zeroed();
        asset.exceedance_windows = windows;
        asset.exceedance_falls = falls;
        asset.exceedance_rises = rises;
        asset.exceedances_missed = 3;
        LiveValidation::new(&asset)
    }

    #[test]
    fn the_verdict_follows_the_counts() {
        use CoverageVerdict::*;
        // −2·n·ln(0.995) passes 3.841, the 5 % point of χ², at 384 windows.
        for (windows, falls, rises, expected) in [
            (0, 0, 0, TooFewWindows),
            (383, 0, 0, TooFewWindows),
            (384, 0, 0, FewerThanPromised),
            (383, 1, 0, TooFewWindows),
            (384, 1, 1, AsPromised),
            (20, 1, 1, MoreThanPromised),
            (8_760, 22, 22, AsPromised),
            (8_760, 30, 30, MoreThanPromised),
            (8_760, 14, 14, FewerThanPromised),
        ] {
            let live = judged(windows, falls, rises);
            assert_eq!(live.verdict, expected, "{live:?}");
            assert_eq!(live.rate.is_some(), windows > 0);
        }
        let live = judged(1_000, 3, 2);
        assert_eq!(live.rate, Some(EXPECTED_RATE));
        assert!(live.kupiec.is_some_and(|test| test.p_value > 0.999));
        assert_eq!((live.falls, live.rises, live.missed_hours), (3, 2, 3));
        assert_eq!(live.rate_with_missed, Some(8.0 / 1_003.0));
        assert_eq!(judged(0, 0, 0).rate_with_missed, Some(1.0));
    }
}
