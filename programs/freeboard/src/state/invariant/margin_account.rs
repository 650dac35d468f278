//! What holds of a margin account.
use super::{Clause, Kept, keep};
use crate::state::{
    Collateral, MAX_ASSETS, MarginAccount, NO_ASSET, NUMBERS_PER_SLOT, Order, Position, Versioned,
    from_words,
};
use anchor_lang::prelude::*;
use freeboard_risk::market::collateral::ALL_UNCOUNTED_E9;

/// One in the scale of a borrow index.
const ONE_Q64: u128 = 1 << 64;

impl MarginAccount {
    /// Names the first clause that the account breaks.
    pub fn invariant(&self) -> Kept {
        keep(self.version() == Self::VERSION, Clause::LayoutVersion)?;
        let first = self.opened_slot.saturating_mul(NUMBERS_PER_SLOT);
        let numbers = self.event_sequence >= first && self.order_sequence >= first;
        keep(numbers, Clause::AccountNumbers)?;
        self.positions_fit()?;
        self.collaterals_fit()?;
        self.orders_fit()?;
        self.flag_fits()?;
        let charged = self.charged_atoms == 0 || self.last_liquidated < MAX_ASSETS;
        let named = self.last_liquidated == NO_ASSET || self.last_liquidated < MAX_ASSETS;
        let bad_debt = self.bad_debt_atoms >= 0 && charged && named;
        keep(bad_debt, Clause::AccountBadDebt)?;
        let index_q64 = from_words(self.borrow_index_q64);
        let index = self.quote_atoms >= 0 || index_q64 >= ONE_Q64;
        keep(index, Clause::AccountLoanIndex)?;
        let window = self.window_closed_atoms == 0 || self.window_start_ts > 0;
        keep(window, Clause::AccountWindow)?;
        let zero = self.padding == [0; 2] && self.reserved == [0; 20];
        keep(zero, Clause::ReservedIsZero)
    }

    fn positions_fit(&self) -> Kept {
        for (at, slot) in self.positions.iter().enumerate() {
            if slot.asset_index == NO_ASSET {
                keep(slot.is_empty(), Clause::PositionSlot)?;
                continue;
            }
            let (size, cost) = (slot.base_size_atoms, slot.entry_notional_atoms);
            let held = size != 0 && slot.asset_index < MAX_ASSETS && slot.padding == [0; 6];
            keep(held && slot.reserved == [0; 2], Clause::PositionSlot)?;
            let mut before = self.positions.iter().take(at);
            let once = before.all(|other| other.asset_index != slot.asset_index);
            keep(once, Clause::PositionTwice)?;
            let same_sign = cost == 0 || (cost > 0) == (size > 0);
            keep(same_sign, Clause::PositionCost)?;
        }
        Ok(())
    }

    fn collaterals_fit(&self) -> Kept {
        for (at, slot) in self.collaterals.iter().enumerate() {
            if slot.asset_index == NO_ASSET {
                keep(slot.is_empty(), Clause::CollateralSlot)?;
                continue;
            }
            let held = slot.amount_atoms > 0 && slot.asset_index < MAX_ASSETS;
            let shares = slot.uncounted_e9.checked_add(slot.relief_e9);
            let parts = shares.is_some_and(|sum| sum <= ALL_UNCOUNTED_E9)
                && slot.padding == [0; 4]
                && slot.late_deposits().sum() <= slot.amount_atoms;
            keep(held && parts, Clause::CollateralSlot)?;
            let mut before = self.collaterals.iter().take(at);
            let once = before.all(|other| other.asset_index != slot.asset_index);
            keep(once, Clause::CollateralTwice)?;
        }
        Ok(())
    }

    fn orders_fit(&self) -> Kept {
        for (at, order) in self.orders.iter().enumerate() {
            if order.id == 0 {
                keep(order.is_empty(), Clause::OrderSlot)?;
                continue;
            }
            let asked = order.size_atoms != 0 && order.expiry_ts > order.requested_ts;
            let marks = order.reduce_only | order.by_delegate;
            let ours = order.id <= self.order_sequence && marks <= 1 && order.padding == [0; 4];
            keep(asked && ours, Clause::OrderSlot)?;
            let mut before = self.orders.iter().take(at);
            keep(before.all(|other| other.id != order.id), Clause::OrderTwice)?;
            let delegated = order.by_delegate != 0 && self.delegate == Pubkey::default();
            keep(!delegated, Clause::OrderOfDelegate)?;
        }
        Ok(())
    }

    fn flag_fits(&self) -> Kept {
        let without = self.flag_renewed_ts == 0 && self.flag_publish_ts == 0;
        let dated = self.flagged_ts > 0 && self.flag_renewed_ts > 0;
        let times = if self.flagged_ts == 0 { without } else { dated };
        keep(times, Clause::FlagTimes)?;
        keep(self.called <= 1, Clause::CallMark)?;
        let marked = self.flagged_ts != 0 || self.is_called();
        keep(!marked || !self.is_idle(), Clause::FlagOfIdle)
    }
}

impl Position {
    fn is_empty(&self) -> bool {
        bytemuck::bytes_of(self) == bytemuck::bytes_of(&Self::EMPTY)
    }
}

impl Collateral {
    fn is_empty(&self) -> bool {
        bytemuck::bytes_of(self) == bytemuck::bytes_of(&Self::EMPTY)
    }
}

impl Order {
    fn is_empty(&self) -> bool {
        bytemuck::bytes_of(self) == bytemuck::bytes_of(&Self::default())
    }
}
