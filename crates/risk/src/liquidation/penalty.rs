//! Recipients of a liquidation penalty, insurance's addition to a small one, and the gross that a liquidation
//! window is measured from (whitepaper §7.3).
//!
//! ```text
//! Π = liquidator λ·Π + insurance + pool        top-up = (min(reward_min, taker fee)·notional − λ·Π)⁺
//! ```
use crate::RiskError;
use crate::number::arith::mul_div_floor_u64;
use crate::number::atoms::{QuoteAtoms, SignedBaseAtoms};
use crate::number::quantity::{E9, UnitPrice};
use crate::params::LiquidationParams;
use crate::requirement::portfolio::Portfolio;

/// A penalty and its parts, quote atoms: `liquidator + insurance + pool = total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PenaltySplit {
    /// Π.
    pub total_atoms: u64,
    /// λ·Π, down: what the liquidator earns.
    pub liquidator_atoms: u64,
    /// The insurance fund's share of the rest, down.
    pub insurance_atoms: u64,
    /// The rest, the pool's: dust included.
    pub pool_atoms: u64,
}

/// The parts of a penalty.
///
/// Errors: [`RiskError::Overflow`] when a share exceeds 1.
pub fn split(total_atoms: u64, params: &LiquidationParams) -> Result<PenaltySplit, RiskError> {
    let liquidator_atoms = mul_div_floor_u64(total_atoms, params.liquidator_share_e9, E9)?;
    let rest = total_atoms
        .checked_sub(liquidator_atoms)
        .ok_or(RiskError::Overflow)?;
    let insurance_atoms = mul_div_floor_u64(rest, params.insurance_share_e9, E9)?;
    let pool_atoms = rest
        .checked_sub(insurance_atoms)
        .ok_or(RiskError::Overflow)?;
    Ok(PenaltySplit {
        total_atoms,
        liquidator_atoms,
        insurance_atoms,
        pool_atoms,
    })
}

/// What a liquidator gets at least for a closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeastReward {
    /// The smaller of P·x and the closed share of |entry|: else a position whose notional grew could get back more
    /// than it paid.
    pub closed_notional: QuoteAtoms,
    /// `reward_min`, × 10^9 of the notional.
    pub reward_min_e9: u64,
    /// The fee that opening the position cost, × 10^9: more is never paid, so that liquidating oneself never pays.
    pub taker_fee_e9: u64,
}

impl LeastReward {
    /// What insurance adds to the liquidator's share of a penalty, down, up to
    /// `⌊min(reward_min, taker fee) · notional⌋`; never more than `insurance`. Rounded down: splitting never gains.
    pub fn topup(&self, split: &PenaltySplit, insurance: QuoteAtoms) -> QuoteAtoms {
        let share = self.reward_min_e9.min(self.taker_fee_e9).min(E9); // at most the notional: it fits
        let least = mul_div_floor_u64(self.closed_notional.get(), share, E9).unwrap_or(0);
        let missing = least.saturating_sub(split.liquidator_atoms);
        QuoteAtoms::new(missing).min(insurance)
    }
}

/// Σ P·|q| + loan, quote atoms, up, saturating: a window that is measured from it ends there too.
///
/// Errors: [`RiskError::Overflow`] when `base_decimals` > 18.
pub fn gross_notional_ceil(portfolio: &Portfolio) -> Result<u64, RiskError> {
    let mut gross = portfolio.quote_atoms.min(0).unsigned_abs();
    for holding in portfolio
        .holdings
        .iter()
        .filter(|holding| holding.has_position())
    {
        let unit = UnitPrice::from_price_ceil(holding.price, holding.coefficients.base_decimals)?;
        let size = SignedBaseAtoms::new(holding.size_atoms).magnitude();
        let notional = unit.notional_ceil(size).unwrap_or(QuoteAtoms::MAX);
        gross = gross.saturating_add(notional.get());
    }
    Ok(gross)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reward_topup(
        split: &PenaltySplit,
        closed_notional: u64,
        reward_min_e9: u64,
        taker_fee_e9: u64,
        insurance: u64,
    ) -> u64 {
        let least = LeastReward {
            closed_notional: QuoteAtoms::new(closed_notional),
            reward_min_e9,
            taker_fee_e9,
        };
        least.topup(split, QuoteAtoms::new(insurance)).get()
    }

    #[test]
    fn the_parts_sum_to_the_whole_and_dust_is_the_pools() {
        let params = LiquidationParams {
            liquidator_share_e9: 500_000_000,
            insurance_share_e9: 333_333_333,
            ..LiquidationParams::reference()
        };
        let penalty = split(101, &params).unwrap();
        assert_eq!(penalty.liquidator_atoms, 50);
        assert_eq!(penalty.insurance_atoms, 16);
        assert_eq!(penalty.pool_atoms, 35);
        assert_eq!(split(0, &params).unwrap(), PenaltySplit::default());
    }

    #[test]
    fn gross_is_every_position_and_the_loan() {
        use crate::fixture::{ETH, SOL, USD, coefficients, eth, portfolio, sol, sol_collateral};
        let c = coefficients();
        let gross = |quote, holdings: &[crate::requirement::holding::Holding]| {
            gross_notional_ceil(&portfolio(&c, quote, holdings)).unwrap()
        };
        let held = [sol(10 * SOL), eth(-ETH), sol_collateral(5)];
        let positions = gross(7 * USD, &held); // $1,000 + $2,000
        assert!((3_000_000_000..=3_000_000_002).contains(&positions));
        assert_eq!(gross(-7 * USD, &held), positions + 7_000_000);
        assert_eq!(gross(7 * USD, &[]), 0);
    }

    #[test]
    fn a_share_above_one_is_refused() {
        let params = LiquidationParams {
            liquidator_share_e9: E9 + 1,
            ..LiquidationParams::reference()
        };
        assert_eq!(split(E9, &params), Err(RiskError::Overflow));
    }

    fn earned(liquidator_atoms: u64) -> PenaltySplit {
        PenaltySplit {
            liquidator_atoms,
            ..PenaltySplit::default()
        }
    }

    #[test]
    fn insurance_raises_a_small_reward_to_the_least() {
        let topup = |liquidator, notional, insurance| {
            reward_topup(
                &earned(liquidator),
                notional,
                1_000_000,
                2_000_000,
                insurance,
            )
        };
        assert_eq!(topup(0, 1_000_999, 5_000), 1_000); // 0.1 %, down
        assert_eq!(topup(400, 1_000_000, 5_000), 600);
        assert_eq!(topup(1_000, 1_000_000, 5_000), 0);
        assert_eq!(topup(9_999, 1_000_000, 5_000), 0);
        assert_eq!(topup(400, 1_000_000, 50), 50, "what insurance holds");
        assert_eq!(topup(0, 999, 5_000), 0);
    }

    #[test]
    fn a_reward_is_never_above_the_fee_that_the_position_cost() {
        assert_eq!(
            reward_topup(&earned(0), 1_000_000, 1_000_000, 500_000, 9_999),
            500
        );
        assert_eq!(reward_topup(&earned(0), 1_000_000, 1_000_000, 0, 9_999), 0);
        let most = reward_topup(&earned(0), u64::MAX, u64::MAX, u64::MAX, u64::MAX);
        assert_eq!(most, u64::MAX);
    }
}
