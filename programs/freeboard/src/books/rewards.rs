//! What a caller is paid of the protocol's fees of one market.
use crate::state::{Asset, MarginAccount};
use anchor_lang::prelude::*;
use freeboard_risk::market::reward::MarketFees;
use freeboard_risk::number::atoms::{QuoteAtoms, SignedQuoteAtoms};

/// A reward as it was booked, quote atoms.
pub(crate) struct BookedReward {
    /// What the market's fees could pay of the offer.
    pub paid_atoms: u64,
    /// Interest that the account paid on its loan before.
    pub interest_atoms: i64,
}

impl Asset {
    fn fees(&self) -> MarketFees {
        MarketFees(SignedQuoteAtoms::new(self.ledger.fees_atoms))
    }

    /// What a sweep leaves in its ledger, quote atoms: nothing once the market has ended, which takes no more samples.
    ///
    /// Errors: `Overflow`.
    pub fn fees_kept_atoms(&self) -> Result<i64> {
        if self.is_settled() {
            return Ok(0);
        }
        crate::atoms(self.fees().kept_for_samples(&self.trade.into()).get())
    }

    /// Pays what the protocol's fees of this market can of an offer to an account, after the interest that it owes until
    /// the borrow index stands here; none where they hold nothing. Like a deposit it takes nothing and needs no price.
    ///
    /// Errors: `Overflow`.
    pub(crate) fn pay_reward(
        &mut self,
        account: &mut MarginAccount,
        offered: QuoteAtoms,
        borrow_index_q64: u128,
    ) -> Result<Option<BookedReward>> {
        let paid = self.fees().payable(offered);
        if paid.is_zero() {
            return Ok(None);
        }
        let interest_atoms = account.settle_interest(borrow_index_q64, &mut self.ledger)?;
        self.ledger
            .pay_from_fees(account, crate::atoms(paid.get())?)?;
        account.end_idle_flag();
        Ok(Some(BookedReward {
            paid_atoms: paid.get(),
            interest_atoms,
        }))
    }
}
