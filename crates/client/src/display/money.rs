//! Amounts, fractions and times as people read them. Where a number is not exact, its function says how it is rounded.

/// Decimals of the quote token.
pub const QUOTE_DECIMALS: u8 = 6;
/// Quote atoms in a cent.
const CENT_ATOMS: i128 = 10_000;

/// Quote atoms as USD with cents, to the nearest: `$1,234.56`, `−$0.10`.
pub fn usd(atoms: i64) -> String {
    let cents = (i128::from(atoms).abs() + CENT_ATOMS / 2) / CENT_ATOMS;
    signed_cents(if atoms < 0 { -cents } else { cents })
}

/// Quote atoms as USD with cents, down.
pub fn usd_floor(atoms: i64) -> String {
    signed_cents(i128::from(atoms).div_euclid(CENT_ATOMS))
}

/// Quote atoms as whole USD, to the nearest: `$1,234`.
pub fn usd_whole(atoms: i64) -> String {
    let dollars = (i128::from(atoms).abs() + 500_000) / 1_000_000;
    let sign = if atoms < 0 && dollars > 0 { "−" } else { "" };
    format!("{sign}${}", grouped(dollars.unsigned_abs()))
}

/// Quote atoms to the last atom: `1,234.567890`.
pub fn quote_exact(atoms: i64) -> String {
    let sign = if atoms < 0 { "−" } else { "" };
    let size = u128::from(atoms.unsigned_abs());
    format!(
        "{sign}{}.{:06}",
        grouped(size / 1_000_000),
        size % 1_000_000
    )
}

/// A price in USD × 10^12 to the nearest: cents from 1 USD on, six digits below it: `$93,306.01`, `$0.000123457`.
pub fn price_usd(price_e12: u128) -> String {
    const ONE: u128 = 1_000_000_000_000;
    const CENT: u128 = 10_000_000_000;
    let unit = if price_e12 < ONE {
        let digits = price_e12.checked_ilog10().unwrap_or(0);
        10_u128.pow(digits.saturating_sub(5))
    } else {
        CENT
    };
    let rounded = price_e12.saturating_add(unit / 2) / unit * unit;
    if rounded.is_multiple_of(CENT) {
        let cents = rounded / CENT;
        return format!("${}.{:02}", grouped(cents / 100), cents % 100);
    }
    format!("${}", decimal(rounded.cast_signed(), 12))
}

/// `value / 10^decimals`, exact, its thousands apart, without zeros at the end: `1,234.5`.
pub fn decimal(value: i128, decimals: u8) -> String {
    let unit = 10_u128.pow(decimals.into());
    let (whole, rest) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let sign = if value < 0 { "−" } else { "" };
    let digits = format!("{rest:0width$}", width = usize::from(decimals));
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{digits}", grouped(whole))
}

/// A share × 10^9 in per cent, exact: `0.0000001 %`.
pub fn percent_e9(value: i128) -> String {
    format!("{} %", decimal(value, 7))
}

/// A share in per cent, to four decimals, without zeros at the end.
pub fn percent(share: f64) -> String {
    let text = format!("{:.4}", share.abs() * 100.0);
    let digits = text.trim_end_matches('0').trim_end_matches('.');
    let sign = if share < 0.0 && digits != "0" {
        "−"
    } else {
        ""
    };
    format!("{sign}{digits} %")
}

/// A share in per cent with two digits; a dash where it is no number.
pub fn percent_two(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    format!("{:.2} %", share * 100.0)
}

/// A multiple with two digits; a dash where it is no number.
pub fn times(multiple: f64) -> String {
    if !multiple.is_finite() {
        return "–".to_owned();
    }
    format!("{multiple:.2}×")
}

/// Seconds as days, hours, minutes, seconds: only what is not zero.
pub fn duration(secs: u64) -> String {
    let parts = [
        (secs / 86_400, "d"),
        (secs / 3_600 % 24, "h"),
        (secs / 60 % 60, "min"),
        (secs % 60, "s"),
    ];
    let named: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if named.is_empty() {
        "0 s".to_owned()
    } else {
        named.join(" ")
    }
}

/// Digits in groups of three.
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn signed_cents(cents: i128) -> String {
    let sign = if cents < 0 { "−" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}${}.{:02}", grouped(cents / 100), cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_rounded_as_their_function_says() {
        assert_eq!(usd(1_234_567_890), "$1,234.57");
        assert_eq!(usd(-1), "$0.00");
        assert_eq!(usd(-100_000), "−$0.10");
        assert_eq!(usd_floor(1_234_567_899_999), "$1,234,567.89");
        assert_eq!(usd_floor(-1), "−$0.01");
        assert_eq!(usd_floor(0), "$0.00");
        assert_eq!(usd_whole(-1_500_000), "−$2");
        assert_eq!(usd_whole(-1), "$0");
        assert_eq!(usd(i64::MIN), "−$9,223,372,036,854.78");
        assert_eq!(price_usd(93_306_005_000_000_000), "$93,306.01");
        assert_eq!(price_usd(1_000_000_000_000), "$1.00");
        assert_eq!(price_usd(999_999_999_999), "$1.00");
        assert_eq!(price_usd(123_456_789), "$0.000123457");
        assert_eq!(price_usd(7), "$0.000000000007");
        assert_eq!(price_usd(500_000_000_000), "$0.50");
    }

    #[test]
    fn exact_amounts_lose_no_atom() {
        assert_eq!(quote_exact(-1_000_000_000_001), "−1,000,000.000001");
        assert_eq!(decimal(-1_250_000_000, 9), "−1.25");
        assert_eq!(decimal(2_000_000_000_000, 9), "2,000");
        assert_eq!(decimal(10_000, 8), "0.0001");
        assert_eq!(decimal(7, 0), "7");
        assert_eq!(percent_e9(1), "0.0000001 %");
        assert_eq!(percent_e9(-150_000_000), "−15 %");
    }

    #[test]
    fn what_is_no_number_is_a_dash() {
        assert_eq!(
            (percent_two(0.25), times(1.5)),
            ("25.00 %".to_owned(), "1.50×".to_owned())
        );
        let none = (percent_two(f64::NEG_INFINITY), times(f64::NAN));
        assert_eq!(none, ("–".to_owned(), "–".to_owned()));
        assert_eq!(percent(-0.4), "−40 %");
        assert_eq!(percent(-0.000_000_1), "0 %");
    }

    #[test]
    fn durations_name_what_is_not_zero() {
        assert_eq!(duration(90_061), "1 d 1 h 1 min 1 s");
        assert_eq!(duration(5_400), "1 h 30 min");
        assert_eq!(duration(0), "0 s");
    }
}
