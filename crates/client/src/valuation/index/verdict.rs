//! What the program would say about one account.
use anchor_lang::error::Error;
use freeboard::arrange::{HeldSlots, Holdings, SharedRisk};
use freeboard::error::OrRefuse;
use freeboard::state::{Collateral, Exchange, MAX_POSITIONS, MarginAccount, NO_ASSET, Position};
use freeboard_risk::liquidation::flag::Grace;
use freeboard_risk::requirement::margin::{
    LiquidationValuation, Requirement, liquidation_valuation,
};

use super::assets::{AssetSet, IndexedAssets};

/// How long funding and interest alone are left out of account where they cannot take an account below its margin,
/// seconds.
pub const ACCRUAL_SECS: i64 = 60;

/// An account as a liquidation would see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountVerdict {
    /// MM and equity; those of [`freeboard::instructions::MarginReport::liquidation`].
    pub valuation: LiquidationValuation,
    /// Whether a liquidation waits for the flag.
    pub grace: Grace,
    /// Publish time of the oldest price update that counts, unix seconds; the latest time if none does. A liquidation that
    /// waits for the flag needs it to be newer than that.
    pub oldest_publish_ts: i64,
    /// It has a position in a market that has ended, here at the settlement price: `flag` and `liquidate` refuse it until
    /// that is settled.
    pub is_unsettled: bool,
    /// Clock time of the valuation, unix seconds.
    pub valued_ts: i64,
    /// From when on funding and interest alone could make the verdict another one, unix seconds; the latest time if never.
    pub due_ts: i64,
}

impl AccountVerdict {
    /// MM and equity.
    pub const fn requirement(&self) -> &Requirement {
        &self.valuation.requirement
    }

    /// Whether it is below its maintenance margin.
    pub const fn is_liquidatable(&self) -> bool {
        self.requirement().is_liquidatable()
    }

    /// (Equity − MM)/MM, for an order and for display; negative below it. Without a margin: as if it were one atom.
    pub fn cushion(&self) -> f64 {
        let requirement = self.requirement();
        requirement.free_collateral_atoms() as f64 / requirement.margin_atoms.max(1) as f64
    }
}

/// What a valuation reads of an account: a tenth of its bytes.
pub(super) struct AccountCore {
    positions: Box<[Position]>,
    collaterals: Box<[Collateral]>,
    /// None of a loan, whose interest grows.
    quote_atoms: Option<i64>,
    /// Those that it has positions in.
    markets: AssetSet,
}

impl AccountCore {
    pub fn new(account: &MarginAccount) -> Self {
        let positions = account.positions.iter().copied();
        let positions = positions.filter(|slot| slot.asset_index != NO_ASSET);
        let positions: Box<[Position]> = positions.collect();
        let collaterals = account.collaterals.iter().copied();
        Self {
            markets: AssetSet::of_positions(&positions),
            positions,
            collaterals: collaterals
                .filter(|slot| slot.asset_index != NO_ASSET)
                .collect(),
            quote_atoms: Some(account.quote_atoms).filter(|atoms| *atoms >= 0),
        }
    }

    pub const fn has_loan(&self) -> bool {
        self.quote_atoms.is_none()
    }
}

impl HeldSlots for AccountCore {
    fn positions(&self) -> &[Position] {
        &self.positions
    }

    fn collaterals(&self) -> &[Collateral] {
        &self.collaterals
    }
}

/// What accounts are valued by.
pub(super) struct ValuationMoment<'a> {
    pub exchange: &'a Exchange,
    pub shared: &'a SharedRisk,
    pub assets: &'a IndexedAssets,
    pub now: i64,
}

impl ValuationMoment<'_> {
    /// Values an account by its core. `holdings`: room to do it in.
    ///
    /// Errors: those of the program.
    pub fn value(
        &self,
        (core, account): (&AccountCore, &MarginAccount),
        holdings: &mut Holdings,
    ) -> Result<AccountVerdict, Error> {
        self.assets.load(core, holdings, self.now)?;
        let quote_atoms = match core.quote_atoms {
            Some(atoms) => atoms,
            None => account.quote_after_interest(self.exchange, self.now)?,
        };
        let portfolio = self.shared.portfolio(quote_atoms, &holdings.list);
        let valuation = liquidation_valuation(&portfolio).or_refuse()?;
        let secs = self.accrual_secs((core, account), holdings, quote_atoms, &valuation)?;
        Ok(AccountVerdict {
            valuation,
            grace: holdings.grace(&valuation.requirement),
            oldest_publish_ts: holdings.oldest_usable_ts(),
            is_unsettled: core.markets.meets(self.assets.settled),
            valued_ts: self.now,
            due_ts: self.now.saturating_add(secs),
        })
    }

    /// How long funding and interest alone cannot make the verdict another one, seconds. MM does not depend on them, and
    /// equity moves by exactly them.
    fn accrual_secs(
        &self,
        (core, account): (&AccountCore, &MarginAccount),
        holdings: &Holdings,
        quote_atoms: i64,
        valuation: &LiquidationValuation,
    ) -> Result<i64, Error> {
        if !core.has_loan() && !core.markets.meets(self.assets.accruing) {
            return Ok(i64::MAX);
        }
        let free_atoms = valuation.requirement.free_collateral_atoms();
        let is_safe = self.is_far(core, valuation)
            || free_atoms >= self.payable_atoms((core, account), holdings, quote_atoms)?;
        Ok(if is_safe { ACCRUAL_SECS } else { 1 })
    }

    /// Whether the cushion alone tells that [`Self::payable_atoms`] are there.
    ///
    /// MM holds the provision F of every position (whitepaper §5.1): notional · c, down. Where no market is steep, a
    /// position pays within [`ACCRUAL_SECS`] at most notional · c/8, and 4 atoms: for the step of the index, for the two
    /// amounts, each rounded up, and for F. All of at most 16 positions: below ΣF/4 + 64 ≤ MM/4 + 64.
    fn is_far(&self, core: &AccountCore, valuation: &LiquidationValuation) -> bool {
        let requirement = &valuation.requirement;
        !core.has_loan()
            && !core.markets.meets(self.assets.steep)
            && !valuation.is_saturated
            && requirement.free_collateral_atoms() > far_atoms(requirement)
    }

    /// The most that funding and interest of the next [`ACCRUAL_SECS`] take from an account, quote atoms.
    ///
    /// Errors: `AssetAccountMissing`.
    fn payable_atoms(
        &self,
        (core, account): (&AccountCore, &MarginAccount),
        holdings: &Holdings,
        quote_atoms: i64,
    ) -> Result<i128, Error> {
        let later = self.now.saturating_add(ACCRUAL_SECS);
        let mut payable_atoms = 0;
        if core.has_loan() {
            let quote_later = account.quote_after_interest(self.exchange, later);
            let quote_later = quote_later.unwrap_or(i64::MIN); // looked at again each second
            payable_atoms += i128::from(quote_atoms) - i128::from(quote_later);
        }
        // The positions come first among the holdings, in the order of their slots.
        for (position, holding) in core.positions.iter().zip(&holdings.list) {
            let asset = self.assets.later(position.asset_index)?;
            if (position.base_size_atoms > 0) != (asset.funding.rate_q64 > 0) {
                continue; // it receives, which is not counted on
            }
            let owed_later = asset.accrued_funding_at_worst(position, holding.price, later);
            let paid = i128::from(holding.funding_quote_atoms) - i128::from(owed_later);
            payable_atoms += paid.max(0);
        }
        Ok(payable_atoms)
    }
}

/// The free collateral beyond which funding cannot take an account below its margin within [`ACCRUAL_SECS`], where no
/// market is steep, quote atoms.
const fn far_atoms(requirement: &Requirement) -> i128 {
    requirement.margin_atoms / 4 + 4 * MAX_POSITIONS as i128
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
