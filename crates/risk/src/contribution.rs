//! Share of each asset in a requirement (section 5); they sum to it up to rounding.
//!
//! ```text
//! var:      (1 − θ)·|X| + θ·X·((1 − ρ)·X + ρ·S)/V + K + B + F       with the binding ρ
//! floor:    φ·|X| + K + B + F
//! scenario: −weight·N·shock + B + F                                  mm: 1.25 × those of MM
//! ```
use crate::RiskError;
use crate::arith::mul_u128_u64_shr_floor;
use crate::holding::{Holding, Leg};

use crate::margin::{MarginReport, report_of};
use crate::params::PortfolioCoefficients;
use crate::portfolio::{Binding, Deviation, Exposures, Level, Portfolio, Spread};
use crate::quantity::{AMOUNT_BITS, FRACTION_BITS, Fraction};
use crate::scenario::Buckets;
use crate::shock::charges_q32;
use crate::sums::{BothTotals, Set, both_totals, shock_at};

/// Writes each holding's contribution to MM or IM, quote atoms, to nearest; in the order of the
/// holdings. Slots beyond them stay as they are.
///
/// Errors: [`RiskError::TooManyHoldings`] when `out` has fewer slots than there are holdings;
/// [`RiskError::Overflow`].
pub fn contributions(
    portfolio: &Portfolio,
    level: Level,
    out: &mut [i128],
) -> Result<(), RiskError> {
    write(portfolio, level, &both_totals(portfolio, Set::All)?, out)
}

/// The margin report and each holding's contribution to MM and to IM, from one pass over the
/// account. For a view.
///
/// Errors: as [`contributions`].
pub fn report_with_contributions(
    portfolio: &Portfolio,
    maintenance: &mut [i128],
    initial: &mut [i128],
) -> Result<MarginReport, RiskError> {
    let both = both_totals(portfolio, Set::All)?;
    write(portfolio, Level::Maintenance, &both, maintenance)?;
    write(portfolio, Level::Initial, &both, initial)?;
    report_of(portfolio, &both)
}

/// Contributions at a level of totals already computed.
fn write(
    portfolio: &Portfolio,
    level: Level,
    both: &BothTotals,
    out: &mut [i128],
) -> Result<(), RiskError> {
    if out.len() < portfolio.holdings.len() {
        return Err(RiskError::TooManyHoldings);
    }
    let (own, binding, exposures, scale) = match (level, both.initial.binding) {
        (Level::Initial, Binding::Maintenance) => (
            Level::Maintenance,
            both.maintenance.binding,
            &both.mm_exposures,
            portfolio.coefficients.im_over_mm,
        ),
        (Level::Initial, binding) => (level, binding, &both.im_exposures, Fraction::ONE),
        (Level::Maintenance, _) => (
            level,
            both.maintenance.binding,
            &both.mm_exposures,
            Fraction::ONE,
        ),
    };
    let split = Split::new(portfolio, own, binding, exposures)?;
    for (slot, holding) in out.iter_mut().zip(portfolio.holdings) {
        let share_q32 = scaled(split.share_q32(holding)?, scale)?;
        *slot = (share_q32 + (1 << (AMOUNT_BITS - 1))) >> AMOUNT_BITS;
    }
    Ok(())
}

/// How a requirement divides among the holdings.
struct Split<'a> {
    portfolio: &'a Portfolio<'a>,
    level: Level,
    binding: Binding,
    spread: Spread,
    deviation: Deviation,
}

impl<'a> Split<'a> {
    fn new(
        portfolio: &'a Portfolio,
        level: Level,
        binding: Binding,
        exposures: &Exposures,
    ) -> Result<Self, RiskError> {
        let spread = Spread::new(exposures.values(), exposures.magnitude());
        let deviation = spread.deviation(portfolio.coefficients)?;
        Ok(Self {
            portfolio,
            level,
            binding,
            spread,
            deviation,
        })
    }

    /// Signed share of a holding, units of 2^-32 quote atoms.
    fn share_q32(&self, holding: &Holding) -> Result<i128, RiskError> {
        if holding.is_empty() {
            return Ok(0);
        }
        let leg = Leg::new(
            holding.unit_price()?,
            holding.sizes(),
            &holding.coefficients,
        )?;
        let charges = charges_q32(holding.size_atoms, &leg, &holding.coefficients)?.cast_signed();
        let own = match self.binding {
            Binding::Scenario(index) => self.scenario_q32(index, holding, &leg)?,
            binding => {
                let shock = shock_at(self.level, holding, &leg)?;
                let x_q32 = shock.signed_q32(&leg)?;
                let addon = shock.addon_q32(&leg)?.cast_signed();
                let c = self.portfolio.coefficients;
                addon
                    + match binding {
                        Binding::Floor => scaled(x_q32.abs(), c.phi)?,
                        _ => self.var_q32(x_q32, c)?,
                    }
            }
        };
        Ok(own + charges)
    }

    fn scenario_q32(&self, index: u8, holding: &Holding, leg: &Leg) -> Result<i128, RiskError> {
        let scenario = self.portfolio.scenarios.get(usize::from(index));
        let scenario = scenario.ok_or(RiskError::ScenarioOutOfBounds)?;
        let mut alone = Buckets::default();
        alone.add(holding.coefficients.bucket, leg.signed_net_q32())?;
        alone.weighted_loss_q32(scenario)
    }

    fn var_q32(&self, x_q32: i128, c: &PortfolioCoefficients) -> Result<i128, RiskError> {
        let own = scaled(x_q32.abs(), c.one_minus_theta)?;
        if self.deviation.scaled == 0 {
            return Ok(own); // V = 0: nothing to divide
        }
        let x = i128::from(self.spread.scale(x_q32));
        let rho = i128::from(self.deviation.rho.to_bits());
        let rest = i128::from(Fraction::ONE.saturating_sub(self.deviation.rho).to_bits());
        // |x| ≤ 2^58, |S| < 2^63, ρ ≤ 1: below 2^124 before the shift.
        let joint = (rest * x + rho * i128::from(self.spread.sum())) >> FRACTION_BITS;
        let share = x * joint / i128::from(self.deviation.scaled);
        let share_q32 = self.spread.unscale(share);
        Ok(own + scaled(share_q32, c.theta)?)
    }
}

/// `amount · fraction`, towards 0.
fn scaled(amount_q32: i128, fraction: Fraction) -> Result<i128, RiskError> {
    let magnitude =
        mul_u128_u64_shr_floor(amount_q32.unsigned_abs(), fraction.to_bits(), FRACTION_BITS)?;
    Ok(if amount_q32 < 0 {
        -magnitude.cast_signed()
    } else {
        magnitude.cast_signed()
    })
}

#[cfg(test)]
#[path = "contribution_tests.rs"]
mod tests;
