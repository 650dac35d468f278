//! What the page draws of an asset.
use std::collections::HashMap;

use super::lone::lone_samples;
use super::{Replayed, Spans};
use crate::coverage::Sample;
use crate::time::DAY_SECS;

/// Margin and moves of one asset for the charts, one point a day.
#[derive(Clone, Debug)]
pub struct MarginChart {
    /// The asset.
    pub asset: String,
    /// Per day: start, mean MM, mean IM, largest move within an hour, largest within four.
    pub days: Vec<[f64; 5]>,
}

/// Daily means of the margins and largest moves of the tested span.
pub(super) fn chart(asset: &Replayed, spans: Spans) -> MarginChart {
    let largest = |horizon_h| lone_samples(asset, horizon_h, |_| [0.0; 2]);
    let (hour, four) = (largest(1), largest(4));
    let moves = |samples: &[Sample]| -> HashMap<i64, f64> {
        samples
            .iter()
            .map(|sample| (sample.ts, sample.loss))
            .collect()
    };
    let (hour, four) = (moves(&hour), moves(&four));
    let mut days: Vec<[f64; 5]> = Vec::new();
    let mut count = 0.0;
    for (point, margin) in asset.points.iter().zip(&asset.margins) {
        if point.ts < spans.test_from_ts {
            continue;
        }
        let day = (point.ts - point.ts.rem_euclid(DAY_SECS)) as f64;
        if days.last().is_none_or(|last| last[0] != day) {
            days.push([day, 0.0, 0.0, 0.0, 0.0]);
            count = 0.0;
        }
        let Some(last) = days.last_mut() else {
            continue;
        };
        count += 1.0;
        last[1] += (margin.maintenance[0] - last[1]) / count;
        last[2] += (margin.initial[0] - last[2]) / count;
        last[3] = last[3].max(hour.get(&point.ts).copied().unwrap_or(0.0));
        last[4] = last[4].max(four.get(&point.ts).copied().unwrap_or(0.0));
    }
    MarginChart {
        asset: asset.name.clone(),
        days,
    }
}
