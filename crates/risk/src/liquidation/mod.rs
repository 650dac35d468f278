//! How much of an account may be closed, at what penalty (whitepaper §7.6).
//!
//! ```text
//! u = (MM − E)/MM    t = time since the flag    π = min(¼ + ½·max(min(1, 2u), min(1, t/300 s)), 0.95·E⁺/MM)
//! K(x) = 0.95·E⁺/MM·relief⁺                      I(x): impact.rs, against the pool, at most K(x)
//! Π(x) = min(π·relief⁺, φ_max·P·x, K(x) − I(x))  E(x) = E − Π(x) − I(x), plus (1 − collateral weight)·P·x for collateral,
//!                                                plus κ·σ_IM·√age·P·x for what the liquidator takes (terms.rs)
//! ```
//! A position that the pool takes pays the impact I of that trade where it moves the skew away from zero, see
//! whitepaper §7.4: closed at P without it, an owner paid for opening against the skew would keep that, and P7
//! would not hold. In π and K only, E counts an asset without a usable price
//! as it was last recorded. So no closing takes what is not there, and E − MM and E/MM rise with any relief.
//!
//! The largest x is the least number of lots with E(x) ≥ (1 + β)·MM(x), where none reaches that the one with the
//! largest E(x) − (1 + β)·MM(x) ([`search`]); more until it pays its caller its cost; that with the least MM(x)
//! when E < ⅔·MM, when the account is dust, or when the next step would not pay; all when less than a lot would be
//! left. No size that raises MM is allowed while E > 0.
pub mod flag;
pub mod penalty;
use crate::RiskError;
use crate::number::quantity::Fraction;
use crate::params::LiquidationParams;
use crate::requirement::holding::{Holding, Sizes};
use crate::requirement::margin::Requirement;
use crate::requirement::portfolio::Portfolio;
use crate::requirement::rest::AccountRest;

mod book;
mod bracket;
mod impact;
mod peak;
mod pieces;
mod post_conditions;
mod price;
mod search;
mod size;
mod sizing;
mod slice;
mod target;
mod tariff;
mod terms;

pub use impact::SkewImpact;
pub use post_conditions::PostConditions;
pub use price::{LiquidationPrices, liquidation_prices};
use sizing::Sizing;
pub use slice::{SlicePlan, Sliced, WHOLE_PERMILLE};
pub use target::{LastStep, PositionTaker, check_below_target};
pub use terms::ClosingTerms;

/// Kinds of closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The position of the asset.
    Position,
    /// Collateral of the asset, to repay the loan.
    Collateral,
    /// A short and the collateral of the same asset that hedges it.
    Pair,
}

impl Closing {
    /// The most that can be closed of what a holding has, base atoms; a loan that collateral would repay is
    /// taken for granted.
    ///
    /// A pair is all of the short or whole lots of it: collateral need not be whole lots, and no trade could
    /// close the part of a lot that it would leave of the short.
    pub fn closable_atoms(self, holding: &Holding) -> u64 {
        self.most_atoms(holding.sizes(), holding.coefficients.lot_atoms)
    }

    fn most_atoms(self, sizes: Sizes, lot_atoms: u64) -> u64 {
        let position = sizes.size_atoms.unsigned_abs();
        let collateral = sizes.collateral_atoms;
        match self {
            Self::Position => position,
            Self::Collateral => collateral,
            Self::Pair if sizes.size_atoms >= 0 => 0,
            Self::Pair if collateral >= position => position,
            Self::Pair => {
                let rest = collateral.checked_rem(lot_atoms).unwrap_or(0);
                collateral.saturating_sub(rest)
            }
        }
    }
}

/// Losses of the account to liquidations in its running window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Gross at the window's start, quote atoms.
    pub gross_quote_atoms: u64,
    /// Notional closed since, quote atoms.
    pub closed_quote_atoms: u64,
}

/// The limit that decided the largest size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeReason {
    /// E < ⅔·MM: what leaves the least MM, all where there is no equity.
    Severe,
    /// The account's gross is below the dust limit, or the next step would pay less than it costs: what leaves the
    /// least MM.
    Dust,
    /// No size reaches the liquidation target: what leaves E − (1 + β)·MM largest.
    Whole,
    /// The least number of lots that reaches the liquidation target.
    Target,
    /// The least that reaches it and pays its caller what a flag and a liquidation cost.
    Reward,
    /// The size that repays the loan.
    Debt,
    /// The size that the window still allows.
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
    /// The plan of a closing.
    Plan(LiquidationPlan<'a>),
}

impl<'a> LiquidationVerdict<'a> {
    /// The plan, by reference: it is too large to move about on a 4 KiB stack frame.
    ///
    /// Errors: [`RiskError::LiquidationPriceUnusable`], [`RiskError::AccountHealthy`],
    /// [`RiskError::NothingToLiquidate`].
    pub fn plan(&self) -> Result<&LiquidationPlan<'a>, RiskError> {
        match self {
            Self::Unusable => Err(RiskError::LiquidationPriceUnusable),
            Self::Healthy => Err(RiskError::AccountHealthy),
            Self::Nothing => Err(RiskError::NothingToLiquidate),
            Self::Plan(plan) => Ok(plan),
        }
    }
}

/// Effect of closing a size on the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosingOutcome {
    /// MM − MM after, quote atoms, down; negative when closing raises MM.
    pub relief_atoms: i128,
    /// Π, quote atoms, up; ≥ 0.
    pub penalty_atoms: i128,
    /// Paid part of I, the pool's, quote atoms, up; ≥ 0.
    pub impact_atoms: i128,
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
    /// The limit that decided the size.
    pub reason: SizeReason,
    /// Whether the size may go beyond the liquidation target, whatever limit then decided it: the account is severely undercollateralised or small, or less
    /// would not pay its caller.
    pub beyond_target: bool,
    /// Largest size, base atoms.
    pub size_atoms: u64,
    /// Size > 0, and it lowers MM or the account is insolvent.
    pub allowed: bool,
    /// u = (MM − E)/MM, × 10^18, up, saturating; above 1 when insolvent.
    pub depth_e18: u128,
    /// π, up.
    pub penalty_share: Fraction,
    /// Effect of the largest size.
    pub outcome: ClosingOutcome,
    sizing: Sizing<'a>,
}

impl<'a> LiquidationPlan<'a> {
    /// The plan for one asset of an account, by its index in the holdings.
    ///
    /// `flag_age_secs` is the time since the account was flagged; `terms` what the pool and the liquidator deal on.
    /// Follows the order of whitepaper §7.6: unusable,
    /// healthy, nothing; then the size.
    /// Errors: [`RiskError::NothingToLiquidate`] when the index is beyond the holdings;
    /// [`RiskError::LotOutOfBounds`] for a lot of 0; [`RiskError::Overflow`], also for a skew_scale of 0.
    #[inline(never)] // a stack frame of its own: 4 KiB each in a program
    #[allow(clippy::new_ret_no_self)] // a plan exists only for a liquidatable account
    pub fn new(
        portfolio: &Portfolio<'a>,
        index: usize,
        closing: Closing,
        params: &LiquidationParams,
        flag_age_secs: u64,
        window: Window,
        terms: &ClosingTerms,
    ) -> Result<LiquidationVerdict<'a>, RiskError> {
        let rest = AccountRest::new(portfolio, index)?;
        Self::beside(
            portfolio,
            (index, &rest),
            closing,
            params,
            flag_age_secs,
            window,
            terms,
        )
    }

    /// The same, of an account whose rest beside that asset is summed.
    ///
    /// Errors: those of [`Self::new`].
    #[inline(never)] // a stack frame of its own
    pub fn beside(
        portfolio: &Portfolio<'a>,
        (index, rest): (usize, &AccountRest),
        closing: Closing,
        params: &LiquidationParams,
        flag_age_secs: u64,
        window: Window,
        terms: &ClosingTerms,
    ) -> Result<LiquidationVerdict<'a>, RiskError> {
        let holding = portfolio.holdings.get(index);
        let holding = holding.ok_or(RiskError::NothingToLiquidate)?;
        if !holding.standing.is_usable() {
            return Ok(LiquidationVerdict::Unusable);
        }
        let sizing = Sizing::new(portfolio, rest, holding, closing, params, terms)?;
        Self::from_sizing(sizing, portfolio.quote_atoms, params, flag_age_secs, window)
    }

    /// The plan of a prepared case.
    #[inline(never)] // a stack frame of its own
    fn from_sizing(
        mut sizing: Sizing<'a>,
        quote_atoms: i64,
        params: &LiquidationParams,
        flag_age_secs: u64,
        window: Window,
    ) -> Result<LiquidationVerdict<'a>, RiskError> {
        if !sizing.requirement().is_liquidatable() {
            return Ok(LiquidationVerdict::Healthy);
        }
        let what_atoms = sizing.closable_atoms(quote_atoms);
        if what_atoms == 0 {
            return Ok(LiquidationVerdict::Nothing);
        }
        let shortfall = sizing.shortfall;
        sizing.tariff.set_shares(&shortfall, flag_age_secs)?;
        let largest = sizing.largest(what_atoms, quote_atoms, params, window)?;
        let allowed = largest.size_atoms > 0 && sizing.is_worthwhile(&largest.effect);
        Ok(LiquidationVerdict::Plan(Self {
            requirement: sizing.requirement(),
            reason: largest.reason,
            beyond_target: largest.beyond_target,
            size_atoms: largest.size_atoms,
            allowed,
            depth_e18: shortfall.depth_e18()?,
            penalty_share: sizing.tariff.penalty_share,
            outcome: largest.effect.outcome(),
            sizing,
        }))
    }

    /// Returns the effect of closing `size_atoms`, allowed or not; for views.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn outcome_of(&self, size_atoms: u64) -> Result<ClosingOutcome, RiskError> {
        Ok(self.sizing.effect_of(size_atoms)?.outcome())
    }

    /// Whether the account is insolvent: only then may a closing worsen E − MM.
    pub fn may_worsen(&self) -> bool {
        self.sizing.may_worsen()
    }

    /// Returns the part of E that is favour by prices not usable, quote atoms, down; the same through the closing.
    pub fn favour_atoms(&self) -> i128 {
        self.sizing.shortfall.favour_atoms()
    }

    /// Returns the effect of closing `size_atoms`, at most the largest size.
    ///
    /// Errors: [`RiskError::LiquidationTooLarge`]; [`RiskError::NoRelief`] when it does not lower MM of
    /// a solvent account; [`RiskError::LiquidationWindowExhausted`] when the
    /// window leaves no lot; [`RiskError::NothingToLiquidate`] for a size of 0.
    #[inline(never)] // a stack frame of its own
    pub fn take(&self, size_atoms: u64) -> Result<ClosingOutcome, RiskError> {
        if self.size_atoms == 0 && self.reason == SizeReason::Window {
            return Err(RiskError::LiquidationWindowExhausted);
        }
        if size_atoms == 0 {
            return Err(RiskError::NothingToLiquidate);
        }
        if size_atoms > self.size_atoms {
            return Err(RiskError::LiquidationTooLarge);
        }
        let (worthwhile, outcome) = if size_atoms == self.size_atoms {
            (self.allowed, self.outcome)
        } else {
            let effect = self.sizing.effect_of(size_atoms)?;
            (self.sizing.is_worthwhile(&effect), effect.outcome())
        };
        if !worthwhile {
            return Err(RiskError::NoRelief);
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod steps_tests;
#[cfg(test)]
mod tests;
