//! How much of an account may be closed, at what penalty (section 7.2).
//!
//! ```text
//! u = (MM − E)/MM    t = time since the flag    π = min(¼ + ½·max(min(1, 2u), min(1, t/300 s)), 0.95·E⁺/MM)
//! Π(x) = min(π·relief⁺, φ_max·P·x)               E(x) = E − Π(x), plus (1 − credit)·P·x for collateral
//! ```
//! The largest x is the least number of lots with E(x) ≥ (1 + β)·MM(x), by bisection; all when that
//! does not suffice, when E < ⅔·MM, when the account is dust, or when less than a lot would be left.
use crate::RiskError;
use crate::arith::{div_ceil_u128, mul_u128_u64_shr_ceil, mul_u128_u64_shr_floor};
use crate::equity::{ceil_atoms, floor_atoms, q32};
use crate::holding::{Holding, Sizes};
use crate::margin::{Requirement, favour_q32};
use crate::params::LiquidationParams;
use crate::portfolio::{Binding, Portfolio};
use crate::quantity::{E18, FRACTION_BITS, Fraction, UnitPrice};

mod book;

use book::Book;

/// Time after which the penalty is at its highest, seconds (model §7.2).
const PENALTY_SECS: u64 = 300;
/// 1/300: growth of the penalty share's second half per second, units of 2^-60, up.
const PENALTY_PER_SEC: u64 = (1u64 << 60).div_ceil(PENALTY_SECS);
/// ¼: penalty share at the moment of the flag, at zero depth (model §7.2).
const PENALTY_BASE: Fraction = Fraction::from_bits(1 << 58);
/// 0.95: largest share of the equity that the penalty of the whole account takes (model §7.2), down.
const PENALTY_EQUITY_SHARE: Fraction = Fraction::from_bits((1 << 60) / 20 * 19);

/// What a liquidation closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The position of the asset.
    Position,
    /// Collateral of the asset, to repay the loan.
    Collateral,
    /// A short and the collateral of the same asset that hedges it.
    Pair,
}

/// What the account lost to liquidations in its running window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Gross at the window's start, quote atoms.
    pub gross_quote_atoms: u64,
    /// Notional closed since, quote atoms.
    pub closed_quote_atoms: u64,
}

/// What decided the largest size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeReason {
    /// E < ⅔·MM: all.
    Deep,
    /// The account's gross is below the dust limit: all.
    Dust,
    /// All of it does not reach the exit: all.
    Whole,
    /// The least number of lots that reaches the exit.
    Target,
    /// What repays the loan.
    Debt,
    /// What the window still allows.
    Window,
}

/// Answer to an attempt to liquidate.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::large_enum_variant)] // no allocation in this crate; it is read in place
pub enum LiquidationVerdict<'a> {
    /// The asset has no usable price: it can be neither closed nor sold.
    Unusable,
    /// Equity ≥ MM.
    Healthy,
    /// There is nothing of that kind to close.
    Nothing,
    /// What may be closed.
    Plan(LiquidationPlan<'a>),
}

impl<'a> LiquidationVerdict<'a> {
    /// The plan. Errors: [`RiskError::LiquidationPriceUnusable`], [`RiskError::AccountHealthy`],
    /// [`RiskError::NothingToLiquidate`].
    pub fn into_plan(self) -> Result<LiquidationPlan<'a>, RiskError> {
        match self {
            Self::Unusable => Err(RiskError::LiquidationPriceUnusable),
            Self::Healthy => Err(RiskError::AccountHealthy),
            Self::Nothing => Err(RiskError::NothingToLiquidate),
            Self::Plan(plan) => Ok(plan),
        }
    }
}

/// What closing a size does to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// MM − MM after, quote atoms, down; negative when closing raises MM.
    pub relief_atoms: i128,
    /// Π, quote atoms, up; ≥ 0.
    pub penalty_atoms: i128,
    /// E(x), quote atoms, down.
    pub equity_after_atoms: i128,
    /// MM(x), quote atoms, up.
    pub margin_after_atoms: i128,
}

/// The largest size that may be closed now, and what any size up to it does.
#[derive(Clone, Copy, Debug)]
pub struct LiquidationPlan<'a> {
    /// MM and equity as the liquidation sees them.
    pub requirement: Requirement,
    /// What decided the size.
    pub reason: SizeReason,
    /// Largest size, base atoms.
    pub size_atoms: u64,
    /// Size > 0, and it lowers MM or the account is insolvent or dust.
    pub allowed: bool,
    /// u = (MM − E)/MM, × 10^18, up, saturating; above 1 when insolvent.
    pub depth_e18: u128,
    /// π, up.
    pub penalty_share: Fraction,
    /// What the largest size does.
    pub outcome: Outcome,
    case: Case<'a>,
}

impl<'a> LiquidationPlan<'a> {
    /// The plan for one asset of an account, by its index in the holdings.
    ///
    /// `flag_age_secs` is the time since the account was flagged. Follows the order of
    /// docs/whitepaper.md §7: unusable, healthy, nothing; then the size.
    /// Errors: [`RiskError::NothingToLiquidate`] when the index is beyond the holdings;
    /// [`RiskError::LotOutOfBounds`] for a lot of 0; [`RiskError::Overflow`].
    #[allow(clippy::new_ret_no_self)] // a plan exists only for a liquidatable account
    pub fn new(
        portfolio: &Portfolio<'a>,
        index: usize,
        closing: Closing,
        params: &LiquidationParams,
        flag_age_secs: u64,
        window: Window,
    ) -> Result<LiquidationVerdict<'a>, RiskError> {
        let holding = portfolio
            .holdings
            .get(index)
            .ok_or(RiskError::NothingToLiquidate)?;
        if !holding.usable_liquidation {
            return Ok(LiquidationVerdict::Unusable);
        }
        let mut case = Case::new(portfolio, index, holding, closing, params)?;
        if !case.requirement().is_liquidatable() {
            return Ok(LiquidationVerdict::Healthy);
        }
        let what_atoms = case.closable_atoms(portfolio.quote_atoms);
        if what_atoms == 0 {
            return Ok(LiquidationVerdict::Nothing);
        }
        case.penalty_share = case.penalty_share(flag_age_secs)?;
        let largest = case.largest(what_atoms, portfolio.quote_atoms, params, window)?;
        let effect = case.at(largest.size_atoms)?;
        let relieves = effect.margin_q32 < case.margin_q32;
        let allowed =
            largest.size_atoms > 0 && (relieves || case.equity_q32 <= 0 || case.is_dust(params));
        Ok(LiquidationVerdict::Plan(Self {
            requirement: case.requirement(),
            reason: largest.reason,
            size_atoms: largest.size_atoms,
            allowed,
            depth_e18: case.depth_e18()?,
            penalty_share: case.penalty_share,
            outcome: case.outcome(&effect),
            case,
        }))
    }

    /// What closing `size_atoms` does, whether or not it is allowed; for views.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn at(&self, size_atoms: u64) -> Result<Outcome, RiskError> {
        Ok(self.case.outcome(&self.case.at(size_atoms)?))
    }

    /// What closing `size_atoms` does, for a caller who takes no more than the largest size.
    ///
    /// Errors: [`RiskError::LiquidationTooLarge`]; [`RiskError::NoRelief`] when it does not lower MM of
    /// a solvent account above the dust limit; [`RiskError::LiquidationWindowExhausted`] when the
    /// window leaves no lot; [`RiskError::NothingToLiquidate`] for a size of 0.
    pub fn take(&self, size_atoms: u64, params: &LiquidationParams) -> Result<Outcome, RiskError> {
        if self.size_atoms == 0 && self.reason == SizeReason::Window {
            return Err(RiskError::LiquidationWindowExhausted);
        }
        if size_atoms == 0 {
            return Err(RiskError::NothingToLiquidate);
        }
        if size_atoms > self.size_atoms {
            return Err(RiskError::LiquidationTooLarge);
        }
        let effect = self.case.at(size_atoms)?;
        let relieves = effect.margin_q32 < self.case.margin_q32;
        if !relieves && self.case.equity_q32 > 0 && !self.case.is_dust(params) {
            return Err(RiskError::NoRelief);
        }
        Ok(self.case.outcome(&effect))
    }
}

/// Largest size and why.
struct Largest {
    size_atoms: u64,
    reason: SizeReason,
}

/// MM(x), E(x) and Π(x), units of 2^-32 quote atoms.
struct Effect {
    margin_q32: u128,
    equity_q32: i128,
    penalty_q32: u128,
}

/// A liquidatable account and the asset to be closed.
#[derive(Clone, Copy, Debug)]
struct Case<'a> {
    book: Book<'a>,
    unit: UnitPrice,
    sizes: Sizes,
    closing: Closing,
    lot_atoms: u64,
    /// 1 − credit, down.
    uncredited: Fraction,
    /// φ_max.
    penalty_cap: Fraction,
    /// 1 + β.
    exit: Fraction,
    /// Σ P·|q| + loan.
    gross_q32: u128,
    margin_q32: u128,
    equity_q32: i128,
    penalty_share: Fraction,
}

impl<'a> Case<'a> {
    fn new(
        portfolio: &Portfolio<'a>,
        index: usize,
        holding: &'a Holding,
        closing: Closing,
        params: &LiquidationParams,
    ) -> Result<Self, RiskError> {
        let unit = holding.unit_price()?;
        let book = Book::new(portfolio, index, holding, unit)?;
        let sizes = holding.sizes();
        let favour = favour_q32(portfolio)?.unwrap_or(0);
        let loan_q32 = q32(portfolio.quote_atoms.min(0)).unsigned_abs();
        let one_plus_beta = Fraction::from_e9_ceil(params.beta_e9)?.saturating_add(Fraction::ONE);
        Ok(Self {
            unit,
            sizes,
            closing,
            lot_atoms: holding.coefficients.lot_atoms,
            // The credit is rounded down by less than a unit; so is what it leaves.
            uncredited: Fraction::ONE
                .saturating_sub(holding.coefficients.credit)
                .saturating_sub(Fraction::from_bits(1)),
            penalty_cap: Fraction::from_e9_ceil(params.penalty_abs_e9)?,
            exit: one_plus_beta,
            gross_q32: book.positions_q32 + loan_q32,
            margin_q32: book.margin_q32(unit, sizes)?,
            equity_q32: book.equity_q32 + favour,
            penalty_share: Fraction::ZERO,
            book,
        })
    }

    fn requirement(&self) -> Requirement {
        Requirement {
            margin_atoms: ceil_atoms(self.margin_q32),
            equity_atoms: floor_atoms(self.equity_q32),
            binding: Binding::Var,
        }
    }

    /// What there is to close.
    fn closable_atoms(&self, quote_atoms: i64) -> u64 {
        let Sizes {
            size_atoms,
            collateral_atoms,
        } = self.sizes;
        match self.closing {
            Closing::Position => size_atoms.unsigned_abs(),
            Closing::Collateral if quote_atoms < 0 => collateral_atoms,
            Closing::Pair if size_atoms < 0 => size_atoms.unsigned_abs().min(collateral_atoms),
            _ => 0,
        }
    }

    /// The sizes left after closing `x`.
    fn left(&self, x: u64) -> Sizes {
        let Sizes {
            size_atoms,
            collateral_atoms,
        } = self.sizes;
        let closed = |x: u64| {
            let left = size_atoms.unsigned_abs().saturating_sub(x);
            // left ≤ |i64::MIN|, and only an untouched i64::MIN is that.
            let left = i64::try_from(left).unwrap_or(i64::MAX);
            if size_atoms < 0 { -left } else { left }
        };
        match self.closing {
            Closing::Position => Sizes {
                size_atoms: closed(x),
                collateral_atoms,
            },
            Closing::Collateral => Sizes {
                size_atoms,
                collateral_atoms: collateral_atoms.saturating_sub(x),
            },
            Closing::Pair => Sizes {
                size_atoms: closed(x),
                collateral_atoms: collateral_atoms.saturating_sub(x),
            },
        }
    }

    /// MM(x), E(x) and Π(x).
    fn at(&self, x: u64) -> Result<Effect, RiskError> {
        let margin_q32 = self.book.margin_q32(self.unit, self.left(x))?;
        let notional_q32 = self.unit.value_q32_floor(x)?;
        let relief_q32 = self.margin_q32.saturating_sub(margin_q32);
        let by_relief =
            mul_u128_u64_shr_ceil(relief_q32, self.penalty_share.to_bits(), FRACTION_BITS)?;
        let by_size =
            mul_u128_u64_shr_ceil(notional_q32, self.penalty_cap.to_bits(), FRACTION_BITS)?;
        let penalty_q32 = by_relief.min(by_size);
        let freed_q32 = match self.closing {
            Closing::Position => 0,
            _ => mul_u128_u64_shr_floor(notional_q32, self.uncredited.to_bits(), FRACTION_BITS)?,
        };
        let equity_q32 = self.equity_q32 - penalty_q32.cast_signed() + freed_q32.cast_signed();
        Ok(Effect {
            margin_q32,
            equity_q32,
            penalty_q32,
        })
    }

    fn outcome(&self, effect: &Effect) -> Outcome {
        let relief = self.margin_q32.cast_signed() - effect.margin_q32.cast_signed();
        Outcome {
            relief_atoms: floor_atoms(relief),
            penalty_atoms: ceil_atoms(effect.penalty_q32),
            equity_after_atoms: floor_atoms(effect.equity_q32),
            margin_after_atoms: ceil_atoms(effect.margin_q32),
        }
    }

    /// E(x) ≥ (1 + β)·MM(x).
    fn reaches_exit(&self, x: u64) -> Result<bool, RiskError> {
        let effect = self.at(x)?;
        let exit_q32 =
            mul_u128_u64_shr_ceil(effect.margin_q32, self.exit.to_bits(), FRACTION_BITS)?;
        Ok(effect.equity_q32 >= exit_q32.cast_signed())
    }

    fn is_dust(&self, params: &LiquidationParams) -> bool {
        self.gross_q32 < u128::from(params.dust_quote_atoms) << crate::quantity::AMOUNT_BITS
    }

    /// The largest size that may be closed now.
    fn largest(
        &self,
        what_atoms: u64,
        quote_atoms: i64,
        params: &LiquidationParams,
        window: Window,
    ) -> Result<Largest, RiskError> {
        if self.lot_atoms == 0 {
            return Err(RiskError::LotOutOfBounds);
        }
        let lots = what_atoms.div_ceil(self.lot_atoms);
        let deep = self.requirement().is_deep();
        let (mut count, mut reason) = if deep {
            (lots, SizeReason::Deep)
        } else if self.is_dust(params) {
            (lots, SizeReason::Dust)
        } else if !self.reaches_exit(what_atoms)? {
            (lots, SizeReason::Whole)
        } else {
            (self.least_lots(lots, what_atoms)?, SizeReason::Target)
        };
        if self.closing == Closing::Collateral {
            let debt = self.debt_lots(quote_atoms)?;
            if count > debt {
                (count, reason) = (debt, SizeReason::Debt);
            }
        }
        if !deep {
            let allowed = self.window_lots(params, window);
            if count > allowed {
                (count, reason) = (allowed, SizeReason::Window);
            }
        }
        let mut size_atoms = self.size_of(count, what_atoms);
        if reason != SizeReason::Window && what_atoms - size_atoms < self.lot_atoms {
            size_atoms = what_atoms;
        }
        Ok(Largest { size_atoms, reason })
    }

    /// min(what, lots · lot).
    fn size_of(&self, lots: u64, what_atoms: u64) -> u64 {
        lots.saturating_mul(self.lot_atoms).min(what_atoms)
    }

    /// The least number of lots that reaches the exit, by bisection; `lots` reaches it.
    fn least_lots(&self, lots: u64, what_atoms: u64) -> Result<u64, RiskError> {
        let (mut below, mut reaching) = (0, lots);
        while reaching - below > 1 {
            let middle = below + (reaching - below) / 2;
            if self.reaches_exit(self.size_of(middle, what_atoms))? {
                reaching = middle;
            } else {
                below = middle;
            }
        }
        Ok(reaching)
    }

    /// Lots of collateral that repay the loan at P.
    fn debt_lots(&self, quote_atoms: i64) -> Result<u64, RiskError> {
        let loan_atoms = quote_atoms.min(0).unsigned_abs();
        // The higher price: where the loan is worth a whole number of atoms it asks for no more.
        let price = self.book.unit_price_ceil()?;
        Ok(price.base_atoms_ceil(loan_atoms).div_ceil(self.lot_atoms))
    }

    /// Lots that fit into the window.
    fn window_lots(&self, params: &LiquidationParams, window: Window) -> u64 {
        let share = Fraction::from_e9_floor(params.window_share_e9).unwrap_or(Fraction::MAX);
        let by_share = share.of_floor(window.gross_quote_atoms);
        let limit = by_share.max(u128::from(params.window_cap_quote_atoms));
        let room = limit.saturating_sub(u128::from(window.closed_quote_atoms));
        let room = u64::try_from(room).unwrap_or(u64::MAX);
        // ⌊room / (P·lot)⌋ = ⌊⌊room / P⌋ / lot⌋
        self.unit.base_atoms_floor(room) / self.lot_atoms.max(1)
    }

    /// π: the share of the relief that is paid as penalty.
    fn penalty_share(&self, flag_age_secs: u64) -> Result<Fraction, RiskError> {
        let Ok(equity_q32) = u128::try_from(self.equity_q32) else {
            return Ok(Fraction::ZERO); // nothing left to pay from
        };
        // E < MM here, so MM > 0.
        let ratio = ratio_ceil(equity_q32, self.margin_q32)?;
        let depth = Fraction::ONE
            .saturating_sub(ratio)
            .saturating_add(Fraction::from_bits(1));
        let by_depth = depth.saturating_add(depth).min(Fraction::ONE);
        let secs = flag_age_secs.min(PENALTY_SECS);
        let by_time = Fraction::from_bits(PENALTY_PER_SEC * secs).min(Fraction::ONE);
        let urgency = Fraction::from_bits(by_depth.max(by_time).to_bits().div_ceil(2));
        Ok(PENALTY_BASE
            .saturating_add(urgency)
            .min(PENALTY_EQUITY_SHARE.mul_floor(ratio)))
    }

    /// u × 10^18, up, saturating.
    fn depth_e18(&self) -> Result<u128, RiskError> {
        let shortfall = (self.margin_q32.cast_signed() - self.equity_q32).unsigned_abs();
        if self.margin_q32 == 0 {
            return Ok(u128::from(E18)); // no requirement, no equity: the penalty scale ends at 1
        }
        let whole = shortfall / self.margin_q32;
        let rest = ratio_ceil(shortfall % self.margin_q32, self.margin_q32)?;
        Ok(whole
            .saturating_mul(u128::from(E18))
            .saturating_add(rest.to_e18_ceil()))
    }
}

/// `n / d`, up, saturating at [`Fraction::MAX`]; at most 2^-59 relative above it.
fn ratio_ceil(n: u128, d: u128) -> Result<Fraction, RiskError> {
    if n / 16 >= d {
        return Ok(Fraction::MAX);
    }
    // Cut both so that n·2^60 fits: n keeps at least 60 of its bits.
    let shift = 128_u32.saturating_sub(n.leading_zeros()).saturating_sub(68);
    let (n, d) = ((n >> shift) + u128::from(shift > 0), d >> shift);
    let ratio = div_ceil_u128(n << FRACTION_BITS, d)?;
    Ok(u64::try_from(ratio).map_or(Fraction::MAX, Fraction::from_bits))
}

#[cfg(test)]
mod tests;
