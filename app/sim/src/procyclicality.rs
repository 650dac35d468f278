//! How a margin moves: what a trader must find, and how fast.
use std::collections::VecDeque;

use serde::Serialize;

use crate::time::{DAY_SECS, HOUR_SECS};

/// Range and fastest rises of a margin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Procyclicality {
    /// Largest over smallest.
    pub peak_to_trough: f64,
    /// Largest rise within an hour, as a multiple.
    pub worst_rise_1h: f64,
    /// Largest rise within a day, as a multiple: margin over the smallest of the 24 h before it.
    pub worst_rise_1d: f64,
    /// The same for five days.
    pub worst_rise_5d: f64,
}

impl Procyclicality {
    /// Of a margin over time, oldest first; all above 0.
    pub fn measure(margins: &[(i64, f64)]) -> Self {
        let all = || margins.iter().map(|(_, margin)| *margin);
        let peak = all().fold(0.0, f64::max);
        let trough = all().fold(f64::INFINITY, f64::min);
        Self {
            peak_to_trough: peak / trough,
            worst_rise_1h: worst_rise(margins, HOUR_SECS),
            worst_rise_1d: worst_rise(margins, DAY_SECS),
            worst_rise_5d: worst_rise(margins, 5 * DAY_SECS),
        }
    }

    /// The worse of both, number by number.
    pub fn worse(self, other: Self) -> Self {
        Self {
            peak_to_trough: self.peak_to_trough.max(other.peak_to_trough),
            worst_rise_1h: self.worst_rise_1h.max(other.worst_rise_1h),
            worst_rise_1d: self.worst_rise_1d.max(other.worst_rise_1d),
            worst_rise_5d: self.worst_rise_5d.max(other.worst_rise_5d),
        }
    }
}

/// Largest margin over the smallest of the `window_secs` before it, both ends included.
fn worst_rise(margins: &[(i64, f64)], window_secs: i64) -> f64 {
    // Candidates for the smallest, oldest first, each smaller than all after it are not: a queue of
    // rising values.
    let mut lows: VecDeque<(i64, f64)> = VecDeque::new();
    let mut worst: f64 = 1.0;
    for &(ts, margin) in margins {
        while lows.back().is_some_and(|(_, low)| *low >= margin) {
            lows.pop_back();
        }
        lows.push_back((ts, margin));
        while lows.front().is_some_and(|(at, _)| *at < ts - window_secs) {
            lows.pop_front();
        }
        if let Some((_, low)) = lows.front() {
            worst = worst.max(margin / low);
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_are_measured_from_the_lowest_of_the_window() {
        let hour = 3_600;
        let margins: Vec<_> = [4.0, 2.0, 3.0, 5.0, 1.0, 1.5]
            .into_iter()
            .enumerate()
            .map(|(index, margin)| (index as i64 * 12 * hour, margin))
            .collect();
        let all = Procyclicality::measure(&margins);
        assert_eq!(all.peak_to_trough, 5.0);
        assert_eq!(all.worst_rise_1d, 2.5); // 2 at 12 h, 5 at 36 h: exactly a day
        assert_eq!(all.worst_rise_5d, 2.5);
        assert_eq!(worst_rise(&margins, 12 * hour), 5.0 / 3.0);
    }

    #[test]
    fn matches_a_plain_search() {
        let margins: Vec<_> = (0..500i64)
            .map(|index| (index * 3_600, 1.0 + ((index * index * 31) % 97) as f64))
            .collect();
        let plain = margins
            .iter()
            .enumerate()
            .fold(1.0, |worst: f64, (at, &(ts, margin))| {
                let before = margins[..=at]
                    .iter()
                    .filter(|(then, _)| *then >= ts - DAY_SECS);
                let low = before.fold(f64::INFINITY, |low, (_, margin)| low.min(*margin));
                worst.max(margin / low)
            });
        assert_eq!(worst_rise(&margins, DAY_SECS), plain);
    }
}
