//! Price of the skew that closing a position against the pool leaves (whitepaper §7.4).
//!
//! ```text
//! I(x) = P·(∫₀ˣ max(s + t, s₀) dt)⁺/skew_scale      s, s₀ = skew in the direction of the closing trade
//! ```
//! The impact that the same trade would pay (whitepaper §6.6, [`crate::market::skew`]): at rest P·x·(s + x/2)⁺/skew_scale, what the
//! potential P·skew²/(2·skew_scale) rises by. Convex in x.
//! An owner who opened against the skew was paid for it; closed without, owner and hedge would keep that. A
//! closing that lowers |skew| gets nothing, so splitting one never gains.
use crate::RiskError;
use crate::market::skew::Skew;
use crate::number::arith::{div_ceil_u128, mul_u128_u64_shr_ceil, wide_mul};
use crate::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms};
use crate::number::quantity::{FRACTION_BITS, Reciprocal};

/// The market whose pool a position is closed against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkewImpact {
    /// Net base size of all accounts before the closing.
    pub skew: Skew,
    /// Net base size at which the skew moves the fill price by 100 %, base atoms; > 0.
    pub skew_scale_atoms: u64,
}

impl SkewImpact {
    /// Returns the skew for the buyer that closes a position of this signed size.
    const fn of_closing(&self, size_atoms: i64) -> Skew {
        if size_atoms > 0 {
            self.skew.mirrored() // a long is sold
        } else {
            self.skew
        }
    }

    /// The most that closing a part of a position of this signed size may pay, up: I(x) of a notional that was
    /// rounded to this.
    pub fn most_ceil(
        &self,
        size: SignedBaseAtoms,
        closed: BaseAtoms,
        notional: QuoteAtoms,
    ) -> QuoteAtoms {
        let moved = moved_atoms(self.of_closing(size.get()), closed.get());
        let notional = notional.get().saturating_add(1); // it may have been rounded down
        let doubled_scale = u128::from(self.skew_scale_atoms).saturating_mul(2);
        let most = div_ceil_u128(wide_mul(notional, moved), doubled_scale);
        let most = u64::try_from(most.unwrap_or(u128::MAX));
        QuoteAtoms::new(most.unwrap_or(u64::MAX))
    }
}

/// A market prepared for closing one position.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClosingImpact {
    skew: Skew,
    per_scale: Reciprocal,
}

impl ClosingImpact {
    /// Prepares closing a position of this signed size; none where no part of it pays.
    ///
    /// Errors: [`RiskError::Overflow`] when skew_scale = 0.
    pub fn new(market: SkewImpact, size_atoms: i64) -> Result<Option<Self>, RiskError> {
        if market.skew_scale_atoms == 0 {
            return Err(RiskError::Overflow);
        }
        let skew = market.of_closing(size_atoms);
        if moved_atoms(skew, size_atoms.unsigned_abs()) == 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            skew,
            per_scale: Reciprocal::new_ceil(market.skew_scale_atoms),
        }))
    }

    /// I(x) from x and P·x rounded down, units of 2^-32 quote atoms, up; at most 16·P·x.
    ///
    /// Errors: [`RiskError::Overflow`] when P·x is 2^124 units or more.
    pub fn of_q32(&self, x: u64, notional_q32: u128) -> Result<u128, RiskError> {
        let moved = moved_atoms(self.skew, x);
        if moved == 0 {
            return Ok(0);
        }
        // Half of it over the scale in units of 2^-60 is all of it in units of 2^-59. Saturated it is far more
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

/// Twice the mean skew of buying x, at least 0, saturating: the open-interest caps keep a market below 2^61 atoms.
fn moved_atoms(skew: Skew, x: u64) -> u64 {
    let moved = skew.doubled_mean_of_buyer(x).max(0);
    u64::try_from(moved).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOLLAR_Q32: u128 = 1_000_000 << 32;

    /// I(x), quote atoms up, at $1 per 10 atoms in a market of scale 1,000.
    fn impact(skew_atoms: i128, size_atoms: i64, x: u64) -> u128 {
        impact_of(Skew::resting(skew_atoms), size_atoms, x)
    }

    fn impact_of(skew: Skew, size_atoms: i64, x: u64) -> u128 {
        let market = SkewImpact {
            skew,
            skew_scale_atoms: 1_000,
        };
        let notional_q32 = DOLLAR_Q32 * u128::from(x) / 10;
        let impact = ClosingImpact::new(market, size_atoms).unwrap();
        let cost = impact.map_or(0, |impact| impact.of_q32(x, notional_q32).unwrap());
        let atoms = cost.div_ceil(1 << 32);
        let booked = u64::try_from(notional_q32 >> 32).unwrap();
        let size = SignedBaseAtoms::new(size_atoms);
        let most = market.most_ceil(size, BaseAtoms::new(x), QuoteAtoms::new(booked));
        assert!(atoms <= u128::from(most.get()));
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
    fn a_skew_pushed_in_the_same_second_saves_nothing() {
        // Somebody buys 50 before a long of 20 is sold: it pays as from 0, where the second began.
        let pushed = Skew {
            now_atoms: 50,
            resting_atoms: 0,
        };
        assert_eq!(impact_of(pushed, 20, 20), 0);
        // 10 beyond it: $6 · (100/60)/2/1,000, the mean skew up to whole atoms of its double.
        assert_eq!(impact_of(pushed, 60, 60), 6_001);
        // What was sold in the second before it is paid for: −50 − 10 on average.
        let sold = Skew {
            now_atoms: -50,
            resting_atoms: 0,
        };
        assert_eq!(impact_of(sold, 20, 20), impact(-50, 20, 20));
    }

    #[test]
    fn extremes_saturate() {
        let market = SkewImpact {
            skew: Skew::resting(i128::MIN),
            skew_scale_atoms: 1,
        };
        let impact = ClosingImpact::new(market, 1).unwrap().unwrap();
        let most = impact.of_q32(u64::MAX, 1 << 96).unwrap();
        assert!(most.abs_diff(16 << 96) < 1 << 41, "{most}");
        let (size, one) = (SignedBaseAtoms::new(1), BaseAtoms::new(1));
        let most = market.most_ceil(size, one, QuoteAtoms::MAX);
        assert_eq!(most, QuoteAtoms::MAX);
        let none = SkewImpact {
            skew_scale_atoms: 0,
            ..market
        };
        assert_eq!(
            ClosingImpact::new(none, 1).unwrap_err(),
            RiskError::Overflow
        );
    }
}
