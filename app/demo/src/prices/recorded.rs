//! Recorded prices: thirty days before a crash and two days after it, from bars of any files in a folder.
//!
//! Which crash: the five minutes in which the three assets fall most, on average of the logarithm, in the span that is
//! asked for. Hourly closes stand in where there is nothing finer, and the description says for how long.
use std::path::Path;

use anyhow::{Context, Result, ensure};
use freeboard_sim::feed::PriceHistory;
use freeboard_sim::prices::{Loaded, Measured, load_up_to};
use freeboard_sim::{Date, moment};

use super::calendar::{
    AFTERMATH_SECS, BAR_SECS, CALM_SECS, CRASH_BAR_SECS, DAY_SECS, HOUR_SECS, next_tick_secs,
};
use super::{Prices, SYMBOLS, Tape, Tick};

/// Least price that a feed publishes with four digits, USD.
const PRICE_MIN: f64 = 0.000_1;

/// Days in which the crash is looked for; without them everything for which all assets have bars of five minutes
/// or less.
#[derive(Clone, Copy, Debug, Default)]
pub struct Days {
    /// The first.
    pub from: Option<Date>,
    /// The last.
    pub to: Option<Date>,
}

/// The tape of the crash that the bars in this folder hold.
///
/// Errors: an asset without a file; a file that is malformed; no bars in the span, or too few before or after the
/// crash, with what is missing.
pub fn tape(folder: &Path, days: &Days) -> Result<Tape> {
    let symbols = SYMBOLS.map(str::to_owned);
    let Loaded { series, unread } = load_up_to(folder, &symbols, HOUR_SECS)?;
    for one in &series {
        for doubt in Measured::measure(one).doubts() {
            eprintln!("note: {}: {doubt}", one.file);
        }
    }
    for one in &unread {
        eprintln!("note: {}: not read: {}", one.file, one.why);
    }
    let history = PriceHistory::new(series, &symbols);
    let crash_end_ts = crash(&history, days)?;
    let first_ts = crash_end_ts - BAR_SECS - CRASH_BAR_SECS;
    let last_ts = first_ts + CALM_SECS + AFTERMATH_SECS;
    let mut ticks = Vec::new();
    let mut used = [[0i64; 2]; SYMBOLS.len()]; // seconds on bars of five minutes or less, and on longer ones
    let mut at = 0;
    while at <= CALM_SECS + AFTERMATH_SECS {
        let mut prices: Prices = [0.0; SYMBOLS.len()];
        for (index, price) in prices.iter_mut().enumerate() {
            let (found, step_secs) = history.price(index, first_ts + at).with_context(|| {
                format!(
                    "{} has no price at {} (unix {}); the crash ends at {}, and the replay needs bars from {} to {}: \
                     add a file that holds them, or name other days with --from and --to",
                    SYMBOLS[index],
                    moment(first_ts + at),
                    first_ts + at,
                    moment(crash_end_ts),
                    moment(first_ts),
                    moment(last_ts)
                )
            })?;
            ensure!(
                found >= PRICE_MIN,
                "{}: {found} USD at {}: the feeds of the demo have eight decimals, too few for it",
                SYMBOLS[index],
                moment(first_ts + at)
            );
            *price = found;
            used[index][usize::from(step_secs > BAR_SECS)] += next_tick_secs(at) - at;
        }
        ticks.push(Tick {
            elapsed_secs: at,
            prices,
        });
        at = next_tick_secs(at);
    }
    Ok(Tape {
        description: description(first_ts, last_ts, crash_end_ts, &used),
        ticks,
    })
}

fn description(first_ts: i64, last_ts: i64, crash_end_ts: i64, used: &[[i64; 2]]) -> String {
    let mut text = format!(
        "Recorded prices: closes of BTC, ETH and SOL from {} to {} UTC; the largest fall of five minutes ends at {}",
        moment(first_ts),
        moment(last_ts),
        moment(crash_end_ts)
    );
    let coarse: Vec<String> = SYMBOLS
        .iter()
        .zip(used)
        .filter(|(_, [_, coarse])| *coarse > 0)
        .map(|(symbol, [fine, coarse])| match fine {
            0 => format!("{symbol} throughout"),
            _ => format!("{symbol} for {:.1} days", *coarse as f64 / DAY_SECS as f64),
        })
        .collect();
    if !coarse.is_empty() {
        text += &format!(
            ". Where there are no bars of five minutes or less, longer ones stand in and prices move evenly between \
             their closes: {}",
            coarse.join(", ")
        );
    }
    text
}

/// Mean change of the logarithm over the bar of five minutes that ends at `end_ts`.
fn change(history: &PriceHistory, end_ts: i64, longest_secs: i64) -> Option<f64> {
    let mut sum = 0.0;
    for asset in 0..SYMBOLS.len() {
        let (before, _) = history.price(asset, end_ts - BAR_SECS)?;
        let (after, step_secs) = history.price(asset, end_ts)?;
        if step_secs > longest_secs {
            return None;
        }
        sum += (after / before).ln();
    }
    Some(sum / SYMBOLS.len() as f64)
}

/// End of the five minutes with the largest fall.
fn crash(history: &PriceHistory, days: &Days) -> Result<i64> {
    let named = days.from.is_some() || days.to.is_some();
    let (all_from, all_to) = history.span();
    let from_ts = match days.from {
        Some(date) => date.start_ts()?,
        None => all_from,
    };
    let to_ts = match days.to {
        Some(date) => date.start_ts()? + DAY_SECS,
        None => all_to,
    };
    ensure!(from_ts < to_ts, "--from is after --to");
    let longest_secs = if named { HOUR_SECS } else { BAR_SECS };
    let first = from_ts.max(all_from).div_euclid(BAR_SECS) * BAR_SECS + BAR_SECS;
    let mut worst: Option<(f64, i64)> = None;
    for end_ts in (first..=to_ts.min(all_to)).step_by(BAR_SECS as usize) {
        let Some(change) = change(history, end_ts, longest_secs) else {
            continue;
        };
        // Evenly spread moves differ in their last digits only: the first of them is the crash.
        if worst.is_none_or(|(least, _)| change < least - 1e-9) {
            worst = Some((change, end_ts));
        }
    }
    let (_, end_ts) = worst.with_context(|| {
        if named {
            format!(
                "BTC, ETH and SOL have no prices in common from {} to {}; the folder holds {} to {}",
                moment(from_ts),
                moment(to_ts),
                moment(all_from),
                moment(all_to)
            )
        } else {
            "BTC, ETH and SOL have no bars of five minutes or less in common: name days with --from and --to, and \
             longer bars stand in"
                .to_owned()
        }
    })?;
    Ok(end_ts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use freeboard_sim::prices::{Bar, Series};

    /// Bars at 100 that fall by a tenth at `crash_ts`, every `step_secs` in `from_ts..=to_ts`.
    fn falling(symbol: &str, step_secs: i64, from_ts: i64, to_ts: i64, crash_ts: i64) -> Series {
        let bar = |end_ts: i64| Bar::flat(end_ts, if end_ts < crash_ts { 100.0 } else { 90.0 });
        Series {
            asset: symbol.to_owned(),
            source: "x".to_owned(),
            file: format!("{symbol}USDT_x.csv"),
            step_secs,
            bars: (from_ts..=to_ts)
                .step_by(step_secs as usize)
                .map(bar)
                .collect(),
            doubtful: Default::default(),
            turnover: Vec::new(),
        }
    }

    const CRASH_TS: i64 = 40 * DAY_SECS + 77 * BAR_SECS;

    fn three(step_secs: i64) -> PriceHistory {
        let series = SYMBOLS
            .iter()
            .map(|symbol| falling(symbol, step_secs, 0, 50 * DAY_SECS, CRASH_TS));
        PriceHistory::new(series.collect(), &SYMBOLS.map(str::to_owned))
    }

    #[test]
    fn the_crash_is_the_bar_with_the_largest_fall_of_the_days_asked_for() {
        let history = three(BAR_SECS);
        assert_eq!(crash(&history, &Days::default()).unwrap(), CRASH_TS);
        let day = |text: &str| Some(text.parse::<Date>().unwrap());
        let found = Days {
            from: day("1970-02-10"), // day 40
            to: day("1970-02-10"),
        };
        assert_eq!(crash(&history, &found).unwrap(), CRASH_TS);
        let after = Days {
            from: day("1971-01-01"),
            to: None,
        };
        let error = crash(&history, &after).unwrap_err().to_string();
        assert!(error.contains("--from is after --to") || error.contains("no prices in common"));
    }

    #[test]
    fn hourly_closes_stand_in_only_where_days_are_named() {
        let history = three(HOUR_SECS);
        let error = crash(&history, &Days::default()).unwrap_err().to_string();
        assert!(error.contains("--from"), "{error}");
        let named = Days {
            from: Some("1970-02-01".parse().unwrap()),
            to: None,
        };
        // The first twelfth of the hour that falls.
        let hour = CRASH_TS.div_euclid(HOUR_SECS) * HOUR_SECS;
        assert_eq!(crash(&history, &named).unwrap(), hour + BAR_SECS);
    }

    #[test]
    fn the_crashes_of_2021_2024_and_2025_are_found_in_whatever_bars_there_are() {
        let Some(folder) = freeboard_sandbox::beside("data/prices") else {
            return;
        };
        for (day, ends, fall, coarse) in [
            // The default: the largest fall for which all three have bars of five minutes.
            (None, "2025-10-10 21:20", 0.10, ""),
            // One-minute bars of BTC and ETH; SOL has hourly ones alone.
            (Some("2021-05-19"), "2021-05-19 1", 0.02, "SOL throughout"),
            // Hourly bars alone.
            (Some("2024-08-05"), "2024-08-05 0", 0.001, "BTC throughout"),
        ] {
            let day = day.map(|day| day.parse().unwrap());
            let tape = tape(&folder, &Days { from: day, to: day }).unwrap();
            let said = &tape.description;
            assert!(said.contains(&format!("ends at {ends}")), "{said}");
            assert!(said.contains(coarse), "{said}");
            let at = |secs: i64| {
                let mut ticks = tape.ticks.iter();
                ticks.find(|tick| tick.elapsed_secs == secs).unwrap().prices
            };
            let (before, after) = (at(CRASH_BAR_SECS), at(CRASH_BAR_SECS + BAR_SECS));
            let mean = (0..3).map(|i| (after[i] / before[i]).ln()).sum::<f64>() / 3.0;
            assert!(mean < -fall, "{said}: {mean}");
            assert_eq!(tape.ticks[0].elapsed_secs, 0);
            let last = tape.ticks.last().unwrap().elapsed_secs;
            assert_eq!(last, CALM_SECS + AFTERMATH_SECS);
        }
        // Before SOL had prices for thirty days: what is missing is named.
        let day = Some("2020-09-20".parse().unwrap());
        let error = tape(&folder, &Days { from: day, to: day }).unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.starts_with("SOL has no price at 2020-08-") && error.contains("needs bars from"),
            "{error}"
        );
    }
}
