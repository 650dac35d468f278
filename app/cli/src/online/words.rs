//! Prices, sizes, times and durations as they are read and typed.
use freeboard_client::display::money::decimal;
pub use freeboard_client::display::money::price_usd as price;

use super::failure::CommandFailure;
pub use crate::governance::time;

/// A size in whole units, its sign before it: `+0.5`, `−2`.
pub fn signed_size(atoms: i64, decimals: u8) -> String {
    let plus = if atoms > 0 { "+" } else { "" };
    format!("{plus}{}", decimal(atoms.into(), decimals))
}

/// |cost| over |size|, USD per unit × 10^12, to the nearest: for reading only.
pub fn average_price(size_atoms: i64, cost_atoms: i64, decimals: u8) -> u128 {
    let size = u128::from(size_atoms.unsigned_abs());
    let cost = u128::from(cost_atoms.unsigned_abs());
    // Quote atoms are 10^-6 USD: 10^6 of 10^12 are left.
    let unit = 10_u128.pow(decimals.into());
    let scaled = cost.saturating_mul(1_000_000).saturating_mul(unit);
    (scaled + size / 2).checked_div(size).unwrap_or(0)
}

/// Seconds of `90s`, `30m`, `6h`, `2d`, or a bare number of seconds.
///
/// Errors: anything else.
pub fn seconds(text: &str) -> Result<u32, CommandFailure> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3_600),
        "d" => Some(86_400),
        _ => None,
    };
    let number: Option<u32> = digits.parse().ok();
    let secs = number
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit));
    secs.ok_or_else(|| {
        CommandFailure::input(
            format!("`{text}` is no duration."),
            "Write a whole number and s, m, h or d: 90s, 30m, 6h, 2d.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_price_is_that_of_the_cost() {
        // 2 BTC of 8 decimals for $200,334.06: $100,167.03.
        let price = average_price(200_000_000, 200_334_060_000, 8);
        assert_eq!(price, 100_167_030_000_000_000);
        assert_eq!(average_price(-200_000_000, -200_334_060_000, 8), price);
        assert_eq!(average_price(0, 0, 8), 0);
    }

    #[test]
    fn sizes_have_a_sign() {
        assert_eq!(signed_size(50_000_000, 8), "+0.5");
        assert_eq!(signed_size(-200_000_000, 8), "−2");
        assert_eq!(signed_size(0, 8), "0");
    }

    #[test]
    fn durations_are_whole_and_named() {
        for (text, secs) in [
            ("90", 90),
            ("90s", 90),
            ("30m", 1_800),
            ("6h", 21_600),
            ("2d", 172_800),
            ("0", 0),
        ] {
            assert_eq!(seconds(text).unwrap(), secs, "{text}");
        }
        for text in ["", "h", "1.5h", "-1s", "1w", "1 h", "99999999d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
