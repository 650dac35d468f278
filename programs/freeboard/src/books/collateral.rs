//! Collateral balances, and what they sum to in their asset: what is there, what of it counts, and how fast it leaves.
use crate::error::{FreeboardError, OrRaise, OrRefuse};
use crate::state::{Asset, Collateral, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::market::collateral::CollateralBalance;
use freeboard_risk::market::outflow::{Day, OutflowLimit};

impl Asset {
    /// Credits a deposit. Of the balance counts as much as the cap has room for, base atoms.
    ///
    /// Errors: `TooManyCollaterals`, `Overflow`.
    pub fn deposit_collateral(
        &mut self,
        account: &mut MarginAccount,
        amount_atoms: u64,
        now: i64,
    ) -> Result<()> {
        let (index, day) = (self.index, Day::at_time(now));
        let slot = account.collateral_mut(index)?;
        let room_atoms = self.deposit_room_atoms();
        let balance = slot.balance().deposit(amount_atoms, room_atoms);
        self.recount(slot, balance.or_refuse()?)?;
        let mut late = slot.late_deposits();
        late.deposit(day, amount_atoms);
        slot.set_late_deposits(late);
        let total = self.collateral_total_atoms.checked_add(amount_atoms);
        self.change_vault(total.or_raise(FreeboardError::Overflow)?, day);
        Ok(())
    }

    /// Makes relief of so much of what does not count of a balance: for an account that lacks initial margin, base atoms.
    ///
    /// Errors: `TooManyCollaterals`, `Overflow`.
    pub fn relieve(&mut self, account: &mut MarginAccount, atoms: u64) -> Result<()> {
        let slot = account.collateral_mut(self.index)?;
        let balance = slot.balance().relieve(atoms).or_refuse()?;
        self.recount(slot, balance)
    }

    /// Takes a withdrawal out of a balance: first what does not count, then relief, and first what came in yesterday or today. The
    /// rest counts against the limit of the vault, unless the market has ended.
    ///
    /// Errors: `InsufficientBalance`, `OutflowLimitExceeded`, `Overflow`.
    pub fn withdraw_collateral(
        &mut self,
        slot: &mut Collateral,
        amount_atoms: u64,
        now: i64,
    ) -> Result<()> {
        let day = Day::at_time(now);
        let balance = slot.balance().withdraw(amount_atoms);
        let balance = balance.or_raise(FreeboardError::InsufficientBalance)?;
        let mut late = slot.late_deposits();
        let older_atoms = late.take(day, amount_atoms);
        if !self.is_settled() {
            let mut lately = self.outflow.lately();
            let taken = self.outflow_limit(now).take(&mut lately, now, older_atoms);
            taken.or_refuse()?;
            self.outflow.set_lately(lately);
        }
        self.recount(slot, balance)?;
        slot.set_late_deposits(late);
        let total = self.collateral_total_atoms.checked_sub(amount_atoms);
        self.change_vault(total.or_raise(FreeboardError::Overflow)?, day);
        Ok(())
    }

    /// Moves collateral from the liquidated account to the liquidator's. What counts of it moves along, relief as relief,
    /// and so does what was deposited lately: no cap is asked, no more counts than before, and nothing grows older.
    ///
    /// Errors: `TooManyCollaterals`, `Overflow`.
    pub fn sell_collateral(
        &mut self,
        account: &mut MarginAccount,
        liquidator: &mut MarginAccount,
        (atoms, now): (u64, i64),
    ) -> Result<()> {
        let sold = account.collateral_mut(self.index)?;
        let bought = liquidator.collateral_mut(self.index)?;
        let (mut late, mut late_bought) = (sold.late_deposits(), bought.late_deposits());
        late.sell_to(
            &mut late_bought,
            Day::at_time(now),
            sold.amount_atoms,
            atoms,
        );
        sold.set_late_deposits(late);
        bought.set_late_deposits(late_bought);
        let counted_before = sold.balance().counted().or_refuse()?;
        let left = sold.balance().sell(atoms).or_refuse()?;
        self.recount(sold, left)?;
        let moved = counted_before.less(left.counted().or_refuse()?);
        let balance = bought.balance().buy(atoms, moved).or_refuse()?;
        self.recount(bought, balance)
    }

    /// Hands what a bankrupt account has left of this collateral to the insurance fund.
    ///
    /// Errors: `TooManyCollaterals`, `Overflow`.
    pub fn insure_collateral(&mut self, account: &mut MarginAccount) -> Result<()> {
        let slot = account.collateral_mut(self.index)?;
        let kept = self
            .insurance_collateral_atoms
            .checked_add(slot.amount_atoms);
        self.insurance_collateral_atoms = kept.or_raise(FreeboardError::Overflow)?;
        self.recount(slot, CollateralBalance::default())?;
        slot.set_late_deposits(Default::default());
        Ok(())
    }

    /// Takes out of the books what is paid out of the insurance fund's collateral.
    ///
    /// Errors: `PayoutTooLarge`, `Overflow`.
    pub fn pay_out_collateral(&mut self, amount_atoms: u64, now: i64) -> Result<()> {
        let left = self.insurance_collateral_atoms.checked_sub(amount_atoms);
        self.insurance_collateral_atoms = left.or_raise(FreeboardError::PayoutTooLarge)?;
        let total = self.collateral_total_atoms.checked_sub(amount_atoms);
        self.change_vault(total.or_raise(FreeboardError::Overflow)?, Day::at_time(now));
        Ok(())
    }

    /// What may still be deposited and count, base atoms.
    pub fn deposit_room_atoms(&self) -> u64 {
        self.params
            .deposit_cap_atoms
            .saturating_sub(self.collateral_counted_atoms)
    }

    /// What a withdrawal at `now` is judged by.
    pub fn outflow_limit(&self, now: i64) -> OutflowLimit {
        let lows = self.outflow.lows();
        let lows = lows.as_of(Day::at_time(now), self.collateral_total_atoms);
        OutflowLimit {
            outflow_per_h_e9: self.params.outflow_per_h_e9,
            base_atoms: lows.base_atoms(),
            price: self.priced(self.recorded.price()),
        }
    }

    /// Replaces a balance, in its slot and in what counts of the asset at both levels. Relief is not in that sum: it takes
    /// nobody's room.
    ///
    /// Errors: `Overflow`.
    fn recount(&mut self, slot: &mut Collateral, balance: CollateralBalance) -> Result<()> {
        let before = slot.balance().counted_atoms().or_refuse()?;
        let after = balance.counted_atoms().or_refuse()?;
        let counted = self.collateral_counted_atoms.checked_sub(before);
        let counted = counted.and_then(|rest| rest.checked_add(after));
        self.collateral_counted_atoms = counted.or_raise(FreeboardError::Overflow)?;
        slot.set_balance(balance);
        Ok(())
    }

    /// Stores what the vault holds now, base atoms.
    fn change_vault(&mut self, total_atoms: u64, day: Day) {
        let mut lows = self.outflow.lows();
        lows.change(day, self.collateral_total_atoms, total_atoms);
        self.outflow.set_lows(lows);
        self.collateral_total_atoms = total_atoms;
    }
}
