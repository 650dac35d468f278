//! Parameters from history, by filtered historical simulation: returns are divided by the volatility
//! that the estimator knew when they began, so that calm and stormy years are one sample.
//!
//! | parameter | from |
//! |---|---|
//! | σ_stress | 97.5 % quantile of √v_fast |
//! | k | the least with which MM at 1 h and IM at 4 h are exceeded in at most 0.5 % of all hours, times 1.175 |
//! | ω | as given; more where the largest MM would be more than 6 times the smallest |
//! | σ_floor | half the 1 % quantile of σ_c, at most σ_stress/1.5: the next years may be calmer, to a point |
//! | σ_initial | σ_stress: a new asset starts stressed |
//! | σ_cap | the most that `k·σ_cap·√h_mm ≤ ½` allows, at most 20 %; a note where the peak of σ_c is near |
//! | s_floor | σ_floor times the 99.5 % quantile of filtered hourly moves |
//! | L | a tenth of the hourly turnover of the quietest weeks of the newest year |
//! | oi_lo, oi_hi | as many times L as in the file one starts from |
//! | collateral weight | what the falls over h_im, the gap, the penalty and the spread leave of the price, in steps of 5 % |
//! | cap of deposits | what the market absorbs within h_mm: L |
//! | ρ_lo, ρ_hi | when asked: 1 % and 99 % quantiles of weekly correlations of filtered returns |
//! | scenarios | the worst moves of each bucket over 1 h and 4 h, weighted by how much of them came together |
//!
//! m, the half-lives and the clamps are decisions: they are taken as given. Sizes, fees, oracle limits and everything
//! else stay as in the file one starts from: prices say nothing about them; only the skew scale rises where a lower
//! s_floor needs it. Nor is anything fitted on too little: that is an error, or the old value stays and the file says
//! so.
mod asset;
mod collateral;
mod correlation;
mod evidence;
mod k;
mod liquidity;
mod quantile;
mod scenarios;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use freeboard_client::parameters::{AssetEntry, ParameterFile};
use rayon::prelude::*;

use crate::prices::{Measured, Series, load};
use crate::time::Date;
use asset::fit_asset;
use collateral::{Close, fit_collateral};
use correlation::{compare_correlations, fit_correlations};
use evidence::Evidence;
use liquidity::QuietTurnover;
use scenarios::fit_scenarios;

/// Exceedances of the k that is searched: what is promised.
const AIM: f64 = 0.005;
/// The k that is taken over the k that is searched. A k known beforehand is off by 5 %, and the next years are not the
/// last: this leaves about half of what is promised. On twice the exceedances it is surer than a search at that half.
const K_MARGIN: f64 = 1.175;
/// Largest MM over the smallest that is aimed at.
const SWING_MAX: f64 = 6.0;
/// Step of ω.
const OMEGA_STEP_E9: u64 = 50_000_000;
/// σ_cap over the peak of σ_c from which on nothing is said about it.
const CAP_PER_PEAK: f64 = 1.2;
/// Largest σ_cap.
const SIGMA_CAP_MAX_E9: u64 = 200_000_000;
/// Fewest closes, and fewest whole windows of each horizon, that anything is fitted on: at [`AIM`] ten exceedances.
const WINDOWS_MIN: usize = 2_000;
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
    /// Fit ρ_lo and ρ_hi, which hold for all assets of an exchange, too.
    pub correlations: bool,
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
    // L and what goes with it look at the newest prices, whatever day the rest of the fit ends on.
    let liquidity: Vec<QuietTurnover> = series.iter().map(QuietTurnover::from_series).collect();
    let newest: Vec<Close> = series
        .iter()
        .filter_map(|one| one.bars.last().map(Close::from)) // each has one
        .collect();
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
    let each = fitted.into_iter().zip(&series);
    for ((mut fit, series), (turnover, newest)) in each.zip(liquidity.iter().zip(newest)) {
        evidence.span(series);
        for doubt in Measured::measure(series).doubts() {
            evidence.note(format!("{}: {doubt}", series.file));
        }
        fit.take_liquidity(turnover);
        fit.notes.into_iter().for_each(|note| evidence.note(note));
        let (mut entry, mut found) = (fit.entry, fit.evidence);
        let closes: Vec<Close> = series.bars.iter().map(Close::from).collect();
        found.extend(fit_collateral(
            &closes,
            newest,
            &mut entry,
            &base.liquidation,
        )?);
        evidence.add_asset(&entry.name, found);
        filtered.push(fit.filtered);
        file.assets.push(entry);
    }
    evidence.left_out(base, &file);
    let assets: Vec<(&str, &[Filtered])> = series
        .iter()
        .map(|one| one.asset.as_str())
        .zip(filtered.iter().map(Vec::as_slice))
        .collect();
    if options.correlations {
        fit_correlations(&assets, &mut file.portfolio, &mut evidence)?;
    } else {
        compare_correlations(&assets, &mut evidence);
    }
    file.scenarios = fit_scenarios(&series, &file.assets, &base.scenarios, &mut evidence)?;
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

fn round_up(share: f64, step_e9: f64) -> u64 {
    ((share * 1e9 / step_e9).ceil() * step_e9) as u64
}

fn round_down(share: f64, step_e9: f64) -> u64 {
    ((share * 1e9 / step_e9).floor() * step_e9) as u64
}
