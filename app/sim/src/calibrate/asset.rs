//! One asset: volatility, floors and k, each with its evidence.
use anyhow::{Result, ensure};
use freeboard_client::parameters::AssetEntry;
use freeboard_risk::number::quantity::E9;
use freeboard_risk::params::bounds::{K_E9, MARGIN_PER_IMPACT, S_FLOOR_E9};
use freeboard_risk::params::{AssetParams, PortfolioParams, TradeParams};

use super::k::{fit_k, with_k};
use super::quantile::quantile;
use super::{Filtered, STEP_E9, round_down, round_up};
use crate::prices::{Bar, Series};
use crate::replay::{Point, ReplayedAsset};
use crate::time::{DAY_SECS, HOUR_SECS};

/// The span whose realised variance v starts at: 30 days.
const START_SECS: i64 = 30 * DAY_SECS;
/// Fewest closes that differ from the one before.
const MOVING_MIN: usize = 1_000;

/// One asset, fitted.
pub(super) struct Fit {
    pub entry: AssetEntry,
    pub evidence: Vec<(&'static str, String)>,
    pub notes: Vec<String>,
    /// Of whole hours.
    pub filtered: Vec<Filtered>,
}

/// Fits volatility, floors and k of one asset.
///
/// Errors: a file most of whose closes are those before them, what the core refuses.
pub(super) fn fit_asset(
    series: &Series,
    entry: &AssetEntry,
    portfolio: &PortfolioParams,
) -> Result<Fit> {
    require_moving(series)?;
    // v starts at what the first month realised, so nothing fitted depends on what the base file says
    // of it: fitting a fitted file changes nothing.
    let params = AssetParams {
        sigma_initial_e9: first_sigma_e9(series),
        ..entry.params
    };
    let points = ReplayedAsset::new(&params, portfolio)?.replay(series)?;
    let settled = settled_points(&points, &params);
    let mut fitting = Fitting {
        params,
        evidence: Vec::new(),
        clamped: Clamped::new(&series.asset),
    };
    let peak = fitting.fit_stress(&settled);
    fitting.fit_sigma_floor(&settled);
    let tail = fitting.fit_shock_floor(&points);
    let k = fit_k(series, &fitting.params, portfolio)?;
    fitting.take_k(k, tail, peak);
    let Fitting {
        mut params,
        evidence,
        clamped,
    } = fitting;
    params.sigma_initial_e9 = params.sigma_stress_e9;
    Ok(Fit {
        entry: AssetEntry {
            params,
            trade: secured(entry.trade, params.s_floor_e9),
            ..entry.clone()
        },
        evidence,
        notes: clamped.notes,
        filtered: filtered(&points),
    })
}

/// Errors: a file most of whose closes are those before them.
fn require_moving(series: &Series) -> Result<()> {
    let moving = series
        .bars
        .windows(2)
        .filter(|pair| pair[0].close != pair[1].close);
    let moving = moving.count();
    ensure!(
        moving >= MOVING_MIN,
        "{}: only {moving} of {} closes differ from the one before, at least {MOVING_MIN} must: the file is frozen",
        series.file,
        series.bars.len()
    );
    Ok(())
}

/// An asset while it is fitted: its parameters so far, and why they are these.
struct Fitting<'a> {
    params: AssetParams,
    evidence: Vec<(&'static str, String)>,
    clamped: Clamped<'a>,
}

impl Fitting<'_> {
    /// σ_stress, where σ starts too. Returns the peak of √v_fast.
    fn fit_stress(&mut self, settled: &[&Point]) -> f64 {
        let fast: Vec<f64> = settled.iter().map(|point| point.sigma_fast).collect();
        let (stress, peak) = (quantile(&fast, 0.975), quantile(&fast, 1.0));
        self.params.sigma_stress_e9 = round_up(stress, STEP_E9);
        self.evidence.push((
            "sigma_stress_e9",
            format!(
                "97.5 % quantile of √v_fast: {}; its peak: {}",
                percent(stress),
                percent(peak)
            ),
        ));
        self.evidence
            .push(("sigma_initial_e9", "σ_stress".to_owned()));
        peak
    }

    /// σ_floor, well below σ_stress.
    fn fit_sigma_floor(&mut self, settled: &[&Point]) {
        let sigma_c: Vec<f64> = settled.iter().map(|point| point.sigma_c).collect();
        let calm = quantile(&sigma_c, 0.01);
        let half = round_down(calm / 2.0, STEP_E9);
        let kept = half.clamp(1, self.params.sigma_stress_e9 * 2 / 3);
        self.params.sigma_floor_e9 = kept;
        let at = self.clamped.said("sigma_floor_e9", half, kept);
        self.evidence.push((
            "sigma_floor_e9",
            format!("half the 1 % quantile of σ_c: {}{at}", percent(calm)),
        ));
    }

    /// s_floor, of the σ_floor. Returns the 99.5 % quantile of |r|/σ_c.
    fn fit_shock_floor(&mut self, points: &[Point]) -> f64 {
        let residuals: Vec<f64> = residuals(points).collect();
        let tail = quantile(&residuals, 0.995);
        let sigma_floor = self.params.sigma_floor_e9 as f64 / 1e9;
        let floor = round_up(sigma_floor * tail, STEP_E9);
        let kept = floor.clamp(S_FLOOR_E9[0], S_FLOOR_E9[1]);
        self.params.s_floor_e9 = kept;
        let at = self.clamped.said("s_floor_e9", floor, kept);
        self.evidence.push((
            "s_floor_e9",
            format!("σ_floor times the 99.5 % quantile of |r|/σ_c: {tail:.2}{at}"),
        ));
        tail
    }

    /// k, whose exceedances are these, and the σ_cap that it leaves.
    fn take_k(&mut self, (k_e9, rates): (u64, [f64; 2]), tail: f64, peak: f64) {
        self.params = with_k(self.params, k_e9);
        let at = if k_e9 == K_E9[0] {
            self.clamped.at_the_bound("k_e9", k_e9)
        } else {
            String::new()
        };
        self.evidence.push((
            "k_e9",
            format!(
                "exceedances {} of MM at 1 h, {} of IM at 4 h; 99.5 % quantile of |r|/σ_c: {:.2}{at}",
                percent(rates[0]),
                percent(rates[1]),
                tail
            ),
        ));
        self.evidence.push((
            "sigma_cap_e9",
            format!(
                "k·σ_cap·√h_mm ≤ ½; {:.1} times the peak of √v_fast",
                self.params.sigma_cap_e9 as f64 / 1e9 / peak
            ),
        ));
    }
}

/// A market whose skew moves a fill by at most half of this shock floor where its caps end: with a larger skew
/// scale where the floor has fallen.
fn secured(trade: TradeParams, s_floor_e9: u64) -> TradeParams {
    let most = trade.open_interest_cap_atoms.max(trade.funding_scale_atoms);
    let least = (u128::from(most) * u128::from(MARGIN_PER_IMPACT * E9)).div_ceil(s_floor_e9.into());
    let least = u64::try_from(least).unwrap_or(u64::MAX); // refused when the file is read
    TradeParams {
        skew_scale_atoms: trade.skew_scale_atoms.max(least),
        ..trade
    }
}

/// Fitted values in whose place a bound stands.
struct Clamped<'a> {
    asset: &'a str,
    notes: Vec<String>,
}

impl<'a> Clamped<'a> {
    fn new(asset: &'a str) -> Self {
        Self {
            asset,
            notes: Vec::new(),
        }
    }

    /// The end of the evidence for a value, empty if no bound changed it.
    fn said(&mut self, key: &str, fitted: u64, kept: u64) -> String {
        if fitted == kept {
            return String::new();
        }
        self.notes.push(format!(
            "{}: {key}: the fit gives {fitted}, the bound {kept} stands in its place",
            self.asset
        ));
        format!("; that is {fitted}, a bound stands in its place")
    }

    /// The same for a search that ended at a bound.
    fn at_the_bound(&mut self, key: &str, kept: u64) -> String {
        self.notes.push(format!(
            "{}: {key}: less would do, {kept} is the least that the bounds allow",
            self.asset
        ));
        "; less would do, this is the least that the bounds allow".to_owned()
    }
}

/// √ of the mean squared return per hour of the first [`START_SECS`], per √hour, within the bounds of
/// the model's σ_initial.
fn first_sigma_e9(series: &Series) -> u64 {
    let end_ts = series.bars[0].end_ts + START_SECS;
    let first: Vec<&Bar> = series
        .bars
        .iter()
        .take_while(|bar| bar.end_ts <= end_ts)
        .collect();
    let squared = |pair: &[&Bar]| {
        let hours = (pair[1].end_ts - pair[0].end_ts) as f64 / HOUR_SECS as f64;
        (pair[1].close / pair[0].close).ln().powi(2) / hours
    };
    let count = first.len().saturating_sub(1).max(1) as f64;
    let variance = first.windows(2).map(squared).sum::<f64>() / count;
    let model = AssetParams::reference();
    let sigma_e9 = (variance.sqrt() * 1e9).round() as u64;
    sigma_e9.clamp(model.sigma_floor_e9, model.sigma_cap_e9)
}

/// The points after the estimator's warm-up.
fn settled_points<'a>(points: &'a [Point], params: &AssetParams) -> Vec<&'a Point> {
    points.iter().skip(params.warmup_samples as usize).collect()
}

/// Size of every move over the volatility known at its start; one over a gap is judged against the margin before it,
/// so it also is over the root of its hours.
fn residuals(points: &[Point]) -> impl Iterator<Item = f64> {
    points.windows(2).map(|pair| {
        let hours = (pair[1].ts - pair[0].ts) as f64 / HOUR_SECS as f64;
        let change = pair[1].close / pair[0].close - 1.0;
        change.abs() / pair[0].sigma_c / hours.sqrt()
    })
}

/// The moves of whole hours: what is correlated with another asset's.
fn filtered(points: &[Point]) -> Vec<Filtered> {
    points
        .windows(2)
        .filter(|pair| pair[1].ts - pair[0].ts == HOUR_SECS)
        .map(|pair| {
            let change = pair[1].close / pair[0].close - 1.0;
            (pair[1].ts, change / pair[0].sigma_c)
        })
        .collect()
}

fn percent(share: f64) -> String {
    format!("{:.3} %", share * 100.0)
}

#[cfg(test)]
#[path = "asset_tests.rs"]
mod tests;
