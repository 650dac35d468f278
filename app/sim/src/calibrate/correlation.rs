//! ρ_lo and ρ_hi from weekly correlations of filtered returns.
use freeboard_risk::params::PortfolioParams;
use freeboard_risk::params::bounds::{RHO_HI_E9, RHO_LO_MAX_E9};

use super::evidence::Evidence;
use super::quantile::quantile;
use super::{round_down, round_up};
use crate::time::DAY_SECS;

/// Step of correlations: 0.01.
const RHO_STEP_E9: f64 = 10_000_000.0;

/// ρ_lo and ρ_hi from correlations of filtered returns, week by week and pair by pair.
pub(super) fn fit_correlations(
    filtered: &[Vec<(i64, f64)>],
    portfolio: &mut PortfolioParams,
    evidence: &mut Evidence,
) {
    let mut correlations = Vec::new();
    for (index, one) in filtered.iter().enumerate() {
        for other in &filtered[index + 1..] {
            correlations.extend(weekly_correlations(one, other));
        }
    }
    let (low, high) = (quantile(&correlations, 0.01), quantile(&correlations, 0.99));
    portfolio.rho_lo_e9 = round_down(low.max(0.0), RHO_STEP_E9).min(RHO_LO_MAX_E9);
    portfolio.rho_hi_e9 = round_up(high.max(0.0), RHO_STEP_E9).clamp(RHO_HI_E9[0], RHO_HI_E9[1]);
    let of = |name: &str, value: f64| {
        format!(
            "{name} quantile of {} weekly correlations: {value:.3}",
            correlations.len()
        )
    };
    evidence.add_portfolio("rho_lo_e9", of("1 %", low));
    evidence.add_portfolio("rho_hi_e9", of("99 %", high));
}

/// Correlation of two assets' filtered returns in each week that has at least 150 common hours.
fn weekly_correlations(one: &[(i64, f64)], other: &[(i64, f64)]) -> Vec<f64> {
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
    if pairs.len() < 150 {
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
}
