//! The k with which the promised share of hours is covered, with a margin.
use anyhow::{Result, ensure};
use freeboard_risk::params::bounds::K_E9;
use freeboard_risk::params::{AssetParams, PortfolioParams};

use super::{AIM, K_MARGIN, SIGMA_CAP_MAX_E9, STEP_E9, WINDOWS_MIN, round_down, round_up};
use crate::backtest::moments::later;
use crate::joint::JointTerms;
use crate::prices::Series;
use crate::replay::{LoneMargin, ReplayedAsset};
use crate::time::HOUR_SECS;

/// Step of k.
const K_STEP_E9: f64 = 50_000_000.0;
/// Step of the search: less than the step of k, over which its margin is rounded up.
const SEARCH_STEP_E9: u64 = 10_000_000;
/// Where the search begins: below the bound over the margin.
const SEARCH_FROM_E9: u64 = 1_000_000_000;

/// The parameters with this k and the σ_cap that goes with it.
pub(super) fn with_k(params: AssetParams, k_e9: u64) -> AssetParams {
    // k·σ_cap·√h ≤ ½ to the last digit: the bound is checked in integers when the file is read.
    let cap = 0.5 / (k_e9 as f64 / 1e9) / (f64::from(params.h_mm_secs) / 3_600.0).sqrt();
    AssetParams {
        k_e9,
        sigma_cap_e9: round_down(cap, STEP_E9).min(SIGMA_CAP_MAX_E9),
        ..params
    }
}

/// A k, and what the span it is fitted on says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct FittedK {
    pub k_e9: u64,
    /// The least k with both rates at or below [`AIM`].
    pub least_e9: u64,
    /// [`K_MARGIN`] times the least is below the bound, which stands in its place.
    pub at_the_bound: bool,
    /// Exceedances of MM at 1 h and of IM at 4 h.
    pub rates: [f64; 2],
    /// Largest over smallest MM of a long after the warm-up.
    pub swing: f64,
}

/// [`K_MARGIN`] times the least k with both rates at or below [`AIM`].
///
/// Errors: that is beyond the bounds; fewer than [`WINDOWS_MIN`] windows of a horizon.
pub(super) fn fit_k(
    series: &Series,
    params: &AssetParams,
    portfolio: &PortfolioParams,
) -> Result<FittedK> {
    let judged = |k_e9: u64| judge(series, &with_k(*params, k_e9), portfolio);
    // A larger k never lowers a margin, so the rates fall: halving finds the first that is enough.
    let most = K_E9[1] / SEARCH_STEP_E9;
    let (mut low, mut high) = (SEARCH_FROM_E9 / SEARCH_STEP_E9, most + 1);
    while low < high {
        let middle = (low + high) / 2;
        let enough = middle <= most
            && judged(middle * SEARCH_STEP_E9)?
                .rates
                .iter()
                .all(|rate| *rate <= AIM);
        if enough {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let least_e9 = low * SEARCH_STEP_E9;
    let wanted_e9 = round_up(least_e9 as f64 / 1e9 * K_MARGIN, K_STEP_E9);
    ensure!(
        wanted_e9 <= K_E9[1],
        "{}: no k up to {} is enough",
        series.asset,
        K_E9[1] / 1_000_000_000
    );
    let k_e9 = wanted_e9.max(K_E9[0]);
    let JudgedSpan { rates, swing } = judged(k_e9)?;
    Ok(FittedK {
        k_e9,
        least_e9,
        at_the_bound: k_e9 != wanted_e9,
        rates,
        swing,
    })
}

/// What the replay of a span says.
struct JudgedSpan {
    rates: [f64; 2],
    swing: f64,
}

fn judge(series: &Series, params: &AssetParams, portfolio: &PortfolioParams) -> Result<JudgedSpan> {
    let asset = ReplayedAsset::new(params, portfolio)?;
    let joint = JointTerms::without_scenarios(portfolio)?;
    let points = asset.replay(series)?;
    let margins: Vec<LoneMargin> = points
        .iter()
        .map(|point| asset.lone_margin(point, &joint))
        .collect::<Result<_>>()?;
    let rate = |hours: i64, margin: fn(&LoneMargin) -> [f64; 2]| {
        let (mut all, mut whole, mut beyond) = (0usize, 0usize, 0usize);
        for ((from, own), then) in points
            .iter()
            .zip(&margins)
            .zip(later(&points, hours * HOUR_SECS))
        {
            let Some(to) = then.map(|then| &points[then]) else {
                continue;
            };
            let change = to.close / from.close - 1.0;
            all += 1;
            whole += usize::from(to.ts - from.ts == hours * HOUR_SECS);
            beyond += usize::from(change.abs() > margin(own)[usize::from(change > 0.0)]);
        }
        ensure!(
            whole >= WINDOWS_MIN,
            "{}: only {whole} pairs of closes are {hours} h apart, at least {WINDOWS_MIN} are needed to fit k on",
            series.file
        );
        Ok(beyond as f64 / all as f64)
    };
    let settled = margins.iter().skip(params.warmup_samples as usize);
    let ends = settled.fold((f64::INFINITY, 0.0f64), |(least, most), own| {
        (least.min(own.maintenance[0]), most.max(own.maintenance[0]))
    });
    Ok(JudgedSpan {
        rates: [rate(1, |own| own.maintenance)?, rate(4, |own| own.initial)?],
        swing: ends.1 / ends.0,
    })
}
