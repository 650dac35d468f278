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
use crate::governance::TargetTerms;
use crate::number::arith::amount::{part_floor, scaled_floor};
use crate::number::arith::{div_rem_u128_u64, signed_like, wide_mul_signed};
use crate::number::quantity::{AMOUNT_BITS, FRACTION_BITS, Fraction};
use crate::params::PortfolioCoefficients;
use crate::requirement::holding::MAX_HOLDINGS;
use crate::requirement::margin::{MarginReport, report_of};
use crate::requirement::portfolio::{Binding, Level, Portfolio};
use crate::requirement::scenario::Buckets;
use crate::requirement::sums::{BothTerms, BothTotals, Relief, Set, totals};
use crate::requirement::terms::ShareTerms;
use crate::requirement::total::{Joint, Total};

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
    let mut both = share_out(portfolio, Relief::Counted, out)?;
    if portfolio.has_relief() {
        share_initial_out(portfolio, &mut both, out)?;
    }
    report_of(portfolio, &both)
}

/// Both levels, and each holding's contribution to both.
#[inline(never)] // a stack frame of its own
fn share_out(
    portfolio: &Portfolio,
    relief: Relief,
    out: &mut [Contribution],
) -> Result<BothTotals, RiskError> {
    let mut terms = [BothTerms::default(); MAX_HOLDINGS];
    let both = totals(portfolio, Set::All, relief, &mut terms)?;
    let maintenance = MarginSplit::new(portfolio, Level::Maintenance, &both.maintenance);
    let initial = MarginSplit::new(portfolio, Level::Initial, &both.initial);
    for ((slot, terms), holding) in out.iter_mut().zip(&terms).zip(portfolio.holdings) {
        let bucket = holding.coefficients.bucket;
        let maintenance_q32 = maintenance.share_q32(bucket, &terms.maintenance)?;
        let initial_q32 = match both.initial.binding {
            Binding::Maintenance => scaled(maintenance_q32, initial.read.coefficients.im_over_mm),
            _ => initial.share_q32(bucket, &terms.initial)?,
        };
        *slot = Contribution {
            maintenance_atoms: nearest_atoms(maintenance_q32),
            initial_atoms: nearest_atoms(initial_q32),
        };
    }
    Ok(both)
}

/// The initial level and the contributions to it without relief, which it does not count.
#[cold]
#[inline(never)]
fn share_initial_out(
    portfolio: &Portfolio,
    both: &mut BothTotals,
    out: &mut [Contribution],
) -> Result<(), RiskError> {
    let mut without = [Contribution::default(); MAX_HOLDINGS];
    both.read_initial_of(&share_out(portfolio, Relief::Uncounted, &mut without)?);
    for (slot, without) in out.iter_mut().zip(&without).take(portfolio.holdings.len()) {
        slot.initial_atoms = without.initial_atoms;
    }
    Ok(())
}

/// How a requirement divides among the holdings.
struct MarginSplit<'a> {
    read: TargetTerms<'a>,
    total: &'a Total,
}

impl<'a> MarginSplit<'a> {
    fn new(portfolio: &Portfolio<'a>, level: Level, total: &'a Total) -> Self {
        Self {
            read: portfolio.read_at(level),
            total,
        }
    }

    /// Signed share of a holding, units of 2^-32 quote atoms; 0 of one that adds nothing.
    fn share_q32(&self, bucket: u8, terms: &ShareTerms) -> Result<i128, RiskError> {
        let own = match self.total.binding {
            Binding::Scenario(index) => self.scenario_q32(index, bucket, terms.net_q32)?,
            binding => {
                let c = self.read.coefficients;
                let joint = match binding {
                    Binding::Floor => scaled(terms.x_q32.abs(), c.phi),
                    _ => self.var_q32(terms.x_q32, c)?,
                };
                joint.wrapping_add(terms.addon_q32.cast_signed()) // both below 2^111
            }
        };
        Ok(own.wrapping_add(terms.charges_q32.cast_signed()))
    }

    fn scenario_q32(&self, index: u8, bucket: u8, net_q32: i128) -> Result<i128, RiskError> {
        let scenario = self.read.scenarios.get(usize::from(index));
        let scenario = scenario.ok_or(RiskError::ScenarioOutOfBounds)?;
        let mut alone = Buckets::default();
        alone.add(bucket, net_q32)?;
        Ok(alone.loss_q32(scenario))
    }

    fn var_q32(&self, x_q32: i128, c: &PortfolioCoefficients) -> Result<i128, RiskError> {
        let own = scaled(x_q32.abs(), c.one_minus_theta);
        let Joint { spread, deviation } = &self.total.joint;
        if deviation.scaled == 0 {
            return Ok(own); // V = 0: nothing to divide
        }
        let x = spread.scale(x_q32);
        let rest = Fraction::ONE.saturating_sub(deviation.rho);
        // |x| ≤ 2^58, |S| < 2^62.6, ρ ≤ 1: their sum is below 2^63 after the shift, and below 2^121 the product.
        let alone = wide_mul_signed(rest.to_bits().cast_signed(), x);
        let common = wide_mul_signed(deviation.rho.to_bits().cast_signed(), spread.sum());
        let joint = scaled_floor(alone.wrapping_add(common), FRACTION_BITS);
        let product = wide_mul_signed(x, joint);
        let share = div_rem_u128_u64(product.unsigned_abs(), deviation.scaled)?.quotient;
        let share = signed_like(share, product);
        let share_q32 = spread.unscale(share);
        Ok(own.wrapping_add(scaled(share_q32, c.theta))) // below 2^111
    }
}

fn nearest_atoms(amount_q32: i128) -> i128 {
    amount_q32.saturating_add(1 << (AMOUNT_BITS - 1)) >> AMOUNT_BITS
}

/// `amount · fraction`, towards 0.
fn scaled(amount_q32: i128, fraction: Fraction) -> i128 {
    let magnitude = part_floor(amount_q32.unsigned_abs(), fraction.to_bits());
    signed_like(magnitude, amount_q32)
}

#[cfg(test)]
#[path = "contribution_tests.rs"]
mod tests;
