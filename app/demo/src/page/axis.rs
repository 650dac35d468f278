//! The axes of the page's charts.
use crate::format;
use crate::prices::{CALM_SECS, DAY_SECS, HOUR_SECS};
use freeboard_sim::page::axis::Axis;

/// Days of the whole run.
pub fn days(to_secs: i64) -> Axis {
    let days = |secs: f64| format!("{}", (secs / DAY_SECS as f64).round());
    Axis::values(0.0..to_secs as f64, "days since the start", days)
        .every(5.0 * DAY_SECS as f64, 0.0)
        .exactly(elapsed)
}

/// Minutes around the start of the slip.
pub fn minutes(from: i64, to: i64, step: i64) -> Axis {
    let label = |secs: f64| signed((secs - CALM_SECS as f64) / 60.0);
    let unit = "minutes since the market began to slip";
    around_slip([from, to, step].map(|minutes| minutes * 60), unit, label)
}

/// Hours around the start of the slip.
pub fn hours(from: i64, to: i64, step: i64) -> Axis {
    let label = |secs: f64| signed((secs - CALM_SECS as f64) / HOUR_SECS as f64);
    let unit = "hours since the market began to slip";
    around_slip([from, to, step].map(|hours| hours * HOUR_SECS), unit, label)
}

/// Seconds from the start of the slip, and the distance of the ticks.
fn around_slip([from, to, step]: [i64; 3], unit: &'static str, label: fn(f64) -> String) -> Axis {
    let span = (CALM_SECS + from) as f64..(CALM_SECS + to) as f64;
    Axis::values(span, unit, label)
        .every(step as f64, CALM_SECS as f64)
        .exactly(elapsed)
}

/// USD from zero, or below where values are.
pub fn usd() -> Axis {
    Axis::values(0.0..0.0, "USD", thousands).exactly(|atoms| format::usd_whole(atoms as i64))
}

/// Millions of USD, of quote atoms, around zero.
pub fn millions() -> Axis {
    Axis::values(0.0..0.0, "USD, millions", |atoms| trimmed(atoms / 1e12))
        .exactly(|atoms| format::usd_whole(atoms as i64))
}

/// Fractions × 10^9 as percentages from zero.
pub fn percent(unit: &'static str) -> Axis {
    Axis::values(0.0..0.0, unit, |e9| trimmed(e9 / 1e7))
        .exactly(|e9| format!("{:.2}\u{a0}%", e9 / 1e7))
}

/// Percentages around 100.
pub fn indexed(low: f64) -> Axis {
    Axis::values(low..101.0, "% of the first price", trimmed)
        .exactly(|percent| format!("{percent:.1}\u{a0}%"))
}

/// US cents per LP share, around the price of the first.
pub fn share_price() -> Axis {
    Axis::values(100.0..100.0, "US cents per share", trimmed)
        .exactly(|cents| format!("${:.6}", cents / 100.0))
}

/// Multiples from zero to this.
pub fn multiples(to: f64) -> Axis {
    Axis::values(0.0..to, "equity ÷ maintenance margin", trimmed)
        .exactly(|times| format!("{times:.2}"))
}

fn elapsed(secs: f64) -> String {
    format::elapsed(secs as i64)
}

/// Quote atoms in thousands of USD.
fn thousands(atoms: f64) -> String {
    let thousands = atoms / 1e9;
    if thousands == 0.0 {
        return "0".to_owned();
    }
    let digits = usize::from((thousands * 10.0).round() % 10.0 != 0.0);
    format!("{thousands:.digits$}k").replace('-', "−")
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
