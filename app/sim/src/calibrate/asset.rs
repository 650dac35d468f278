//! One asset: volatility, floors and k, each with its evidence.
use anyhow::{Result, ensure};
use freeboard_client::parameters::AssetEntry;
use freeboard_risk::number::quantity::E9;
use freeboard_risk::params::bounds::{MARGIN_PER_IMPACT, OMEGA_E9, S_FLOOR_E9};
use freeboard_risk::params::{AssetParams, PortfolioParams, TradeParams};

use super::k::{FittedK, fit_k, with_k};
use super::liquidity::QuietTurnover;
use super::quantile::quantile;
use super::{
    AIM, CAP_PER_PEAK, Filtered, K_MARGIN, OMEGA_STEP_E9, SIGMA_CAP_MAX_E9, STEP_E9, SWING_MAX,
    round_down, round_up,
};
use crate::prices::{Bar, Series};
use crate::replay::{NOTIONAL_QUOTE_ATOMS, Point, ReplayedAsset};
use crate::time::{DAY_SECS, HOUR_SECS};

/// The span whose realised variance v starts at: 30 days.
const START_SECS: i64 = 30 * DAY_SECS;
/// Replays at most until σ_stress and σ_floor stand.
const STRESS_ROUNDS: usize = 3;
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
    // L is no part of what is judged here: it is fitted elsewhere.
    let params = AssetParams {
        sigma_initial_e9: first_sigma_e9(series),
        depth_quote_atoms: entry.params.depth_quote_atoms.max(NOTIONAL_QUOTE_ATOMS),
        ..entry.params
    };
    let (params, points) = replayed_at_its_own_stress(series, params, portfolio)?;
    let settled = settled_points(&points, &params);
    let mut fitting = Fitting {
        params,
        evidence: Vec::new(),
        clamped: Clamped::new(&series.asset),
    };
    fitting.fit_stress(&settled);
    fitting.fit_sigma_floor(&settled);
    let tail = fitting.fit_shock_floor(&points);
    let k = fitting.fit_omega_and_k(series, portfolio)?;
    fitting.take_k(k, tail, peak_of_sigma_c(&settled));
    let Fitting {
        mut params,
        evidence,
        clamped,
    } = fitting;
    params.sigma_initial_e9 = params.sigma_stress_e9;
    params.depth_quote_atoms = entry.params.depth_quote_atoms;
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

/// The parameters with σ_stress and σ_floor of this span, and its replay with them. They bound what one sample may add,
/// so those of the file one starts from would leave a trace in the fit.
fn replayed_at_its_own_stress(
    series: &Series,
    mut params: AssetParams,
    portfolio: &PortfolioParams,
) -> Result<(AssetParams, Vec<Point>)> {
    let mut points = ReplayedAsset::new(&params, portfolio)?.replay(series)?;
    for _ in 0..STRESS_ROUNDS {
        let settled = settled_points(&points, &params);
        let sigma_stress_e9 = round_up(stress_of(&settled), STEP_E9);
        let (_, sigma_floor_e9) = floors_of(&settled, sigma_stress_e9);
        if (params.sigma_stress_e9, params.sigma_floor_e9) == (sigma_stress_e9, sigma_floor_e9) {
            break;
        }
        params = AssetParams {
            sigma_stress_e9,
            sigma_floor_e9,
            ..params
        };
        points = ReplayedAsset::new(&params, portfolio)?.replay(series)?;
    }
    Ok((params, points))
}

/// 97.5 % quantile of √v_fast.
fn stress_of(settled: &[&Point]) -> f64 {
    let fast: Vec<f64> = settled.iter().map(|point| point.sigma_fast).collect();
    quantile(&fast, 0.975)
}

/// Half the 1 % quantile of σ_c, and what of it is well below σ_stress, × 10^9.
fn floors_of(settled: &[&Point], sigma_stress_e9: u64) -> (u64, u64) {
    let half = round_down(calm_of(settled) / 2.0, STEP_E9);
    (half, half.clamp(1, (sigma_stress_e9 * 2 / 3).max(1)))
}

/// 1 % quantile of σ_c.
fn calm_of(settled: &[&Point]) -> f64 {
    let sigma_c: Vec<f64> = settled.iter().map(|point| point.sigma_c).collect();
    quantile(&sigma_c, 0.01)
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
    /// σ_stress, where σ starts too.
    fn fit_stress(&mut self, settled: &[&Point]) {
        let stress = stress_of(settled);
        let peak = settled
            .iter()
            .map(|point| point.sigma_fast)
            .fold(0.0, f64::max);
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
    }

    /// σ_floor, well below σ_stress.
    fn fit_sigma_floor(&mut self, settled: &[&Point]) {
        let calm = calm_of(settled);
        let (half, kept) = floors_of(settled, self.params.sigma_stress_e9);
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

    /// ω as given, in steps more until no MM is more than [`SWING_MAX`] times another, and its k.
    fn fit_omega_and_k(&mut self, series: &Series, portfolio: &PortfolioParams) -> Result<FittedK> {
        let given_e9 = self.params.omega_e9;
        let first = fit_k(series, &self.params, portfolio)?;
        let mut k = first;
        while k.swing > SWING_MAX && self.params.omega_e9 + OMEGA_STEP_E9 <= OMEGA_E9[1] {
            self.params.omega_e9 += OMEGA_STEP_E9;
            k = fit_k(series, &self.params, portfolio)?;
        }
        let raised = if self.params.omega_e9 == given_e9 {
            "as given".to_owned()
        } else {
            let given = given_e9 as f64 / 1e9;
            format!("with {given:.2} it is {:.2}", first.swing)
        };
        let what = format!(
            "the largest MM is {:.2} times the smallest, at most {SWING_MAX} is aimed at; {raised}",
            k.swing
        );
        self.evidence.push(("omega_e9", what));
        if k.swing > SWING_MAX {
            self.clamped.too_wide(self.params.omega_e9, k.swing);
        }
        Ok(k)
    }

    /// k, and the σ_cap that it leaves.
    fn take_k(&mut self, k: FittedK, tail: f64, peak: f64) {
        self.params = with_k(self.params, k.k_e9);
        let at = if k.at_the_bound {
            self.clamped.at_the_bound("k_e9", k.k_e9)
        } else {
            String::new()
        };
        let least = k.least_e9 as f64 / 1e9;
        self.evidence.push((
            "k_e9",
            format!(
                "{K_MARGIN} times {least:.2}, the least with {} of exceedances; with it {} of MM at 1 h, {} of IM at 4 h; \
                 99.5 % quantile of |r|/σ_c: {tail:.2}{at}",
                percent(AIM),
                percent(k.rates[0]),
                percent(k.rates[1]),
            ),
        ));
        let (cap_e9, per_peak) = (
            self.params.sigma_cap_e9,
            self.params.sigma_cap_e9 as f64 / 1e9 / peak,
        );
        let binding = if cap_e9 == SIGMA_CAP_MAX_E9 {
            "the most that is taken"
        } else {
            "k·σ_cap·√h_mm ≤ ½"
        };
        if per_peak < CAP_PER_PEAK {
            self.clamped.low_cap(cap_e9, per_peak, binding);
        }
        self.evidence.push((
            "sigma_cap_e9",
            format!(
                "{binding}; {per_peak:.2} times the peak of σ_c, {}",
                percent(peak)
            ),
        ));
    }
}

impl Fit {
    /// L and the open-interest range, where the file says what was traded.
    pub(super) fn take_liquidity(&mut self, turnover: &QuietTurnover) {
        match turnover.fit(&self.entry.params) {
            Ok((params, evidence)) => {
                self.entry.params = params;
                self.evidence.extend(evidence);
            }
            Err(why) => self.notes.push(format!(
                "{}: depth_quote_atoms, oi_lo_quote_atoms, oi_hi_quote_atoms: kept: {why}",
                self.entry.name
            )),
        }
    }
}

/// The largest σ_c; 0 without any.
fn peak_of_sigma_c(settled: &[&Point]) -> f64 {
    settled
        .iter()
        .map(|point| point.sigma_c)
        .fold(0.0, f64::max)
}

/// A market whose skew moves a fill by at most half of this shock floor where its caps end: with a larger skew
/// scale, of two digits whose second is 0 or 5, where the floor has fallen.
fn secured(trade: TradeParams, s_floor_e9: u64) -> TradeParams {
    let most = trade.open_interest_cap_atoms.max(trade.funding_scale_atoms);
    let least = (u128::from(most) * u128::from(MARGIN_PER_IMPACT * E9)).div_ceil(s_floor_e9.into());
    let least = u64::try_from(least).unwrap_or(u64::MAX); // refused when the file is read
    if least <= trade.skew_scale_atoms {
        return trade;
    }
    let unit = 5 * 10u64.pow(least.ilog10().saturating_sub(1)); // least > 0
    TradeParams {
        skew_scale_atoms: least.div_ceil(unit).saturating_mul(unit),
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

    /// A swing that the largest ω does not take away.
    fn too_wide(&mut self, omega_e9: u64, swing: f64) {
        self.notes.push(format!(
            "{}: omega_e9: at the bound {omega_e9} the largest MM is still {swing:.2} times the smallest",
            self.asset
        ));
    }

    /// A σ_cap that the next storm may reach.
    fn low_cap(&mut self, cap_e9: u64, per_peak: f64, binding: &str) {
        self.notes.push(format!(
            "{}: sigma_cap_e9: {cap_e9} is only {per_peak:.2} times the peak of σ_c, less than {CAP_PER_PEAK}: {binding} wins",
            self.asset
        ));
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
