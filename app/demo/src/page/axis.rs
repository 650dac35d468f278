//! Axes: spans, round numbers for their ticks, and how values are written.
use crate::format;
use crate::prices::{CALM_SECS, DAY_SECS};

/// One axis.
pub struct Axis {
    /// Start of the span.
    pub from: f64,
    /// End of the span.
    pub to: f64,
    /// Distance of ticks, where they are given.
    pub step: f64,
    /// What the numbers are.
    pub unit: &'static str,
    /// A tick's text.
    pub label: fn(f64) -> String,
    /// A value's text, for the pointer.
    pub exact: fn(f64) -> String,
}

impl Axis {
    /// Days of the whole run.
    pub fn days(to_secs: i64) -> Self {
        Self {
            from: 0.0,
            to: to_secs as f64,
            step: 5.0 * DAY_SECS as f64,
            unit: "days since the start",
            label: |secs| format!("{}", (secs / DAY_SECS as f64).round()),
            exact: |secs| format::elapsed(secs as i64),
        }
    }

    /// Minutes around the start of the slip.
    pub fn minutes(from: i64, to: i64, step: i64) -> Self {
        Self {
            from: (CALM_SECS + from * 60) as f64,
            to: (CALM_SECS + to * 60) as f64,
            step: (step * 60) as f64,
            unit: "minutes since the market began to slip",
            label: |secs| signed((secs - CALM_SECS as f64) / 60.0),
            exact: |secs| format::elapsed(secs as i64),
        }
    }

    /// Hours around the start of the slip.
    pub fn hours(from: i64, to: i64, step: i64) -> Self {
        Self {
            from: (CALM_SECS + from * 3_600) as f64,
            to: (CALM_SECS + to * 3_600) as f64,
            step: (step * 3_600) as f64,
            unit: "hours since the market began to slip",
            label: |secs| signed((secs - CALM_SECS as f64) / 3_600.0),
            exact: |secs| format::elapsed(secs as i64),
        }
    }

    /// USD from zero, or below where values are.
    pub fn usd() -> Self {
        Self {
            from: 0.0,
            to: 0.0,
            step: 0.0,
            unit: "USD",
            label: |atoms| {
                let thousands = atoms / 1e9;
                if thousands == 0.0 {
                    return "0".to_owned();
                }
                let digits = usize::from((thousands * 10.0).round() % 10.0 != 0.0);
                format!("{thousands:.digits$}k").replace('-', "−")
            },
            exact: |atoms| format::usd_whole(atoms as i64),
        }
    }

    /// Fractions × 10^9 as percentages from zero.
    pub fn percent(unit: &'static str) -> Self {
        Self {
            from: 0.0,
            to: 0.0,
            step: 0.0,
            unit,
            label: |e9| trimmed(e9 / 1e7),
            exact: |e9| format!("{:.2}\u{a0}%", e9 / 1e7),
        }
    }

    /// Percentages around 100.
    pub fn indexed(low: f64) -> Self {
        Self {
            from: low,
            to: 101.0,
            step: 0.0,
            unit: "% of the first price",
            label: |percent| trimmed(percent),
            exact: |percent| format!("{percent:.1}\u{a0}%"),
        }
    }

    /// US cents per LP share, around the price of the first.
    pub fn share_price() -> Self {
        Self {
            from: 100.0,
            to: 100.0,
            step: 0.0,
            unit: "US cents per share",
            label: trimmed,
            exact: |cents| format!("${:.6}", cents / 100.0),
        }
    }

    /// Multiples from zero to this.
    pub fn multiples(to: f64) -> Self {
        Self {
            from: 0.0,
            to,
            step: 0.0,
            unit: "equity ÷ maintenance margin",
            label: trimmed,
            exact: |times| format!("{times:.2}"),
        }
    }

    /// Places of the ticks: multiples of the step, counted from the start of the slip so that 0 is
    /// among them on zoomed axes.
    pub fn ticks(&self) -> Vec<f64> {
        let origin = if self.from > 0.0 {
            CALM_SECS as f64
        } else {
            0.0
        };
        let first = ((self.from - origin) / self.step).ceil() as i64;
        let last = ((self.to - origin) / self.step).floor() as i64;
        (first..=last)
            .map(|index| origin + index as f64 * self.step)
            .collect()
    }
}

/// Round numbers within a span, about `count` of them.
pub fn nice_ticks(from: f64, to: f64, count: u32) -> Vec<f64> {
    let rough = (to - from).max(f64::MIN_POSITIVE) / f64::from(count);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
    let step = step
        .into_iter()
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power);
    let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
    (first..=last).map(|index| index as f64 * step).collect()
}

fn trimmed(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0')
        .trim_end_matches('.')
        .replace('-', "−")
}

fn signed(number: f64) -> String {
    format!("{number:.0}").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_span() {
        assert_eq!(
            nice_ticks(0.0, 98_000.0, 5),
            [0.0, 20_000.0, 40_000.0, 60_000.0, 80_000.0]
        );
        assert_eq!(nice_ticks(-0.3, 1.1, 5), [0.0, 0.5, 1.0]);
        let zoom = Axis::minutes(-5, 20, 5);
        assert_eq!(zoom.ticks().len(), 6);
        assert_eq!((zoom.label)(zoom.ticks()[0]), "−5");
    }
}
