//! How much of a collateral counts, and up to what cap.
//!
//! ```text
//! weight ≤ 1 − fall − penalty − spread     fall: 99.9 % quantile of the falls over h_im
//! weight ≤ 1 − s_gap − spread              s_gap: the gap that open interest is judged by
//! cap = what the market absorbs within h_mm, at the newest close
//! ```
//! Both come before the margin that the collateral itself needs. By the first, a borrower at its initial margin who is
//! not looked at for h_im can still be sold, penalty included. By the second, one at its maintenance margin survives a
//! gap with nothing lost, even if that margin were 0. The spread is what a liquidator pays at the oldest price and the
//! stressed volatility.
//!
//! The cap goes with L, which looks at the newest year: the newest close of the file prices it, whatever day the rest of
//! the fit ends on.
use anyhow::Result;
use freeboard_client::parameters::AssetEntry;
use freeboard_risk::params::LiquidationParams;

use super::quantile::quantile;
use super::round_down;
use crate::prices::Bar;
use crate::time::{Date, HOUR_SECS};

/// Share of the falls that the weight covers.
const LEVEL: f64 = 0.999;
/// Step of a weight: 5 %.
const STEP_E9: f64 = 50_000_000.0;

/// A close.
#[derive(Clone, Copy, Debug)]
pub(super) struct Close {
    /// Unix seconds.
    ts: i64,
    usd: f64,
}

impl From<&Bar> for Close {
    fn from(bar: &Bar) -> Self {
        Self {
            ts: bar.end_ts,
            usd: bar.close,
        }
    }
}

/// Fits weight and cap of one asset's collateral, to the closes and to the newest of the file, and returns their evidence.
///
/// Errors: a close outside the range of timestamps.
pub(super) fn fit_collateral(
    closes: &[Close],
    newest: Close,
    entry: &mut AssetEntry,
    liquidation: &LiquidationParams,
) -> Result<Vec<(&'static str, String)>> {
    let (params, share) = (&entry.params, |e9: u64| e9 as f64 / 1e9);
    let spread = share(entry.trade.kappa_e9)
        * share(params.sigma_stress_e9)
        * (f64::from(entry.oracle.age_liquidation_secs) / HOUR_SECS as f64).sqrt();
    let falls = falls(closes, i64::from(params.h_im_secs));
    let fall = quantile(&falls, LEVEL);
    let (penalty, gap) = (share(liquidation.penalty_abs_e9), share(entry.trade.gap_e9));
    let by_fall = 1.0 - fall - penalty - spread;
    let by_gap = 1.0 - gap - spread;
    let weight_e9 = round_down(by_fall.min(by_gap).max(0.0), STEP_E9);
    let worst = [i64::from(params.h_mm_secs), i64::from(params.h_im_secs)]
        .map(|secs| quantile(&self::falls(closes, secs), 1.0));
    let hours = |secs: u32| f64::from(secs) / HOUR_SECS as f64;
    let weight = format!(
        "at most {} (99.9 % of the falls over {} h: {}; penalty {}; spread {}) and {} (gap {}); worst falls: {} in {} h, {} \
         in {} h",
        percent(by_fall),
        hours(params.h_im_secs),
        percent(fall),
        percent(penalty),
        percent(spread),
        percent(by_gap),
        percent(gap),
        percent(worst[0]),
        hours(params.h_mm_secs),
        percent(worst[1]),
        hours(params.h_im_secs),
    );
    let absorbed = entry.params.depth_quote_atoms as f64 / 1e6 * hours(params.h_mm_secs);
    let units = two_digits_down(absorbed / newest.usd);
    let cap = format!(
        "L for {} h: ${absorbed:.0}, at the newest close, ${} on {}, {units} units of {} decimals",
        hours(params.h_mm_secs),
        newest.usd,
        Date::of_ts(newest.ts)?,
        params.base_decimals
    );
    let atoms = units * 10f64.powi(params.base_decimals.into());
    entry.params.collateral_weight_e9 = weight_e9;
    entry.params.deposit_cap_atoms = atoms as u64;
    Ok(vec![
        ("collateral_weight_e9", weight),
        ("deposit_cap_atoms", cap),
    ])
}

/// The falls of the close over each whole span of so many seconds, as parts of the price; 0 for a rise.
fn falls(closes: &[Close], secs: i64) -> Vec<f64> {
    let mut ends = closes.iter().peekable();
    let mut found = Vec::with_capacity(closes.len());
    for start in closes {
        let end_ts = start.ts + secs;
        while ends.next_if(|close| close.ts < end_ts).is_some() {}
        if let Some(end) = ends.peek().filter(|close| close.ts == end_ts) {
            found.push((1.0 - end.usd / start.usd).max(0.0));
        }
    }
    found
}

/// A number with its first two digits, down.
fn two_digits_down(number: f64) -> f64 {
    let step = 10f64.powf(number.log10().floor() - 1.0);
    ((number / step).floor() * step).round().min(number)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use freeboard_risk::params::{AssetParams, OracleParams, TradeParams};

    fn hourly(closes: &[f64]) -> Vec<Close> {
        let close = |(hour, usd): (usize, &f64)| Close {
            ts: hour as i64 * HOUR_SECS,
            usd: *usd,
        };
        closes.iter().enumerate().map(close).collect()
    }

    #[test]
    fn falls_are_of_whole_spans() {
        let mut closes = hourly(&[100.0, 90.0, 99.0, 60.0, 75.0]);
        let each = falls(&closes, HOUR_SECS);
        assert_eq!(each.len(), 4);
        assert!((each[0] - 0.1).abs() < 1e-12 && each[1] == 0.0);
        assert!((quantile(&falls(&closes, 2 * HOUR_SECS), 1.0) - 1.0 / 3.0).abs() < 1e-12);
        closes.remove(2);
        assert_eq!(
            falls(&closes, HOUR_SECS).len(),
            2,
            "none over a missing bar"
        );
    }

    #[test]
    fn caps_have_two_digits() {
        for (number, kept) in [(649.2, 640.0), (58_830.0, 58_000.0), (5_440.0, 5_400.0)] {
            assert_eq!(two_digits_down(number), kept);
        }
    }

    #[test]
    fn the_smaller_of_both_bounds_stands_with_its_evidence() {
        let closes: Vec<f64> = (0..5_000)
            .map(|hour| 100.0 - f64::from(hour % 2) * 8.0)
            .collect();
        let closes = hourly(&closes);
        let mut entry = AssetEntry {
            name: "SOL".to_owned(),
            params: AssetParams::reference(),
            oracle: OracleParams::reference(),
            trade: TradeParams::reference(),
        };
        let newest = Close {
            ts: 1_774_400_400,
            usd: 125.0,
        };
        let fit = |entry: &mut AssetEntry| {
            fit_collateral(&closes, newest, entry, &LiquidationParams::reference()).unwrap()
        };
        let evidence = fit(&mut entry);
        // A gap of 28 % asks for more than no fall over 4 h, a penalty of 5 % and a spread of 0.3 %.
        assert_eq!(entry.params.collateral_weight_e9, 700_000_000);
        assert_eq!(evidence[0].0, "collateral_weight_e9");
        assert!(evidence[0].1.contains("gap 28.0 %"), "{}", evidence[0].1);
        entry.trade.gap_e9 = 50_000_000;
        fit(&mut entry);
        assert_eq!(entry.params.collateral_weight_e9, 900_000_000);
        // $10 M at the newest close, not at the last one that weights are fitted on.
        assert_eq!(entry.params.deposit_cap_atoms, 80_000_000_000_000);
        assert!(
            evidence[1].1.contains("$125 on 2026-03-25"),
            "{}",
            evidence[1].1
        );
    }
}
