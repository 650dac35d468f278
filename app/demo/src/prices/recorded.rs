//! Recorded prices: 5-minute candles of thirty days before 10 October 2025, 21:10 UTC, and of the
//! crash. Closes are the prices; where ticks are closer than a bar they lie on a straight line
//! (of the logarithm) between two closes.
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use freeboard_sim::prices::{Bar, read_bars};

use super::calendar::{AFTERMATH_SECS, BAR_SECS, CALM_SECS, next_tick_secs};
use super::{Prices, SYMBOLS, Tape, Tick};

/// 2025-10-10 21:10 UTC: the bar before the one in which SOL fell by a fifth.
const SLIP_TS: i64 = 1_760_130_600;
const FIRST_TS: i64 = SLIP_TS - CALM_SECS;
const LAST_TS: i64 = SLIP_TS + AFTERMATH_SECS;

/// The tape of the candles in this folder, one file per asset.
pub fn tape(folder: &Path) -> Result<Tape> {
    let mut closes = Vec::new();
    for symbol in SYMBOLS {
        let name = format!("{symbol}USDT_perp_5m_20250704_20251231.csv.gz");
        let path = folder.join(name);
        let file = File::open(&path).with_context(|| {
            format!(
                "cannot open {}: the folder must hold one such file for each of {}",
                path.display(),
                SYMBOLS.join(", ")
            )
        })?;
        let name = path.display().to_string();
        let bars = read_bars(GzDecoder::new(file), BAR_SECS).with_context(|| name.clone())?;
        closes.push(closes_of(&bars, &name)?);
    }
    let bars: Vec<Prices> = (0..closes[0].len())
        .map(|bar| std::array::from_fn(|asset| closes[asset][bar]))
        .collect();
    let description = "Recorded prices: 5-minute closes of BTC, ETH and SOL perpetuals from \
                       10 September to 12 October 2025"
        .to_owned();
    Ok(Tape {
        description,
        ticks: ticks(&bars),
    })
}

/// Ticks between the closes of successive bars.
fn ticks(bars: &[Prices]) -> Vec<Tick> {
    let end = (bars.len() as i64 - 1) * BAR_SECS;
    let mut ticks = Vec::new();
    let mut at = 0;
    while at <= end {
        let bar = (at / BAR_SECS) as usize;
        let way = (at % BAR_SECS) as f64 / BAR_SECS as f64;
        let next = bars[(bar + 1).min(bars.len() - 1)];
        let prices = std::array::from_fn(|asset| {
            let from = bars[bar][asset];
            from * (next[asset] / from).powf(way)
        });
        ticks.push(Tick {
            elapsed_secs: at,
            prices,
        });
        at = next_tick_secs(at);
    }
    ticks
}

/// Closes of the bars that end at `FIRST_TS ..= LAST_TS`, none missing.
fn closes_of(bars: &[Bar], name: &str) -> Result<Vec<f64>> {
    let wanted = (FIRST_TS..=LAST_TS).step_by(BAR_SECS as usize);
    let start = bars.partition_point(|bar| bar.end_ts < FIRST_TS);
    let mut found = bars[start..].iter();
    wanted
        .map(|end_ts| match found.next() {
            Some(bar) if bar.end_ts == end_ts => Ok(bar.close),
            Some(_) => bail!(
                "{name}: the bar that opens at {} is missing",
                end_ts - BAR_SECS
            ),
            None => bail!(
                "{name}: it ends before the bar that opens at {}",
                end_ts - BAR_SECS
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(ends: impl Iterator<Item = i64>) -> Vec<Bar> {
        ends.map(|end_ts| Bar { end_ts, close: 2.5 }).collect()
    }

    fn all_ends() -> impl Iterator<Item = i64> {
        (FIRST_TS - 3 * BAR_SECS..=LAST_TS + BAR_SECS).step_by(BAR_SECS as usize)
    }

    #[test]
    fn takes_the_closes_of_the_span() {
        let closes = closes_of(&bars(all_ends()), "X").unwrap();
        assert_eq!(
            closes.len() as i64,
            (CALM_SECS + AFTERMATH_SECS) / BAR_SECS + 1
        );
    }

    #[test]
    fn says_which_bar_is_missing() {
        let error_of = |bars: &[Bar]| closes_of(bars, "X").unwrap_err().to_string();
        let gap = FIRST_TS + 5 * BAR_SECS;
        let error = error_of(&bars(all_ends().filter(|end| *end != gap)));
        assert_eq!(
            error,
            format!("X: the bar that opens at {} is missing", gap - BAR_SECS)
        );
        let error = error_of(&bars(all_ends().take(9)));
        assert!(
            error.starts_with("X: it ends before the bar that opens at"),
            "{error}"
        );
    }

    #[test]
    fn ticks_pass_through_every_close() {
        let bars: Vec<Prices> = (0..=8_650).map(|bar| [100.0 + f64::from(bar); 3]).collect();
        let ticks = ticks(&bars);
        let on_bars: Vec<_> = ticks
            .iter()
            .filter(|tick| tick.elapsed_secs % BAR_SECS == 0)
            .collect();
        assert_eq!(on_bars.len(), bars.len());
        assert!(
            on_bars
                .iter()
                .zip(&bars)
                .all(|(tick, bar)| (tick.prices[0] - bar[0]).abs() < 1e-9)
        );
        assert!(ticks.len() > bars.len());
    }
}
