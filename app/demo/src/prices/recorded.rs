//! Recorded prices: 5-minute candles of thirty days before 10 October 2025, 21:10 UTC, and of the
//! crash. Closes are the prices; where ticks are closer than a bar they lie on a straight line
//! (of the logarithm) between two closes.
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use flate2::read::GzDecoder;

use super::calendar::{AFTERMATH_SECS, BAR_SECS, CALM_SECS, next_tick_secs};
use super::{Prices, SYMBOLS, Tape, Tick};

/// 2025-10-10 21:10 UTC: the bar before the one in which SOL fell by a fifth.
const SLIP_TS: i64 = 1_760_130_600;
const FIRST_TS: i64 = SLIP_TS - CALM_SECS;
const LAST_TS: i64 = SLIP_TS + AFTERMATH_SECS;
const COLUMNS: [&str; 6] = ["unix", "open", "high", "low", "close", "volume"];

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
        closes.push(read_closes(
            GzDecoder::new(file),
            &path.display().to_string(),
        )?);
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
fn read_closes(reader: impl std::io::Read, name: &str) -> Result<Vec<f64>> {
    let mut rows = csv::Reader::from_reader(reader);
    let headers = rows
        .headers()
        .map_err(|error| anyhow!("{name}, {}", problem(&error)))?;
    ensure!(
        headers.iter().eq(COLUMNS),
        "{name}, line 1: the columns must be {}",
        COLUMNS.join(",")
    );
    let mut expected_ts = FIRST_TS;
    let mut closes = Vec::new();
    for row in rows.records() {
        let row = row.map_err(|error| anyhow!("{name}, {}", problem(&error)))?;
        let line = row.position().map_or(0, csv::Position::line);
        let (end_ts, close) = read_row(&row).with_context(|| format!("{name}, line {line}"))?;
        if end_ts < FIRST_TS {
            continue;
        }
        ensure!(
            end_ts == expected_ts,
            "{name}, line {line}: the bar that opens at {} is missing",
            expected_ts - BAR_SECS
        );
        closes.push(close);
        if end_ts == LAST_TS {
            return Ok(closes);
        }
        expected_ts += BAR_SECS;
    }
    bail!(
        "{name}: it ends before the bar that opens at {}",
        expected_ts - BAR_SECS
    )
}

/// What is wrong with the text, and in which line.
fn problem(error: &csv::Error) -> String {
    let line = error.position().map_or(1, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Io(error) => format!("line {line}: not readable as gzip: {error}"),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("line {line}: {len} columns instead of {expected_len}"),
        _ => format!("line {line}: {error}"),
    }
}

/// When a bar ends, and its close.
fn read_row(row: &csv::StringRecord) -> Result<(i64, f64)> {
    let field = |column: usize| row.get(column).unwrap_or_default();
    let open_ts: i64 = field(0)
        .parse()
        .with_context(|| format!("`{}` is not a unix time", field(0)))?;
    let close: f64 = field(4)
        .parse()
        .with_context(|| format!("`{}` is not a price", field(4)))?;
    ensure!(
        close.is_finite() && close > 0.0,
        "the close `{}` is not positive",
        field(4)
    );
    Ok((open_ts + BAR_SECS, close))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "unix,open,high,low,close,volume\n";

    fn csv_of(rows: impl Iterator<Item = i64>) -> String {
        let rows: String = rows.map(|ts| format!("{ts},1,1,1,2.5,1\n")).collect();
        format!("{HEADER}{rows}")
    }

    fn all_rows() -> impl Iterator<Item = i64> {
        (FIRST_TS - 3 * BAR_SECS..LAST_TS).step_by(BAR_SECS as usize)
    }

    fn error_of(text: &str) -> String {
        format!(
            "{:#}",
            read_closes(text.as_bytes(), "X.csv.gz").unwrap_err()
        )
    }

    #[test]
    fn takes_the_closes_of_the_span() {
        let closes = read_closes(csv_of(all_rows()).as_bytes(), "X").unwrap();
        assert_eq!(
            closes.len() as i64,
            (CALM_SECS + AFTERMATH_SECS) / BAR_SECS + 1
        );
    }

    #[test]
    fn says_which_line_is_wrong() {
        let malformed = csv_of(all_rows()).replacen("2.5", "oops", 1);
        assert_eq!(
            error_of(&malformed),
            "X.csv.gz, line 2: `oops` is not a price: invalid float literal"
        );
        let short = format!("{HEADER}1,2\n");
        assert_eq!(error_of(&short), "X.csv.gz, line 2: 2 columns instead of 6");
        assert!(error_of("a,b\n").contains("line 1: the columns"));
    }

    #[test]
    fn says_which_bar_is_missing() {
        let gap = FIRST_TS + 5 * BAR_SECS;
        let text = csv_of(all_rows().filter(|ts| *ts != gap));
        assert!(error_of(&text).contains(&format!("opens at {gap} is missing")));
        let short = csv_of(all_rows().take(9));
        assert!(error_of(&short).contains("it ends before"));
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
