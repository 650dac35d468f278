//! What the program would say about one account.
use anchor_lang::error::Error;
use freeboard::arrange::{Holdings, SharedRisk};
use freeboard::error::OrRefuse;
use freeboard::state::{Exchange, MarginAccount, NO_ASSET};
use freeboard_risk::liquidation::flag::Grace;
use freeboard_risk::requirement::margin::{
    LiquidationValuation, Requirement, liquidation_valuation,
};

use super::assets::IndexedAssets;

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

/// What accounts are valued by.
pub(super) struct ValuationMoment<'a> {
    pub exchange: &'a Exchange,
    pub shared: &'a SharedRisk,
    pub assets: &'a IndexedAssets,
    pub now: i64,
}

impl ValuationMoment<'_> {
    /// Values an account. `holdings`: room to do it in.
    ///
    /// Errors: those of the program.
    pub fn value(
        &self,
        account: &MarginAccount,
        holdings: &mut Holdings,
    ) -> Result<AccountVerdict, Error> {
        self.assets.load(account, holdings, self.now)?;
        let quote_atoms = account.quote_after_interest(self.exchange, self.now)?;
        let portfolio = self.shared.portfolio(quote_atoms, &holdings.list);
        let valuation = liquidation_valuation(&portfolio).or_refuse()?;
        let accruals = self.accruals(account, holdings, quote_atoms)?;
        Ok(AccountVerdict {
            valuation,
            grace: holdings.grace(&valuation.requirement),
            oldest_publish_ts: holdings.oldest_usable_ts(),
            is_unsettled: accruals.is_unsettled,
            valued_ts: self.now,
            due_ts: accruals.due_ts(&valuation.requirement, self.now),
        })
    }

    /// What time alone takes from an account.
    fn accruals(
        &self,
        account: &MarginAccount,
        holdings: &Holdings,
        quote_atoms: i64,
    ) -> Result<AccountAccruals, Error> {
        let later = self.now.saturating_add(ACCRUAL_SECS);
        let quote_later = account.quote_after_interest(self.exchange, later);
        let quote_later = quote_later.unwrap_or(i64::MIN); // looked at again each second
        let mut accruals = AccountAccruals {
            paid_atoms: i128::from(quote_atoms) - i128::from(quote_later),
            accrues: account.quote_atoms < 0,
            is_unsettled: false,
        };
        // The positions come first among the holdings, in the order of their slots.
        let slots = account.positions.iter();
        let held = slots.filter(|slot| slot.asset_index != NO_ASSET);
        for (position, holding) in held.zip(&holdings.list) {
            let asset = self.assets.asset(position.asset_index)?;
            accruals.is_unsettled |= asset.is_settled();
            if asset.funding.rate_q64 == 0 {
                continue;
            }
            accruals.accrues = true;
            let owed_later = asset.accrued_funding_at_worst(position, holding.price, later);
            let paid = i128::from(holding.funding_quote_atoms) - i128::from(owed_later);
            accruals.paid_atoms += paid.max(0); // what one market gives is not counted on
        }
        Ok(accruals)
    }
}

/// Funding and interest that an account pays within [`ACCRUAL_SECS`].
struct AccountAccruals {
    /// The most that its equity falls by, quote atoms.
    paid_atoms: i128,
    /// Whether any funding or interest accrues, to it or from it.
    accrues: bool,
    is_unsettled: bool,
}

impl AccountAccruals {
    /// From when on they could make the verdict another one. MM does not depend on them, and equity moves by exactly them.
    fn due_ts(&self, requirement: &Requirement, now: i64) -> i64 {
        if !self.accrues {
            return i64::MAX;
        }
        let is_safe = requirement.free_collateral_atoms() >= self.paid_atoms;
        let secs = if is_safe { ACCRUAL_SECS } else { 1 };
        now.saturating_add(secs)
    }
}
