//! The books of a liquidation: position, collateral, cash, penalty, reward and loans of both accounts.
use super::{
    Closing,
    judge::{Case, Judged},
};
use crate::{
    error::{FreeboardError, OrRaise, OrRefuse},
    state::{Asset, MarginAccount, Pool},
    valuation::Holdings,
};
use anchor_lang::prelude::*;
use freeboard_risk::{
    observation::Observation,
    penalty::{self, PenaltySplit},
    position::Filled,
    quantity::UnitPrice,
    trade::{check_account_cap, decay_liquidated},
};

/// What the closing does.
pub(super) struct Closed {
    pub observation: Observation,
    /// Position before it; 0 if none is held.
    pub size_before_atoms: i64,
    /// Collateral before it; 0 if none is held.
    pub collateral_before_atoms: u64,
    /// x·P rounded against the liquidated account: down for what it sells, up for what it buys.
    pub notional_atoms: u64,
    /// What the insurance fund adds to the liquidator's part of the penalty.
    pub topup_atoms: u64,
    /// The position's fill, if one is closed.
    fill: Option<Fill>,
    /// x·P down and up.
    notionals: [u64; 2],
}

/// How a position is closed.
struct Fill {
    /// Signed like a trade: negative when a long is closed.
    atoms: i64,
    entry_before_atoms: i64,
    filled: Filled,
}

impl Closed {
    /// The notional that a reward is measured by: no more than what the closed part of a position was
    /// opened at, and so paid the fee for; nothing for collateral, which never paid one.
    fn rewarded_atoms(&self) -> u64 {
        let opened = self.fill.as_ref().map(|fill| {
            let left = fill.filled.position.entry_quote_atoms.unsigned_abs();
            fill.entry_before_atoms.unsigned_abs().saturating_sub(left)
        });
        opened.map_or(0, |opened| opened.min(self.notional_atoms))
    }

    /// Profit or loss of the closed part of a position, quote atoms.
    pub(super) fn realized_atoms(&self) -> i64 {
        let fill = self.fill.as_ref();
        fill.map_or(0, |fill| fill.filled.realized_quote_atoms)
    }
}

impl Case<'_> {
    /// What closing the judged size does, at the oracle price.
    ///
    /// Errors: `NothingToLiquidate`, `Overflow`.
    pub(super) fn close(
        &self,
        judged: &Judged,
        account: &MarginAccount,
        asset: &Asset,
        observation: &Observation,
    ) -> Result<Closed> {
        let decimals = asset.params.base_decimals;
        let down = UnitPrice::from_price_floor(observation.price, decimals).or_refuse()?;
        let up = UnitPrice::from_price_ceil(observation.price, decimals).or_refuse()?;
        let down = down.notional_floor(judged.size_atoms).or_refuse()?;
        let up = up.notional_ceil(judged.size_atoms).or_refuse()?;
        let position = account
            .find_position(asset.index)
            .map(|slot| slot.as_core());
        let closes_position = self.args.closing != Closing::Collateral;
        let fill = if closes_position {
            let position = position.or_raise(FreeboardError::NothingToLiquidate)?;
            let size = crate::atoms(judged.size_atoms)?;
            let (atoms, notional) = if position.size_atoms > 0 {
                (size.saturating_neg(), down)
            } else {
                (size, up)
            };
            let filled = position.fill(atoms, notional).or_refuse()?;
            Some(Fill {
                atoms,
                entry_before_atoms: position.entry_quote_atoms,
                filled,
            })
        } else {
            None
        };
        let buys = fill.as_ref().is_some_and(|fill| fill.atoms > 0);
        Ok(Closed {
            observation: *observation,
            size_before_atoms: position.map_or(0, |position| position.size_atoms),
            collateral_before_atoms: account.collateral_atoms(asset.index),
            notional_atoms: if buys { up } else { down },
            topup_atoms: 0,
            fill,
            notionals: [down, up],
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
        let topup = penalty::reward_topup(
            &judged.penalty,
            closed.rewarded_atoms(),
            self.pool.reward_min_e9,
            asset.trade.taker_fee_e9,
            available.min(left),
        );
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
        let penalty = &judged.penalty;
        if let Some(fill) = &closed.fill {
            let slot = account.position_slot(asset.index)?;
            asset.replace_position(account.position_at(slot)?, fill.filled.position)?;
            asset
                .ledger
                .pay(account, fill.filled.realized_quote_atoms)?;
        }
        let total = crate::atoms(penalty.total_atoms)?;
        asset.ledger.pay(account, total.saturating_neg())?;
        asset
            .ledger
            .move_to_insurance(crate::atoms(penalty.insurance_atoms)?)?;
        let earned = crate::atoms(penalty.liquidator_atoms)?;
        match self.args.closing {
            Closing::PositionByPool => asset.ledger.pay(liquidator, earned)?,
            Closing::PositionByLiquidator => take_over(penalty, closed, liquidator, asset)?,
            Closing::Collateral | Closing::Pair => {
                sell_collateral(judged, closed, account, liquidator, asset)?;
            }
        }
        asset
            .ledger
            .pay(liquidator, crate::atoms(closed.topup_atoms)?)?;
        if closed.fill.is_some() {
            self.count(closed, asset);
        }
        account.flagged_ts = judged.flagged_ts;
        account.window_start_ts = judged.window_start_ts;
        account.window_gross_atoms = judged.window.gross_quote_atoms;
        account.window_closed_atoms = judged
            .window
            .closed_quote_atoms
            .saturating_add(closed.notional_atoms);
        account.last_liquidated = asset.index;
        Ok(())
    }

    /// Notional liquidated lately raises the initial margin of the market.
    fn count(&self, closed: &Closed, asset: &mut Asset) {
        let elapsed = self.now.saturating_sub(asset.liquidated_ts);
        let elapsed = elapsed.max(0).unsigned_abs();
        asset.liquidated_quote_atoms = decay_liquidated(asset.liquidated_quote_atoms, elapsed)
            .saturating_add(closed.notional_atoms);
        asset.liquidated_ts = self.now;
    }

    /// Carries what is left into the liquidated account's holdings.
    ///
    /// Errors: `AssetAccountMissing`.
    pub(super) fn update(
        &self,
        account: &MarginAccount,
        asset: &Asset,
        holdings: &mut Holdings,
    ) -> Result<()> {
        let holding = holdings.get_mut(asset.index)?;
        let position = account
            .find_position(asset.index)
            .map(|slot| slot.as_core());
        let position = position.unwrap_or_default();
        holding.size_atoms = position.size_atoms;
        holding.entry_quote_atoms = position.entry_quote_atoms;
        holding.collateral_atoms = account.collateral_atoms(asset.index);
        Ok(())
    }
}

/// The liquidator gets the position at the oracle price, better by its part of the penalty; the
/// pool, which now owes that difference, keeps the cash for it.
fn take_over(
    penalty: &PenaltySplit,
    closed: &Closed,
    liquidator: &mut MarginAccount,
    asset: &mut Asset,
) -> Result<()> {
    let closing = closed
        .fill
        .as_ref()
        .or_raise(FreeboardError::NothingToLiquidate)?;
    let slot = liquidator.position_slot(asset.index)?;
    let position = liquidator.position_at(slot)?;
    let fill_atoms = closing.atoms.saturating_neg();
    let [down, up] = closed.notionals;
    let notional = if fill_atoms > 0 {
        up.checked_sub(penalty.liquidator_atoms)
    } else {
        down.checked_add(penalty.liquidator_atoms)
    };
    let filled = position
        .as_core()
        .fill(fill_atoms, notional.or_raise(FreeboardError::Overflow)?)
        .or_refuse()?;
    check_account_cap(filled.position.size_atoms, &asset.trade.into()).or_refuse()?;
    asset.replace_position(position, filled.position)?;
    asset.ledger.pay(liquidator, filled.realized_quote_atoms)
}

/// The liquidator buys the collateral at the oracle price, cheaper by its part of the penalty; what
/// rounding leaves is the pool's.
fn sell_collateral(
    judged: &Judged,
    closed: &Closed,
    account: &mut MarginAccount,
    liquidator: &mut MarginAccount,
    asset: &mut Asset,
) -> Result<()> {
    let (size, [down, up]) = (judged.size_atoms, closed.notionals);
    let sold = account.collateral_mut(asset.index)?;
    sold.amount_atoms = sold
        .amount_atoms
        .checked_sub(size)
        .or_raise(FreeboardError::Overflow)?;
    let bought = liquidator.collateral_mut(asset.index)?;
    bought.amount_atoms = bought
        .amount_atoms
        .checked_add(size)
        .or_raise(FreeboardError::Overflow)?;
    asset.ledger.pay(account, crate::atoms(down)?)?;
    let price = crate::atoms(up)?.checked_sub(crate::atoms(judged.penalty.liquidator_atoms)?);
    let paid = price.and_then(i64::checked_neg);
    asset
        .ledger
        .pay(liquidator, paid.or_raise(FreeboardError::Overflow)?)
}
