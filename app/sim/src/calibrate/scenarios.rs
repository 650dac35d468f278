//! Joint scenarios: how far each bucket has moved within an hour, and how much of it came together.
//!
//! A scenario moves every bucket in one direction. Its shocks are the worst moves of each bucket by itself in that
//! direction; they never come together whole, least of all where two buckets go apart. So the weight is the part that
//! did: what a book along the scenario lost in the worst hours, over what the shocks would take from it. It is never so
//! large that a lone position would notice the scenario: scenarios are for books that are netted.
use anyhow::{Result, anyhow};
use freeboard_client::parameters::{AssetEntry, ScenarioEntry};
use freeboard_risk::params::bounds::MAX_SCENARIOS;
use freeboard_risk::params::{AssetParams, BUCKETS};

use super::WINDOWS_MIN;
use super::evidence::Evidence;
use super::quantile::quantile;
use crate::backtest::moments::common;
use crate::prices::Series;
use crate::time::HOUR_SECS;

/// Spans of the moves, hours; those of the longer one count over the root of its hours.
const SPANS_H: [usize; 2] = [1, 4];
/// Part of the windows that are the worst: half of what a margin may leave uncovered, as the next years are not the
/// last ones.
const WORST: f64 = 0.002_5;
/// Basis points of 1.
const BPS: f64 = 10_000.0;

/// A direction of every bucket: whether it falls.
type Directions = Vec<bool>;

/// A bucket with what its assets did.
#[derive(Debug)]
struct FittedBucket {
    number: usize,
    /// Names of its assets.
    names: String,
    /// Per span: the mean move of its assets in each common window, per √hour.
    moves: [Vec<f64>; 2],
    /// Least MM of a lone position in one of its assets while σ_c is at least σ_floor, part of its notional.
    least: f64,
    /// Notional of equal volatility: 1 over the root of the mean squared hourly move.
    share: f64,
    /// Mean of the worst moves down and up, per √hour.
    worst: [f64; 2],
}

/// Joint scenarios of all buckets of a file, each with its evidence; those of the base file where prices cannot tell
/// them, with a note that says why.
///
/// Errors: a shock beyond what a parameter file holds.
pub(super) fn fit_scenarios(
    series: &[Series],
    assets: &[AssetEntry],
    kept: &[ScenarioEntry],
    evidence: &mut Evidence,
) -> Result<Vec<ScenarioEntry>> {
    let buckets = match buckets_of(series, assets) {
        Ok(buckets) => buckets,
        Err(why) => {
            evidence.note(format!("scenarios: kept: {why}"));
            return Ok(kept.to_vec());
        }
    };
    let directions = directions_of(buckets.len());
    let mut entries = Vec::new();
    for directions in directions.into_iter().take(MAX_SCENARIOS) {
        let (entry, what) = scenario(&buckets, &directions)?;
        entries.push(entry);
        evidence.add_scenario(what);
    }
    Ok(entries)
}

/// The buckets with their moves, in the order of their numbers; or why there are none to be told.
fn buckets_of(series: &[Series], assets: &[AssetEntry]) -> Result<Vec<FittedBucket>, String> {
    let of_asset = |entry: &AssetEntry| series.iter().find(|one| one.asset == entry.name);
    let held: Option<Vec<(&AssetEntry, &Series)>> = assets
        .iter()
        .map(|entry| Some((entry, of_asset(entry)?)))
        .collect();
    let Some(held) = held else {
        return Err("not every asset of the file is fitted".to_owned());
    };
    let mut numbers: Vec<u8> = assets.iter().map(|entry| entry.params.bucket).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() < 2 {
        return Err("all assets are in one bucket, so none moves against another".to_owned());
    }
    let closed = |(_, series): &(&AssetEntry, &Series)| -> Vec<(i64, f64)> {
        let bars = series.bars.iter();
        bars.map(|bar| (bar.end_ts, bar.close)).collect()
    };
    let closes = common(&held.iter().map(closed).collect::<Vec<_>>());
    let windows = SPANS_H.map(|span_h| windows(&closes, span_h));
    let fewest = windows.iter().map(Vec::len).min().unwrap_or(0);
    if fewest < WINDOWS_MIN {
        return Err(format!(
            "the assets have only {fewest} windows of {} h in common, at least {WINDOWS_MIN} are needed",
            SPANS_H[1]
        ));
    }
    let bucket = |number: &u8| {
        let places: Vec<usize> = (0..held.len())
            .filter(|place| held[*place].0.params.bucket == *number)
            .collect();
        let names: Vec<&str> = places.iter().map(|at| held[*at].0.name.as_str()).collect();
        let least = places
            .iter()
            .map(|at| least_margin(&held[*at].0.params))
            .fold(f64::INFINITY, f64::min);
        let mean = |moves: &Vec<f64>| {
            places.iter().map(|at| moves[*at]).sum::<f64>() / places.len() as f64
        };
        let moves: [Vec<f64>; 2] = [0, 1].map(|span| windows[span].iter().map(mean).collect());
        FittedBucket::new(usize::from(*number), names.join(", "), moves, least)
    };
    Ok(numbers.iter().map(bucket).collect())
}

/// Moves of every asset over each whole window, over the root of its hours.
fn windows(closes: &[(i64, Vec<f64>)], span_h: usize) -> Vec<Vec<f64>> {
    let pairs = closes.iter().zip(closes.iter().skip(span_h));
    pairs
        .filter(|((from_ts, _), (to_ts, _))| to_ts - from_ts == span_h as i64 * HOUR_SECS)
        .map(|((_, from), (_, to))| {
            let moves = from.iter().zip(to);
            moves
                .map(|(from, to)| (to / from - 1.0) / (span_h as f64).sqrt())
                .collect()
        })
        .collect()
}

/// MM of a lone position at σ_floor, part of its notional, without its funding provision: what a scenario is held
/// against. σ_t is larger whenever σ_c is.
fn least_margin(params: &AssetParams) -> f64 {
    let e9 = |value: u64| value as f64 / 1e9;
    let omega = e9(params.omega_e9);
    let sigma = (1.0 - omega) * e9(params.sigma_floor_e9) + omega * e9(params.sigma_stress_e9);
    let hours = f64::from(params.h_mm_secs) / HOUR_SECS as f64;
    (e9(params.k_e9) * sigma * hours.sqrt()).max(e9(params.s_floor_e9))
}

impl FittedBucket {
    fn new(number: usize, names: String, moves: [Vec<f64>; 2], least: f64) -> Self {
        let squared = moves[0].iter().map(|change| change * change).sum::<f64>();
        let volatility = (squared / moves[0].len() as f64).sqrt();
        let worst = |sign: f64| {
            let of_span = |moves: &Vec<f64>| {
                let signed: Vec<f64> = moves.iter().map(|change| sign * change).collect();
                tail_mean(&signed)
            };
            of_span(&moves[0]).max(of_span(&moves[1]))
        };
        Self {
            number,
            names,
            least,
            share: 1.0 / volatility,
            worst: [worst(-1.0), worst(1.0)],
            moves,
        }
    }

    /// The worst move in a direction, signed.
    fn shock(&self, falls: bool) -> f64 {
        if falls { -self.worst[0] } else { self.worst[1] }
    }
}

/// Everything falls; everything rises; each bucket against all others, falling and rising. Of two buckets the second
/// pair is the first one.
fn directions_of(buckets: usize) -> Vec<Directions> {
    let mut all = vec![vec![true; buckets], vec![false; buckets]];
    let apart = if buckets == 2 { 1 } else { buckets };
    for one in 0..apart {
        for falls in [true, false] {
            all.push((0..buckets).map(|at| (at == one) == falls).collect());
        }
    }
    all
}

/// The scenario of these directions, and its evidence.
fn scenario(buckets: &[FittedBucket], falls: &Directions) -> Result<(ScenarioEntry, String)> {
    let shocks: Vec<f64> = buckets
        .iter()
        .zip(falls)
        .map(|(bucket, falls)| (bucket.shock(*falls) * BPS).round() / BPS) // as the file says it
        .collect();
    let book = book_along(buckets, falls);
    let loss = |moves: &[f64]| -> f64 {
        let terms = book.iter().zip(moves);
        -terms.map(|(share, change)| share * change).sum::<f64>()
    };
    let joint = [0, 1].map(|span| {
        let losses: Vec<f64> = (0..buckets[0].moves[span].len())
            .map(|at| {
                let moves: Vec<f64> = buckets.iter().map(|one| one.moves[span][at]).collect();
                loss(&moves)
            })
            .collect();
        quantile(&losses, 1.0 - WORST)
    });
    let joint = joint[0].max(joint[1]);
    let together = joint / loss(&shocks);
    let unnoticed = buckets
        .iter()
        .zip(&shocks)
        .map(|(bucket, shock)| bucket.least / shock.abs())
        .fold(f64::INFINITY, f64::min);
    let weight = together.min(unnoticed).min(1.0);
    let mut shock_bps = [0; BUCKETS];
    for (bucket, shock) in buckets.iter().zip(&shocks) {
        let bps = (shock * BPS).round();
        let what = || {
            anyhow!(
                "{}: a move of {:.0} %: not in a scenario's range",
                bucket.names,
                shock * 100.0
            )
        };
        let slot = shock_bps.get_mut(bucket.number).ok_or_else(what)?;
        *slot = Some(bps as i16)
            .filter(|fits| f64::from(*fits) == bps)
            .ok_or_else(what)?;
    }
    let entry = ScenarioEntry {
        weight_bps: (weight * BPS).floor() as u16,
        shock_bps,
    };
    let bound = if unnoticed < together {
        format!("; more than {unnoticed:.2} would bind a lone position")
    } else {
        String::new()
    };
    let what = format!(
        "{}: {:.2} % is what a book along it lost in {:.2} % of hours, {together:.2} of these moves{bound}",
        name_of(buckets, falls),
        joint * 100.0,
        WORST * 100.0
    );
    Ok((entry, what))
}

/// Signed shares of the book that a scenario takes most from: longs where it falls and shorts where it rises, of equal
/// volatility on each side, the sides of equal size.
fn book_along(buckets: &[FittedBucket], falls: &Directions) -> Vec<f64> {
    let side = |falling: bool| -> f64 {
        let on_it = buckets
            .iter()
            .zip(falls)
            .filter(|(_, falls)| **falls == falling);
        on_it.map(|(bucket, _)| bucket.share).sum()
    };
    let sides = [side(true), side(false)];
    let both = sides.iter().all(|shares| *shares > 0.0);
    let gross = if both { 0.5 } else { 1.0 };
    let share = |(bucket, falls): (&FittedBucket, &bool)| {
        let (sign, total) = if *falls {
            (1.0, sides[0])
        } else {
            (-1.0, sides[1])
        };
        sign * gross * bucket.share / total
    };
    buckets.iter().zip(falls).map(share).collect()
}

/// What a scenario is called in its evidence.
fn name_of(buckets: &[FittedBucket], falls: &Directions) -> String {
    let names = |falling: bool| -> String {
        let on_it = buckets
            .iter()
            .zip(falls)
            .filter(|(_, falls)| **falls == falling);
        let names: Vec<&str> = on_it.map(|(bucket, _)| bucket.names.as_str()).collect();
        names.join(", ")
    };
    match (names(true), names(false)) {
        (_, rising) if rising.is_empty() => "market crash".to_owned(),
        (falling, _) if falling.is_empty() => "market rally".to_owned(),
        (falling, rising) => format!("{falling} down, {rising} up"),
    }
}

/// Mean of the largest values, as many as the share that may be beyond a margin; at least one.
fn tail_mean(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| other.total_cmp(one));
    let count = ((values.len() as f64 * WORST).ceil() as usize).max(1);
    let worst = &sorted[..count.min(sorted.len())];
    worst.iter().sum::<f64>() / worst.len() as f64
}

#[cfg(test)]
#[path = "scenarios_tests.rs"]
mod tests;
