//! Interest on loans.
use crate::error::{FreeboardError, OrRaise};
use crate::state::{Exchange, Ledger, MarginAccount, from_words, to_words};
use anchor_lang::prelude::*;
use freeboard_risk::number::atoms::QuoteAtoms;
use freeboard_risk::pool::borrow::{self, IndexSpan};

impl MarginAccount {
    /// Interest owed on the loan since it was last settled until the borrow index stands here, quote
    /// atoms, up.
    fn interest_atoms(&self, index_q64: u128) -> Result<i64> {
        let loan = QuoteAtoms::new(self.loan_atoms().unsigned_abs());
        let span = IndexSpan {
            last_q64: from_words(self.borrow_index_q64),
            now_q64: index_q64,
        };
        crate::atoms(borrow::interest_ceil(loan, span).get())
    }

    /// The quote balance with the interest owed until now, quote atoms: what a valuation counts.
    ///
    /// Errors: `Overflow`.
    pub fn quote_after_interest(&self, exchange: &Exchange, now: i64) -> Result<i64> {
        if self.quote_atoms >= 0 {
            return Ok(self.quote_atoms);
        }
        let owed = self.interest_atoms(exchange.borrow.index_at(now))?;
        self.quote_atoms
            .checked_sub(owed)
            .or_raise(FreeboardError::Overflow)
    }

    /// Charges the interest owed until the borrow index stands here and credits it to the pool; returns
    /// it, quote atoms. A loan that begins after it bears interest from here on.
    ///
    /// Errors: `Overflow`.
    pub fn settle_interest(&mut self, index_q64: u128, ledger: &mut Ledger) -> Result<i64> {
        let before = self.loan();
        let owed = self.interest_atoms(index_q64)?;
        self.borrow_index_q64 = to_words(index_q64);
        if before.atoms != 0 {
            let balance = self.quote_atoms.checked_sub(owed);
            self.quote_atoms = balance.or_raise(FreeboardError::Overflow)?;
            ledger.add_pool(owed)?;
            ledger.replace_loan(before, self.loan())?;
        }
        Ok(owed)
    }
}
