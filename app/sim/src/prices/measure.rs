//! What a file of bars is like: span, gaps, frozen runs, moves that come straight back.
use serde::Serialize;

use super::{Bar, Series};

/// Equal closes in a row from which on a run is called frozen, bars.
const FROZEN_BARS: u64 = 6;
/// A move this many times the median one, and at least [`SPIKE_MIN`], that the next bar takes back is a spike.
const SPIKE_PER_MEDIAN: f64 = 25.0;
/// Least move of a spike, of the logarithm.
const SPIKE_MIN: f64 = 0.02;
/// Share of a spike that the next bar takes back.
const SPIKE_BACK: f64 = 0.8;
/// Gaps that are listed one by one; the others are only counted.
const LISTED_GAPS: usize = 20;

/// What was measured of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Its name.
    pub file: String,
    /// Asset.
    pub asset: String,
    /// Length of a bar, seconds: measured, and that of the name.
    pub step_secs: i64,
    /// Bars.
    pub bars: u64,
    /// End of the first bar, unix seconds.
    pub first_ts: i64,
    /// End of the last bar, unix seconds.
    pub last_ts: i64,
    /// Bars that are missing between them.
    pub missing_bars: u64,
    /// How many gaps they make.
    pub gap_count: u64,
    /// The longest of them, longest first, at most 20.
    pub gaps: Vec<Gap>,
    /// Bars in runs of at least six equal closes.
    pub frozen_bars: u64,
    /// The longest such run, bars; 0 without one.
    pub longest_frozen_run: u64,
    /// Moves far beyond the usual that the next bar takes back: wrong price updates, or a crash and its rebound.
    pub spikes: u64,
    /// End of the bar of the largest of them, unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_spike_ts: Option<i64>,
    /// Its size: the close over the one before it, minus 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_spike: Option<f64>,
    /// Closes outside their own low and high.
    pub closes_outside_range: u64,
    /// Bars without volume.
    pub bars_without_volume: u64,
}

/// Bars that are missing in a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// End of the last bar before it, unix seconds.
    pub from_ts: i64,
    /// End of the first bar after it, unix seconds.
    pub to_ts: i64,
    /// Missing bars.
    pub bars: u64,
    /// The close after it over the one before it, minus 1.
    pub change: f64,
}

/// Two files of one asset that hold the same time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overlap {
    /// Their names.
    pub files: [String; 2],
    /// From when, unix seconds.
    pub from_ts: i64,
    /// Until when, unix seconds.
    pub to_ts: i64,
}

impl Measured {
    /// Of a file, or of the part of it that is looked at.
    pub fn measure(series: &Series) -> Self {
        let bars = &series.bars;
        let mut gaps = gaps(bars, series.step_secs);
        let (gap_count, missing_bars) = (gaps.len() as u64, gaps.iter().map(|gap| gap.bars).sum());
        gaps.sort_by_key(|gap| std::cmp::Reverse(gap.bars)); // stable: of equal ones the earlier first
        gaps.truncate(LISTED_GAPS);
        let (frozen_bars, longest_frozen_run) = frozen(bars);
        let spikes = spikes(bars);
        let largest = spikes
            .iter()
            .max_by(|one, other| one.1.abs().total_cmp(&other.1.abs()));
        let ts = |bar: Option<&Bar>| bar.map_or(0, |bar| bar.end_ts);
        Self {
            file: series.file.clone(),
            asset: series.asset.clone(),
            step_secs: series.step_secs,
            bars: bars.len() as u64,
            first_ts: ts(bars.first()),
            last_ts: ts(bars.last()),
            missing_bars,
            gap_count,
            gaps,
            frozen_bars,
            longest_frozen_run,
            spikes: spikes.len() as u64,
            largest_spike_ts: largest.map(|(ts, _)| *ts),
            largest_spike: largest.map(|(_, change)| *change),
            closes_outside_range: series.doubtful.outside,
            bars_without_volume: series.doubtful.without_volume,
        }
    }

    /// What there is to say against it, in words; empty for a file without any of it.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if self.missing_bars > 0 {
            doubts.push(format!(
                "{} missing in {}",
                counted(self.missing_bars, "bar"),
                counted(self.gap_count, "gap")
            ));
        }
        if self.frozen_bars > 0 {
            doubts.push(format!(
                "{} frozen, {} in a row",
                counted(self.frozen_bars, "bar"),
                self.longest_frozen_run
            ));
        }
        if let Some(largest) = self.largest_spike {
            doubts.push(format!(
                "{} taken back by the next bar, the largest {:+.1} %",
                counted(self.spikes, "move"),
                largest * 100.0
            ));
        }
        if self.closes_outside_range > 0 {
            doubts.push(format!(
                "{} outside the low and high of its bar",
                counted(self.closes_outside_range, "close")
            ));
        }
        if self.bars_without_volume > 0 {
            let bars = counted(self.bars_without_volume, "bar");
            doubts.push(format!("{bars} without volume"));
        }
        doubts
    }
}

/// A number of things in words.
pub(crate) fn counted(count: u64, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {one}{s}")
}

fn gaps(bars: &[Bar], step_secs: i64) -> Vec<Gap> {
    let pairs = bars.windows(2);
    pairs
        .filter(|pair| pair[1].end_ts - pair[0].end_ts != step_secs)
        .map(|pair| Gap {
            from_ts: pair[0].end_ts,
            to_ts: pair[1].end_ts,
            bars: ((pair[1].end_ts - pair[0].end_ts) / step_secs - 1).unsigned_abs(),
            change: pair[1].close / pair[0].close - 1.0,
        })
        .collect()
}

/// Bars in frozen runs, and the longest run.
fn frozen(bars: &[Bar]) -> (u64, u64) {
    let (mut all, mut longest) = (0, 0);
    for run in bars.chunk_by(|one, next| one.close == next.close) {
        let length = run.len() as u64;
        if length >= FROZEN_BARS {
            all += length;
            longest = longest.max(length);
        }
    }
    (all, longest)
}

/// End and size of every spike.
fn spikes(bars: &[Bar]) -> Vec<(i64, f64)> {
    let moves: Vec<f64> = bars
        .windows(2)
        .map(|pair| (pair[1].close / pair[0].close).ln())
        .collect();
    let mut sizes: Vec<f64> = moves.iter().map(|change| change.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0.0);
    let least = (SPIKE_PER_MEDIAN * median).max(SPIKE_MIN);
    let pairs = moves.windows(2).zip(&bars[1.min(bars.len())..]);
    pairs
        .filter(|(pair, _)| pair[0].abs() >= least && -pair[1] / pair[0] >= SPIKE_BACK)
        .map(|(pair, bar)| (bar.end_ts, pair[0].exp_m1()))
        .collect()
}

/// Files of one asset and of a like length of bars that hold the same time: what they hold is looked at twice.
pub fn overlaps(series: &[Series]) -> Vec<Overlap> {
    let mut found = Vec::new();
    for (index, one) in series.iter().enumerate() {
        for other in &series[index + 1..] {
            if one.asset != other.asset || one.is_long() != other.is_long() {
                continue;
            }
            let span = |series: &Series| {
                let (first, last) = (series.bars.first()?, series.bars.last()?);
                Some((first.end_ts - series.step_secs, last.end_ts))
            };
            let Some(((a, b), (c, d))) = span(one).zip(span(other)) else {
                continue;
            };
            let (from_ts, to_ts) = (a.max(c), b.min(d));
            if from_ts < to_ts {
                found.push(Overlap {
                    files: [one.file.clone(), other.file.clone()],
                    from_ts,
                    to_ts,
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::Doubtful;

    fn series(step_secs: i64, closes: &[(i64, f64)]) -> Series {
        let bar = |(index, close): &(i64, f64)| Bar::flat((index + 1) * step_secs, *close);
        Series {
            asset: "SOL".to_owned(),
            source: "x".to_owned(),
            file: format!("SOLUSDT_x_{step_secs}.csv"),
            step_secs,
            bars: closes.iter().map(bar).collect(),
            doubtful: Doubtful::default(),
            turnover: Vec::new(),
        }
    }

    #[test]
    fn gaps_are_counted_and_the_longest_come_first() {
        let closes = [(0, 100.0), (2, 50.0), (3, 51.0), (7, 51.5)];
        let measured = Measured::measure(&series(3_600, &closes));
        assert_eq!((measured.missing_bars, measured.gap_count), (4, 2));
        assert_eq!(measured.gaps[0].bars, 3);
        let gap = measured.gaps[1];
        assert_eq!(
            (gap.from_ts, gap.to_ts, gap.change),
            (3_600, 3 * 3_600, -0.5)
        );
        assert_eq!(measured.doubts(), ["4 bars missing in 2 gaps"]);
    }

    #[test]
    fn a_frozen_run_and_a_spike_are_counted() {
        let mut closes: Vec<(i64, f64)> = (0..40)
            .map(|index| (index, if index % 2 == 0 { 100.0 } else { 100.2 }))
            .collect();
        for (_, close) in &mut closes[10..17] {
            *close = 100.0;
        }
        closes[30].1 = 60.0;
        let measured = Measured::measure(&series(300, &closes));
        assert_eq!((measured.frozen_bars, measured.longest_frozen_run), (7, 7));
        assert_eq!(measured.spikes, 1);
        assert_eq!(measured.largest_spike_ts, Some(31 * 300));
        assert!((measured.largest_spike.unwrap() + 0.4).abs() < 0.01);
        let clean: Vec<(i64, f64)> = (0..40).map(|index| (index, 100.0 + index as f64)).collect();
        assert!(Measured::measure(&series(300, &clean)).doubts().is_empty());
    }

    #[test]
    fn files_that_hold_the_same_time_are_named() {
        let minutes = series(60, &[(0, 1.0), (59, 1.0)]);
        let fives = series(300, &[(10, 1.0), (30, 1.0)]);
        let hourly = series(3_600, &[(0, 1.0), (9, 1.0)]);
        let found = overlaps(&[minutes.clone(), fives, hourly]);
        assert_eq!(found.len(), 1, "hourly closes are judged apart");
        assert_eq!((found[0].from_ts, found[0].to_ts), (3_000, 3_600));
        assert!(overlaps(&[minutes]).is_empty());
    }
}
