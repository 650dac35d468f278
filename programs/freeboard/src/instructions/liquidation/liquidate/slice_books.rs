//! The books of a slice, one asset at a time: position against the pool, collateral to the liquidator, costs.
use super::{close::count, judge::Costs, sale::Sale, slice::Sides};
use crate::arrange::closing::Closing;
use crate::arrange::renew_holding;
use crate::error::{FreeboardError, OrRaise, OrRefuse};
use crate::events::SlicedAsset;
use crate::state::Asset;
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::{ClosingTerms, LastStep, Sliced};
use freeboard_risk::market::position::Position;
use freeboard_risk::requirement::holding::Holding;

/// What was closed and sold of one asset; notionals at the oracle price.
#[derive(Default)]
pub(super) struct Sold {
    pub position_notional_atoms: u64,
    pub collateral_notional_atoms: u64,
    pub realized_atoms: i64,
    /// What the liquidator paid for the collateral beyond the oracle price.
    pub spread_atoms: u64,
    /// The most that the market may ask for the skew that the closing leaves.
    pub most_impact_atoms: u64,
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
        let before = sides.account.position_at(slot)?.as_core();
        let (closing, size) = (Closing::PositionByPool, sliced.position_atoms);
        let sale = Sale::new(closing, size, before, price, terms)?;
        close_position(&sale, sides, slot, asset)?;
        count(sale.notional_atoms, asset, now);
        sold.position_notional_atoms = sale.notional_atoms;
        sold.realized_atoms = sale.realized_atoms();
    }
    if sliced.collateral_atoms > 0 {
        let (closing, size) = (Closing::Collateral, sliced.collateral_atoms);
        let sale = Sale::new(closing, size, Position::default(), price, terms)?;
        sell_collateral(&sale, (size, now), sides, asset)?;
        sold.collateral_notional_atoms = sale.notional_up_atoms;
        sold.spread_atoms = sale.spread_atoms;
    }
    renew_holding(holding, sides.account, asset);
    Ok(sold)
}

/// Closes a position's part against the pool.
///
/// Errors: `NothingToLiquidate`, `Overflow`.
fn close_position(sale: &Sale, sides: &mut Sides, slot: usize, asset: &mut Asset) -> Result<()> {
    let fill = sale.fill.as_ref();
    let filled = fill.or_raise(FreeboardError::NothingToLiquidate)?.filled;
    asset.replace_position(sides.account.position_at(slot)?, filled.position)?;
    let realized = filled.realized_quote_atoms;
    asset.ledger.pay(sides.account, realized)
}

/// Sells a collateral's part to the liquidator.
///
/// Errors: `TooManyCollaterals`, `Overflow`.
fn sell_collateral(
    sale: &Sale,
    (size, now): (u64, i64),
    sides: &mut Sides,
    asset: &mut Asset,
) -> Result<()> {
    asset.sell_collateral(sides.account, sides.liquidator, (size, now))?;
    let received = crate::atoms(sale.account_atoms)?;
    asset.ledger.pay(sides.account, received)?;
    let price: i64 = crate::atoms(sale.liquidator_atoms)?;
    asset.ledger.pay(sides.liquidator, price.saturating_neg())
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
