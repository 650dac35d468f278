//! The attack on every recorded moment, and on price updates that are made up.
use anyhow::Result;
use rayon::prelude::*;

use super::game::follow_ema;
use super::{Game, Market, PairOutcome, Tactics};
use crate::replay::{Point, ReplayedAsset};
use crate::time::DAY_SECS;

/// An attack that met no gap is given up after this.
const PATIENCE_SECS: i64 = DAY_SECS;

/// When he opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairEntry {
    /// Once in so many seconds.
    Every(i64),
    /// At every price update after which the last hour has moved by three times σ_c or more.
    Storm,
}

/// What all attacks on one series came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Attacks.
    pub count: usize,
    /// Those that gained.
    pub gained: usize,
    /// Mean gain, dollars.
    pub mean: f64,
    /// The best one, dollars.
    pub best: f64,
    /// Mean notional per side, dollars.
    pub notional: f64,
    /// Sum of what winners paid, dollars.
    pub by_winners: f64,
}

/// Plays the attack from every start of a series whose points are `step_secs` apart.
///
/// Errors: what the core refuses.
pub fn summarise(
    market: Market,
    tactics: Tactics,
    entry: PairEntry,
    points: &[Point],
    step_secs: i64,
) -> Result<Summary> {
    let hour = usize::try_from((3_600 / step_secs).max(1))?;
    let stride = match entry {
        PairEntry::Every(secs) => usize::try_from((secs / step_secs).max(1))?,
        PairEntry::Storm => 1,
    };
    let warm = usize::try_from(market.asset.params.warmup_samples)?.min(points.len() / 4);
    let emas = emas(points);
    let band = market.oracle.ema_trade_e9 as f64 / 1e9;
    let starts: Vec<usize> = (warm.max(hour)..points.len().saturating_sub(1))
        .step_by(stride)
        .filter(|start| entry != PairEntry::Storm || is_storm(points, *start, hour))
        // Nothing opens so far from the EMA.
        .filter(|start| (points[*start].close - emas[*start]).abs() <= band * emas[*start])
        .collect();
    let outcomes: Result<Vec<PairOutcome>> = starts
        .into_par_iter()
        .map(|start| play(market, tactics, &points[start..], emas[start], step_secs))
        .collect();
    Ok(summary(&outcomes?))
}

/// The EMA at each point.
fn emas(points: &[Point]) -> Vec<f64> {
    let mut ema = points.first().map_or(0.0, |first| first.close);
    let mut last_ts = points.first().map_or(0, |first| first.ts);
    let follow = |point: &Point| {
        ema = follow_ema(ema, point.close, point.ts - last_ts);
        last_ts = point.ts;
        ema
    };
    points.iter().map(follow).collect()
}

fn is_storm(points: &[Point], start: usize, hour: usize) -> bool {
    let (now, before) = (&points[start], &points[start - hour]);
    (now.close / before.close).ln().abs() >= 3.0 * before.sigma_c
}

fn summary(outcomes: &[PairOutcome]) -> Summary {
    let count = outcomes.len().max(1) as f64;
    let total = |of: fn(&PairOutcome) -> f64| outcomes.iter().map(of).sum::<f64>() / 1e6;
    let best = outcomes.iter().map(|outcome| outcome.gain_atoms).max();
    Summary {
        count: outcomes.len(),
        gained: outcomes
            .iter()
            .filter(|outcome| outcome.gain_atoms > 0)
            .count(),
        mean: total(|outcome| outcome.gain_atoms as f64) / count,
        best: best.map_or(0.0, |atoms| atoms as f64 / 1e6),
        notional: total(|outcome| outcome.notional_atoms as f64) / count,
        by_winners: total(|outcome| outcome.by_winners_atoms as f64),
    }
}

fn play(
    market: Market,
    tactics: Tactics,
    points: &[Point],
    ema: f64,
    step_secs: i64,
) -> Result<PairOutcome> {
    let (first, later) = (&points[0], &points[1..]);
    let mut game = Game::open(market.at_price(first.close), tactics, first, ema)?;
    let mut last = first;
    for point in later {
        last = point;
        if !game.show(point, step_secs)? || point.ts - first.ts >= PATIENCE_SECS {
            break;
        }
    }
    game.close(last)
}

/// One price update of this part below the first price, at which everybody is closed; before it the price may have
/// drifted until the losers stand at their maintenance margin.
///
/// Errors: what the core refuses.
pub fn gap(
    market: Market,
    tactics: Tactics,
    point: &Point,
    fall: f64,
    drifts: bool,
) -> Result<PairOutcome> {
    let mut game = Game::open(market.at_price(point.close), tactics, point, point.close)?;
    let drifted = if drifts { drift(&game, point)? } else { *point };
    let after = moved(&drifted, 1.0 - fall, drifted.ts + 1);
    game.show(&after, DAY_SECS)?;
    game.close(&after)
}

/// The lowest price, in steps of 0.01 %, at which no long is liquidatable.
fn drift(game: &Game, point: &Point) -> Result<Point> {
    let mut low = *point;
    for step in 1..10_000 {
        let next = moved(point, 1.0 - f64::from(step) / 1e4, point.ts);
        if game.is_anybody_liquidatable(&next)? {
            break;
        }
        low = next;
    }
    Ok(low)
}

/// A straight fall within so many seconds, a price update every ten.
///
/// Errors: what the core refuses.
pub fn ramp(
    market: Market,
    tactics: Tactics,
    point: &Point,
    fall: f64,
    secs: i64,
) -> Result<PairOutcome> {
    const UPDATE_SECS: i64 = 10;
    let mut game = Game::open(market.at_price(point.close), tactics, point, point.close)?;
    let mut last = *point;
    for update in 1..=secs / UPDATE_SECS {
        let part = (update * UPDATE_SECS) as f64 / secs as f64;
        last = moved(point, 1.0 - fall * part, point.ts + update * UPDATE_SECS);
        if !game.show(&last, UPDATE_SECS)? {
            return game.close(&last);
        }
    }
    // It stays there until all are closed.
    game.show(&moved(&last, 1.0, last.ts + UPDATE_SECS), DAY_SECS)?;
    game.close(&last)
}

/// A point at another price; the estimator has not sampled it.
fn moved(point: &Point, by: f64, ts: i64) -> Point {
    let close = point.close * by;
    Point {
        ts,
        close,
        price: ReplayedAsset::price_of(close),
        ..*point
    }
}
