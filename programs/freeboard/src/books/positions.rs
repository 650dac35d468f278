//! Positions and what they sum to in their market.
use crate::{
    error::{FreeboardError, OrRaise},
    state::{Asset, Position, signed_to_words},
};
use anchor_lang::prelude::*;
use freeboard_risk::position;

impl Asset {
    /// Replaces a settled position by another, in its slot and in the totals of the market; the funding
    /// rate follows the open interest.
    ///
    /// Errors: `Overflow`.
    pub fn replace_position(
        &mut self,
        slot: &mut Position,
        after: position::Position,
    ) -> Result<()> {
        let before = slot.as_core();
        self.move_open_interest(before.size_atoms, after.size_atoms)?;
        self.entry_total_atoms = self
            .entry_total_atoms
            .checked_sub(before.entry_quote_atoms)
            .and_then(|rest| rest.checked_add(after.entry_quote_atoms))
            .or_raise(FreeboardError::Overflow)?;
        self.renew_funding_rate()?;
        slot.set(after);
        let index = self.funding.as_core().index_q64(after.size_atoms);
        slot.funding_index_q64 = signed_to_words(index);
        Ok(())
    }

    fn move_open_interest(&mut self, before: i64, after: i64) -> Result<()> {
        let overflow = || FreeboardError::Overflow.raise();
        let long = |size: i64| size.max(0).unsigned_abs();
        let short = |size: i64| size.min(0).unsigned_abs();
        let moved = |interest: u64, before: u64, after: u64| {
            interest
                .checked_sub(before)
                .and_then(|rest| rest.checked_add(after))
        };
        self.long_open_interest_atoms =
            moved(self.long_open_interest_atoms, long(before), long(after)).ok_or_else(overflow)?;
        self.short_open_interest_atoms =
            moved(self.short_open_interest_atoms, short(before), short(after))
                .ok_or_else(overflow)?;
        Ok(())
    }
}
