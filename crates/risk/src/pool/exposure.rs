//! Free cash that the pool's exposures need (whitepaper §6.15).
//!
//! ```text
//! Σ ⌈|net notional| · c_IM / util_max⌉ ≤ free
//! ```
//! Over all markets, for a redemption, which is paid out of what is free beyond it; a trade checks its own market's
//! allocation ([`crate::market::trade::check_utilization`]).
use crate::number::arith::{div_ceil_u128, mul_u128_u64_shr_ceil, wide_mul};
use crate::number::atoms::QuoteAtoms;
use crate::number::quantity::{E9, FRACTION_BITS, Fraction};

/// The sum so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Free cash that the markets added so far need, quote atoms, up.
    pub needed_atoms: u128,
}

impl Exposure {
    /// With another market: `⌈|net notional| · c_IM / util_max⌉` more, each exact but for its rounding.
    ///
    /// An exposure that may use nothing of the pool (util_max = 0) needs more than there ever is.
    #[must_use]
    pub fn with_market(self, net_notional: QuoteAtoms, c_im: Fraction, util_max_e9: u64) -> Self {
        let exposure = wide_mul(net_notional.get(), c_im.to_bits());
        // ⌈⌈x/a⌉/b⌉ = ⌈x/(a·b)⌉
        let needed = match mul_u128_u64_shr_ceil(exposure, E9, FRACTION_BITS) {
            Ok(0) => Ok(0),
            Ok(scaled) => div_ceil_u128(scaled, u128::from(util_max_e9)),
            Err(error) => Err(error),
        };
        Self {
            needed_atoms: self
                .needed_atoms
                .saturating_add(needed.unwrap_or(u128::MAX)),
        }
    }

    /// Returns the cash that may leave the pool, quote atoms: free cash beyond what the markets need; 0 where there is none, exact up
    /// to [`u64::MAX`]. `free_atoms` = pool − loans.
    pub fn spare_atoms(self, free_atoms: i128) -> u64 {
        let free = u128::try_from(free_atoms).unwrap_or(0);
        u64::try_from(free.saturating_sub(self.needed_atoms)).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: u64 = 100_000_000;

    #[test]
    fn the_markets_add_up_each_rounded_up() {
        let c_im = Fraction::from_bits(1 << 57); // 1/8
        let one = Exposure::default().with_market(QuoteAtoms::new(1_001), c_im, 800_000_000);
        assert_eq!(one.needed_atoms, 157); // 1001/8/0.8 = 156.4
        let two = one.with_market(QuoteAtoms::new(1_001), c_im, 500_000_000);
        assert_eq!(two.needed_atoms, 157 + 251); // 250.25
        assert_eq!([407, 408, 409].map(|free| two.spare_atoms(free)), [0, 0, 1]);
    }

    #[test]
    fn agrees_with_the_check_of_a_trade() {
        use crate::market::trade::check_utilization;
        use crate::params::TradeParams;
        let params = TradeParams::reference();
        for notional in [0, 1, 79, 1_000_003, u64::MAX] {
            for bits in [1, (1 << 57) + 1, 1 << 60, u64::MAX] {
                let c_im = Fraction::from_bits(bits);
                let needed = Exposure::default()
                    .with_market(QuoteAtoms::new(notional), c_im, params.util_max_e9)
                    .needed_atoms;
                let check = |free| {
                    let (side, free) = (QuoteAtoms::new(notional), QuoteAtoms::new(free));
                    check_utilization(side, c_im, free, &params)
                };
                if let Ok(free) = u64::try_from(needed) {
                    assert_eq!(check(free), Ok(()));
                    if let Some(less) = free.checked_sub(1) {
                        assert!(check(less).is_err());
                    }
                }
            }
        }
    }

    #[test]
    fn without_exposure_what_is_free_may_leave_and_nothing_of_a_lack() {
        let spare = |free| Exposure::default().spare_atoms(free);
        assert_eq!([-1, 0, 7].map(spare), [0, 0, 7]);
        assert_eq!(spare(i128::MIN), 0);
        assert_eq!(spare(i128::MAX), u64::MAX);
    }

    #[test]
    fn a_market_that_may_use_nothing_needs_all() {
        let flat = Exposure::default().with_market(QuoteAtoms::new(0), Fraction::ONE, 0);
        assert_eq!(flat.needed_atoms, 0);
        let open = flat.with_market(QuoteAtoms::new(1), Fraction::ONE, 0);
        assert_eq!(open.spare_atoms(i128::MAX), 0);
        let more = open.with_market(QuoteAtoms::new(1), Fraction::ONE, TENTH);
        assert_eq!(more.spare_atoms(i128::MAX), 0);
    }
}
