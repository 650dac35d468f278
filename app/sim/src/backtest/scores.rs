//! What a margin is worth: scores of MM at 1 h on lone assets, beside rivals that know only the past.
mod bootstrap;
mod crash;
mod path;
mod rivals;
mod track;

pub use crash::CrashRun;
pub use path::OutsideMargin;
pub use rivals::Rival;

pub(super) use path::outside_margin;

use std::collections::BTreeMap;

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;

use super::lone::lone_samples;
use super::{Replayed, Spans};
use crate::coverage::Sample;
use crate::procyclicality::Procyclicality;
use crate::time::HOUR_SECS;
use bootstrap::intervals;
use path::path_scores;
use track::{OrderedLosses, Track};

/// The share of hours beyond MM that margins are fitted to, and that tick losses are taken at.
pub const AIM: f64 = 0.0025;
/// The share that is promised.
const PROMISED: f64 = 0.005;
/// The mean margin at which losses beyond are compared, for the assets of the shipped parameters: one level, so that a
/// larger or smaller k does not move the number. Those of the parameters that the goals were set by; of other assets
/// each margin is taken at Freeboard's own mean.
const COMPARED_AT: [(&str, f64); 3] = [("BTC", 0.033_3), ("ETH", 0.038_6), ("SOL", 0.062_3)];
/// Hours drawn together for an interval: a week, longer than a storm.
const BLOCK_HOURS: usize = 168;

/// A number by which a margin is judged. Its name in JSON is the one of the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Score {
    /// How far the mean lies below the fixed fraction, both scaled in hindsight to 0.25 % of hours beyond.
    #[serde(rename = "save_25")]
    Save25,
    /// The same at 0.5 %.
    #[serde(rename = "save_50")]
    Save50,
    /// Loss beyond the margin over that of a fixed fraction, both scaled to one mean, minus 1.
    #[serde(rename = "lbm_vs_fixed")]
    LbmVsFixed,
    /// Tick loss over that of the rival.
    #[serde(rename = "tick_vs_fixed_expanding")]
    TickVsFixedExpanding,
    /// Likewise.
    #[serde(rename = "tick_vs_fixed_trailing")]
    TickVsFixedTrailing,
    /// Likewise.
    #[serde(rename = "tick_vs_ewma")]
    TickVsEwma,
    /// Likewise.
    #[serde(rename = "tick_vs_garch")]
    TickVsGarch,
    /// Likewise.
    #[serde(rename = "tick_vs_garch_refitted")]
    TickVsGarchRefitted,
    /// Largest margin over smallest.
    #[serde(rename = "peak_to_trough")]
    PeakToTrough,
    /// Largest rise within an hour, as a multiple.
    #[serde(rename = "worst_rise_1h")]
    WorstRise1h,
    /// Largest rise within a day.
    #[serde(rename = "worst_rise_1d")]
    WorstRise1d,
    /// Share of hours beyond at their close.
    #[serde(rename = "rate_closes")]
    RateCloses,
    /// Share of hours whose own low or high is beyond.
    #[serde(rename = "rate_range_1h")]
    RateRange1h,
    /// Share of 5-minute closes after which one of the hour's 5-minute closes is beyond, all files pooled.
    #[serde(rename = "rate_path_5m")]
    RatePath5m,
    /// The same of their lows and highs.
    #[serde(rename = "rate_range_5m")]
    RateRange5m,
    /// As `rate_path_5m` on 1-minute closes, in the worst 30 days of a file, or the whole of a shorter one.
    #[serde(rename = "rate_path_1m_worst_month")]
    RatePath1mWorstMonth,
    /// The same of their lows and highs.
    #[serde(rename = "rate_range_1m_worst_month")]
    RateRange1mWorstMonth,
}

/// The scores of one asset. What the prices cannot tell is null.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scores {
    /// The numbers.
    #[serde(flatten)]
    pub values: BTreeMap<Score, Option<f64>>,
    /// 95 % intervals by a block bootstrap. The range and the fastest rises have none: they are single moments.
    pub intervals: BTreeMap<Score, [f64; 2]>,
}

/// A margin of an asset beside the others, on the tested hours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RivalRun {
    /// Asset.
    pub asset: String,
    /// `freeboard`, or the word of [`Rival::name`].
    pub model: &'static str,
    /// Mean margin.
    pub mean_margin: f64,
    /// Share of the hours beyond it.
    pub exceedance_rate: f64,
    /// Tick loss at 0.25 %, share of the notional.
    pub tick_loss: f64,
    /// As in [`Score::LbmVsFixed`].
    pub lbm_vs_fixed: f64,
    /// As in [`Score::Save25`].
    pub save_25: f64,
    /// As in [`Score::Save50`].
    pub save_50: f64,
    /// How it moves.
    #[serde(flatten)]
    pub procyclicality: Procyclicality,
}

/// All that is said of lone assets here.
pub(super) struct Scored {
    pub scores: BTreeMap<String, Scores>,
    pub rivals: Vec<RivalRun>,
    pub crashes: Vec<CrashRun>,
}

/// The hourly closes of an asset as rivals see them.
pub(super) struct Hours {
    /// A loss of each hour with Freeboard's MM.
    samples: Vec<Sample>,
    /// The return of each of these hours, per √hour.
    returns: Vec<f64>,
    /// σ of a 24 h EWMA before each.
    ewma: Vec<f64>,
}

impl Hours {
    fn of_asset(asset: &Replayed) -> Self {
        let own = |index: usize| asset.margins[index].maintenance;
        let samples = lone_samples(asset, 1, own);
        let steps = asset.points.windows(2).take(samples.len());
        let returns = steps.map(|pair| {
            let hours = (pair[1].ts - pair[0].ts) as f64 / HOUR_SECS as f64;
            (pair[1].close / pair[0].close).ln() / hours.sqrt()
        });
        Self {
            returns: returns.collect(),
            ewma: asset.ewma[..samples.len()].to_vec(),
            samples,
        }
    }

    /// The first hour that begins at or after a time.
    fn tested_from(&self, ts: i64) -> usize {
        self.samples.partition_point(|sample| sample.ts < ts)
    }

    /// How many hours have ended at a time.
    fn fitted_until(&self, ts: i64) -> usize {
        self.samples.partition_point(|sample| sample.end_ts <= ts)
    }
}

/// Scores, rivals and crash windows of every asset of hourly closes; `fine` are the files of finer ones.
///
/// Errors: a fit that breaks off.
pub(super) fn scored(
    long: &[&Replayed],
    fine: &[&Replayed],
    spans: Spans,
    seed: u64,
) -> Result<Scored> {
    let all: Vec<_> = long
        .par_iter()
        .map(|asset| {
            let hours = Hours::of_asset(asset);
            let (mut scores, rivals) = judge(asset, &hours, spans, seed)?;
            let own: Vec<&Replayed> = fine
                .iter()
                .copied()
                .filter(|other| other.name == asset.name)
                .collect();
            path_scores(asset, &own, spans, seed, &mut scores);
            let crashes = crash::crash_runs(&asset.name, &hours, spans)?;
            Ok((scores, rivals, crashes))
        })
        .collect::<Result<_>>()?;
    let mut scored = Scored {
        scores: BTreeMap::new(),
        rivals: Vec::new(),
        crashes: Vec::new(),
    };
    for (asset, (scores, rivals, crashes)) in long.iter().zip(all) {
        scored.scores.insert(asset.name.clone(), scores);
        scored.rivals.extend(rivals);
        scored.crashes.extend(crashes);
    }
    Ok(scored)
}

/// The scores that hourly closes alone give, and what every margin is beside them.
fn judge(
    asset: &Replayed,
    hours: &Hours,
    spans: Spans,
    seed: u64,
) -> Result<(Scores, Vec<RivalRun>)> {
    let tested = &hours.samples[hours.tested_from(spans.test_from_ts)..];
    let losses = OrderedLosses::new(tested.iter().map(|sample| sample.loss).collect());
    let own: Vec<f64> = tested.iter().map(|sample| sample.margin).collect();
    let mut rivals = Vec::new();
    for rival in Rival::ALL {
        if let Some(margins) = rival.margins(hours, spans)? {
            rivals.push((rival, margins));
        }
    }
    let track = |margin: &Vec<f64>| Track::new(margin.clone(), &losses);
    let freeboard = track(&own);
    let others: Vec<(Rival, Track)> = rivals
        .iter()
        .map(|(rival, margins)| (*rival, track(margins)))
        .collect();
    let once = losses.each_once();
    let level = COMPARED_AT.iter().find(|(name, _)| *name == asset.name);
    let mean = level.map_or(freeboard.mean(&once), |(_, mean)| *mean);
    let estimate = |weights: &[u32]| estimate(&freeboard, &others, &losses, mean, weights);
    let mut scores = Scores::default();
    for (score, value) in estimate(&once) {
        scores.set(score, Some(value));
    }
    scores.intervals = intervals(tested.len(), BLOCK_HOURS, seed, estimate);
    let moves = movement(tested, &own);
    scores.set(Score::PeakToTrough, Some(moves.peak_to_trough));
    scores.set(Score::WorstRise1h, Some(moves.worst_rise_1h));
    scores.set(Score::WorstRise1d, Some(moves.worst_rise_1d));
    for rival in Rival::ALL {
        scores.values.entry(tick_score(rival)).or_insert(None);
    }
    let run = |model: &'static str, track: &Track, margins: &[f64]| RivalRun {
        asset: asset.name.clone(),
        model,
        mean_margin: track.mean(&once),
        exceedance_rate: track.rate(&once),
        tick_loss: track.tick(&losses, AIM, &once),
        lbm_vs_fixed: track.excess_against_fixed(&losses, mean, &once),
        save_25: track.save(&losses, AIM, &once),
        save_50: track.save(&losses, PROMISED, &once),
        procyclicality: movement(tested, margins),
    };
    let mut runs = vec![run("freeboard", &freeboard, &own)];
    for ((rival, margins), (_, track)) in rivals.iter().zip(&others) {
        runs.push(run(rival.name(), track, margins));
    }
    Ok((scores, runs))
}

fn movement(tested: &[Sample], margins: &[f64]) -> Procyclicality {
    let moments = tested.iter().zip(margins);
    let margins: Vec<(i64, f64)> = moments
        .map(|(sample, margin)| (sample.ts, *margin))
        .collect();
    Procyclicality::measure(&margins)
}

/// The scores of hours with these weights.
fn estimate(
    freeboard: &Track,
    others: &[(Rival, Track)],
    losses: &OrderedLosses,
    mean: f64,
    weights: &[u32],
) -> Vec<(Score, f64)> {
    let tick = |track: &Track| track.tick(losses, AIM, weights);
    let own = tick(freeboard);
    let against = others
        .iter()
        .map(|(rival, track)| (tick_score(*rival), own / tick(track)));
    let mut scores = vec![
        (Score::Save25, freeboard.save(losses, AIM, weights)),
        (Score::Save50, freeboard.save(losses, PROMISED, weights)),
        (
            Score::LbmVsFixed,
            freeboard.excess_against_fixed(losses, mean, weights),
        ),
        (Score::RateCloses, freeboard.rate(weights)),
    ];
    scores.extend(against);
    scores
}

fn tick_score(rival: Rival) -> Score {
    match rival {
        Rival::FixedExpanding => Score::TickVsFixedExpanding,
        Rival::FixedTrailing => Score::TickVsFixedTrailing,
        Rival::Ewma => Score::TickVsEwma,
        Rival::Garch => Score::TickVsGarch,
        Rival::GarchRefitted => Score::TickVsGarchRefitted,
    }
}

impl Scores {
    /// A number, if it is one.
    fn set(&mut self, score: Score, value: Option<f64>) {
        self.values
            .insert(score, value.filter(|value| value.is_finite()));
    }

    /// A score, where the prices can tell it.
    pub fn value(&self, score: Score) -> Option<f64> {
        self.values.get(&score).copied().flatten()
    }
}
