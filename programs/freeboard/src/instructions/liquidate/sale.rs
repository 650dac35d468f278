//! What a size is worth at the oracle price, what the liquidator pays beyond it, and what closing it does to the position.
use super::Closing;
use crate::error::{FreeboardError, OrRefuse, ensure};
use anchor_lang::prelude::*;
use freeboard_risk::{
    liquidation::ClosingTerms,
    position::{Filled, Position},
    quantity::{Price, UnitPrice},
};

/// A size closed or sold, before penalty and impact.
pub(in crate::instructions) struct Sale {
    /// x·P rounded against the liquidated account: down for what it sells, up for what it buys.
    pub notional_atoms: u64,
    /// x·P down and up.
    pub notionals: [u64; 2],
    /// What the liquidator deals x at, down and up: x·P, worse for it by the charge for the age of the print.
    pub dealt: [u64; 2],
    /// That charge.
    pub spread_atoms: u64,
    /// The position's fill, if one is closed.
    pub fill: Option<Fill>,
}

/// How a position is closed.
pub(in crate::instructions) struct Fill {
    /// Signed like a trade: negative when a long is closed.
    pub atoms: i64,
    pub filled: Filled,
    entry_before_atoms: i64,
}

impl Sale {
    /// Closes `size_atoms`, of `position` unless it is collateral that is sold, at a price and base decimals.
    ///
    /// Errors: `NothingToLiquidate` without the position, `Overflow`.
    pub fn new(
        closing: Closing,
        size_atoms: u64,
        position: Position,
        (price, decimals): (Price, u8),
        terms: &ClosingTerms,
    ) -> Result<Self> {
        let is_short = position.size_atoms < 0;
        let notionals = rounded(size_atoms, price, decimals)?;
        let prices = Prices::new(closing, is_short, price, terms)?;
        let dealt = match closing {
            Closing::PositionByPool => notionals,
            Closing::PositionByLiquidator => rounded(size_atoms, prices.position, decimals)?,
            _ => rounded(size_atoms, prices.collateral, decimals)?,
        };
        // The liquidator opens a short; all else it buys.
        let side = usize::from(!(is_short && closing == Closing::PositionByLiquidator));
        let spread_atoms = dealt[side].abs_diff(notionals[side]);
        if closing == Closing::Collateral {
            return Ok(Self {
                notional_atoms: notionals[0],
                notionals,
                dealt,
                spread_atoms,
                fill: None,
            });
        }
        ensure(position.size_atoms != 0, FreeboardError::NothingToLiquidate)?;
        let size = crate::atoms(size_atoms)?;
        let atoms = if is_short {
            size
        } else {
            size.saturating_neg()
        };
        let side = usize::from(is_short);
        // The short of a pair is bought back from the pool.
        let filled_at = if closing == Closing::PositionByLiquidator {
            dealt
        } else {
            notionals
        };
        Ok(Self {
            notional_atoms: notionals[side],
            notionals,
            dealt,
            spread_atoms,
            fill: Some(Fill {
                atoms,
                filled: position.fill(atoms, filled_at[side]).or_refuse()?,
                entry_before_atoms: position.entry_quote_atoms,
            }),
        })
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

/// At which prices a position is closed and collateral is sold.
pub(in crate::instructions) struct Prices {
    pub position: Price,
    pub collateral: Price,
}

impl Prices {
    /// P, or what the liquidator deals at where it takes the position, or the collateral, itself.
    ///
    /// Errors: `Overflow`.
    pub fn new(
        closing: Closing,
        is_short: bool,
        price: Price,
        terms: &ClosingTerms,
    ) -> Result<Self> {
        let position = match closing {
            Closing::PositionByLiquidator if is_short => terms.taken_at(price),
            Closing::PositionByLiquidator => terms.bought_at(price),
            _ => Ok(price),
        };
        Ok(Self {
            position: position.or_refuse()?,
            collateral: terms.bought_at(price).or_refuse()?,
        })
    }
}

/// x at a price, down and up.
fn rounded(size_atoms: u64, price: Price, decimals: u8) -> Result<[u64; 2]> {
    let down = UnitPrice::from_price_floor(price, decimals).or_refuse()?;
    let up = UnitPrice::from_price_ceil(price, decimals).or_refuse()?;
    Ok([
        down.notional_floor(size_atoms).or_refuse()?,
        up.notional_ceil(size_atoms).or_refuse()?,
    ])
}
