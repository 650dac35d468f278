//! Bounds in words: what an error says, and a row of whitepaper §8.1. Off chain only.
use super::{Bound, NO_END, Rule, Scale, of_error};
use crate::RiskError;
use core::fmt::{Display, Formatter, Result};

/// What the bounds of an error demand, as one sentence; empty for an error that is no bound.
#[derive(Clone, Copy, Debug)]
pub struct Sentence(pub RiskError);

impl Display for Sentence {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        for (place, bound) in of_error(self.0).enumerate() {
            out.write_str(if place == 0 { "" } else { "; " })?;
            bound.fmt(out)?;
        }
        let none = of_error(self.0).next().is_none();
        out.write_str(if none { "" } else { "." })
    }
}

/// A number of a parameter, read as its bound is: `0.9`, `90 %`, `$100`, `10 s`.
#[derive(Clone, Copy, Debug)]
pub struct ReadValue {
    /// How it is read.
    pub scale: Scale,
    /// The number, as a parameter file has it.
    pub value: i128,
}

impl Display for ReadValue {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        value(out, self.scale, self.value)
    }
}

/// `key must be 1 to 2`, or a condition.
impl Display for Bound {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match (self.keys, self.rule) {
            ([key], Rule::Range { .. }) => write!(out, "`{key}` must be {}", self.rule),
            _ => write!(out, "{}", self.rule),
        }
    }
}

impl Display for Rule {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match *self {
            Self::Range {
                scale,
                lower,
                upper,
            } => range(out, scale, lower, upper),
            Self::Condition { text, number } => {
                let (before, after) = text.split_once("{}").unwrap_or((text, ""));
                out.write_str(before)?;
                if let Some((scale, number)) = number {
                    value(out, scale, number)?;
                }
                out.write_str(after)
            }
        }
    }
}

fn range(out: &mut Formatter<'_>, scale: Scale, lower: i128, upper: i128) -> Result {
    let ends = upper != i128::from(NO_END) && upper != i128::from(u32::MAX);
    // One unit of a fraction or an amount is no number that means anything.
    let is_any = lower == 1 && !matches!(scale, Scale::Secs | Scale::Count);
    match (lower, ends) {
        _ if lower == upper => {
            out.write_str("exactly ")?;
            value(out, scale, lower)
        }
        (0, true) => {
            out.write_str("at most ")?;
            value(out, scale, upper)
        }
        (1, false) => out.write_str("above 0"),
        (_, false) => {
            out.write_str("at least ")?;
            value(out, scale, lower)
        }
        _ if is_any => {
            out.write_str("above 0 and at most ")?;
            value(out, scale, upper)
        }
        _ => {
            value(out, scale, lower)?;
            out.write_str(" to ")?;
            value(out, scale, upper)
        }
    }
}

fn value(out: &mut Formatter<'_>, scale: Scale, value: i128) -> Result {
    match scale {
        Scale::Fraction => decimal(out, value, 9),
        Scale::Percent => decimal(out, value, 7).and_then(|()| out.write_str(" %")),
        Scale::PercentPerHour => decimal(out, value, 7).and_then(|()| out.write_str(" % per hour")),
        Scale::Usd => out.write_str("$").and_then(|()| decimal(out, value, 6)),
        Scale::Count => decimal(out, value, 0),
        Scale::Secs => duration(out, value),
    }
}

/// The largest unit in which it is whole and above one.
fn duration(out: &mut Formatter<'_>, secs: i128) -> Result {
    const UNITS: [(i128, &str); 3] = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let whole = |(unit, _): &(i128, &str)| {
        secs.checked_rem(*unit) == Some(0) && secs.checked_div(*unit).is_some_and(|n| n > 1)
    };
    let (unit, name) = UNITS.into_iter().find(whole).unwrap_or((1, "s"));
    decimal(out, secs.checked_div(unit).unwrap_or(secs), 0)?;
    write!(out, " {name}")
}

/// `value · 10^-digits`, thousands apart by commas, without zeros at its end.
fn decimal(out: &mut Formatter<'_>, value: i128, digits: u32) -> Result {
    let unit = 10u128.pow(digits);
    let magnitude = value.unsigned_abs();
    let whole = magnitude.checked_div(unit).unwrap_or(0);
    let mut rest = magnitude.checked_rem(unit).unwrap_or(0);
    out.write_str(if value < 0 { "-" } else { "" })?;
    thousands(out, whole)?;
    if rest == 0 {
        return Ok(());
    }
    let mut width = usize::try_from(digits).unwrap_or(0);
    while rest.checked_rem(10) == Some(0) {
        rest = rest.checked_div(10).unwrap_or(0);
        width = width.saturating_sub(1);
    }
    write!(out, ".{rest:0width$}")
}

fn thousands(out: &mut Formatter<'_>, whole: u128) -> Result {
    let (above, below) = (whole.checked_div(1_000), whole.checked_rem(1_000));
    match (above, below) {
        (Some(above), Some(below)) if above > 0 => {
            thousands(out, above)?;
            write!(out, ",{below:03}")
        }
        _ => write!(out, "{whole}"),
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
