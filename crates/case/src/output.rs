//! Number formats of the answers: amounts and fractions as strings, so that no reader loses digits.
use freeboard_risk::number::quantity::{Fraction, Variance};
use serde::Serialize;

/// A number written as a JSON string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerText(pub(crate) String);

/// An integer as text.
pub(crate) fn integer(value: impl std::fmt::Display) -> AnswerText {
    AnswerText(value.to_string())
}

/// A fraction × 10^18, up.
pub(crate) fn e18(fraction: Fraction) -> AnswerText {
    integer(fraction.to_e18_ceil())
}

/// A variance per hour with 24 digits after the point, up.
pub(crate) fn variance(variance: Variance) -> AnswerText {
    const E24: u128 = 1_000_000_000_000_000_000_000_000;
    let e24 = variance.to_e24_ceil();
    AnswerText(format!("{}.{:024}", e24 / E24, e24 % E24))
}
