//! From the moment when something was due until it was done.
use std::time::{Duration, Instant};

use anyhow::Result;
use hdrhistogram::Histogram;
use serde::Serialize;

/// Longest span that is told apart.
const LONGEST_MS: u64 = 3_600_000;

/// When something was due, and when it had landed.
#[derive(Clone, Copy, Debug)]
pub struct LandedSpan {
    /// From when on.
    pub due: Instant,
    /// When.
    pub landed: Instant,
}

impl LandedSpan {
    /// How late, where nothing could be done before `possible`.
    fn late(&self, possible: Option<Instant>) -> Duration {
        let due = possible.map_or(self.due, |possible| possible.max(self.due));
        self.landed.saturating_duration_since(due)
    }
}

/// Spans of one kind, seconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SpanFigures {
    /// How many.
    pub count: u64,
    /// Half of them took at most so long.
    pub median: f64,
    /// 99 of 100 of them.
    pub p99: f64,
    /// All of them.
    pub longest: f64,
}

/// Figures of spans, of each from when it was possible on.
pub fn span_figures(spans: &[LandedSpan], possible: Option<Instant>) -> Result<SpanFigures> {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, LONGEST_MS, 3)?;
    for span in spans {
        let ms = u64::try_from(span.late(possible).as_millis())?;
        histogram.record(ms.clamp(1, LONGEST_MS))?;
    }
    let secs = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1e3;
    Ok(SpanFigures {
        count: histogram.len(),
        median: secs(0.5),
        p99: secs(0.99),
        longest: secs(1.0),
    })
}
