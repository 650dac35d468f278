//! Parameters from history, by filtered historical simulation: returns are divided by the volatility
//! that the estimator knew when they began, so that calm and stormy years are one sample.
//!
//! | parameter | from |
//! |---|---|
//! | σ_stress | 97.5 % quantile of √v_fast |
//! | k | the least with which MM at 1 h and IM at 4 h are exceeded in at most 0.25 % of all hours |
//! | σ_floor | half the 1 % quantile of σ_c, at most σ_stress/1.5: the next years may be calmer, to a point |
//! | σ_initial | σ_stress: a new asset starts stressed |
//! | σ_cap | the most that `k·σ_cap·√h_mm ≤ ½` allows, at most 20 % |
//! | s_floor | σ_floor times the 99.5 % quantile of filtered hourly moves |
//! | ρ_lo, ρ_hi | 1 % and 99 % quantiles of weekly correlations of filtered returns |
//!
//! Sizes, fees, oracle limits and everything else stay as in the file one starts from: prices say
//! nothing about them; only the skew scale rises where a lower s_floor needs it. Nor is anything fitted on too
//! little: that is an error, or the old value stays and the file says so.
mod correlation;
mod evidence;
mod k;
mod quantile;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use freeboard_client::parameters::{AssetEntry, ParameterFile};
use freeboard_risk::number::quantity::E9;
use freeboard_risk::params::bounds::{K_E9, MARGIN_PER_IMPACT, S_FLOOR_E9};
use freeboard_risk::params::{AssetParams, PortfolioParams, TradeParams};
use rayon::prelude::*;

use crate::prices::{Bar, Measured, Series, load};
use crate::replay::{Point, ReplayedAsset};
use crate::time::{DAY_SECS, Date, HOUR_SECS};
use correlation::fit_correlations;
use evidence::Evidence;
use k::{fit_k, with_k};
use quantile::quantile;

/// Exceedances aimed at: half of what is promised, because the next years are not the last.
const AIM: f64 = 0.002_5;
/// The span whose realised variance v starts at: 30 days.
const START_SECS: i64 = 30 * DAY_SECS;
/// Largest σ_cap.
const SIGMA_CAP_MAX_E9: u64 = 200_000_000;
/// Fewest closes, and fewest whole windows of each horizon, that anything is fitted on: at [`AIM`] five exceedances.
const WINDOWS_MIN: usize = 2_000;
/// Fewest closes that differ from the one before.
const MOVING_MIN: usize = 1_000;
/// Step of volatilities and floors: 0.01 %.
const STEP_E9: f64 = 100_000.0;

/// What to fit.
#[derive(Clone, Debug)]
pub struct CalibrationSetup {
    /// Folder of price files.
    pub prices: PathBuf,
    /// Assets, such as BTC.
    pub assets: Vec<String>,
    /// Where everything that is not fitted comes from.
    pub base: ParameterFile,
    /// Prices from this day on are not looked at; all are without it.
    pub until: Option<Date>,
    /// An asset that is added and fitted alone, and the one that it is a copy of; then `assets` are not looked at, and
    /// the rest of the file stays.
    pub new_asset: Option<(String, String)>,
}

impl CalibrationSetup {
    /// What is fitted, and the file it starts from.
    ///
    /// Errors: a new asset that is there already, or is like one that is not.
    fn start(&self) -> Result<(Vec<String>, ParameterFile)> {
        let mut base = self.base.clone();
        let Some((name, like)) = &self.new_asset else {
            return Ok((self.assets.clone(), base));
        };
        ensure!(
            base.asset(name).is_none(),
            "{name}: the base file has it already: fit it with --assets {name}"
        );
        let like = base
            .asset(like)
            .with_context(|| format!("--like {like}: the base file has no such asset"))?;
        let copy = AssetEntry {
            name: name.clone(),
            ..like.clone()
        };
        base.assets.push(copy);
        Ok((vec![name.clone()], base))
    }
}

/// A fitted parameter file.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// TOML, with the evidence above each number.
    pub text: String,
    /// What is to be said aloud: what was not fitted, what stands at a bound, what the prices lack.
    pub notes: Vec<String>,
}

/// Fits parameters to prices.
///
/// Errors: prices that are missing, malformed, frozen or too few, assets without common weeks, an asset that
/// the base file lacks.
pub fn calibrate(options: &CalibrationSetup) -> Result<Calibrated> {
    let until_ts = options.until.map_or(Ok(i64::MAX), Date::start_ts)?;
    let (names, base) = options.start()?;
    let loaded = load(&options.prices, &names)?;
    let mut series = loaded.series;
    series.retain(Series::is_long);
    for one in &mut series {
        one.bars.retain(|bar| bar.end_ts < until_ts);
        ensure!(
            one.bars.len() >= WINDOWS_MIN,
            "{}: {} hourly closes{} are too few to fit on, at least {WINDOWS_MIN} are needed",
            one.file,
            one.bars.len(),
            options
                .until
                .map_or(String::new(), |until| format!(" before {until}"))
        );
    }
    let base = &base;
    let mut evidence = Evidence::default();
    let fitted = series
        .par_iter()
        .map(|series| {
            let entry = base
                .asset(&series.asset)
                .with_context(|| format!("the base file has no asset {}", series.asset))?;
            fit_asset(series, entry, &base.portfolio)
        })
        .collect::<Result<Vec<_>>>()?;
    let mut file = base.clone();
    match &options.new_asset {
        Some((_, like)) => evidence.add_copied(&mut file.assets, like),
        None => file.assets.clear(),
    }
    let mut filtered = Vec::new();
    for (fit, series) in fitted.into_iter().zip(&series) {
        evidence.span(series);
        for doubt in Measured::measure(series).doubts() {
            evidence.note(format!("{}: {doubt}", series.file));
        }
        fit.notes.into_iter().for_each(|note| evidence.note(note));
        evidence.add_asset(&fit.entry.name, fit.evidence);
        filtered.push(fit.filtered);
        file.assets.push(fit.entry);
    }
    evidence.left_out(base, &file);
    let assets: Vec<(&str, &[Filtered])> = series
        .iter()
        .map(|one| one.asset.as_str())
        .zip(filtered.iter().map(Vec::as_slice))
        .collect();
    fit_correlations(&assets, &mut file.portfolio, &mut evidence)?;
    let text = evidence.annotate(&file)?;
    ParameterFile::parse(&text).context("the fitted file is refused by its own bounds")?;
    let unread = loaded.unread.iter();
    let mut notes: Vec<String> = unread
        .map(|one| format!("{}: not read: {}", one.file, one.why))
        .collect();
    notes.extend(evidence.into_notes());
    Ok(Calibrated { text, notes })
}

/// End of an hour, and its return over the volatility known at its start.
type Filtered = (i64, f64);

/// One asset, fitted.
struct Fit {
    entry: AssetEntry,
    evidence: Vec<(&'static str, String)>,
    notes: Vec<String>,
    /// Of whole hours.
    filtered: Vec<Filtered>,
}

fn fit_asset(series: &Series, entry: &AssetEntry, portfolio: &PortfolioParams) -> Result<Fit> {
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

fn round_up(share: f64, step_e9: f64) -> u64 {
    ((share * 1e9 / step_e9).ceil() * step_e9) as u64
}

fn round_down(share: f64, step_e9: f64) -> u64 {
    ((share * 1e9 / step_e9).floor() * step_e9) as u64
}

fn percent(share: f64) -> String {
    format!("{:.3} %", share * 100.0)
}

#[cfg(test)]
mod tests;
