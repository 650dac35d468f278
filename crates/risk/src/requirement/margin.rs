//! The levels of an account and the report of all of them (whitepaper §5.4).
//!
//! | level | condition | function |
//! |---|---|---|
//! | Initial | equity_im ≥ IM after it | [`initial`] |
//! | Reduce | MM does not rise; equity − MM does not fall, or only by skew impact, or equity ≥ (1 + β)·MM | [`Reduce::require_accepted`] |
//! | Maintenance | equity_mm < MM: liquidatable | [`liquidation_valuation`] |
use crate::RiskError;
use crate::number::arith::{Product, add_u128, wide_add};
use crate::number::atoms::QuoteAtoms;
use crate::number::quantity::E9;
use crate::requirement::equity::{ceil_atoms, floor_atoms, q32};
use crate::requirement::favour::Favour;
use crate::requirement::holding::Holding;
use crate::requirement::portfolio::{Binding, Portfolio};
use crate::requirement::shock::{Shock, initial_shock, maintenance_shock};
use crate::requirement::sums::{BothTotals, MaintenanceSums, Relief, Set, both_totals, collect};
use crate::requirement::total::Total;
use crate::requirement::valued::ValuedHolding;

/// A requirement and the equity that stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Required margin, quote atoms, up; ≥ 0.
    pub margin_atoms: i128,
    /// Equity, quote atoms, down.
    pub equity_atoms: i128,
    /// The term that sets the margin.
    pub binding: Binding,
}

impl Requirement {
    /// Equity − margin, quote atoms.
    #[inline]
    pub const fn free_collateral_atoms(&self) -> i128 {
        self.equity_atoms.saturating_sub(self.margin_atoms) // both within ±2^96
    }

    /// Equity < margin.
    #[inline]
    pub const fn is_liquidatable(&self) -> bool {
        self.equity_atoms < self.margin_atoms
    }

    /// Equity ≥ (1 + β)·margin, exact.
    pub fn reaches_target(&self, beta_e9: u64) -> bool {
        let Ok(equity) = u128::try_from(self.equity_atoms) else {
            return false; // margin ≥ 0
        };
        let margin = self.margin_atoms.unsigned_abs();
        Product(margin, wide_add(E9, beta_e9)).at_most(Product(equity, u128::from(E9)))
    }

    /// How far below it is.
    #[inline]
    pub(crate) const fn severity(&self) -> Severity {
        if self.is_severe() {
            Severity::Severe
        } else {
            Severity::Ordinary
        }
    }

    /// Equity < ⅔·margin: liquidated whole and without grace.
    #[inline]
    pub const fn is_severe(&self) -> bool {
        self.equity_atoms.saturating_mul(3) < self.margin_atoms.saturating_mul(2)
    }
}

/// How far below its margin an account is that is liquidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Closed to the liquidation target, within its window.
    Ordinary,
    /// Severely undercollateralised: closed as far as that helps, whatever the window.
    Severe,
}

/// Outcome of the Initial level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialVerdict {
    /// Free collateral ≥ 0.
    Met,
    /// Free collateral < 0.
    NotMet,
    /// An asset with a position has no usable price.
    PositionPriceUnusable,
}

/// The Initial level of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitialReport {
    /// IM and equity_im, every asset counted at its observation.
    pub requirement: Requirement,
    /// equity_im − IM; the smaller of with and without assets whose price is unusable, unless one of
    /// them has a position.
    pub free_collateral_atoms: i128,
    /// Whether the account may open, increase or withdraw.
    pub verdict: InitialVerdict,
    /// MM and equity of the same account, every asset counted at its observation.
    pub maintenance: Requirement,
}

impl InitialReport {
    /// Whether the account may open, increase or withdraw.
    pub fn meets_initial_margin(&self) -> bool {
        self.verdict == InitialVerdict::Met
    }

    /// What the account lacks of its initial margin, IM − equity_im with every asset at its observation, quote atoms; 0 where
    /// it lacks nothing. What counts nothing for want of a usable price is not lacking: its owner may choose when that is.
    pub fn lacking(&self) -> QuoteAtoms {
        let lacking_atoms = self.requirement.free_collateral_atoms().min(0);
        QuoteAtoms::new(u64::try_from(lacking_atoms.unsigned_abs()).unwrap_or(u64::MAX))
    }

    /// Errors: [`RiskError::InitialMarginNotMet`], [`RiskError::PositionPriceUnusable`].
    pub const fn require_met(&self) -> Result<(), RiskError> {
        match self.verdict {
            InitialVerdict::Met => Ok(()),
            InitialVerdict::NotMet => Err(RiskError::InitialMarginNotMet),
            InitialVerdict::PositionPriceUnusable => Err(RiskError::PositionPriceUnusable),
        }
    }
}

/// Equity and MM as a liquidation sees them: assets without a usable price cannot hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationValuation {
    /// MM of every asset; equity with those moved in the account's favour that have no usable price.
    pub requirement: Requirement,
    /// Part of that equity that is favour, quote atoms, down.
    pub favour_atoms: i128,
    /// Every held asset has a usable price: this valuation may clear a flag.
    pub all_usable: bool,
    /// Some amount was 2^64 quote atoms or more and ended there: it tells that an account is below its margin and nothing that
    /// is owed or paid.
    pub is_saturated: bool,
}

impl LiquidationValuation {
    /// The requirement with the favour of before a closing: a margin that falls lowers what doubtful prices may give,
    /// and that is not what the closing is judged by. The same where that limit does not bind.
    #[inline]
    pub const fn requirement_with(&self, favour_before_atoms: i128) -> Requirement {
        let kept = favour_before_atoms.saturating_sub(self.favour_atoms);
        Requirement {
            equity_atoms: self.requirement.equity_atoms.saturating_add(kept),
            ..self.requirement
        }
    }
}

/// Everything the margin says about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarginReport {
    /// MM and equity at the given observations.
    pub maintenance: Requirement,
    /// IM, equity_im, free collateral and verdict.
    pub initial: InitialReport,
    /// MM and equity as a liquidation sees them.
    pub liquidation: LiquidationValuation,
    /// Σ P·|q| + loan, up, quote atoms: what leverage is measured from.
    pub gross_notional_atoms: i128,
}

/// Shocks and net notional of one holding, for reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldingReport {
    /// Maintenance shock.
    pub maintenance: Shock,
    /// Initial shock.
    pub initial: Shock,
    /// N with the collateral weight in force, rounded away from zero, quote atoms.
    pub net_quote_atoms: i128,
}

/// MM and equity, every asset counted at its observation. For a reduce, and for display.
///
/// Errors: [`RiskError::Overflow`], [`RiskError::TooManyHoldings`].
pub fn maintenance(portfolio: &Portfolio) -> Result<Requirement, RiskError> {
    let mut sums = MaintenanceSums::new(portfolio);
    collect(portfolio, Set::All, &mut sums)?;
    sums.require_exact()?;
    maintenance_of(&sums, portfolio)
}

/// IM, equity_im and whether the account meets them. Relief counts in MM and its equity alone.
///
/// Errors: [`RiskError::Overflow`], [`RiskError::TooManyHoldings`]. Unmet margin is not an error here:
/// see [`InitialReport::require_met`].
pub fn initial(portfolio: &Portfolio) -> Result<InitialReport, RiskError> {
    initial_by(portfolio, Relief::Uncounted)
}

/// The same where relief counts at the initial level too: what an account with it still lacks. For more relief, and for
/// nothing that opens or pays out.
///
/// Errors: those of [`initial`].
pub fn initial_with_relief(portfolio: &Portfolio) -> Result<InitialReport, RiskError> {
    initial_by(portfolio, Relief::Counted)
}

fn initial_by(portfolio: &Portfolio, relief: Relief) -> Result<InitialReport, RiskError> {
    initial_of(
        portfolio,
        &both_totals(portfolio, Set::All, relief)?,
        relief,
    )
}

fn initial_of(
    portfolio: &Portfolio,
    both: &BothTotals,
    relief: Relief,
) -> Result<InitialReport, RiskError> {
    let maintenance = requirement(both.maintenance, both.equity_mm_q32);
    let requirement = requirement(both.initial, both.equity_im_q32);
    let mut free_collateral_atoms = requirement.free_collateral_atoms();
    let mut verdict = InitialVerdict::Met;
    let held = portfolio.holdings.iter();
    let mut unusable = held.filter(|h| !h.usable_initial && !h.is_empty());
    let first = unusable.next();
    if first.is_some_and(Holding::has_position) || unusable.any(Holding::has_position) {
        verdict = InitialVerdict::PositionPriceUnusable;
    } else {
        if first.is_some() {
            let without = both_totals(portfolio, Set::UsableInitial, relief)?;
            let without = self::requirement(without.initial, without.equity_im_q32);
            free_collateral_atoms = free_collateral_atoms.min(without.free_collateral_atoms());
        }
        if free_collateral_atoms < 0 {
            verdict = InitialVerdict::NotMet;
        }
    }
    Ok(InitialReport {
        requirement,
        free_collateral_atoms,
        verdict,
        maintenance,
    })
}

/// MM and equity by rule 2 (b): every asset counts in MM, and one without a usable price in equity at a price moved
/// in the account's favour. Never fails on amounts.
///
/// Errors: [`RiskError::TooManyHoldings`]; those of parameters outside their bounds.
pub fn liquidation_valuation(portfolio: &Portfolio) -> Result<LiquidationValuation, RiskError> {
    let mut sums = MaintenanceSums::new(portfolio);
    collect(portfolio, Set::All, &mut sums)?;
    valuation_of(&sums, portfolio)
}

/// The same of an account that is summed.
pub(crate) fn valuation_of(
    sums: &MaintenanceSums,
    portfolio: &Portfolio,
) -> Result<LiquidationValuation, RiskError> {
    Ok(LiquidationValuation {
        is_saturated: sums.is_saturated,
        ..valued(sums.total(portfolio)?, sums.equity_q32, sums.favour)
    })
}

/// The valuation of a liquidation, of an account with this margin, this equity at its observations and this favour.
fn valued(total: Total, equity_q32: i128, favour: Option<Favour>) -> LiquidationValuation {
    let favour_q32 = favour.map_or(0, |favour| favour.within(total.margin_q32));
    LiquidationValuation {
        requirement: requirement(total, equity_q32.wrapping_add(favour_q32)), // both below 2^112
        favour_atoms: floor_atoms(favour_q32),
        all_usable: favour.is_none(),
        is_saturated: false,
    }
}

/// Everything, for a view or an event.
///
/// Errors: [`RiskError::Overflow`], [`RiskError::TooManyHoldings`].
pub fn report(portfolio: &Portfolio) -> Result<MarginReport, RiskError> {
    report_of(
        portfolio,
        &both_totals(portfolio, Set::All, Relief::Uncounted)?,
    )
}

/// The report, from one pass over the account.
pub(crate) fn report_of(
    portfolio: &Portfolio,
    both: &BothTotals,
) -> Result<MarginReport, RiskError> {
    let initial = initial_of(portfolio, both, Relief::Uncounted)?;
    let loan_q32 = q32(portfolio.quote_atoms.min(0)).unsigned_abs();
    Ok(MarginReport {
        maintenance: initial.maintenance,
        initial,
        liquidation: valued(both.maintenance, both.equity_mm_q32, both.favour),
        gross_notional_atoms: ceil_atoms(add_u128(both.positions_q32, loan_q32)?),
    })
}

/// Sum of the absolute terms of equity, at the collateral weight in force, quote atoms, up: the scale of its rounding.
///
/// Errors: [`RiskError::Overflow`].
pub fn gross_atoms(portfolio: &Portfolio) -> Result<i128, RiskError> {
    let mut gross_q32 = q32(portfolio.quote_atoms).unsigned_abs();
    for holding in portfolio.holdings.iter().filter(|h| !h.is_empty()) {
        let valued = ValuedHolding::from_holding(holding)?;
        for part_q32 in [
            valued.position_q32,
            valued.weighted_q32,
            q32(holding.entry_quote_atoms).unsigned_abs(),
            q32(holding.funding_quote_atoms).unsigned_abs(),
        ] {
            gross_q32 = add_u128(gross_q32, part_q32)?;
        }
    }
    Ok(ceil_atoms(gross_q32))
}

/// Shocks and net notional of one holding.
///
/// Errors: [`RiskError::Overflow`].
pub fn holding_report(holding: &Holding) -> Result<HoldingReport, RiskError> {
    let valued = ValuedHolding::from_holding(holding)?;
    let net = ceil_atoms(valued.net_q32).unsigned_abs();
    let unrelieved = holding.without_relief();
    let read = match &unrelieved.initial {
        None => unrelieved,
        Some(terms) => unrelieved.with_terms(terms),
    };
    Ok(HoldingReport {
        maintenance: maintenance_shock(holding.unit_shock.u_mm, &valued, &holding.coefficients),
        initial: initial_shock(
            &read,
            read.unit_price()?,
            &ValuedHolding::from_holding(&read)?,
        )?,
        net_quote_atoms: valued.side.signed(net),
    })
}

/// A reduce as MM and equity see it. That |q| falls without a flip is the caller's to check, and so is the other way
/// to be accepted: the Initial level after it, see [`initial`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduce {
    /// MM and equity before it.
    pub before: Requirement,
    /// MM and equity after it, at the same prices.
    pub after: Requirement,
    /// Price of moving the skew away from zero, quote atoms, down; 0 if the reduce was paid for that.
    pub impact_atoms: u64,
}

impl Reduce {
    /// Whether it is accepted by MM alone: MM does not rise, and equity − MM does not fall, or falls by no more than
    /// the impact where the account was below its margin before or is not after it (P4), or equity ends at the
    /// exit (1 + β)·MM or above.
    ///
    /// Errors: [`RiskError::ReduceWorsensAccount`].
    pub fn require_accepted(&self, beta_e9: u64) -> Result<(), RiskError> {
        let (before, after) = (&self.before, &self.after);
        let no_rise = after.margin_atoms <= before.margin_atoms;
        let fall = before
            .free_collateral_atoms()
            .saturating_sub(after.free_collateral_atoms());
        let by_impact = fall <= i128::from(self.impact_atoms)
            && (before.is_liquidatable() || !after.is_liquidatable());
        if no_rise && (fall <= 0 || by_impact || after.reaches_target(beta_e9)) {
            Ok(())
        } else {
            Err(RiskError::ReduceWorsensAccount)
        }
    }
}

/// MM and equity of an account that is summed.
pub(crate) fn maintenance_of(
    sums: &MaintenanceSums,
    portfolio: &Portfolio,
) -> Result<Requirement, RiskError> {
    Ok(requirement(sums.total(portfolio)?, sums.equity_q32))
}

fn requirement(total: Total, equity_q32: i128) -> Requirement {
    Requirement {
        margin_atoms: ceil_atoms(total.margin_q32),
        equity_atoms: floor_atoms(equity_q32),
        binding: total.binding,
    }
}

#[cfg(test)]
#[path = "margin_tests.rs"]
mod tests;
