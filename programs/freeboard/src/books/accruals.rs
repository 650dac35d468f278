//! Interest and funding: accrued with time, settled before an instruction changes an account.
use crate::error::OrRefuse;
use crate::state::{Asset, MarginAccount, Position, signed_from_words, signed_to_words};
use anchor_lang::prelude::*;
use freeboard_risk::market::funding::Growth;
use freeboard_risk::number::atoms::{BaseAtoms, SignedBaseAtoms};
use freeboard_risk::number::quantity::Price;

/// What an account settled before an instruction changed it, quote atoms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accruals {
    /// Interest it paid on its loan.
    pub interest_atoms: i64,
    /// Funding it was owed; negative when it paid.
    pub funding_atoms: i64,
}

impl Asset {
    /// Accrues funding up to `now` at the recorded price: what a change of its rate begins with.
    ///
    /// Errors: `Overflow`.
    pub fn accrue_funding(&mut self, now: i64) -> Result<()> {
        self.accrue_funding_at(self.recorded.price(), now)
    }

    pub(crate) fn accrue_funding_at(&mut self, price: Price, now: i64) -> Result<()> {
        self.resting_skew_atoms = crate::atoms(self.skew(now).resting_atoms)?;
        let decimals = self.params.base_decimals;
        let funding = self.funding.as_core();
        let accrued = funding.accrued_at(price, decimals, self.open_interest(), now);
        self.funding.set(&accrued.or_refuse()?);
        Ok(())
    }

    /// Sets the funding rate that open interest and parameters of now give; none once the market has ended.
    ///
    /// Errors: `Overflow`.
    pub fn renew_funding_rate(&mut self) -> Result<()> {
        if self.is_settled() {
            self.funding.rate_q64 = 0;
            return Ok(());
        }
        let mut funding = self.funding.as_core();
        funding
            .set_rate(
                self.open_interest(),
                self.params.max_rate_per_h_e9,
                BaseAtoms::new(self.trade.funding_scale_atoms),
            )
            .or_refuse()?;
        self.funding.set(&funding);
        Ok(())
    }

    /// Funding that a position would settle at this price now, quote atoms: negative when it pays.
    ///
    /// Errors: `Overflow`.
    pub fn accrued_funding(&self, position: &Position, price: Price, now: i64) -> Result<i64> {
        let (size, decimals) = (position.base_size_atoms, self.params.base_decimals);
        let funding = self.funding.as_core();
        let index = funding.index_at(SignedBaseAtoms::new(size), price, decimals, now);
        let growth = Growth {
            from_q64: signed_from_words(position.funding_index_q64),
            to_q64: index.or_refuse()?,
        };
        growth.accrued_atoms(size).or_refuse()
    }

    /// The same for a valuation that must not fail on amounts: where they leave the range, the payer pays more than
    /// there is, and the receiver gets nothing.
    pub fn accrued_funding_at_worst(&self, position: &Position, price: Price, now: i64) -> i64 {
        let pays = (position.base_size_atoms > 0) == (self.funding.rate_q64 > 0);
        let worst = if pays { i64::MIN } else { 0 };
        self.accrued_funding(position, price, now).unwrap_or(worst)
    }

    /// Settles interest and funding of an account that this instruction changes, before anything else:
    /// what it owes on its loan, and what its position in this asset owes or is owed.
    ///
    /// Errors: `Overflow`.
    pub fn settle_accruals(
        &mut self,
        account: &mut MarginAccount,
        borrow_index_q64: u128,
    ) -> Result<Accruals> {
        let interest_atoms = account.settle_interest(borrow_index_q64, &mut self.ledger)?;
        let held = account
            .positions
            .iter()
            .position(|slot| slot.asset_index == self.index);
        let funding_atoms = match held {
            Some(slot) => self.settle_funding(account, slot)?,
            None => 0,
        };
        Ok(Accruals {
            interest_atoms,
            funding_atoms,
        })
    }

    fn settle_funding(&mut self, account: &mut MarginAccount, slot: usize) -> Result<i64> {
        let position = account.position_at(slot)?;
        let mut state = self.funding.as_core();
        let (size, settled) = (position.base_size_atoms, position.funding_index_q64);
        let accrued = state.settle(size, signed_from_words(settled)).or_refuse()?;
        position.funding_index_q64 = signed_to_words(state.index_q64(size));
        self.funding.set(&state);
        self.ledger.pay(account, accrued)?;
        Ok(accrued)
    }
}
