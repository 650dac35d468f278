//! The books of a liquidation: position, collateral, cash, penalty, reward and loans of both accounts.
use super::{
    Closing,
    judge::{Judged, Liquidatee},
    sale::Sale,
};
use crate::books::charge_loss;
use crate::error::{FreeboardError, OrRaise, OrRefuse};
use crate::state::{Asset, MarginAccount, Pool};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::penalty::{LeastReward, PenaltySplit};
use freeboard_risk::market::trade::check_account_cap;
use freeboard_risk::number::atoms::{QuoteAtoms, SignedBaseAtoms};
use freeboard_risk::price::observation::Observation;

/// What the closing does.
pub(super) struct Closed {
    pub observation: Observation,
    /// Position before it; 0 if none is held.
    pub size_before_atoms: i64,
    /// Collateral before it; 0 if none is held.
    pub collateral_before_atoms: u64,
    /// Net base size of all accounts before it, now and at the beginning of this second.
    pub skews_before_atoms: [i64; 2],
    pub sale: Sale,
    /// What the insurance fund adds to the liquidator's part of the penalty.
    pub topup_atoms: u64,
}

impl Liquidatee<'_> {
    /// What closing the judged size does.
    ///
    /// Errors: `NothingToLiquidate`, `Overflow`.
    pub(super) fn close(
        &self,
        judged: &Judged,
        account: &MarginAccount,
        asset: &Asset,
        observation: &Observation,
    ) -> Result<Closed> {
        let position = account
            .find_position(asset.index)
            .map(|slot| slot.as_core())
            .unwrap_or_default();
        let price = asset.priced(observation.price);
        Ok(Closed {
            observation: *observation,
            size_before_atoms: position.size_atoms,
            collateral_before_atoms: account.collateral_atoms(asset.index),
            skews_before_atoms: [crate::atoms(asset.skew_atoms())?, asset.resting_skew_atoms],
            sale: Sale::new(
                self.args.closing,
                judged.size_atoms,
                position,
                price,
                &judged.terms,
            )?,
            topup_atoms: 0,
        })
    }

    /// What the insurance fund adds so that a small penalty still pays for the work: taken out of the
    /// asset's own part of the fund, then out of the pool's if that is given, within the asset's cap.
    ///
    /// Errors: `Overflow`.
    pub(super) fn topup(
        &self,
        judged: &Judged,
        closed: &Closed,
        asset: &mut Asset,
        pool: Option<&mut Pool>,
    ) -> Result<u64> {
        let (own, common) = (
            asset.ledger.insurance_atoms,
            pool.as_ref().map_or(0, |pool| pool.ledger.insurance_atoms),
        );
        let available = own.max(0).saturating_add(common.max(0)).unsigned_abs();
        let mut window = asset.insurance_window();
        let left = window.left(self.now, self.pool.insurance_cap_quote_atoms);
        let least = LeastReward {
            closed_notional: QuoteAtoms::new(closed.sale.rewarded_atoms()),
            reward_min_e9: self.pool.reward_min_e9,
            taker_fee_e9: asset.trade.taker_fee_e9,
        };
        let insurance = QuoteAtoms::new(available.min(left));
        let topup = least.topup(&judged.penalty, insurance).get();
        if topup == 0 {
            return Ok(0);
        }
        window.pay(self.now, topup);
        asset.set_insurance_window(window);
        let amount = crate::atoms(topup)?;
        let from_own = amount.min(own.max(0));
        let from_common = amount.saturating_sub(from_own);
        asset.ledger.move_to_insurance(from_own.saturating_neg())?;
        if let Some(pool) = pool {
            // Cash of the fund becomes cash of the market, which pays it out.
            pool.ledger.add_insurance(from_common.saturating_neg())?;
            asset.ledger.add_pool(from_common)?;
        }
        Ok(topup)
    }

    /// Moves position, collateral, cash, penalty and loans, and counts the liquidation.
    ///
    /// Errors: `AccountCapExceeded`, `TooManyPositions`, `TooManyCollaterals`, `Overflow`.
    pub(super) fn book(
        &self,
        judged: &Judged,
        closed: &Closed,
        account: &mut MarginAccount,
        liquidator: &mut MarginAccount,
        asset: &mut Asset,
    ) -> Result<()> {
        if let Some(fill) = &closed.sale.fill {
            let slot = account.position_slot(asset.index)?;
            asset.replace_position(account.position_at(slot)?, fill.filled.position)?;
            asset
                .ledger
                .pay(account, fill.filled.realized_quote_atoms)?;
        }
        judged.pay_costs(account, asset)?;
        let earned = crate::atoms(judged.penalty.liquidator_atoms)?;
        match self.args.closing {
            Closing::PositionByPool => asset.ledger.pay(liquidator, earned)?,
            Closing::PositionByLiquidator => {
                take_over(&judged.penalty, closed, liquidator, asset)?;
            }
            Closing::Collateral | Closing::Pair => {
                sell_collateral((judged, self.now), closed, account, liquidator, asset)?;
            }
            Closing::Slice => return Err(FreeboardError::NothingToLiquidate.raise()), // books of its own
        }
        let topup = crate::atoms(closed.topup_atoms)?;
        asset.ledger.pay(liquidator, topup)?;
        let notional = closed.sale.notional_atoms;
        if closed.sale.fill.is_some() {
            count(notional, asset, self.now);
        }
        judged.count_window(notional, account);
        let (equity, realized) = (judged.before.equity_atoms, closed.sale.realized_atoms());
        charge_loss(equity, &closed.observation, realized, account, asset);
        Ok(())
    }
}

impl Judged {
    /// Takes penalty and impact from the account: the impact is the pool's, of the penalty so far what is not insurance's.
    ///
    /// Errors: `Overflow`.
    fn pay_costs(&self, account: &mut MarginAccount, asset: &mut Asset) -> Result<()> {
        let paid = self.penalty.total_atoms.checked_add(self.impact_atoms);
        let paid: i64 = crate::atoms(paid.or_raise(FreeboardError::Overflow)?)?;
        asset.ledger.pay(account, paid.saturating_neg())?;
        let insured = crate::atoms(self.penalty.insurance_atoms)?;
        asset.ledger.move_to_insurance(insured)
    }

    /// Counts a closed notional in the account's liquidation window.
    fn count_window(&self, notional_atoms: u64, account: &mut MarginAccount) {
        account.window_start_ts = self.window_start_ts;
        account.window_gross_atoms = self.window.gross_quote_atoms;
        account.window_closed_atoms = self
            .window
            .closed_quote_atoms
            .saturating_add(notional_atoms);
    }
}

/// Notional liquidated lately raises the initial margin of the market, and is turnover.
pub(super) fn count(notional_atoms: u64, asset: &mut Asset, now: i64) {
    let lately = asset.liquidated_lately(now);
    asset.liquidated_quote_atoms = lately.saturating_add(notional_atoms);
    asset.liquidated_ts = now;
    asset.count_turnover(QuoteAtoms::new(notional_atoms), now);
}

/// The liquidator gets the position at the price that it deals at, better by its part of the penalty; the
/// pool, which now owes that difference, keeps the cash for it.
fn take_over(
    penalty: &PenaltySplit,
    closed: &Closed,
    liquidator: &mut MarginAccount,
    asset: &mut Asset,
) -> Result<()> {
    let sale = &closed.sale;
    let closing = sale
        .fill
        .as_ref()
        .or_raise(FreeboardError::NothingToLiquidate)?;
    let slot = liquidator.position_slot(asset.index)?;
    let position = liquidator.position_at(slot)?;
    let fill_atoms = closing.atoms.saturating_neg();
    let notional = if fill_atoms > 0 {
        sale.liquidator_atoms.checked_sub(penalty.liquidator_atoms)
    } else {
        sale.liquidator_atoms.checked_add(penalty.liquidator_atoms)
    };
    let notional = QuoteAtoms::new(notional.or_raise(FreeboardError::Overflow)?);
    let taken = SignedBaseAtoms::new(fill_atoms);
    let filled = position.as_core().fill(taken, notional).or_refuse()?;
    check_account_cap(filled.position.size_atoms, &asset.trade.into()).or_refuse()?;
    asset.replace_position(position, filled.position)?;
    asset.ledger.pay(liquidator, filled.realized_quote_atoms)
}

/// The liquidator buys the collateral at the price that it deals at, cheaper by its part of the penalty; what
/// rounding leaves is the pool's.
fn sell_collateral(
    (judged, now): (&Judged, i64),
    closed: &Closed,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    asset: &mut Asset,
) -> Result<()> {
    let (size, sale) = (judged.size_atoms, &closed.sale);
    asset.sell_collateral(account, liquidator, (size, now))?;
    asset
        .ledger
        .pay(account, crate::atoms(sale.account_atoms)?)?;
    let price = crate::atoms(sale.liquidator_atoms)?
        .checked_sub(crate::atoms(judged.penalty.liquidator_atoms)?);
    let paid = price.and_then(i64::checked_neg);
    asset
        .ledger
        .pay(liquidator, paid.or_raise(FreeboardError::Overflow)?)
}
