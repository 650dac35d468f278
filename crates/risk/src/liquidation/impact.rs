//! What closing a position against the pool pays for the skew that it leaves (docs/whitepaper.md §7).
//!
//! ```text
//! I(x) = P·x·(s + x/2)⁺/skew_scale            s = skew in the direction of the closing trade
//! ```
//! The impact that the same trade would pay (§6): what the potential P·skew²/(2·skew_scale) rises by.
//! Whoever opened against the skew was paid for it; closed without, he and his hedge would keep that. A
//! closing that lowers |skew| gets nothing, so splitting one never gains.
use crate::RiskError;
use crate::arith::{mul_div_ceil_u64, mul_u128_u64_shr_ceil};
use crate::quantity::{FRACTION_BITS, Reciprocal};

/// The market whose pool a position is closed against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkewImpact {
    /// Net base size of all accounts before the closing, base atoms; > 0 when longs are larger.
    pub skew_atoms: i128,
    /// Net base size at which the skew moves the fill price by 100 %, base atoms; > 0.
    pub skew_scale_atoms: u64,
}

impl SkewImpact {
    /// 2·s for the trade that closes a position of this signed size.
    const fn doubled_skew(&self, size_atoms: i64) -> i128 {
        let doubled = self.skew_atoms.saturating_mul(2);
        if size_atoms > 0 {
            doubled.saturating_neg() // a long is sold
        } else {
            doubled
        }
    }

    /// The most that closing `closed_atoms` of a position of this signed size may pay, quote atoms, up:
    /// I(x) of a notional that was rounded to `notional_quote_atoms`.
    pub fn most_atoms(&self, size_atoms: i64, closed_atoms: u64, notional_quote_atoms: u64) -> u64 {
        let moved = moved_atoms(self.doubled_skew(size_atoms), closed_atoms);
        let notional = notional_quote_atoms.saturating_add(1); // it may have been rounded down
        let scale = self.skew_scale_atoms.saturating_mul(2);
        mul_div_ceil_u64(notional, moved, scale).unwrap_or(u64::MAX)
    }
}

/// A market prepared for closing one position.
#[derive(Clone, Copy, Debug)]
pub(super) struct Impact {
    doubled_skew: i128,
    per_scale: Reciprocal,
}

impl Impact {
    /// Prepares closing a position of this signed size; none where no part of it pays.
    ///
    /// Errors: [`RiskError::Overflow`] when skew_scale = 0.
    pub fn new(market: SkewImpact, size_atoms: i64) -> Result<Option<Self>, RiskError> {
        if market.skew_scale_atoms == 0 {
            return Err(RiskError::Overflow);
        }
        let doubled_skew = market.doubled_skew(size_atoms);
        if moved_atoms(doubled_skew, size_atoms.unsigned_abs()) == 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            doubled_skew,
            per_scale: Reciprocal::new_ceil(market.skew_scale_atoms),
        }))
    }

    /// I(x) from x and P·x rounded down, units of 2^-32 quote atoms, up; at most 16·P·x.
    ///
    /// Errors: [`RiskError::Overflow`] when P·x is 2^124 units or more.
    pub fn of_q32(&self, x: u64, notional_q32: u128) -> Result<u128, RiskError> {
        let moved = moved_atoms(self.doubled_skew, x);
        if moved == 0 {
            return Ok(0);
        }
        // (2s + x)/(2·scale) in units of 2^-60 is (2s + x)/scale in units of 2^-59. Saturated it is far more
        // than any account has: what is paid is bounded by the equity.
        let share = self.per_scale.quotient_ceil(moved, FRACTION_BITS - 1);
        let share = u64::try_from(share).unwrap_or(u64::MAX);
        // Above what the rounding of the price, below 2^-60 of it, and of the product cut off.
        let notional_q32 = notional_q32
            .saturating_add(notional_q32 >> 60)
            .saturating_add(2);
        mul_u128_u64_shr_ceil(notional_q32, share, FRACTION_BITS)
    }
}

/// (2s + x)⁺, saturating: the open-interest caps keep a market below 2^61 atoms.
fn moved_atoms(doubled_skew: i128, x: u64) -> u64 {
    let moved = doubled_skew.saturating_add(i128::from(x)).max(0);
    u64::try_from(moved).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOLLAR_Q32: u128 = 1_000_000 << 32;

    /// I(x), quote atoms up, at $1 per 10 atoms in a market of scale 1,000.
    fn impact(skew_atoms: i128, size_atoms: i64, x: u64) -> u128 {
        let market = SkewImpact {
            skew_atoms,
            skew_scale_atoms: 1_000,
        };
        let notional_q32 = DOLLAR_Q32 * u128::from(x) / 10;
        let impact = Impact::new(market, size_atoms).unwrap();
        let cost = impact.map_or(0, |impact| impact.of_q32(x, notional_q32).unwrap());
        let atoms = cost.div_ceil(1 << 32);
        let booked = u64::try_from(notional_q32 >> 32).unwrap();
        assert!(atoms <= u128::from(market.most_atoms(size_atoms, x, booked)));
        atoms
    }

    #[test]
    fn closing_pays_where_it_moves_the_skew_away_from_zero() {
        // Selling 20 at a skew of −50: $2 · (50 + 10)/1,000, up.
        assert_eq!(impact(-50, 20, 20), 120_001);
        assert_eq!(impact(50, -20, 20), 120_001);
        // The same trades towards zero get nothing.
        assert_eq!(impact(50, 20, 20), 0);
        assert_eq!(impact(-50, -20, 20), 0);
    }

    #[test]
    fn across_zero_only_the_net_rise_is_paid() {
        // From 10 to −10 nothing is gained; from 10 to −30 it is $4 · (−10 + 20)/1,000.
        assert_eq!(impact(10, 40, 20), 0);
        assert_eq!(impact(10, 40, 40), 40_001);
        // In two steps more is paid, never less.
        assert_eq!(impact(10, 40, 20) + impact(-10, 20, 20), 40_001);
        assert_eq!(impact(10, 40, 10) + impact(0, 30, 30), 45_001);
    }

    #[test]
    fn extremes_saturate() {
        let market = SkewImpact {
            skew_atoms: i128::MIN,
            skew_scale_atoms: 1,
        };
        let impact = Impact::new(market, 1).unwrap().unwrap();
        let most = impact.of_q32(u64::MAX, 1 << 96).unwrap();
        assert!(most.abs_diff(16 << 96) < 1 << 41, "{most}");
        assert_eq!(market.most_atoms(1, 1, u64::MAX), u64::MAX);
        let none = SkewImpact {
            skew_scale_atoms: 0,
            ..market
        };
        assert_eq!(Impact::new(none, 1).unwrap_err(), RiskError::Overflow);
    }
}
