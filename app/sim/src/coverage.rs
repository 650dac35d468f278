//! Losses beyond the margin over a horizon, counted and tested.
use serde::Serialize;

use crate::statistics::{
    BaselZone, LikelihoodRatio, Transitions, acerbi_szekely_z2, basel_zone, christoffersen, kupiec,
};
use crate::time::{DAY_SECS, YEAR_SECS};

pub use freeboard_client::validation::EXPECTED_RATE;

/// A margin at one moment, and what was lost over the horizon after it. Shares of the notional.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When, unix seconds.
    pub ts: i64,
    /// When the price was seen that the loss is taken at: the horizon later, or the first one after it where a
    /// gap lies there.
    pub end_ts: i64,
    /// Margin of the side that lost.
    pub margin: f64,
    /// Its loss; negative for a gain of a book.
    pub loss: f64,
    /// The price fell: longs lost. `false` for every sample of a book.
    pub fell: bool,
}

impl Sample {
    /// The loss was larger than the margin.
    pub fn is_exceedance(&self) -> bool {
        self.loss > self.margin
    }

    /// The sample with another margin.
    pub fn with_margin(self, margin: f64) -> Self {
        Self { margin, ..self }
    }
}

/// What the samples of one or several tracks say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Moments looked at; their horizons overlap.
    pub samples: u64,
    /// Losses beyond the margin.
    pub exceedances: u64,
    /// Exceedances per sample.
    pub exceedance_rate: f64,
    /// Exceedances more than 24 h after the one before them: storms, as against hours.
    pub exceedance_episodes: u64,
    /// Of the moments looked at, those whose loss is taken over a gap, at the first price after it: there was none
    /// at the end of the horizon.
    pub over_gaps: u64,
    /// Losses beyond the margin among them. They are counted above as well.
    pub exceedances_over_gaps: u64,
    /// Of these exceedances, losses of longs.
    pub exceedances_of_longs: u64,
    /// Mean margin.
    pub mean_margin: f64,
    /// Largest margin.
    pub max_margin: f64,
    /// Smallest margin.
    pub min_margin: f64,
    /// Mean loss beyond the margin, as a share of the margin; 0 without exceedances.
    pub mean_excess: f64,
    /// Largest of them.
    pub max_excess: f64,
    /// Loss beyond the margin a year, USD per $1 M of one side's open interest, or of books: Σ (L − m)⁺ over
    /// horizons that follow each other.
    pub loss_beyond_usd_per_year: f64,
    /// Samples whose horizons do not overlap: what the tests below use.
    pub independent_samples: u64,
    /// Exceedances among them.
    pub independent_exceedances: u64,
    /// Are there as many as [`EXPECTED_RATE`] says?
    pub kupiec: LikelihoodRatio,
    /// Do they come independently?
    pub christoffersen: LikelihoodRatio,
    /// Traffic light at [`EXPECTED_RATE`].
    pub basel_zone: BaselZone,
    /// Acerbi–Székely Z2 against the tail seen in the fitting span; nothing without one.
    pub z2: Option<f64>,
}

impl Coverage {
    /// Of tracks (each oldest first) whose losses are over `horizon_secs`. `tail` is
    /// [`tail_ratio`] of the span that was fitted on.
    ///
    /// `None` without samples.
    pub fn measure(tracks: &[&[Sample]], horizon_secs: i64, tail: Option<f64>) -> Option<Self> {
        let all = || tracks.iter().copied().flatten();
        let samples = all().count() as u64;
        if samples == 0 {
            return None;
        }
        let beyond = || all().filter(|sample| sample.is_exceedance());
        let exceedances = beyond().count() as u64;
        let over_gap = |sample: &&Sample| sample.end_ts - sample.ts != horizon_secs;
        let excess = |sample: &Sample| sample.loss / sample.margin - 1.0;
        let mut transitions = Transitions::default();
        let (mut independent_samples, mut independent_exceedances) = (0, 0);
        let mut tail_losses = Vec::new();
        let mut exceedance_episodes = 0;
        for track in tracks {
            exceedance_episodes += episodes(track);
            let apart = apart(track);
            let exceeded: Vec<bool> = apart.iter().map(Sample::is_exceedance).collect();
            transitions.add(&Transitions::count(&exceeded));
            independent_samples += apart.len() as u64;
            independent_exceedances += exceeded.iter().filter(|hit| **hit).count() as u64;
            let ratios = apart.iter().filter(|sample| sample.is_exceedance());
            tail_losses.extend(ratios.map(|sample| sample.loss / sample.margin));
        }
        Some(Self {
            samples,
            exceedances,
            exceedance_rate: exceedances as f64 / samples as f64,
            exceedance_episodes,
            over_gaps: all().filter(over_gap).count() as u64,
            exceedances_over_gaps: beyond().filter(over_gap).count() as u64,
            exceedances_of_longs: beyond().filter(|sample| sample.fell).count() as u64,
            mean_margin: all().map(|sample| sample.margin).sum::<f64>() / samples as f64,
            max_margin: all().fold(0.0, |max, sample| max.max(sample.margin)),
            min_margin: all().fold(f64::INFINITY, |min, sample| min.min(sample.margin)),
            mean_excess: beyond().map(excess).sum::<f64>() / exceedances.max(1) as f64,
            max_excess: beyond().map(excess).fold(0.0, f64::max),
            loss_beyond_usd_per_year: beyond()
                .map(|sample| sample.loss - sample.margin)
                .sum::<f64>()
                / samples as f64
                * (YEAR_SECS / horizon_secs) as f64
                * 1e6,
            independent_samples,
            independent_exceedances,
            kupiec: kupiec(independent_samples, independent_exceedances, EXPECTED_RATE),
            christoffersen: christoffersen(&transitions),
            basel_zone: basel_zone(independent_samples, independent_exceedances, EXPECTED_RATE),
            z2: tail.map(|tail| {
                let ratios = tail_losses.iter().map(|loss| loss / tail);
                acerbi_szekely_z2(independent_samples, EXPECTED_RATE, ratios)
            }),
        })
    }
}

/// Exceedances of a track more than a day after the one before them.
fn episodes(track: &[Sample]) -> u64 {
    let mut last_ts = None;
    let mut count = 0;
    for sample in track.iter().filter(|sample| sample.is_exceedance()) {
        let apart = last_ts.is_none_or(|last| sample.ts - last > DAY_SECS);
        count += u64::from(apart);
        last_ts = Some(sample.ts);
    }
    count
}

/// The samples whose horizons do not overlap, from the first on.
fn apart(track: &[Sample]) -> Vec<Sample> {
    let mut next_ts = i64::MIN;
    let mut chosen = Vec::new();
    for sample in track {
        if sample.ts >= next_ts {
            chosen.push(*sample);
            next_ts = sample.end_ts;
        }
    }
    chosen
}

/// Expected shortfall over quantile of loss/margin at [`EXPECTED_RATE`]: how heavy the tail is.
///
/// `None` with fewer than 20 losses in the tail.
pub fn tail_ratio<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<f64> {
    let mut ratios: Vec<f64> = samples.map(|sample| sample.loss / sample.margin).collect();
    let tail = (ratios.len() as f64 * EXPECTED_RATE).floor() as usize;
    if tail < 20 {
        return None;
    }
    ratios.sort_by(|a, b| b.total_cmp(a));
    let quantile = ratios[tail];
    Some(ratios[..tail].iter().sum::<f64>() / tail as f64 / quantile)
}

/// The smallest factor on the margins with which at most `exceedances` losses are beyond them.
pub fn factor_of_equal_coverage<'a>(
    samples: impl Iterator<Item = &'a Sample>,
    exceedances: u64,
) -> f64 {
    let ratios = samples.map(|sample| sample.loss / sample.margin);
    factor_at_rank(ratios.collect(), exceedances)
}

/// The same of losses over margins.
pub fn factor_at_rank(mut ratios: Vec<f64>, exceedances: u64) -> f64 {
    let rank = usize::try_from(exceedances).unwrap_or(usize::MAX);
    if rank >= ratios.len() {
        return 0.0;
    }
    let (_, factor, _) = ratios.select_nth_unstable_by(rank, |a, b| b.total_cmp(a));
    factor.max(0.0) * (1.0 + 1e-12) // so that the sample it comes from is not beyond it by its last digit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(hour: i64, loss: f64) -> Sample {
        Sample {
            ts: hour * 3_600,
            end_ts: (hour + 1) * 3_600,
            margin: 0.05,
            loss,
            fell: loss > 0.06,
        }
    }

    fn track() -> Vec<Sample> {
        (0..100)
            .map(|hour| sample(hour, if hour % 25 == 7 { 0.075 } else { 0.01 }))
            .collect()
    }

    #[test]
    fn counts_and_means() {
        let track = track();
        let coverage = Coverage::measure(&[&track, &track], 3_600, Some(1.5)).unwrap();
        assert_eq!((coverage.samples, coverage.exceedances), (200, 8));
        assert_eq!(coverage.exceedances_of_longs, 8);
        assert_eq!(coverage.exceedance_episodes, 8, "25 h apart");
        assert!((coverage.mean_excess - 0.5).abs() < 1e-12);
        assert!((coverage.mean_margin - 0.05).abs() < 1e-12);
        // 8 losses of 1.5 margins each, against 200·0.5 % of 1.5 margins.
        assert!((coverage.z2.unwrap() + 7.0).abs() < 1e-9);
        assert!(Coverage::measure(&[&[]], 3_600, None).is_none());
    }

    #[test]
    fn exceedances_within_a_day_are_one_episode() {
        let losses = |hours: &[i64]| -> Vec<Sample> {
            hours.iter().map(|hour| sample(*hour, 0.075)).collect()
        };
        assert_eq!(episodes(&losses(&[0, 24, 48, 73])), 2);
        assert_eq!(episodes(&[sample(0, 0.01)]), 0);
    }

    #[test]
    fn overlapping_horizons_are_tested_once() {
        let long = |one: Sample| Sample {
            end_ts: one.ts + 4 * 3_600,
            ..one
        };
        let track: Vec<Sample> = track().into_iter().map(long).collect();
        let coverage = Coverage::measure(&[&track], 4 * 3_600, None).unwrap();
        assert_eq!(coverage.independent_samples, 25);
        assert_eq!(coverage.independent_exceedances, 1); // hour 32 alone is a multiple of 4
    }

    #[test]
    fn a_loss_over_a_gap_is_counted_and_counted_apart() {
        let mut track = track();
        track[40].end_ts += 3_600;
        track[57].end_ts += 7_200; // 57 % 25 = 7: beyond
        let coverage = Coverage::measure(&[&track], 3_600, None).unwrap();
        assert_eq!((coverage.exceedances, coverage.over_gaps), (4, 2));
        assert_eq!(coverage.exceedances_over_gaps, 1);
        assert_eq!(coverage.independent_samples, 97, "three begin within them");
    }

    #[test]
    fn equal_coverage_has_as_many_exceedances_and_no_slack() {
        let track: Vec<_> = (0..1_000)
            .map(|hour| sample(hour, f64::from((hour as u32 * 37) % 1_000) / 1e4))
            .collect();
        for wanted in [0, 1, 17] {
            let factor = factor_of_equal_coverage(track.iter(), wanted);
            let count = |factor: f64| {
                let scaled = track.iter().map(|s| s.with_margin(s.margin * factor));
                scaled.filter(Sample::is_exceedance).count() as u64
            };
            assert_eq!(count(factor), wanted);
            assert_eq!(count(factor * 0.999_9), wanted + 1);
        }
    }

    #[test]
    fn the_tail_of_a_uniform_loss_is_light() {
        let track: Vec<_> = (0..10_000).map(|i| sample(i, i as f64 / 1e4)).collect();
        let ratio = tail_ratio(track.iter()).unwrap();
        assert!((ratio - 1.002_5).abs() < 1e-3, "{ratio}");
        assert_eq!(tail_ratio(track[..1_000].iter()), None);
    }
}
