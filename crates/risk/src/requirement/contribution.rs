//! Share of each asset in a requirement (whitepaper §5.1); they sum to it up to rounding, and in IM up to 2^-32
//! of it: so close its own term is named although 1.25·MM is the larger.
//!
//! ```text
//! var:      (1 − θ)·|X| + θ·X·((1 − ρ)·X + ρ·S)/V + K + B + F       with the binding ρ
//! floor:    φ·|X| + K + B + F
//! scenario: −weight·N·shock + B + F                                  mm: 1.25 × those of MM
//! ```
//! Each level by what it reads: while a ramp runs, IM by the target parameters; IM and its 1.25·MM without relief.
use crate::RiskError;
use crate::governance::{AssetTerms, TargetTerms};
use crate::number::arith::{add_i128, mul_u128_u64_shr_floor, signed_like};
use crate::number::quantity::{AMOUNT_BITS, FRACTION_BITS, Fraction};
use crate::params::PortfolioCoefficients;
use crate::requirement::holding::{Holding, ValuedHolding};
use crate::requirement::margin::{MarginReport, report_of};
use crate::requirement::portfolio::{Binding, Joint, Level, Portfolio, Total};
use crate::requirement::scenario::Buckets;
use crate::requirement::shock::charges_q32;
use crate::requirement::sums::{Relief, Set, both_totals, shock_at, totals, value_holding};

/// A holding's share of both requirements, quote atoms, to nearest; negative for a hedge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    /// Of MM.
    pub maintenance_atoms: i128,
    /// Of IM.
    pub initial_atoms: i128,
}

/// The margin report, and each holding's contribution in the order of the holdings. Slots beyond
/// them stay as they are. For a view.
///
/// Errors: [`RiskError::TooManyHoldings`] when `out` has fewer slots than there are holdings;
/// [`RiskError::Overflow`].
pub fn report_with_contributions(
    portfolio: &Portfolio,
    out: &mut [Contribution],
) -> Result<MarginReport, RiskError> {
    if out.len() < portfolio.holdings.len() {
        return Err(RiskError::TooManyHoldings);
    }
    let both = both_totals(portfolio, Set::All, Relief::Uncounted)?;
    let maintenance = MarginSplit::new(portfolio, Level::Maintenance, &both.maintenance);
    let initial = MarginSplit::new(portfolio, Level::Initial, &both.initial);
    let unrelieved = unrelieved_maintenance(portfolio)?;
    for (slot, holding) in out.iter_mut().zip(portfolio.holdings) {
        if holding.is_empty() {
            *slot = Contribution::default();
            continue;
        }
        let part = Part::new(holding)?;
        let maintenance_q32 = maintenance.share_q32(&part)?;
        let initial_q32 = match &unrelieved {
            None => initial.initial_q32(&part, maintenance_q32)?,
            Some(total) => {
                let scaled = MarginSplit::new(portfolio, Level::Maintenance, total);
                initial.unrelieved_q32(&scaled, holding)?
            }
        };
        *slot = Contribution {
            maintenance_atoms: nearest_atoms(maintenance_q32),
            initial_atoms: nearest_atoms(initial_q32),
        };
    }
    report_of(portfolio, &both)
}

/// MM without relief, of which IM is at least 1.25 times; none where nothing is relief.
fn unrelieved_maintenance(portfolio: &Portfolio) -> Result<Option<Total>, RiskError> {
    if !portfolio.has_relief() {
        return Ok(None);
    }
    Ok(Some(
        totals(portfolio, Set::All, Relief::Uncounted)?.maintenance,
    ))
}

/// Needs of a level that reads a holding as it is.
struct Part<'a> {
    holding: &'a Holding,
    valued: ValuedHolding,
    charges_q32: i128,
}

impl<'a> Part<'a> {
    fn new(holding: &'a Holding) -> Result<Self, RiskError> {
        let valued = value_holding(holding)?;
        let charges = charges_q32(holding.size_atoms, &valued, &holding.coefficients)?;
        Ok(Self {
            holding,
            valued,
            charges_q32: charges.cast_signed(),
        })
    }
}

/// How a requirement divides among the holdings.
struct MarginSplit<'a> {
    read: TargetTerms<'a>,
    level: Level,
    total: &'a Total,
}

impl<'a> MarginSplit<'a> {
    fn new(portfolio: &Portfolio<'a>, level: Level, total: &'a Total) -> Self {
        Self {
            read: portfolio.read_at(level),
            level,
            total,
        }
    }

    /// Signed share of IM of a holding, whose share of the MM that IM is at least 1.25 times of is known, units of 2^-32
    /// quote atoms.
    fn initial_q32(&self, part: &Part, maintenance_q32: i128) -> Result<i128, RiskError> {
        match (self.total.binding, &part.holding.initial) {
            (Binding::Maintenance, _) => scaled(maintenance_q32, self.read.coefficients.im_over_mm),
            (_, None) => self.share_q32(part),
            (_, Some(terms)) => self.share_by_q32(terms, part.holding),
        }
    }

    /// The same of an account with relief, `maintenance` being the split of MM without it.
    #[cold]
    #[inline(never)]
    fn unrelieved_q32(&self, maintenance: &Self, holding: &Holding) -> Result<i128, RiskError> {
        let holding = holding.without_relief();
        let part = Part::new(&holding)?;
        self.initial_q32(&part, maintenance.share_q32(&part)?)
    }

    /// Signed share of a holding read by other terms, units of 2^-32 quote atoms.
    #[inline(never)] // while a ramp runs; a stack frame of its own
    fn share_by_q32(&self, terms: &AssetTerms, holding: &Holding) -> Result<i128, RiskError> {
        self.share_q32(&Part::new(&holding.with_terms(terms))?)
    }

    /// Signed share of a holding, units of 2^-32 quote atoms.
    fn share_q32(&self, part: &Part) -> Result<i128, RiskError> {
        let Part {
            holding,
            valued,
            charges_q32,
        } = part;
        let own = match self.total.binding {
            Binding::Scenario(index) => self.scenario_q32(index, holding, valued)?,
            binding => {
                let shock = shock_at(self.level, holding, valued)?;
                let x_q32 = shock.signed_q32(valued)?;
                let addon = shock.addon_q32(valued)?.cast_signed();
                let c = self.read.coefficients;
                let joint = match binding {
                    Binding::Floor => scaled(x_q32.abs(), c.phi)?,
                    _ => self.var_q32(x_q32, c)?,
                };
                add_i128(addon, joint)?
            }
        };
        add_i128(own, *charges_q32)
    }

    fn scenario_q32(
        &self,
        index: u8,
        holding: &Holding,
        valued: &ValuedHolding,
    ) -> Result<i128, RiskError> {
        let scenario = self.read.scenarios.get(usize::from(index));
        let scenario = scenario.ok_or(RiskError::ScenarioOutOfBounds)?;
        let mut alone = Buckets::default();
        alone.add(holding.coefficients.bucket, valued.signed_net_q32())?;
        alone.loss_q32(scenario)
    }

    fn var_q32(&self, x_q32: i128, c: &PortfolioCoefficients) -> Result<i128, RiskError> {
        let own = scaled(x_q32.abs(), c.one_minus_theta)?;
        let Joint { spread, deviation } = &self.total.joint;
        if deviation.scaled == 0 {
            return Ok(own); // V = 0: nothing to divide
        }
        let x = i128::from(spread.scale(x_q32));
        let rho = i128::from(deviation.rho.to_bits());
        let rest = i128::from(Fraction::ONE.saturating_sub(deviation.rho).to_bits());
        // |x| ≤ 2^58, |S| < 2^63, ρ ≤ 1: below 2^124 before the shift, and 2^122 after the product.
        let joint = rest
            .checked_mul(x)
            .zip(rho.checked_mul(i128::from(spread.sum())))
            .and_then(|(alone, common)| alone.checked_add(common));
        let share = joint
            .and_then(|joint| x.checked_mul(joint >> FRACTION_BITS))
            .and_then(|product| product.checked_div(i128::from(deviation.scaled)))
            .ok_or(RiskError::Overflow)?;
        let share_q32 = spread.unscale(share);
        add_i128(own, scaled(share_q32, c.theta)?)
    }
}

fn nearest_atoms(amount_q32: i128) -> i128 {
    amount_q32.saturating_add(1 << (AMOUNT_BITS - 1)) >> AMOUNT_BITS
}

/// `amount · fraction`, towards 0.
fn scaled(amount_q32: i128, fraction: Fraction) -> Result<i128, RiskError> {
    let magnitude =
        mul_u128_u64_shr_floor(amount_q32.unsigned_abs(), fraction.to_bits(), FRACTION_BITS)?;
    Ok(signed_like(magnitude, amount_q32))
}

#[cfg(test)]
#[path = "contribution_tests.rs"]
mod tests;
