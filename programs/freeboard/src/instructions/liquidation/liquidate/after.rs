//! What the rules of a liquidation promise, checked on the accounts as they came out of it.
use super::{
    Closing,
    close::Closed,
    judge::{Judged, Liquidatee},
};
use crate::arrange::{Holdings, SharedRisk};
use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::events::{MarginSnapshot, snapshot_of_valuation};
use crate::state::MarginAccount;
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::PostConditions;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::{self, Requirement};

impl Liquidatee<'_> {
    /// The account is better off for its margin, not closed beyond the rules, and loses its flag once it
    /// is healthy. The second answer: some amount ended, and what the account is below zero is not known by this.
    ///
    /// Errors: `RiskNotReduced`, `LiquidationTooLarge`, `LiquidationWindowExhausted`.
    #[inline(never)]
    pub(super) fn check_after(
        &self,
        judged: &Judged,
        closed: &Closed,
        account: &mut MarginAccount,
        holdings: &mut Holdings,
    ) -> Result<(MarginSnapshot, bool)> {
        let portfolio = self.shared.portfolio(account.quote_atoms, &holdings.list);
        let valuation = margin::liquidation_valuation(&portfolio).or_refuse()?;
        let after = valuation.requirement;
        let held = account.find_position(self.args.asset_index);
        let size_after_atoms = held.map_or(0, |slot| slot.base_size_atoms);
        let judged_after = valuation.requirement_with(judged.favour_atoms);
        let promised = judged.promise(judged_after, closed, size_after_atoms);
        promised.check(&self.params).or_refuse()?;
        let sight = holdings.sight(self.paused, self.now);
        let flag = account.flag();
        account.set_flag(flag.after_liquidation(&valuation, &sight, &self.params));
        if !judged.may_worsen && !judged.beyond_target && !judged.before.is_severe() {
            self.check_target(judged, closed, account, holdings)?;
        }
        Ok((snapshot_of_valuation(&after), valuation.is_saturated))
    }

    /// With one lot given back at the price that it was closed at the account would not be at its liquidation target: no more
    /// was closed than needed.
    fn check_target(
        &self,
        judged: &Judged,
        closed: &Closed,
        account: &MarginAccount,
        holdings: &mut Holdings,
    ) -> Result<()> {
        let holding = holdings.get_mut(self.args.asset_index)?;
        let lot = holding.coefficients.lot_atoms;
        let left = self.args.closing.of_one_asset()?.closable_atoms(holding);
        // All is closed where all does not suffice, and the first lot always is.
        if left == 0 || judged.size_atoms <= lot {
            return Ok(());
        }
        let price = give_lot_back(self.args.closing, judged, closed, holding)?;
        let quote_atoms = account.quote_atoms.checked_sub(price);
        let quote_atoms = quote_atoms.or_raise(FreeboardError::Overflow)?;
        let portfolio = self.shared.portfolio(quote_atoms, &holdings.list);
        let less = margin::liquidation_valuation(&portfolio).or_refuse()?;
        let less = less.requirement_with(judged.favour_atoms);
        ensure(
            !less.reaches_target(self.params.beta_e9),
            FreeboardError::LiquidationTooLarge,
        )
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

/// Puts one lot back into the holding, at the price that it was closed at. Returns what the account would not have been
/// paid for it, quote atoms: for collateral alone.
///
/// Errors: `Overflow`.
fn give_lot_back(
    closing: Closing,
    judged: &Judged,
    closed: &Closed,
    holding: &mut Holding,
) -> Result<i64> {
    let overflow = FreeboardError::Overflow;
    let lot = holding.coefficients.lot_atoms;
    let unit = holding.unit_price().or_refuse()?;
    let notional = unit.notional_floor(lot).or_refuse()?;
    let gained: i64 = crate::atoms(judged.terms.gained_floor(notional))?;
    let notional: i64 = crate::atoms(notional)?;
    if closing != Closing::Collateral {
        let size: i64 = crate::atoms(lot)?;
        let taken = closing == Closing::PositionByLiquidator;
        let gained = if taken { gained } else { 0 };
        let (size, cost) = if closed.size_before_atoms < 0 {
            (size.saturating_neg(), gained.saturating_sub(notional))
        } else {
            (size, notional.saturating_add(gained))
        };
        holding.size_atoms = holding.size_atoms.checked_add(size).or_raise(overflow)?;
        let entry = holding.entry_quote_atoms.checked_add(cost);
        holding.entry_quote_atoms = entry.or_raise(overflow)?;
    }
    if matches!(closing, Closing::Collateral | Closing::Pair) {
        let amount = holding.collateral_atoms.checked_add(lot);
        holding.collateral_atoms = amount.or_raise(overflow)?;
        return Ok(notional.saturating_add(gained));
    }
    Ok(0)
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
    margin::initial(&portfolio).or_refuse()?.check().or_refuse()
}
