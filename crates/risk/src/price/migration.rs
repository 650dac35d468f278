//! Whether another feed shows what an asset's feed shows (whitepaper §8.1).
//!
//! ```text
//! |P_new − P_old| ≤ min(conf_trade, ema_trade, 1 %)·P_old
//! ```
//! Two feeds of one thing differ by no more than the uncertainty that each may state, and no parameter lets a migration
//! be a jump.
use crate::number::arith::Product;
use crate::number::quantity::{E9, Price};
use crate::params::OracleParams;

/// The widest band between two feeds, 10^-9 of the old price: 1 %.
pub const FEED_BAND_MAX_E9: u64 = 10_000_000;
/// For how long nobody must have seen a price of the old feed until its recorded price stands for it, seconds: 1 h.
/// The caller chooses the account of a receiver feed and could hide a living one.
pub const FEED_SILENT_SECS: i64 = 3_600;

/// How far two feeds of one asset may be apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedBand {
    /// 10^-9 of the old price.
    pub band_e9: u64,
}

impl FeedBand {
    /// The band that an asset's limits give.
    pub fn new(limits: &OracleParams) -> Self {
        let stated_e9 = limits.conf_trade_e9.min(limits.ema_trade_e9);
        Self {
            band_e9: stated_e9.min(FEED_BAND_MAX_E9),
        }
    }

    /// Whether the new price is within the band of the old one, exact; a difference equal to the band is.
    pub fn holds(&self, old: Price, new: Price) -> bool {
        let apart = new.0.abs_diff(old.0);
        Product(apart, E9.into()).at_most(Product(old.0, self.band_e9.into()))
    }
}

/// `⌊price · new / old⌋`: a price of the old feed in terms of the new one, where they show `old` and `new` at one moment.
///
/// Nothing where it does not fit 128 bits, or for an old price of 0.
pub(crate) fn carried(price: u128, Price(old): Price, Price(new): Price) -> Option<u128> {
    price.checked_mul(new)?.checked_div(old)
}

/// Whether the old feed has been silent for long enough that its recorded price stands for it.
pub const fn is_feed_silent(shown_ts: i64, now: i64) -> bool {
    now.saturating_sub(shown_ts) > FEED_SILENT_SECS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_is_the_least_of_both_limits_and_a_hundredth() {
        let band = |conf_trade_e9, ema_trade_e9| {
            let limits = OracleParams {
                conf_trade_e9,
                ema_trade_e9,
                ..OracleParams::reference()
            };
            FeedBand::new(&limits).band_e9
        };
        assert_eq!(band(4_000_000, 7_000_000), 4_000_000);
        assert_eq!(band(7_000_000, 4_000_000), 4_000_000);
        assert_eq!(band(20_000_000, 30_000_000), 10_000_000);
    }

    #[test]
    fn a_difference_of_the_band_passes_and_one_more_does_not() {
        // 0.5 % of 20,000 is 100
        let band = FeedBand { band_e9: 5_000_000 };
        let holds = |new| band.holds(Price(20_000), Price(new));
        assert_eq!([19_900, 20_100].map(holds), [true; 2]);
        assert_eq!([19_899, 20_101].map(holds), [false; 2]);
        assert!(band.holds(Price(u128::MAX), Price(u128::MAX)));
        assert!(!band.holds(Price(u128::MAX), Price(0)));
    }

    #[test]
    fn a_feed_is_silent_after_an_hour() {
        assert!(!is_feed_silent(1_000, 4_600));
        assert!(is_feed_silent(1_000, 4_601));
        assert!(!is_feed_silent(i64::MAX, 0));
    }
}
