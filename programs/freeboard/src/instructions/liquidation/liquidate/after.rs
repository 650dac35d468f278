//! What the rules of a liquidation promise, checked on the accounts as they came out of it.
use super::{
    Closing,
    close::Closed,
    judge::{Judged, Liquidatee},
};
use crate::arrange::{Holdings, SharedRisk};
use crate::error::OrRefuse;
use crate::events::{MarginSnapshot, snapshot_of_valuation};
use crate::state::MarginAccount;
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::{LastStep, PositionTaker, PostConditions, check_below_target};
use freeboard_risk::requirement::margin::{self, Requirement};
use freeboard_risk::requirement::rest::AccountRest;

/// The account after it was liquidated.
pub(super) struct Afterwards {
    /// MM and equity.
    pub maintenance: MarginSnapshot,
    /// Some amount ended: what the account is below zero is not known by this.
    pub is_saturated: bool,
}

impl Liquidatee<'_> {
    /// The account is better off for its margin, not closed beyond the rules, and loses its flag once it
    /// is healthy. `rest`: what the closing did not touch; the closed asset is valued as the books hold it now.
    ///
    /// Errors: `RiskNotReduced`, `LiquidationTooLarge`, `LiquidationWindowExhausted`.
    #[inline(never)]
    pub(super) fn check_after(
        &self,
        (judged, closed): (&Judged, &Closed),
        account: &mut MarginAccount,
        holdings: &mut Holdings,
        rest: &AccountRest,
    ) -> Result<Afterwards> {
        let portfolio = self.shared.portfolio(account.quote_atoms, &holdings.list);
        let valuation = rest.liquidation_valuation(&portfolio).or_refuse()?;
        let after = valuation.requirement;
        let held = account.find_position(self.args.asset_index);
        let size_after_atoms = held.map_or(0, |slot| slot.base_size_atoms);
        let judged_after = valuation.requirement_with(judged.favour_atoms);
        let promised = judged.promise(judged_after, closed, size_after_atoms);
        promised.require(&self.params).or_refuse()?;
        let sight = holdings.sight(self.paused, self.now);
        let flag = account.flag();
        account.set_flag(flag.after_liquidation(&valuation, &sight, &self.params));
        if !judged.may_worsen && !judged.beyond_target && !judged.before.is_severe() {
            self.check_target((judged, closed), account, holdings, rest)?;
        }
        Ok(Afterwards {
            maintenance: snapshot_of_valuation(&after),
            is_saturated: valuation.is_saturated,
        })
    }

    /// With one lot given back at the price that it was closed at the account would not be at its target: no more
    /// was closed than needed.
    ///
    /// Errors: `LiquidationTooLarge`.
    fn check_target(
        &self,
        (judged, closed): (&Judged, &Closed),
        account: &MarginAccount,
        holdings: &mut Holdings,
        rest: &AccountRest,
    ) -> Result<()> {
        let taker = if self.args.closing == Closing::PositionByLiquidator {
            PositionTaker::Liquidator
        } else {
            PositionTaker::Pool
        };
        let holding = holdings.get_mut(self.args.asset_index)?;
        let closing = self.args.closing.of_one_asset()?;
        let (before, size) = (closed.size_before_atoms, judged.size_atoms);
        let step = LastStep::lot(closing, taker, holding, before, size).or_refuse()?;
        let Some(step) = step else {
            return Ok(());
        };
        let given = step.give_back(holding, &judged.terms, account.quote_atoms);
        let portfolio = self.shared.portfolio(given.or_refuse()?, &holdings.list);
        let given_back = rest.liquidation_valuation(&portfolio).or_refuse()?;
        check_below_target(&given_back, judged.favour_atoms, self.params.beta_e9).or_refuse()
    }
}

impl Judged {
    /// The rules that a closing promises to keep, over the account after it.
    const fn promise(
        &self,
        after: Requirement,
        closed: &Closed,
        size_after_atoms: i64,
    ) -> PostConditions {
        PostConditions {
            before: self.before,
            after,
            may_worsen: self.may_worsen,
            size_before_atoms: closed.size_before_atoms,
            size_after_atoms,
            notional_quote_atoms: closed.sale.notional_atoms,
            penalty_quote_atoms: self.penalty.total_atoms,
            impact_quote_atoms: self.impact_atoms,
            market: self.terms.market,
            window: self.window,
        }
    }
}

/// The liquidator's account must meet its initial margin with what it took over.
///
/// Errors: `InitialMarginNotMet`, `PositionPriceUnusable`.
pub(super) fn require_initial(
    liquidator: &MarginAccount,
    holdings: &Holdings,
    shared: &SharedRisk,
) -> Result<()> {
    let portfolio = shared.portfolio(liquidator.quote_atoms, &holdings.list);
    margin::initial(&portfolio)
        .or_refuse()?
        .require_met()
        .or_refuse()
}
