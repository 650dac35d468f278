//! Axes: spans, round numbers for their ticks, and how values are written.

/// One axis.
pub struct Axis {
    /// Start of the span.
    pub from: f64,
    /// End of the span.
    pub to: f64,
    /// Distance of ticks, where they are given; 0 for round numbers.
    pub step: f64,
    /// Where ticks at that distance are counted from.
    pub origin: f64,
    /// What the numbers are.
    pub unit: &'static str,
    /// A tick's text.
    pub label: fn(f64) -> String,
    /// A value's text, for the pointer.
    pub exact: fn(f64) -> String,
}

impl Axis {
    /// Values over a span, with round numbers for ticks, and the same text for both until [`Self::exactly`] says more.
    pub fn values(
        span: std::ops::Range<f64>,
        unit: &'static str,
        label: fn(f64) -> String,
    ) -> Self {
        Self {
            from: span.start,
            to: span.end,
            step: 0.0,
            origin: 0.0,
            unit,
            label,
            exact: label,
        }
    }

    /// With this text for the value under the pointer.
    #[must_use]
    pub fn exactly(self, exact: fn(f64) -> String) -> Self {
        Self { exact, ..self }
    }

    /// With ticks at this distance, counted from an origin.
    #[must_use]
    pub fn every(self, step: f64, origin: f64) -> Self {
        Self {
            step,
            origin,
            ..self
        }
    }

    /// Places of the ticks: multiples of the step from the origin, or round numbers.
    pub fn ticks(&self) -> Vec<f64> {
        if self.step == 0.0 {
            return nice_ticks(self.from, self.to, 8);
        }
        let first = ((self.from - self.origin) / self.step).ceil() as i64;
        let last = ((self.to - self.origin) / self.step).floor() as i64;
        (first..=last)
            .map(|index| self.origin + index as f64 * self.step)
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
        let minutes = |step| Axis::values(70.0..220.0, "s", |x| x.to_string()).every(step, 100.0);
        assert_eq!(minutes(60.0).ticks(), [100.0, 160.0, 220.0]);
        assert_eq!(minutes(0.0).ticks()[0], 80.0);
    }
}
