//! The books of a slice, one asset at a time: position against the pool, collateral to the liquidator, costs.
use super::{close::count, sale::Sale, slice::Sides};
use crate::arrange::closing::Closing;
use crate::error::{FreeboardError, OrRaise, OrRefuse};
use crate::events::SlicedAsset;
use crate::state::Asset;
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::penalty::PenaltySplit;
use freeboard_risk::liquidation::{ClosingTerms, LastStep, Sliced};
use freeboard_risk::market::position::Position;
use freeboard_risk::requirement::holding::Holding;

/// Penalty and impact of one asset's part.
pub(super) struct Costs {
    pub penalty: PenaltySplit,
    pub impact_atoms: u64,
}

/// What was closed and sold of one asset; notionals at the oracle price.
#[derive(Default)]
pub(super) struct Sold {
    pub position_notional_atoms: u64,
    pub collateral_notional_atoms: u64,
    pub realized_atoms: i64,
    /// What the liquidator paid for the collateral beyond the oracle price.
    pub spread_atoms: u64,
}

/// Closes the position's part against the pool and sells the collateral's to the liquidator, and carries what is left
/// into the holding.
///
/// Errors: `TooManyCollaterals`, `Overflow`.
#[inline(never)]
pub(super) fn sell(
    sliced: &Sliced,
    holding: &mut Holding,
    sides: &mut Sides,
    asset: &mut Asset,
    (terms, now): (&ClosingTerms, i64),
) -> Result<Sold> {
    let price = holding.asset_price();
    let mut sold = Sold::default();
    if sliced.position_atoms > 0 {
        let slot = sides.account.position_slot(asset.index)?;
        let position = sides.account.position_at(slot)?;
        let size = sliced.position_atoms;
        let position_before = position.as_core();
        let sale = Sale::new(Closing::PositionByPool, size, position_before, price, terms)?;
        let fill = sale.fill.as_ref();
        let filled = fill.or_raise(FreeboardError::NothingToLiquidate)?.filled;
        asset.replace_position(position, filled.position)?;
        asset
            .ledger
            .pay(sides.account, filled.realized_quote_atoms)?;
        count(sale.notional_atoms, asset, now);
        holding.size_atoms = filled.position.size_atoms;
        holding.entry_quote_atoms = filled.position.entry_quote_atoms;
        sold.position_notional_atoms = sale.notional_atoms;
        sold.realized_atoms = filled.realized_quote_atoms;
    }
    if sliced.collateral_atoms > 0 {
        let size = sliced.collateral_atoms;
        let sale = Sale::new(Closing::Collateral, size, Position::default(), price, terms)?;
        let had = sides.account.collateral_mut(asset.index)?;
        let left = had.amount_atoms.checked_sub(size);
        had.amount_atoms = left.or_raise(FreeboardError::Overflow)?;
        holding.collateral_atoms = had.amount_atoms;
        let bought = sides.liquidator.collateral_mut(asset.index)?;
        let sum = bought.amount_atoms.checked_add(size);
        bought.amount_atoms = sum.or_raise(FreeboardError::Overflow)?;
        let received = crate::atoms(sale.account_atoms)?;
        asset.ledger.pay(sides.account, received)?;
        let paid = crate::atoms(sale.liquidator_atoms)?.saturating_neg();
        asset.ledger.pay(sides.liquidator, paid)?;
        sold.collateral_notional_atoms = sale.notional_up_atoms;
        sold.spread_atoms = sale.spread_atoms;
    }
    Ok(sold)
}

/// Takes an asset's part of the costs: the impact is the pool's, the penalty split.
///
/// Errors: `Overflow`.
pub(super) fn charge(costs: &Costs, sides: &mut Sides, asset: &mut Asset) -> Result<()> {
    let penalty = &costs.penalty;
    let paid = penalty.total_atoms.checked_add(costs.impact_atoms);
    let paid = crate::atoms(paid.or_raise(FreeboardError::Overflow)?)?;
    let ledger = &mut asset.ledger;
    ledger.pay(sides.account, paid.saturating_neg())?;
    ledger.move_to_insurance(crate::atoms(penalty.insurance_atoms)?)?;
    ledger.pay(sides.liquidator, crate::atoms(penalty.liquidator_atoms)?)
}

/// Puts back what a smaller share would have left, at the prices that it was closed at; returns the quote balance after
/// it.
///
/// Errors: `Overflow`.
#[inline(never)]
pub(super) fn give_back(
    holding: &mut Holding,
    (told, terms): (&SlicedAsset, &ClosingTerms),
    share_permille: u64,
    quote_atoms: i64,
) -> Result<i64> {
    let before = Holding {
        size_atoms: told.size_before_atoms,
        collateral_atoms: told.collateral_before_atoms,
        ..*holding
    };
    let closed = Sliced {
        position_atoms: told.position_closed_atoms,
        collateral_atoms: told.collateral_closed_atoms,
    };
    let step = LastStep::of_slice(&closed, &before, share_permille).or_refuse()?;
    step.give_back(holding, terms, quote_atoms).or_refuse()
}
