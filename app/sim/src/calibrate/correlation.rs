//! ρ_lo and ρ_hi from weekly correlations of filtered returns.
use anyhow::{Result, ensure};
use freeboard_risk::params::PortfolioParams;
use freeboard_risk::params::bounds::{RHO_HI_E9, RHO_LO_MAX_E9};

use super::Filtered;
use super::evidence::Evidence;
use super::quantile::quantile;
use super::{round_down, round_up};
use crate::time::DAY_SECS;

/// Step of correlations: 0.01.
const RHO_STEP_E9: f64 = 10_000_000.0;

/// Fewest common weeks of two assets: five months.
const WEEKS_MIN: usize = 20;
/// Fewest common hours of such a week.
const HOURS_MIN: usize = 150;

/// ρ_lo and ρ_hi from correlations of filtered returns, week by week and pair by pair. Of a single asset there are
/// none: both keep their values.
///
/// Errors: two assets with fewer than 20 common weeks.
pub(super) fn fit_correlations(
    assets: &[(&str, &[Filtered])],
    portfolio: &mut PortfolioParams,
    evidence: &mut Evidence,
) -> Result<()> {
    let mut correlations = Vec::new();
    for (index, (name, one)) in assets.iter().enumerate() {
        for (other_name, other) in &assets[index + 1..] {
            let weekly = weekly_correlations(one, other);
            ensure!(
                weekly.len() >= WEEKS_MIN,
                "{name} and {other_name} have {} weeks with {HOURS_MIN} common hours that both move in, at least \
                 {WEEKS_MIN} are needed for their correlation: give files of the same span, or fit them apart with \
                 --assets",
                weekly.len()
            );
            correlations.extend(weekly);
        }
    }
    if correlations.is_empty() {
        let kept = "kept: one asset alone has no correlation";
        evidence.add_portfolio("rho_lo_e9", kept.to_owned());
        evidence.add_portfolio("rho_hi_e9", kept.to_owned());
        evidence.note(format!("rho_lo_e9, rho_hi_e9: {kept}"));
        return Ok(());
    }
    let (low, high) = quantiles(&correlations);
    let mut of = |key: &'static str, name: &str, value: f64, fitted: u64, kept: u64, was: u64| {
        let bound = if fitted == kept {
            String::new()
        } else {
            format!("; that is {fitted}, a bound stands in its place")
        };
        let what = said(name, &correlations, value) + &bound;
        evidence.add_portfolio(key, what);
        if kept != was || fitted != kept {
            evidence.note(format!(
                "{key}, which holds for all assets of an exchange: {kept}, before {was}{bound}"
            ));
        }
    };
    let fitted = round_down(low.max(0.0), RHO_STEP_E9);
    let kept = fitted.min(RHO_LO_MAX_E9);
    of("rho_lo_e9", "1 %", low, fitted, kept, portfolio.rho_lo_e9);
    portfolio.rho_lo_e9 = kept;
    let fitted = round_up(high.max(0.0), RHO_STEP_E9);
    let kept = fitted.clamp(RHO_HI_E9[0], RHO_HI_E9[1]);
    of("rho_hi_e9", "99 %", high, fitted, kept, portfolio.rho_hi_e9);
    portfolio.rho_hi_e9 = kept;
    Ok(())
}

/// What weekly correlations say of ρ_lo and ρ_hi that are kept because nobody asked for a fit. Nothing where the prices
/// say too little for one.
pub(super) fn compare_correlations(assets: &[(&str, &[Filtered])], evidence: &mut Evidence) {
    let mut correlations = Vec::new();
    for (index, (_, one)) in assets.iter().enumerate() {
        for (_, other) in &assets[index + 1..] {
            let weekly = weekly_correlations(one, other);
            if weekly.len() < WEEKS_MIN {
                return;
            }
            correlations.extend(weekly);
        }
    }
    if correlations.is_empty() {
        return;
    }
    let (low, high) = quantiles(&correlations);
    for (key, name, value) in [("rho_lo_e9", "1 %", low), ("rho_hi_e9", "99 %", high)] {
        let seen = said(name, &correlations, value);
        evidence.add_portfolio(key, format!("kept, a decision; {seen}"));
    }
}

/// The 1 % and the 99 % quantile.
fn quantiles(correlations: &[f64]) -> (f64, f64) {
    (quantile(correlations, 0.01), quantile(correlations, 0.99))
}

fn said(name: &str, correlations: &[f64], value: f64) -> String {
    let count = correlations.len();
    format!("{name} quantile of {count} weekly correlations: {value:.3}")
}

/// Correlation of two assets' filtered returns in each week that has at least 150 common hours.
fn weekly_correlations(one: &[Filtered], other: &[Filtered]) -> Vec<f64> {
    let mut correlations = Vec::new();
    let mut week: Vec<(f64, f64)> = Vec::new();
    let mut current = i64::MIN;
    let mut rest = other;
    for (ts, x) in one {
        rest = &rest[rest.partition_point(|(at, _)| at < ts)..];
        let Some((_, y)) = rest.first().filter(|(at, _)| at == ts) else {
            continue;
        };
        let number = ts.div_euclid(7 * DAY_SECS);
        if number != current {
            correlations.extend(correlation(&week));
            week.clear();
            current = number;
        }
        week.push((*x, *y));
    }
    correlations.extend(correlation(&week));
    correlations
}

fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < HOURS_MIN {
        return None;
    }
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let product: f64 = pairs.iter().map(|pair| (pair.0 - x) * (pair.1 - y)).sum();
    let square = |centre: f64, of: fn(&(f64, f64)) -> f64| -> f64 {
        pairs.iter().map(|pair| (of(pair) - centre).powi(2)).sum()
    };
    let norm = (square(x, |pair| pair.0) * square(y, |pair| pair.1)).sqrt();
    (norm > 0.0).then(|| product / norm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR_SECS;

    #[test]
    fn correlations_are_taken_week_by_week() {
        let hours = |sign: f64| -> Vec<(i64, f64)> {
            (0..400)
                .map(|hour| {
                    let x = f64::from((hour * 37) % 101) - 50.0;
                    let late = if hour < 168 { 1.0 } else { sign };
                    (i64::from(hour) * HOUR_SECS, x * late)
                })
                .collect()
        };
        let correlations = weekly_correlations(&hours(1.0), &hours(-1.0));
        assert_eq!(correlations.len(), 2, "the last week is too short");
        assert!((correlations[0] - 1.0).abs() < 1e-12);
        assert!((correlations[1] + 1.0).abs() < 1e-12);
    }

    #[test]
    fn without_common_weeks_there_is_an_error_and_of_one_asset_the_old_values() {
        let hours = |start: i64| -> Vec<Filtered> {
            let at = |hour: i64| (hour * HOUR_SECS, ((hour * 37) % 101) as f64 - 50.0);
            (start..start + 168 * 30).map(at).collect()
        };
        let (early, late) = (hours(0), hours(168 * 12));
        let mut portfolio = PortfolioParams::reference();
        let mut fit = |assets: &[(&str, &[Filtered])]| {
            let mut evidence = Evidence::default();
            fit_correlations(assets, &mut portfolio, &mut evidence)
                .map(|()| (portfolio, evidence.into_notes()))
        };
        let error = fit(&[("BTC", &early), ("SOL", &late)]).unwrap_err();
        assert!(
            error.to_string().starts_with("BTC and SOL have 18 weeks"),
            "{error}"
        );
        let (kept, notes) = fit(&[("SOL", &late)]).unwrap();
        assert_eq!(kept, PortfolioParams::reference());
        assert!(notes[0].contains("kept: one asset alone"), "{notes:?}");
    }
}
