//! What accounts are below zero is counted before anybody resolves it.
use crate::error::{FreeboardError, OrRaise};
use crate::state::{MarginAccount, Pool};
use anchor_lang::prelude::*;

/// Which prices of an account's assets its equity was seen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PricesSeen {
    /// Every one.
    All,
    /// Some are not known.
    Some,
}

impl PricesSeen {
    /// By whether every price is usable.
    pub const fn all_if(all_usable: bool) -> Self {
        if all_usable { Self::All } else { Self::Some }
    }
}

impl MarginAccount {
    /// Counts what an account with this equity is below zero as known bad debt. It falls only where every
    /// price counted: hiding one forgets nothing.
    ///
    /// Errors: `Overflow`.
    pub fn recognise_bad_debt(
        &mut self,
        equity_atoms: i128,
        prices: PricesSeen,
        pool: &mut Pool,
    ) -> Result<()> {
        let missing = crate::atoms(equity_atoms.min(0).saturating_neg())?;
        if missing < self.bad_debt_atoms && prices == PricesSeen::Some {
            return Ok(());
        }
        let grown = missing.checked_sub(self.bad_debt_atoms);
        pool.add_bad_debt(grown.or_raise(FreeboardError::Overflow)?)?;
        self.bad_debt_atoms = missing;
        Ok(())
    }
}
