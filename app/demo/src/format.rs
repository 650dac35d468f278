//! Numbers as people read them.
use crate::prices::DAY_SECS;
use freeboard_sandbox::client::display::money::decimal;
pub use freeboard_sandbox::client::display::money::{grouped, quote_exact, usd, usd_whole};

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
    decimal(atoms.into(), decimals)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_cents() {
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
