//! What a size is worth at the oracle price, and what closing it does to the position.
use super::Closing;
use crate::error::{FreeboardError, OrRefuse};
use anchor_lang::prelude::*;
use freeboard_risk::{
    position::{Filled, Position},
    quantity::{Price, UnitPrice},
};

/// A size closed or sold at the oracle price, before penalty and impact.
pub(in crate::instructions) struct Sale {
    /// x·P rounded against the liquidated account: down for what it sells, up for what it buys.
    pub notional_atoms: u64,
    /// x·P down and up.
    pub notionals: [u64; 2],
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
        (price, base_decimals): (Price, u8),
    ) -> Result<Self> {
        let down = UnitPrice::from_price_floor(price, base_decimals).or_refuse()?;
        let up = UnitPrice::from_price_ceil(price, base_decimals).or_refuse()?;
        let down = down.notional_floor(size_atoms).or_refuse()?;
        let up = up.notional_ceil(size_atoms).or_refuse()?;
        let notionals = [down, up];
        if closing == Closing::Collateral {
            return Ok(Self {
                notional_atoms: down,
                notionals,
                fill: None,
            });
        }
        let size = crate::atoms(size_atoms)?;
        let (atoms, notional_atoms) = match position.size_atoms {
            1.. => (size.saturating_neg(), down),
            0 => return Err(FreeboardError::NothingToLiquidate.raise()),
            _ => (size, up),
        };
        Ok(Self {
            notional_atoms,
            notionals,
            fill: Some(Fill {
                atoms,
                filled: position.fill(atoms, notional_atoms).or_refuse()?,
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
