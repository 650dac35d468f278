//! The axes of the page's charts.
use crate::format;
use crate::prices::{CALM_SECS, DAY_SECS};
use freeboard_sim::page::axis::Axis;

/// Days of the whole run.
pub fn days(to_secs: i64) -> Axis {
    Axis {
        from: 0.0,
        to: to_secs as f64,
        step: 5.0 * DAY_SECS as f64,
        origin: 0.0,
        unit: "days since the start",
        label: |secs| format!("{}", (secs / DAY_SECS as f64).round()),
        exact: |secs| format::elapsed(secs as i64),
    }
}

/// Minutes around the start of the slip.
pub fn minutes(from: i64, to: i64, step: i64) -> Axis {
    Axis {
        from: (CALM_SECS + from * 60) as f64,
        to: (CALM_SECS + to * 60) as f64,
        step: (step * 60) as f64,
        origin: CALM_SECS as f64,
        unit: "minutes since the market began to slip",
        label: |secs| signed((secs - CALM_SECS as f64) / 60.0),
        exact: |secs| format::elapsed(secs as i64),
    }
}

/// Hours around the start of the slip.
pub fn hours(from: i64, to: i64, step: i64) -> Axis {
    Axis {
        from: (CALM_SECS + from * 3_600) as f64,
        to: (CALM_SECS + to * 3_600) as f64,
        step: (step * 3_600) as f64,
        origin: CALM_SECS as f64,
        unit: "hours since the market began to slip",
        label: |secs| signed((secs - CALM_SECS as f64) / 3_600.0),
        exact: |secs| format::elapsed(secs as i64),
    }
}

/// USD from zero, or below where values are.
pub fn usd() -> Axis {
    Axis {
        from: 0.0,
        to: 0.0,
        step: 0.0,
        origin: 0.0,
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
pub fn percent(unit: &'static str) -> Axis {
    Axis {
        from: 0.0,
        to: 0.0,
        step: 0.0,
        unit,
        label: |e9| trimmed(e9 / 1e7),
        exact: |e9| format!("{:.2}\u{a0}%", e9 / 1e7),
    }
}

/// Percentages around 100.
pub fn indexed(low: f64) -> Axis {
    Axis {
        from: low,
        to: 101.0,
        step: 0.0,
        origin: 0.0,
        unit: "% of the first price",
        label: |percent| trimmed(percent),
        exact: |percent| format!("{percent:.1}\u{a0}%"),
    }
}

/// US cents per LP share, around the price of the first.
pub fn share_price() -> Axis {
    Axis {
        from: 100.0,
        to: 100.0,
        step: 0.0,
        origin: 0.0,
        unit: "US cents per share",
        label: trimmed,
        exact: |cents| format!("${:.6}", cents / 100.0),
    }
}

/// Multiples from zero to this.
pub fn multiples(to: f64) -> Axis {
    Axis {
        from: 0.0,
        to,
        step: 0.0,
        origin: 0.0,
        unit: "equity ÷ maintenance margin",
        label: trimmed,
        exact: |times| format!("{times:.2}"),
    }
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
    #[test]
    fn a_zoomed_axis_counts_from_the_start_of_the_slip() {
        let zoom = super::minutes(-5, 20, 5);
        assert_eq!(zoom.ticks().len(), 6);
        assert_eq!((zoom.label)(zoom.ticks()[0]), "−5");
    }
}
