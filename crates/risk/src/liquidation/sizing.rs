//! The account being liquidated, and what closing any size of one of its assets does to it.
use super::book::{ClosingBook, Regime};
use super::impact::ClosingImpact;
use super::tariff::{ClosingAmounts, ClosingEffect, Shortfall, Tariff};
use super::terms::ClosingTerms;
use super::{Closing, SizeReason};
use crate::RiskError;
use crate::number::arith::{add_i128, add_u128, mul_u128_u64_shr_floor};
use crate::number::atoms::{BaseAtoms, QuoteAtoms};
use crate::number::quantity::{AMOUNT_BITS, FRACTION_BITS, Fraction, UnitPrice};
use crate::params::LiquidationParams;
use crate::requirement::equity::{ceil_atoms, floor_atoms, q32};
use crate::requirement::holding::{Holding, Sizes};
use crate::requirement::margin::Requirement;
use crate::requirement::portfolio::{Binding, Portfolio};
use crate::requirement::rest::AccountRest;

/// Largest size and why.
pub(super) struct Largest {
    pub size_atoms: u64,
    pub reason: SizeReason,
    /// The size may go beyond the liquidation target.
    pub beyond_target: bool,
    pub effect: ClosingEffect,
}

/// A liquidatable account and the asset to be closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizing<'a> {
    book: ClosingBook<'a>,
    unit: UnitPrice,
    sizes: Sizes,
    pub closing: Closing,
    pub lot_atoms: u64,
    /// Gain of equity by a closing, as a share of P·x, down: the part of collateral that did not count, and
    /// what the liquidator pays for the age of the price update.
    gained: Fraction,
    /// Σ P·|q| + loan.
    gross_q32: u128,
    binding: Binding,
    pub shortfall: Shortfall,
    pub tariff: Tariff,
    /// Impact of closing the position against its market, if there is any.
    impact: Option<ClosingImpact>,
}

impl<'a> Sizing<'a> {
    #[inline(never)] // a stack frame of its own
    pub fn new(
        portfolio: &Portfolio<'a>,
        rest: &AccountRest,
        holding: &'a Holding,
        closing: Closing,
        params: &LiquidationParams,
        terms: &ClosingTerms,
    ) -> Result<Self, RiskError> {
        let unit = holding.unit_price()?;
        let book = ClosingBook::new(portfolio, rest, holding, unit)?;
        let sizes = holding.sizes();
        let loan_q32 = q32(portfolio.quote_atoms.min(0)).unsigned_abs();
        let margin = book.total(unit, sizes)?;
        let market = terms.market.filter(|_| closing != Closing::Collateral);
        let impact = market.map(|market| ClosingImpact::new(market, sizes.size_atoms));
        Ok(Self {
            impact: impact.transpose()?.flatten(),
            unit,
            sizes,
            closing,
            lot_atoms: holding.coefficients.lot_atoms,
            gained: match closing {
                Closing::Position => terms.age_spread,
                _ => unweighted(holding).saturating_add(terms.age_spread),
            },
            gross_q32: add_u128(book.positions_q32, loan_q32)?,
            binding: margin.binding,
            shortfall: Shortfall {
                margin_q32: margin.margin_q32,
                // As much through the closing, though MM falls: the prices that give it are of other assets.
                equity_q32: add_i128(book.equity_q32, book.favour.within(margin.margin_q32))?,
                recorded_q32: book.equity_q32, // the favour is ≥ 0: never above E
            },
            tariff: Tariff::new(params)?,
            book,
        })
    }

    pub fn requirement(&self) -> Requirement {
        Requirement {
            margin_atoms: ceil_atoms(self.shortfall.margin_q32),
            equity_atoms: floor_atoms(self.shortfall.equity_q32),
            binding: self.binding,
        }
    }

    /// Returns the most that can be closed.
    pub fn closable_atoms(&self, quote_atoms: i64) -> u64 {
        match self.closing {
            Closing::Collateral if quote_atoms >= 0 => 0, // no loan to repay
            closing => closing.most_atoms(self.sizes, self.lot_atoms),
        }
    }

    /// The sizes left after closing `x`.
    fn left(&self, x: u64) -> Sizes {
        let Sizes {
            size_atoms,
            collateral_atoms,
        } = self.sizes;
        match self.closing {
            Closing::Position => Sizes {
                size_atoms: nearer_zero(size_atoms, x),
                collateral_atoms,
            },
            Closing::Collateral => Sizes {
                size_atoms,
                collateral_atoms: collateral_atoms.saturating_sub(x),
            },
            Closing::Pair => Sizes {
                size_atoms: nearer_zero(size_atoms, x),
                collateral_atoms: collateral_atoms.saturating_sub(x),
            },
        }
    }

    /// Whether the net size may change its side while it is closed.
    pub fn may_cross(&self) -> bool {
        self.sizes.size_atoms < 0 && self.sizes.collateral_atoms > 0
    }

    /// In which convex piece of MM(x) a size lies.
    pub fn regime(&self, x: u64) -> Result<Regime, RiskError> {
        self.book.regime(self.unit, self.left(x))
    }

    /// The size that a notional buys, down.
    pub fn base_atoms_floor(&self, notional: QuoteAtoms) -> BaseAtoms {
        self.unit.base_atoms_floor(notional)
    }

    /// Returns the effect of closing nothing.
    pub fn untouched(&self) -> Result<ClosingEffect, RiskError> {
        self.tariff.effect(
            &self.shortfall,
            &ClosingAmounts {
                margin_q32: self.shortfall.margin_q32,
                notional_q32: 0,
                impact_q32: None,
                freed_q32: 0,
            },
        )
    }

    /// MM(x), E(x), Π(x) and I(x).
    #[inline(never)] // a stack frame of its own
    pub fn effect_of(&self, x: u64) -> Result<ClosingEffect, RiskError> {
        let margin_q32 = self.book.total(self.unit, self.left(x))?.margin_q32;
        let notional_q32 = self.unit.value_q32_saturating(x);
        let freed_q32 = if self.gained == Fraction::ZERO {
            0
        } else {
            mul_u128_u64_shr_floor(notional_q32, self.gained.to_bits(), FRACTION_BITS)?
        };
        let impact_q32 = match &self.impact {
            Some(impact) => Some(impact.of_q32(x, notional_q32)?),
            None => None,
        };
        self.tariff.effect(
            &self.shortfall,
            &ClosingAmounts {
                margin_q32,
                notional_q32,
                impact_q32,
                freed_q32,
            },
        )
    }

    /// Whether a step is worth taking: it lowers MM, or there is no equity left.
    pub fn is_worthwhile(&self, effect: &ClosingEffect) -> bool {
        effect.frees() || self.may_worsen()
    }

    /// Whether the account is insolvent: then a closing needs no relief.
    pub fn may_worsen(&self) -> bool {
        self.shortfall.equity_q32 <= 0
    }

    /// Whether the account's gross is below the dust limit.
    pub fn is_dust(&self, params: &LiquidationParams) -> bool {
        self.gross_q32 < u128::from(params.dust_quote_atoms) << AMOUNT_BITS
    }
}

/// A signed size with `x` of it closed.
pub(super) fn nearer_zero(size_atoms: i64, x: u64) -> i64 {
    let left = size_atoms.unsigned_abs().saturating_sub(x);
    // left ≤ |i64::MIN|, and only an untouched i64::MIN is that.
    let left = i64::try_from(left).unwrap_or(i64::MAX);
    if size_atoms < 0 {
        left.saturating_neg()
    } else {
        left
    }
}

/// 1 − collateral weight, down: the collateral weight is rounded down by less than a unit; so is what it leaves.
pub(super) fn unweighted(holding: &Holding) -> Fraction {
    Fraction::ONE
        .saturating_sub(holding.coefficients.collateral_weight)
        .saturating_sub(Fraction::from_bits(1))
}
