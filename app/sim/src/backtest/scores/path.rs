//! MM against the whole way of a price through the hour, not its end alone.
use serde::Serialize;

use super::bootstrap::intervals;
use super::{BLOCK_HOURS, Score, Scores};
use crate::backtest::moments::later;
use crate::backtest::{Replayed, Spans};
use crate::coverage::Sample;
use crate::time::{DAY_SECS, HOUR_SECS};

/// What a month is here.
const MONTH_SECS: i64 = 30 * DAY_SECS;
/// Two losses beyond within this time are one storm.
const STORM_SECS: i64 = DAY_SECS;

/// What of the bars after a moment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BarMoves {
    /// Their closes.
    Closes,
    /// Their lows and highs.
    Range,
}

/// A move within an hour beyond even the initial margin: an account opened at IM when it began was below zero before
/// its end. No margin of this size helps there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutsideMargin {
    /// Asset.
    pub asset: String,
    /// Market, step and span of the file.
    pub source: String,
    /// The close it is measured from, unix seconds; of a storm the one whose loss is furthest beyond IM.
    pub from_ts: i64,
    /// The worst close of the hour after it over that close, minus 1.
    pub change: f64,
    /// MM of the side that lost, before it.
    pub maintenance: f64,
    /// IM of the side that lost, before it.
    pub initial: f64,
}

impl OutsideMargin {
    /// Loss over IM.
    fn over_initial(&self) -> f64 {
        self.change.abs() / self.initial
    }
}

/// For every close the worst loss on the way to an hour later, and the margin of the side that lost: of both sides
/// the one nearer to its margin, or further beyond it. Over a gap the way ends at the first price after it.
fn path_samples(
    asset: &Replayed,
    way: BarMoves,
    margin: impl Fn(usize) -> [f64; 2],
) -> Vec<Sample> {
    let ahead = later(&asset.points, HOUR_SECS);
    let starts = asset.points.iter().zip(ahead).enumerate();
    starts
        .filter_map(|(index, (point, then))| {
            let then = then?;
            let (mut low, mut high) = (f64::INFINITY, 0.0f64);
            for at in index + 1..=then {
                let close = asset.points[at].close;
                let [bar_low, bar_high] = match way {
                    BarMoves::Closes => [close; 2],
                    BarMoves::Range => asset.ranges[at],
                };
                low = low.min(close).min(bar_low);
                high = high.max(close).max(bar_high);
            }
            let margin = margin(index);
            let losses = [1.0 - low / point.close, high / point.close - 1.0];
            let side = usize::from(losses[1] / margin[1] > losses[0] / margin[0]);
            Some(Sample {
                ts: point.ts,
                end_ts: asset.points[then].ts,
                margin: margin[side],
                loss: losses[side],
                fell: side == 0,
            })
        })
        .collect()
}

/// Adds the scores of the way within the hour: of the tested hourly bars, and of all finer ones.
pub(super) fn path_scores(
    long: &Replayed,
    fine: &[&Replayed],
    spans: Spans,
    seed: u64,
    scores: &mut Scores,
) {
    let own =
        |asset: &Replayed, way| path_samples(asset, way, |index| asset.margins[index].maintenance);
    let mut hourly = own(long, BarMoves::Range);
    hourly.retain(|sample| sample.ts >= spans.test_from_ts);
    set_rate(scores, Score::RateRange1h, &hourly, BLOCK_HOURS, seed);
    let of_step = |step_secs: i64| fine.iter().filter(move |one| one.step_secs == step_secs);
    for (way, five, one) in [
        (
            BarMoves::Closes,
            Score::RatePath5m,
            Score::RatePath1mWorstMonth,
        ),
        (
            BarMoves::Range,
            Score::RateRange5m,
            Score::RateRange1mWorstMonth,
        ),
    ] {
        let pooled: Vec<Sample> = of_step(300).flat_map(|asset| own(asset, way)).collect();
        set_rate(scores, five, &pooled, BLOCK_HOURS * 12, seed);
        let months = of_step(60).map(|asset| {
            let samples = own(asset, way);
            let (from, to) = worst_month(&samples);
            samples[from..to].to_vec()
        });
        let worst = months.max_by(|one, other| rate(one).total_cmp(&rate(other)));
        // A month has four weeks: days are drawn.
        set_rate(scores, one, &worst.unwrap_or_default(), 24 * 60, seed);
    }
}

fn set_rate(scores: &mut Scores, score: Score, samples: &[Sample], block: usize, seed: u64) {
    scores.set(score, (!samples.is_empty()).then(|| rate(samples)));
    let beyond: Vec<usize> = (0..samples.len())
        .filter(|index| samples[*index].is_exceedance())
        .collect();
    let drawn = |weights: &[u32]| {
        let hits: u64 = beyond.iter().map(|index| u64::from(weights[*index])).sum();
        vec![(score, hits as f64 / samples.len() as f64)]
    };
    scores
        .intervals
        .extend(intervals(samples.len(), block, seed, drawn));
}

fn rate(samples: &[Sample]) -> f64 {
    let beyond = samples.iter().filter(|sample| sample.is_exceedance());
    beyond.count() as f64 / samples.len().max(1) as f64
}

/// The month with the highest rate, as places from and to; all of a span that is shorter.
fn worst_month(samples: &[Sample]) -> (usize, usize) {
    let Some(last) = samples.last() else {
        return (0, 0);
    };
    let mut before = vec![0u64];
    for sample in samples {
        before.push(before[before.len() - 1] + u64::from(sample.is_exceedance()));
    }
    let mut to = 0;
    let mut worst = (0, samples.len(), 0.0);
    for (from, sample) in samples.iter().enumerate() {
        let end = sample.ts + MONTH_SECS;
        if end > last.ts && from > 0 {
            break;
        }
        while to < samples.len() && samples[to].ts < end {
            to += 1;
        }
        let rate = (before[to] - before[from]) as f64 / (to - from) as f64;
        if rate > worst.2 {
            worst = (from, to, rate);
        }
    }
    (worst.0, worst.1)
}

/// The moves within an hour beyond even IM, one of each storm, oldest first.
pub(in crate::backtest) fn outside_margin(asset: &Replayed) -> Vec<OutsideMargin> {
    let initial = |index: usize| asset.margins[index].initial;
    let samples = path_samples(asset, BarMoves::Closes, initial);
    let mut storms: Vec<OutsideMargin> = Vec::new();
    let mut last_ts = None;
    for (index, sample) in samples.iter().enumerate() {
        if !sample.is_exceedance() {
            continue;
        }
        let one = OutsideMargin {
            asset: asset.name.clone(),
            source: asset.source.clone(),
            from_ts: sample.ts,
            change: if sample.fell {
                -sample.loss
            } else {
                sample.loss
            },
            maintenance: asset.margins[index].maintenance[usize::from(!sample.fell)],
            initial: sample.margin,
        };
        let same = last_ts.is_some_and(|last| sample.ts - last <= STORM_SECS);
        last_ts = Some(sample.ts);
        match storms.last_mut().filter(|_| same) {
            Some(storm) if storm.over_initial() < one.over_initial() => *storm = one,
            Some(_) => {}
            None => storms.push(one),
        }
    }
    storms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::tests::replayed;

    /// Five-minute closes at 100 but for a dip to `low` at bar 20 and a peak to `high` at bar 25.
    fn dipping(low: f64, high: f64) -> Replayed {
        let mut asset = replayed(300, &[100.0; 60]);
        asset.points[20].close = low;
        asset.points[25].close = high;
        for (range, point) in asset.ranges.iter_mut().zip(&asset.points) {
            *range = [point.close; 2];
        }
        for margin in &mut asset.margins {
            margin.maintenance = [0.04, 0.06];
            margin.initial = [0.08, 0.12];
        }
        asset
    }

    fn beyond(samples: &[Sample]) -> Vec<usize> {
        let hits = samples
            .iter()
            .enumerate()
            .filter(|(_, sample)| sample.is_exceedance());
        hits.map(|(index, _)| index).collect()
    }

    #[test]
    fn a_dip_on_the_way_counts_for_every_hour_that_holds_it() {
        let asset = dipping(95.0, 100.0);
        let own = |index: usize| asset.margins[index].maintenance;
        // Closes 8 to 19 have bar 20 within the twelve bars after them. From bar 20 itself the rise back is
        // 5.26 %, within the short's 6 %.
        let samples = path_samples(&asset, BarMoves::Closes, own);
        assert_eq!(samples.len(), 48, "an hour is left after each");
        assert_eq!(beyond(&samples), (8..20).collect::<Vec<_>>());
        assert!(samples[10].fell && (samples[10].loss - 0.05).abs() < 1e-12);
        // The end of the hour alone sees one of them.
        let ends = crate::backtest::lone::lone_samples(&asset, 1, own);
        assert_eq!(beyond(&ends), vec![8]);
    }

    #[test]
    fn a_side_is_held_to_its_own_margin() {
        // 5 % up is beyond the long's margin and within the short's.
        let asset = dipping(100.0, 105.0);
        let own = |index: usize| asset.margins[index].maintenance;
        let hits = beyond(&path_samples(&asset, BarMoves::Closes, own));
        assert_eq!(hits, vec![25], "the fall back from the peak");
    }

    #[test]
    fn a_low_within_a_bar_is_seen_by_the_range_alone() {
        let mut asset = dipping(100.0, 100.0);
        asset.ranges[20] = [90.0, 100.0];
        let own = |index: usize| asset.margins[index].maintenance;
        assert!(beyond(&path_samples(&asset, BarMoves::Closes, own)).is_empty());
        let hits = beyond(&path_samples(&asset, BarMoves::Range, own));
        assert_eq!(hits, (8..20).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_beyond_im_is_named_once_a_storm() {
        let storms = outside_margin(&dipping(80.0, 100.0));
        // The fall of 20 % is beyond IM, and so is the rise of 25 % after it: one storm, 2.5 and 2.08 times IM.
        assert_eq!(storms.len(), 1);
        let storm = &storms[0];
        assert!((storm.change + 0.2).abs() < 1e-12, "{storm:?}");
        assert_eq!((storm.maintenance, storm.initial), (0.04, 0.08));
        assert!(outside_margin(&dipping(93.0, 100.0)).is_empty());
    }

    #[test]
    fn the_worst_month_is_found_and_a_shorter_span_is_one() {
        let sample = |hour: i64, beyond: bool| Sample {
            ts: hour * HOUR_SECS,
            end_ts: (hour + 1) * HOUR_SECS,
            margin: 0.05,
            loss: if beyond { 0.06 } else { 0.0 },
            fell: true,
        };
        // 60 days with nine losses beyond in hours 800 to 808 and one in hour 3.
        let all: Vec<Sample> = (0..1_440)
            .map(|hour| sample(hour, hour == 3 || (800..809).contains(&hour)))
            .collect();
        let (from, to) = worst_month(&all);
        assert_eq!(to - from, 720);
        assert!(from <= 800 && to >= 809 && from > 3, "{from} {to}");
        assert_eq!(worst_month(&all[..100]), (0, 100));
        assert_eq!(worst_month(&[]), (0, 0));
    }
}
