//! An account without one of its holdings: summed once while that one is traded, closed or given back.
//!
//! Every valuation is of the whole account, as [`margin`](super::margin) gives it to the last atom: sums of integers do not
//! depend on their order. Only the holding that changes is valued again.
use crate::RiskError;
use crate::requirement::equity::q32;
use crate::requirement::margin::{LiquidationValuation, Requirement, maintenance_of, valuation_of};
use crate::requirement::portfolio::Portfolio;
use crate::requirement::sums::{MaintenanceSums, Set, collect, collect_one};

/// The sums of MM over all holdings of an account but one.
#[derive(Clone, Debug)]
pub struct AccountRest {
    index: usize,
    sums: MaintenanceSums,
    quote_atoms: i64,
}

impl AccountRest {
    /// All of an account but the holding at `index`.
    ///
    /// Errors: [`RiskError::NothingToLiquidate`] when that is beyond the holdings; those of [`super::margin::maintenance`].
    pub fn new(portfolio: &Portfolio, index: usize) -> Result<Self, RiskError> {
        if index >= portfolio.holdings.len() {
            return Err(RiskError::NothingToLiquidate);
        }
        let mut sums = MaintenanceSums::new(portfolio);
        collect(portfolio, Set::Except(index), &mut sums)?;
        Ok(Self {
            index,
            sums,
            quote_atoms: portfolio.quote_atoms,
        })
    }

    /// The sums, with the quote balance that the account had.
    pub(crate) const fn sums(&self) -> &MaintenanceSums {
        &self.sums
    }

    /// [`super::margin::maintenance`] of the account with this quote balance and this holding in its place; no other may
    /// have changed.
    ///
    /// Errors: those of that.
    #[inline(never)] // a stack frame of its own
    pub fn maintenance(&self, portfolio: &Portfolio) -> Result<Requirement, RiskError> {
        let sums = self.with(portfolio)?;
        sums.require_exact()?;
        maintenance_of(&sums, portfolio)
    }

    /// [`super::margin::liquidation_valuation`] of it.
    ///
    /// Errors: those of that.
    #[inline(never)] // a stack frame of its own
    pub fn liquidation_valuation(
        &self,
        portfolio: &Portfolio,
    ) -> Result<LiquidationValuation, RiskError> {
        valuation_of(&self.with(portfolio)?, portfolio)
    }

    fn with(&self, portfolio: &Portfolio) -> Result<MaintenanceSums, RiskError> {
        let holding = portfolio.holdings.get(self.index);
        let holding = holding.ok_or(RiskError::NothingToLiquidate)?;
        let mut sums = self.sums.clone();
        let gained_q32 = q32(portfolio.quote_atoms).wrapping_sub(q32(self.quote_atoms));
        sums.equity_q32 = sums.equity_q32.wrapping_add(gained_q32);
        collect_one(holding, portfolio.coefficients, &mut sums)?;
        Ok(sums)
    }
}

#[cfg(test)]
#[path = "rest_tests.rs"]
mod tests;
