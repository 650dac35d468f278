//! Who gets a liquidation penalty, and the gross that a liquidation window is measured from (§7.2).
use crate::RiskError;
use crate::arith::mul_div_floor_u64;
use crate::params::LiquidationParams;
use crate::portfolio::Portfolio;
use crate::quantity::{E9, UnitPrice};

/// A penalty and its parts, quote atoms: `liquidator + insurance + pool = total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PenaltySplit {
    /// Π.
    pub total_atoms: u64,
    /// λ·Π, down: what the liquidator earns.
    pub liquidator_atoms: u64,
    /// The insurance fund's share of the rest, down.
    pub insurance_atoms: u64,
    /// What is left, the pool's: dust included.
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

/// Σ P·|q| + loan, quote atoms, up.
///
/// Errors: [`RiskError::Overflow`].
pub fn gross_notional_ceil(portfolio: &Portfolio) -> Result<u64, RiskError> {
    let mut gross = portfolio.quote_atoms.min(0).unsigned_abs();
    for holding in portfolio
        .holdings
        .iter()
        .filter(|holding| holding.has_position())
    {
        let unit = UnitPrice::from_price_ceil(holding.price, holding.coefficients.base_decimals)?;
        let notional = unit.notional_ceil(holding.size_atoms.unsigned_abs())?;
        gross = gross.checked_add(notional).ok_or(RiskError::Overflow)?;
    }
    Ok(gross)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let gross = |quote, holdings: &[crate::holding::Holding]| {
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
}
