//! What a size is worth at the oracle price, what the liquidator pays beyond it, and what closing it does to the position.
use super::Closing;
use crate::error::{FreeboardError, OrRefuse, ensure};
use anchor_lang::prelude::*;
use freeboard_risk::liquidation::ClosingTerms;
use freeboard_risk::market::notional::AssetPrice;
use freeboard_risk::market::position::{Filled, Position};
use freeboard_risk::number::atoms::{BaseAtoms, QuoteAtoms, SignedBaseAtoms};

/// A size closed or sold, before penalty and impact.
pub(in crate::instructions) struct Sale {
    /// x·P rounded against the liquidated account: down for what it sells, up for what it buys.
    pub notional_atoms: u64,
    /// x·P, up.
    pub notional_up_atoms: u64,
    /// What the account gets, or pays, for what the liquidator takes: better than x·P by the charge for the age of the
    /// price update.
    pub account_atoms: u64,
    /// What the liquidator pays, or gets, for it: worse by that charge.
    pub liquidator_atoms: u64,
    /// The charge.
    pub spread_atoms: u64,
    /// The position's fill, if one is closed.
    pub fill: Option<SoldPosition>,
}

/// How a position is closed.
pub(in crate::instructions) struct SoldPosition {
    /// Signed like a trade: negative when a long is closed.
    pub atoms: i64,
    pub filled: Filled,
    entry_before_atoms: i64,
}

impl SoldPosition {
    /// Closes a size of a position at a notional.
    ///
    /// Errors: `NothingToLiquidate` without the position, `Overflow`.
    fn new(position: Position, size_atoms: u64, notional_atoms: u64) -> Result<Self> {
        ensure(position.size_atoms != 0, FreeboardError::NothingToLiquidate)?;
        let size: i64 = crate::atoms(size_atoms)?;
        let atoms = if position.size_atoms < 0 {
            size
        } else {
            size.saturating_neg()
        };
        let (traded, notional) = (SignedBaseAtoms::new(atoms), QuoteAtoms::new(notional_atoms));
        Ok(Self {
            atoms,
            filled: position.fill(traded, notional).or_refuse()?,
            entry_before_atoms: position.entry_quote_atoms,
        })
    }
}

impl Sale {
    /// Closes `size_atoms`, of `position` unless it is collateral that is sold, at a price and base decimals.
    ///
    /// Errors: `NothingToLiquidate` without the position, `Overflow`.
    pub fn new(
        closing: Closing,
        size_atoms: u64,
        position: Position,
        price: AssetPrice,
        terms: &ClosingTerms,
    ) -> Result<Self> {
        let is_short = position.size_atoms < 0;
        let size = BaseAtoms::new(size_atoms);
        let down = price.notional_floor(size).or_refuse()?.get();
        let up = price.notional_ceil(size).or_refuse()?.get();
        let mut sale = Self {
            notional_atoms: down,
            notional_up_atoms: up,
            account_atoms: down,
            liquidator_atoms: up,
            spread_atoms: 0,
            fill: None,
        };
        if closing == Closing::PositionByLiquidator && is_short {
            sale.open_short(terms);
        } else if closing.is_taken_over() {
            sale.buy(terms);
        }
        if closing == Closing::Collateral {
            return Ok(sale);
        }
        sale.notional_atoms = if is_short { up } else { down };
        // The short of a pair is bought back from the pool.
        let filled_at = match closing {
            Closing::PositionByLiquidator => sale.account_atoms,
            _ => sale.notional_atoms,
        };
        sale.fill = Some(SoldPosition::new(position, size_atoms, filled_at)?);
        Ok(sale)
    }

    /// What both sides deal at where the liquidator opens the short that the account buys back.
    fn open_short(&mut self, terms: &ClosingTerms) {
        let (down, up) = (self.notional_atoms, self.notional_up_atoms);
        self.spread_atoms = terms.paid_ceil(down);
        self.account_atoms = up.saturating_sub(terms.gained_floor(up));
        self.liquidator_atoms = down.saturating_sub(self.spread_atoms);
    }

    /// What both sides deal at where the liquidator buys.
    fn buy(&mut self, terms: &ClosingTerms) {
        let (down, up) = (self.notional_atoms, self.notional_up_atoms);
        self.spread_atoms = terms.paid_ceil(up);
        self.account_atoms = down.saturating_add(terms.gained_floor(down));
        self.liquidator_atoms = up.saturating_add(self.spread_atoms);
    }

    /// The notional that a reward is measured by: no more than what the closed part of a position was
    /// opened at, and so paid the fee for; nothing for collateral, which never paid one.
    pub fn rewarded_atoms(&self) -> u64 {
        let opened = self.fill.as_ref().map(|fill| {
            let left = fill.filled.position.entry_quote_atoms.unsigned_abs();
            fill.entry_before_atoms.unsigned_abs().saturating_sub(left)
        });
        opened.map_or(0, |opened| opened.min(self.notional_atoms))
    }

    /// Profit or loss of the closed part of a position, quote atoms.
    pub fn realized_atoms(&self) -> i64 {
        let fill = self.fill.as_ref();
        fill.map_or(0, |fill| fill.filled.realized_quote_atoms)
    }
}
