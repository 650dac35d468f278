//! Post-conditions of a liquidation, checked on the account that it left.
//!
//! The size was computed before anything moved; this judges what was booked, from a fresh valuation.
use super::{SkewImpact, Window};
use crate::RiskError;
use crate::number::arith::{Product, mul_div_ceil_u64, mul_div_floor_u64};
use crate::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms};
use crate::number::quantity::E9;
use crate::params::LiquidationParams;
use crate::requirement::margin::Requirement;

/// An account before and after one liquidation.
#[derive(Clone, Copy, Debug)]
pub struct PostConditions {
    /// MM and equity as the decision saw them.
    pub before: Requirement,
    /// MM and equity of a fresh valuation.
    pub after: Requirement,
    /// Insolvent before: closing only has to make it smaller.
    pub may_worsen: bool,
    /// Signed position before, base atoms.
    pub size_before_atoms: i64,
    /// Signed position after, base atoms.
    pub size_after_atoms: i64,
    /// P·x of what was closed or sold, quote atoms.
    pub notional_quote_atoms: u64,
    /// Π, quote atoms.
    pub penalty_quote_atoms: u64,
    /// Paid part of I, quote atoms.
    pub impact_quote_atoms: u64,
    /// The market before it that the position was closed against; none if the liquidator took it over.
    pub market: Option<SkewImpact>,
    /// The window before it.
    pub window: Window,
}

impl PostConditions {
    /// Errors: [`RiskError::LiquidationTooLarge`] when the position changed sides or grew, the penalty
    /// exceeds φ_max, or the impact that of the trade; [`RiskError::LiquidationWindowExhausted`] when more was closed than the window
    /// allows; [`RiskError::RiskNotReduced`] when MM rose, or E − MM or, with E > 0, E/MM is not better.
    pub fn require(&self, params: &LiquidationParams) -> Result<(), RiskError> {
        self.check_size()?;
        self.check_penalty(params)?;
        self.check_impact()?;
        self.check_window(params)?;
        if self.may_worsen || self.is_better() {
            Ok(())
        } else {
            Err(RiskError::RiskNotReduced)
        }
    }

    fn check_size(&self) -> Result<(), RiskError> {
        let (before, after) = (self.size_before_atoms, self.size_after_atoms);
        let kept = after == 0 || (before > 0) == (after > 0);
        if kept && after.unsigned_abs() <= before.unsigned_abs() {
            Ok(())
        } else {
            Err(RiskError::LiquidationTooLarge)
        }
    }

    /// Π ≤ ⌈φ_max·P·x⌉ and an atom, for a notional rounded down.
    fn check_penalty(&self, params: &LiquidationParams) -> Result<(), RiskError> {
        let largest = mul_div_ceil_u64(self.notional_quote_atoms, params.penalty_abs_e9, E9)?;
        if self.penalty_quote_atoms <= largest.saturating_add(1) {
            Ok(())
        } else {
            Err(RiskError::LiquidationTooLarge)
        }
    }

    /// I(x) by what is left of the position, and an atom for its rounding; nothing without a market.
    fn check_impact(&self) -> Result<(), RiskError> {
        if self.impact_quote_atoms == 0 {
            return Ok(());
        }
        let left = self.size_after_atoms.unsigned_abs();
        let closed = self.size_before_atoms.unsigned_abs().saturating_sub(left);
        let largest = self.market.map_or(0, |market| {
            let size = SignedBaseAtoms::new(self.size_before_atoms);
            let notional = QuoteAtoms::new(self.notional_quote_atoms);
            let most = market.most_ceil(size, BaseAtoms::new(closed), notional);
            most.get().saturating_add(u64::from(!most.is_zero()))
        });
        if self.impact_quote_atoms <= largest {
            Ok(())
        } else {
            Err(RiskError::LiquidationTooLarge)
        }
    }

    /// An atom is left for a notional rounded up.
    fn check_window(&self, params: &LiquidationParams) -> Result<(), RiskError> {
        let share = mul_div_floor_u64(params.window_share_e9, self.window.gross_quote_atoms, E9);
        let limit = share
            .unwrap_or(u64::MAX)
            .max(params.window_cap_quote_atoms)
            .saturating_add(1);
        let closed = self.window.closed_quote_atoms;
        let closed = closed.saturating_add(self.notional_quote_atoms);
        if self.before.is_severe() || closed <= limit {
            Ok(())
        } else {
            Err(RiskError::LiquidationWindowExhausted)
        }
    }

    fn is_better(&self) -> bool {
        let (before, after) = (&self.before, &self.after);
        let margin = |r: &Requirement| r.margin_atoms.unsigned_abs(); // ≥ 0
        let ratio_is_better = match (
            u128::try_from(after.equity_atoms),
            u128::try_from(before.equity_atoms),
        ) {
            // E/MM is strictly better: not E'·MM ≤ E·MM', with the atoms by which Π and I are rounded up.
            (Ok(now), Ok(then)) if then > 0 => {
                let rounded = 1_u128.saturating_add(u128::from(self.impact_quote_atoms > 0));
                let now = now.saturating_add(rounded);
                !Product(now, margin(before)).at_most(Product(then, margin(after)))
            }
            _ => true,
        };
        let no_rise = after.margin_atoms <= before.margin_atoms;
        no_rise && after.free_collateral_atoms() > before.free_collateral_atoms() && ratio_is_better
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::portfolio::Binding;

    const USD: u64 = 1_000_000;

    fn requirement(margin: i128, equity: i128) -> Requirement {
        Requirement {
            margin_atoms: margin,
            equity_atoms: equity,
            binding: Binding::Var,
        }
    }

    /// Equity 90 of 100, then 85 of 80, by closing a third of a long.
    fn fair() -> PostConditions {
        PostConditions {
            before: requirement(100, 90),
            after: requirement(80, 85),
            may_worsen: false,
            size_before_atoms: 30,
            size_after_atoms: 20,
            notional_quote_atoms: 1_000,
            penalty_quote_atoms: 50,
            impact_quote_atoms: 0,
            market: None,
            window: Window::default(),
        }
    }

    fn check(post_conditions: PostConditions) -> Result<(), RiskError> {
        post_conditions.require(&LiquidationParams::reference())
    }

    #[test]
    fn a_fair_liquidation_passes() {
        assert_eq!(check(fair()), Ok(()));
        let all = PostConditions {
            size_after_atoms: 0,
            after: requirement(0, 85),
            ..fair()
        };
        assert_eq!(check(all), Ok(()));
    }

    #[test]
    fn a_flip_or_growth_is_too_large() {
        for (before, after) in [(30, -1), (-30, 1), (30, 31), (-30, -31), (0, 1)] {
            let wrong = PostConditions {
                size_before_atoms: before,
                size_after_atoms: after,
                ..fair()
            };
            assert_eq!(check(wrong), Err(RiskError::LiquidationTooLarge));
        }
    }

    #[test]
    fn the_penalty_ends_at_its_cap() {
        // φ_max 5 % of 1,000, and an atom
        let at = |penalty_quote_atoms| PostConditions {
            penalty_quote_atoms,
            ..fair()
        };
        assert_eq!(check(at(51)), Ok(()));
        assert_eq!(check(at(52)), Err(RiskError::LiquidationTooLarge));
    }

    #[test]
    fn the_impact_ends_at_that_of_the_trade() {
        // Selling 10 at a skew of −95: 1,000 · (95 + 5)/1,000, of a notional that may be an atom more.
        let at = |impact_quote_atoms, market| PostConditions {
            impact_quote_atoms,
            market,
            ..fair()
        };
        let market = |skew_atoms| {
            Some(SkewImpact {
                skew: crate::market::skew::Skew::resting(skew_atoms),
                skew_scale_atoms: 1_000,
            })
        };
        let too_large = Err(RiskError::LiquidationTooLarge);
        assert_eq!(check(at(102, market(-95))), Ok(()));
        assert_eq!(check(at(103, market(-95))), too_large);
        assert_eq!(check(at(1, market(95))), too_large);
        assert_eq!(check(at(1, None)), too_large);
        assert_eq!(check(at(0, market(95))), Ok(()));
    }

    #[test]
    fn the_window_ends_at_its_limit_unless_the_account_is_severe() {
        let full = PostConditions {
            window: Window {
                gross_quote_atoms: 0,
                closed_quote_atoms: 100_000 * USD - 1_000,
            },
            ..fair()
        };
        assert_eq!(check(full), Ok(()));
        let mut over = full;
        over.window.closed_quote_atoms += 2;
        assert_eq!(check(over), Err(RiskError::LiquidationWindowExhausted));
        over.before = requirement(100, 60);
        assert_eq!(check(over), Ok(()));
        let mut large = full;
        large.window = Window {
            gross_quote_atoms: 1_000_000 * USD,
            closed_quote_atoms: 200_000 * USD - 1_000,
        };
        assert_eq!(check(large), Ok(()));
    }

    #[test]
    fn free_collateral_and_ratio_must_both_be_better() {
        let with = |after| PostConditions { after, ..fair() };
        let worse = Err(RiskError::RiskNotReduced);
        assert_eq!(check(with(requirement(100, 90))), worse);
        // Free collateral from −10 to −9, but the ratio from 0.9 to 0.1.
        assert_eq!(check(with(requirement(10, 1))), worse);
        assert_eq!(check(with(requirement(91, 82))), Ok(()));
        // Better in both, but MM rose: a hedge was taken away.
        assert_eq!(check(with(requirement(101, 99))), worse);
        let insolvent = PostConditions {
            may_worsen: true,
            ..with(requirement(100, -5))
        };
        assert_eq!(check(insolvent), Ok(()));
    }
}
