//! Numbers as people read them.
use crate::prices::DAY_SECS;

/// Quote atoms as USD with cents: `$1,234.56`, `−$0.10`.
pub fn usd(atoms: i64) -> String {
    let cents = (i128::from(atoms).abs() + 5_000) / 10_000;
    let sign = if atoms < 0 && cents > 0 { "−" } else { "" };
    format!(
        "{sign}${}.{:02}",
        grouped((cents / 100) as u128),
        cents % 100
    )
}

/// Quote atoms as whole USD: `$1,234`.
pub fn usd_whole(atoms: i64) -> String {
    let dollars = (i128::from(atoms).abs() + 500_000) / 1_000_000;
    let sign = if atoms < 0 && dollars > 0 { "−" } else { "" };
    format!("{sign}${}", grouped(dollars as u128))
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

/// A price × 10^8: whole dollars with cents.
pub fn price(price_e8: i64) -> String {
    usd(price_e8 / 100)
}

/// A fraction × 10^9 as a percentage.
pub fn percent(fraction_e9: u64, digits: usize) -> String {
    format!("{:.digits$}\u{a0}%", fraction_e9 as f64 / 1e7)
}

/// A signed fraction × 10^9 as a percentage.
pub fn signed_percent(fraction_e9: i64, digits: usize) -> String {
    format!("{:+.digits$}\u{a0}%", fraction_e9 as f64 / 1e7).replace('-', "−")
}

/// Base atoms in whole units, without trailing zeros.
pub fn base_size(atoms: i64, decimals: u8) -> String {
    let scale = 10u64.pow(u32::from(decimals));
    let size = atoms.unsigned_abs();
    let whole = grouped(u128::from(size / scale));
    let part = format!("{:0width$}", size % scale, width = usize::from(decimals));
    let part = part.trim_end_matches('0');
    let sign = if atoms < 0 { "−" } else { "" };
    let point = if part.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{part}")
}

/// Time since the start: `day 30 00:07:20`.
pub fn elapsed(secs: i64) -> String {
    format!("day {} {}", secs / DAY_SECS, clock(secs))
}

/// Time of day: `00:07:20`.
pub fn clock(secs: i64) -> String {
    let (hours, minutes) = (secs / 3_600 % 24, secs / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", secs % 60)
}

/// Digits in groups of three.
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money() {
        assert_eq!(usd(1_234_567_890), "$1,234.57");
        assert_eq!(usd(-1), "$0.00");
        assert_eq!(usd(-100_000), "−$0.10");
        assert_eq!(usd_whole(-1_500_000), "−$2");
        assert_eq!(quote_exact(-1_000_000_000_001), "−1,000,000.000001");
        assert_eq!(price(22_150_000_000), "$221.50");
    }

    #[test]
    fn fractions_sizes_and_times() {
        assert_eq!(percent(12_345_678, 2), "1.23\u{a0}%");
        assert_eq!(signed_percent(-200_000_000, 1), "−20.0\u{a0}%");
        assert_eq!(base_size(-1_250_000_000, 9), "−1.25");
        assert_eq!(base_size(2_000_000_000_000, 9), "2,000");
        assert_eq!(elapsed(30 * DAY_SECS + 440), "day 30 00:07:20");
    }
}
