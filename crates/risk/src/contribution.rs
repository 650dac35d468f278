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
use crate::portfolio::{Binding, Deviation, Level, Portfolio, Spread};
use crate::quantity::{AMOUNT_BITS, FRACTION_BITS, Fraction};
use crate::scenario::Buckets;
use crate::shock::charges_q32;
use crate::sums::{BothTotals, Set, both_totals, leg_of, shock_at};

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
    if out.len() < portfolio.holdings.len() {
        return Err(RiskError::TooManyHoldings);
    }
    let both = both_totals(portfolio, Set::All)?;
    let split = Split::of(portfolio, level, &both)?;
    for (slot, holding) in out.iter_mut().zip(portfolio.holdings) {
        *slot = split.share_atoms(&Part::new(holding)?)?;
    }
    Ok(())
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
    if maintenance.len().min(initial.len()) < portfolio.holdings.len() {
        return Err(RiskError::TooManyHoldings);
    }
    let both = both_totals(portfolio, Set::All)?;
    let mm = Split::of(portfolio, Level::Maintenance, &both)?;
    let im = Split::of(portfolio, Level::Initial, &both)?;
    let slots = maintenance.iter_mut().zip(initial.iter_mut());
    for ((mm_slot, im_slot), holding) in slots.zip(portfolio.holdings) {
        let part = Part::new(holding)?;
        *mm_slot = mm.share_atoms(&part)?;
        *im_slot = im.share_atoms(&part)?;
    }
    report_of(portfolio, &both)
}

/// What both levels need of a holding.
struct Part<'a> {
    holding: &'a Holding,
    leg: Leg,
    charges_q32: i128,
}

impl<'a> Part<'a> {
    fn new(holding: &'a Holding) -> Result<Self, RiskError> {
        let leg = leg_of(holding)?;
        let charges = charges_q32(holding.size_atoms, &leg, &holding.coefficients)?;
        Ok(Self {
            holding,
            leg,
            charges_q32: charges.cast_signed(),
        })
    }
}

/// How a requirement divides among the holdings.
struct Split<'a> {
    portfolio: &'a Portfolio<'a>,
    level: Level,
    binding: Binding,
    spread: Spread,
    deviation: Deviation,
    /// What the shares are multiplied by: 1.25 where IM is that multiple of MM.
    scale: Fraction,
}

impl<'a> Split<'a> {
    fn of(portfolio: &'a Portfolio, level: Level, both: &BothTotals) -> Result<Self, RiskError> {
        let by_maintenance =
            level == Level::Initial && both.initial.binding == Binding::Maintenance;
        let (level, scale) = if by_maintenance {
            (Level::Maintenance, portfolio.coefficients.im_over_mm)
        } else {
            (level, Fraction::ONE)
        };
        let (binding, exposures) = match level {
            Level::Maintenance => (both.maintenance.binding, &both.mm_exposures),
            Level::Initial => (both.initial.binding, &both.im_exposures),
        };
        let spread = Spread::new(exposures.values(), exposures.magnitude());
        let deviation = spread.deviation(portfolio.coefficients)?;
        Ok(Self {
            portfolio,
            level,
            binding,
            spread,
            deviation,
            scale,
        })
    }

    /// Signed share of a holding, quote atoms, to nearest.
    fn share_atoms(&self, part: &Part) -> Result<i128, RiskError> {
        if part.holding.is_empty() {
            return Ok(0);
        }
        let mut share_q32 = self.share_q32(part)?;
        if self.scale != Fraction::ONE {
            share_q32 = scaled(share_q32, self.scale)?;
        }
        Ok((share_q32 + (1 << (AMOUNT_BITS - 1))) >> AMOUNT_BITS)
    }

    /// Signed share of a holding before scaling, units of 2^-32 quote atoms.
    fn share_q32(&self, part: &Part) -> Result<i128, RiskError> {
        let Part {
            holding,
            leg,
            charges_q32,
        } = part;
        let own = match self.binding {
            Binding::Scenario(index) => self.scenario_q32(index, holding, leg)?,
            binding => {
                let shock = shock_at(self.level, holding, leg)?;
                let x_q32 = shock.signed_q32(leg)?;
                let addon = shock.addon_q32(leg)?.cast_signed();
                let c = self.portfolio.coefficients;
                addon
                    + match binding {
                        Binding::Floor => scaled(x_q32.abs(), c.phi)?,
                        _ => self.var_q32(x_q32, c)?,
                    }
            }
        };
        Ok(own + charges_q32)
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
