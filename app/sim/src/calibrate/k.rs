//! The least k with which the promised share of hours is covered.
use anyhow::{Result, ensure};
use freeboard_risk::params::bounds::K_E9;
use freeboard_risk::params::{AssetParams, PortfolioParams};

use super::{AIM, SIGMA_CAP_MAX_E9, STEP_E9, WINDOWS_MIN, round_down};
use crate::backtest::moments::later;
use crate::joint::JointTerms;
use crate::prices::Series;
use crate::replay::{LoneMargin, ReplayedAsset};
use crate::time::HOUR_SECS;

/// Step of k.
const K_STEP_E9: u64 = 50_000_000;

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

/// The least k with both rates at or below [`AIM`], and the rates: (MM at 1 h, IM at 4 h).
///
/// Errors: no k within the bounds is enough.
pub(super) fn fit_k(
    series: &Series,
    params: &AssetParams,
    portfolio: &PortfolioParams,
) -> Result<(u64, [f64; 2])> {
    let steps = (K_E9[1] - K_E9[0]) / K_STEP_E9;
    let rates = |step: u64| {
        rates_of(
            series,
            &with_k(*params, K_E9[0] + step * K_STEP_E9),
            portfolio,
        )
    };
    // A larger k never lowers a margin, so the rates fall: halving finds the first that is enough.
    let (mut low, mut high) = (0, steps + 1);
    while low < high {
        let middle = (low + high) / 2;
        if middle <= steps && rates(middle)?.iter().all(|rate| *rate <= AIM) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    ensure!(
        low <= steps,
        "{}: no k up to {} is enough",
        series.asset,
        K_E9[1] / 1_000_000_000
    );
    Ok((K_E9[0] + low * K_STEP_E9, rates(low)?))
}

fn rates_of(
    series: &Series,
    params: &AssetParams,
    portfolio: &PortfolioParams,
) -> Result<[f64; 2]> {
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
    Ok([rate(1, |own| own.maintenance)?, rate(4, |own| own.initial)?])
}
