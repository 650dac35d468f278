//! One pass over an account: the sums that the levels are judged by, before rounding.
use crate::RiskError;
use crate::governance::AssetTerms;
use crate::number::arith::{add_i128, add_u128, mul_u128_u64_shr_ceil};
use crate::number::quantity::{FRACTION_BITS, Fraction, UnitPrice};
use crate::params::PortfolioCoefficients;
use crate::requirement::equity::{self, q32};
use crate::requirement::holding::{Holding, ValuedHolding};
use crate::requirement::portfolio::{
    Binding, Difference, Exposures, Level, Portfolio, Shared, Total, total,
};
use crate::requirement::shock::{Shock, charges_q32, initial_shock, maintenance_shock};

/// Sums of one pass at the maintenance level.
pub(crate) struct MaintenanceSums {
    pub exposures: Exposures,
    pub shared: Shared,
    pub equity_q32: i128,
    /// Σ P·|q|.
    pub positions_q32: u128,
    /// Some amount ended: see [`ValuedHolding::is_saturated`].
    pub is_saturated: bool,
    /// How the pass reads relief.
    relief: Relief,
}

/// How the relief of collaterals is read (whitepaper §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relief {
    /// At its weight: it keeps positions.
    Counted,
    /// At weight 0: it opens none and pays nothing out.
    Uncounted,
}

/// Sums that the initial level needs in addition.
pub(crate) struct InitialSums {
    pub exposures: Exposures,
    pub equity_q32: i128,
    /// To the shared sums; `None` where no holding has terms of its own for IM.
    pub difference: Option<Difference>,
}

/// A holding whose terms for IM are its own, and what MM sees of it.
struct LevelSplit<'a> {
    holding: &'a Holding,
    terms: &'a AssetTerms,
    unit: UnitPrice,
    valued: &'a ValuedHolding,
    charges_q32: u128,
}

impl InitialSums {
    fn new(portfolio: &Portfolio) -> Self {
        Self {
            exposures: Exposures::EMPTY,
            equity_q32: q32(portfolio.quote_atoms),
            difference: None,
        }
    }

    /// Adds a holding that IM reads as it is.
    #[inline]
    fn add(
        &mut self,
        holding: &Holding,
        unit: UnitPrice,
        valued: &ValuedHolding,
        c: &PortfolioCoefficients,
    ) -> Result<(), RiskError> {
        let shock = initial_shock(holding, unit, valued)?;
        self.exposures
            .push(shock.signed_q32(valued)?, shock.addon_q32(valued)?)?;
        let equity_q32 = equity::initial_q32(holding, unit, valued, c)?;
        self.equity_q32 = add_i128(self.equity_q32, equity_q32)?;
        Ok(())
    }

    /// Adds a holding that IM reads by other terms.
    #[inline(never)] // while a ramp runs; a stack frame of its own
    fn add_split(
        &mut self,
        split: &LevelSplit,
        c: &PortfolioCoefficients,
    ) -> Result<(), RiskError> {
        let holding = split.holding.with_terms(split.terms);
        let coefficients = &holding.coefficients;
        let valued = ValuedHolding::new(split.unit, holding.sizes(), coefficients)?;
        let charges = charges_q32(holding.size_atoms, &valued, coefficients)?;
        self.difference.get_or_insert_default().add(
            coefficients.bucket,
            (split.valued, split.charges_q32),
            (&valued, charges),
        )?;
        self.add(&holding, split.unit, &valued, c)
    }
}

impl MaintenanceSums {
    pub fn new(portfolio: &Portfolio) -> Self {
        Self {
            exposures: Exposures::EMPTY,
            shared: Shared::default(),
            equity_q32: q32(portfolio.quote_atoms),
            positions_q32: 0,
            is_saturated: false,
            relief: Relief::Counted,
        }
    }

    /// Refuses sums of which an amount ended.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn require_exact(&self) -> Result<(), RiskError> {
        if self.is_saturated {
            Err(RiskError::Overflow)
        } else {
            Ok(())
        }
    }

    pub fn total(&self, portfolio: &Portfolio) -> Result<Total, RiskError> {
        let worst = self.shared.buckets.worst(portfolio.scenarios)?;
        total(portfolio.coefficients, &self.exposures, &self.shared, worst)
    }
}

/// The valued holding in force.
#[inline]
pub(crate) fn value_holding(holding: &Holding) -> Result<ValuedHolding, RiskError> {
    ValuedHolding::new(
        holding.unit_price()?,
        holding.sizes(),
        &holding.coefficients,
    )
}

/// Which holdings count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Set {
    All,
    UsableInitial,
    /// All but one, by index: the rest of a book whose one asset is being closed.
    Except(usize),
}

impl Set {
    #[inline]
    fn contains(self, index: usize, holding: &Holding) -> bool {
        !holding.is_empty()
            && match self {
                Self::All => true,
                Self::UsableInitial => holding.usable_initial,
                Self::Except(closing) => index != closing,
            }
    }
}

/// Adds every holding of a set.
#[inline(never)] // a stack frame of its own
pub(crate) fn collect(
    portfolio: &Portfolio,
    set: Set,
    sums: &mut MaintenanceSums,
    mut initial: Option<&mut InitialSums>,
) -> Result<(), RiskError> {
    let c = portfolio.read_at(Level::Initial).coefficients;
    for (index, holding) in portfolio.holdings.iter().enumerate() {
        if !set.contains(index, holding) {
            continue;
        }
        let unrelieved;
        let holding = match sums.relief {
            Relief::Counted => holding,
            Relief::Uncounted => {
                unrelieved = holding.without_relief();
                &unrelieved
            }
        };
        let unit = holding.unit_price()?;
        let valued = ValuedHolding::new(unit, holding.sizes(), &holding.coefficients)?;
        let coefficients = &holding.coefficients;
        let shock = maintenance_shock(holding.unit_shock.u_mm, &valued, coefficients);
        sums.exposures
            .push(shock.signed_q32(&valued)?, shock.addon_q32(&valued)?)?;
        sums.positions_q32 = add_u128(sums.positions_q32, valued.position_q32)?;
        let charges = charges_q32(holding.size_atoms, &valued, coefficients)?;
        sums.shared.add(coefficients.bucket, &valued, charges)?;
        sums.equity_q32 = add_i128(sums.equity_q32, equity::maintenance_q32(holding, &valued)?)?;
        sums.is_saturated |= valued.is_saturated;
        if let Some(initial) = initial.as_deref_mut() {
            match &holding.initial {
                None => initial.add(holding, unit, &valued, c)?,
                Some(terms) => initial.add_split(
                    &LevelSplit {
                        holding,
                        terms,
                        unit,
                        valued: &valued,
                        charges_q32: charges,
                    },
                    c,
                )?,
            }
        }
    }
    Ok(())
}

/// Both levels over a set of holdings before rounding.
pub(crate) struct BothTotals {
    pub maintenance: Total,
    pub initial: Total,
    pub equity_mm_q32: i128,
    pub equity_im_q32: i128,
    /// Σ P·|q|.
    pub positions_q32: u128,
}

/// Both levels over a set of holdings. MM counts relief; `relief` says how the initial level reads it, 1.25·MM included.
pub(crate) fn both_totals(
    portfolio: &Portfolio,
    set: Set,
    relief: Relief,
) -> Result<BothTotals, RiskError> {
    let both = totals(portfolio, set, Relief::Counted)?;
    if relief == Relief::Uncounted && portfolio.has_relief() {
        return initial_unrelieved(portfolio, set, both);
    }
    Ok(both)
}

/// The same with the initial level of the account without its relief.
#[cold]
#[inline(never)]
fn initial_unrelieved(
    portfolio: &Portfolio,
    set: Set,
    both: BothTotals,
) -> Result<BothTotals, RiskError> {
    let without = totals(portfolio, set, Relief::Uncounted)?;
    Ok(BothTotals {
        initial: without.initial,
        equity_im_q32: without.equity_im_q32,
        ..both
    })
}

/// Both levels over a set of holdings, with or without relief; MM is computed once.
#[inline(never)] // a stack frame of its own
pub(crate) fn totals(
    portfolio: &Portfolio,
    set: Set,
    relief: Relief,
) -> Result<BothTotals, RiskError> {
    let mut sums = MaintenanceSums {
        relief,
        ..MaintenanceSums::new(portfolio)
    };
    let mut initial = InitialSums::new(portfolio);
    collect(portfolio, set, &mut sums, Some(&mut initial))?;
    sums.require_exact()?;
    let mut worst = sums.shared.buckets.worst(portfolio.scenarios)?;
    let maintenance = total(portfolio.coefficients, &sums.exposures, &sums.shared, worst)?;
    if let Some(difference) = &initial.difference {
        sums.shared.apply(difference)?;
    }
    let read = portfolio.read_at(Level::Initial);
    if portfolio.initial.is_some() || initial.difference.is_some() {
        worst = sums.shared.buckets.worst(read.scenarios)?; // else that of MM
    }
    let own = total(read.coefficients, &initial.exposures, &sums.shared, worst)?;
    let least = scaled_maintenance_q32(&maintenance, read.coefficients.im_over_mm)?;
    let binding = if clearly_exceeds(least, own.margin_q32) {
        Binding::Maintenance
    } else {
        own.binding
    };
    Ok(BothTotals {
        maintenance,
        initial: Total {
            margin_q32: own.margin_q32.max(least),
            binding,
            joint: own.joint,
        },
        equity_mm_q32: sums.equity_q32,
        positions_q32: sums.positions_q32,
        equity_im_q32: initial.equity_q32,
    })
}

/// The shock at a level of a holding that this level reads as it is.
pub(crate) fn shock_at(
    level: Level,
    holding: &Holding,
    valued: &ValuedHolding,
) -> Result<Shock, RiskError> {
    match level {
        Level::Maintenance => Ok(maintenance_shock(
            holding.unit_shock.u_mm,
            valued,
            &holding.coefficients,
        )),
        Level::Initial => initial_shock(holding, holding.unit_price()?, valued),
    }
}

fn scaled_maintenance_q32(total: &Total, im_over_mm: Fraction) -> Result<u128, RiskError> {
    mul_u128_u64_shr_ceil(total.margin_q32, im_over_mm.to_bits(), FRACTION_BITS)
}

/// Larger by more than the error bounds of two requirements.
fn clearly_exceeds(left_q32: u128, right_q32: u128) -> bool {
    left_q32
        > right_q32
            .saturating_add(right_q32 >> 32)
            .saturating_add(1 << 12)
}
