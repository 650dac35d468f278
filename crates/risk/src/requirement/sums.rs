//! One pass over an account: the sums that the levels are judged by, before rounding.
use crate::RiskError;
use crate::governance::AssetTerms;
use crate::number::arith::amount::part_ceil;
use crate::number::quantity::UnitPrice;
use crate::params::PortfolioCoefficients;
use crate::requirement::equity::{self, q32};
use crate::requirement::favour::Favour;
use crate::requirement::holding::{Holding, Sizes};
use crate::requirement::portfolio::{Binding, Level, Portfolio};
use crate::requirement::shock::{initial_shock, maintenance_shock};
use crate::requirement::terms::{HoldingTerms, ShareTerms};
use crate::requirement::total::{Exposures, Shared, Total, total};
use crate::requirement::valued::ValuedHolding;

/// Sums of one pass at the maintenance level.
#[derive(Clone, Debug)]
pub(crate) struct MaintenanceSums {
    pub exposures: Exposures,
    pub shared: Shared,
    pub equity_q32: i128,
    /// Σ P·|q|.
    pub positions_q32: u128,
    /// Some amount ended: see [`ValuedHolding::is_saturated`].
    pub is_saturated: bool,
    /// Additions to equity by prices that are not usable; `None` where all are.
    pub favour: Option<Favour>,
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
    pub differences: Option<Shared>,
}

/// A holding at one price, as MM sees it.
struct PricedHolding {
    unit: UnitPrice,
    valued: ValuedHolding,
    terms: HoldingTerms,
}

impl PricedHolding {
    /// Values a holding and adds it to the sums.
    #[inline(always)] // moves no results
    fn new(
        holding: &Holding,
        c: &PortfolioCoefficients,
        sums: &mut MaintenanceSums,
    ) -> Result<Self, RiskError> {
        let coefficients = &holding.coefficients;
        let unit = holding.unit_price()?;
        let valued = ValuedHolding::in_place(unit, holding.sizes(), coefficients)?;
        let shock = maintenance_shock(holding.unit_shock.u_mm, &valued, coefficients);
        let terms = HoldingTerms::new(&valued, &shock, holding.size_atoms, coefficients);
        sums.add(coefficients.bucket, &terms)?;
        // Both below 2^107.
        sums.positions_q32 = sums.positions_q32.wrapping_add(valued.position_q32);
        let equity_q32 = equity::maintenance_q32(holding, &valued);
        sums.equity_q32 = sums.equity_q32.wrapping_add(equity_q32);
        sums.is_saturated |= valued.is_saturated;
        if !holding.standing.is_usable() {
            let favour = sums.favour.get_or_insert_default();
            favour.add(holding, &valued, &shock, c);
        }
        Ok(Self {
            unit,
            valued,
            terms,
        })
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
            favour: None,
        }
    }

    /// Adds the terms of a holding to the sums of MM, and to no other.
    #[inline]
    pub fn add(&mut self, bucket: u8, terms: &HoldingTerms) -> Result<(), RiskError> {
        self.exposures.push(terms.x_q32, terms.addon_q32)?;
        self.shared.add(bucket, terms)
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

impl InitialSums {
    fn new(portfolio: &Portfolio) -> Self {
        Self {
            exposures: Exposures::EMPTY,
            equity_q32: q32(portfolio.quote_atoms),
            differences: None,
        }
    }

    /// Adds a holding that IM reads as it is. Returns its terms.
    #[inline(always)] // moves no results
    fn add(
        &mut self,
        holding: &Holding,
        seen: &PricedHolding,
        c: &PortfolioCoefficients,
    ) -> Result<HoldingTerms, RiskError> {
        let PricedHolding {
            unit,
            valued,
            terms,
        } = seen;
        let terms = terms.under(valued, &initial_shock(holding, *unit, valued)?);
        self.exposures.push(terms.x_q32, terms.addon_q32)?;
        let equity_q32 = equity::initial_q32(holding, *unit, valued, c)?;
        self.equity_q32 = self.equity_q32.wrapping_add(equity_q32); // below 2^107
        Ok(terms)
    }

    /// Adds a holding that IM reads by other terms. Returns what it adds.
    #[inline(never)] // while a ramp runs; a stack frame of its own
    fn add_by(
        &mut self,
        own: &AssetTerms,
        holding: &Holding,
        effective: &PricedHolding,
        c: &PortfolioCoefficients,
    ) -> Result<HoldingTerms, RiskError> {
        let holding = holding.with_terms(own);
        let coefficients = &holding.coefficients;
        let unit = effective.unit;
        let valued = ValuedHolding::new(unit, holding.sizes(), coefficients)?;
        let shock = initial_shock(&holding, unit, &valued)?;
        let seen = PricedHolding {
            unit,
            valued,
            terms: HoldingTerms::new(&valued, &shock, holding.size_atoms, coefficients),
        };
        let differences = self.differences.get_or_insert_default();
        differences.add_difference(coefficients.bucket, &effective.terms, &seen.terms)?;
        self.add(&holding, &seen, c)
    }
}

/// The terms at MM of an asset with `sizes` left of it.
///
/// Errors: [`RiskError::Overflow`] for a collateral weight above 1.
#[inline(never)] // a search spends its compute units here
pub(crate) fn terms_left(
    holding: &Holding,
    unit: UnitPrice,
    sizes: Sizes,
) -> Result<HoldingTerms, RiskError> {
    let coefficients = &holding.coefficients;
    let valued = ValuedHolding::new(unit, sizes, coefficients)?;
    let shock = maintenance_shock(holding.unit_shock.u_mm, &valued, coefficients);
    Ok(HoldingTerms::new(
        &valued,
        &shock,
        sizes.size_atoms,
        coefficients,
    ))
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

/// Adds every holding of a set to the sums of MM.
///
/// Errors: [`RiskError::TooManyHoldings`]; those of parameters outside their bounds.
#[inline(never)] // a stack frame of its own
pub(crate) fn collect(
    portfolio: &Portfolio,
    set: Set,
    sums: &mut MaintenanceSums,
) -> Result<(), RiskError> {
    for (index, holding) in portfolio.holdings.iter().enumerate() {
        if set.contains(index, holding) {
            collect_one(holding, portfolio.coefficients, sums)?;
        }
    }
    Ok(())
}

/// Adds one holding to the sums of MM.
///
/// Errors: those of [`collect`].
#[inline(never)] // in one place
pub(crate) fn collect_one(
    holding: &Holding,
    c: &PortfolioCoefficients,
    sums: &mut MaintenanceSums,
) -> Result<(), RiskError> {
    if !holding.is_empty() {
        PricedHolding::new(holding, c, sums)?;
    }
    Ok(())
}

/// Terms of a holding at both levels.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BothTerms {
    pub maintenance: ShareTerms,
    pub initial: ShareTerms,
}

/// The same for both levels: see [`totals`].
#[inline(never)] // a stack frame of its own
fn collect_both(
    portfolio: &Portfolio,
    (set, relief): (Set, Relief),
    (sums, initial): (&mut MaintenanceSums, &mut InitialSums),
    kept: &mut [BothTerms],
) -> Result<(), RiskError> {
    let c = portfolio.read_at(Level::Initial).coefficients;
    let mut kept = kept.iter_mut();
    for (index, holding) in portfolio.holdings.iter().enumerate() {
        let place = kept.next();
        if !set.contains(index, holding) {
            continue;
        }
        let unrelieved;
        let holding = match (relief, &holding.unrelieved) {
            (Relief::Uncounted, Some(_)) => {
                unrelieved = holding.without_relief();
                &unrelieved
            }
            _ => holding,
        };
        let seen = PricedHolding::new(holding, portfolio.coefficients, sums)?;
        let terms = match &holding.initial {
            None => initial.add(holding, &seen, c)?,
            Some(own) => initial.add_by(own, holding, &seen, c)?,
        };
        if let Some(place) = place {
            *place = BothTerms {
                maintenance: ShareTerms::new(&seen.terms),
                initial: ShareTerms::new(&terms),
            };
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
    /// See [`MaintenanceSums::favour`].
    pub favour: Option<Favour>,
}

impl BothTotals {
    /// Reads the initial level of other totals of the same account.
    pub fn read_initial_of(&mut self, other: &Self) {
        self.initial = other.initial;
        self.equity_im_q32 = other.equity_im_q32;
    }
}

/// Both levels over a set of holdings. MM counts relief; `relief` says how the initial level reads it, 1.25·MM included.
///
/// Errors: those of [`totals`].
pub(crate) fn both_totals(
    portfolio: &Portfolio,
    set: Set,
    relief: Relief,
) -> Result<BothTotals, RiskError> {
    let mut both = totals(portfolio, set, Relief::Counted, &mut [])?;
    if relief == Relief::Uncounted && portfolio.has_relief() {
        both.read_initial_of(&totals(portfolio, set, Relief::Uncounted, &mut [])?);
    }
    Ok(both)
}

/// Both levels over a set of holdings, with or without relief; MM is computed once. `kept` gets what each holding adds, in
/// their order, where there is room.
///
/// Errors: [`RiskError::TooManyHoldings`], [`RiskError::Overflow`].
#[inline(never)] // a stack frame of its own
pub(crate) fn totals(
    portfolio: &Portfolio,
    set: Set,
    relief: Relief,
    kept: &mut [BothTerms],
) -> Result<BothTotals, RiskError> {
    let mut sums = MaintenanceSums::new(portfolio);
    let mut initial = InitialSums::new(portfolio);
    collect_both(portfolio, (set, relief), (&mut sums, &mut initial), kept)?;
    sums.require_exact()?;
    let mut worst = sums.shared.buckets.worst(portfolio.scenarios)?;
    let maintenance = total(portfolio.coefficients, &sums.exposures, &sums.shared, worst)?;
    let read = portfolio.read_at(Level::Initial);
    if let Some(differences) = &initial.differences {
        sums.shared = sums.shared.with_differences(differences);
    }
    if portfolio.initial.is_some() || initial.differences.is_some() {
        worst = sums.shared.buckets.worst(read.scenarios)?; // else that of MM
    }
    let own = total(read.coefficients, &initial.exposures, &sums.shared, worst)?;
    let im_over_mm = read.coefficients.im_over_mm.to_bits();
    let least = part_ceil(maintenance.margin_q32, im_over_mm);
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
        favour: sums.favour,
        equity_im_q32: initial.equity_q32,
    })
}

/// Larger by more than the error bounds of two requirements.
fn clearly_exceeds(left_q32: u128, right_q32: u128) -> bool {
    left_q32
        > right_q32
            .saturating_add(right_q32 >> 32)
            .saturating_add(1 << 12)
}
