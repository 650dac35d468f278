//! What the pool is worth: for an LP, and as what it may lack is judged by (whitepaper §6.13 and §7.14).
//!
//! ```text
//! at price = cash + interest owed − Σ liability at P            a price nobody shows: 50 % in the pool's favour
//! deficit  = (at price)⁻                                        for an LP: [`Nav`], [`Exposure`]
//! ```
use super::cash::positive;
use super::{Exposure, Loans, MarketLife, Nav, PoolCash, PooledMarket, PriceDoubt};
use crate::RiskError;
use crate::number::arith::{add_i128, sub_i128};
use crate::number::atoms::QuoteAtoms;
use crate::number::quantity::{Fraction, Price};
use crate::price::observation::Observation;

/// What the pool is worth to an LP, and what its exposure needs in free cash. Starts from cash, then takes every market
/// that has a position, once.
#[derive(Clone, Copy, Debug)]
pub struct LpValue {
    /// Cash, profits of the accounts, bad debt, each price at its worst for the LP.
    pub nav: Nav,
    /// The value at the prices themselves: what the deficit is judged by.
    pub at_price_atoms: i128,
    /// Free cash that the markets need.
    pub exposure: Exposure,
}

/// What a market may use of the pool's free cash.
#[derive(Clone, Copy, Debug)]
pub struct ExposureTerms {
    /// Core shock of IM.
    pub c_im: Fraction,
    /// Part of free cash that exposure may use, × 10^9.
    pub util_max_e9: u64,
}

impl LpValue {
    /// A pool without a market, its ledgers collected, with the borrow index of now.
    pub fn new(cash: &PoolCash, loans: &Loans, borrow_index_q64: u128) -> Self {
        let interest = loans.unsettled_interest(borrow_index_q64);
        let nav = Nav {
            cash_atoms: cash.cash_atoms.into(),
            interest,
            known_bad_debt_atoms: positive(cash.bad_debt_atoms),
            insurance_atoms: positive(cash.insurance_atoms),
            ..Nav::default()
        };
        Self {
            nav,
            at_price_atoms: nav.cash_atoms.saturating_add(interest.least_atoms.into()),
            exposure: Exposure::default(),
        }
    }

    /// Takes a market at an observation that passes the row "withdraw". One that has ended needs no free cash: its
    /// price no longer moves.
    ///
    /// Errors: those of [`PooledMarket::doubtful_book`].
    pub fn add(
        &mut self,
        market: &PooledMarket,
        at: &Observation,
        doubt: &PriceDoubt,
        terms: &ExposureTerms,
    ) -> Result<(), RiskError> {
        let certain = market.book_at(at.price);
        let notional = certain.net_notional_ceil()?;
        let premium = market.premium_ceil(notional)?;
        let liability = add_i128(certain.accounts_pnl_ceil()?, i128::from(premium))?;
        self.at_price_atoms = sub_i128(self.at_price_atoms, liability)?;
        let doubtful = market.doubtful_book(at, doubt)?;
        let premium = market.premium_range(premium);
        self.nav = self.nav.with_market(&doubtful, premium)?;
        if market.life != MarketLife::Settled {
            let exposure = self.exposure;
            self.exposure =
                exposure.with_market(QuoteAtoms::new(notional), terms.c_im, terms.util_max_e9);
        }
        Ok(())
    }
}

/// The price that a market counts at in the pool's own value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValuePrice {
    /// One that the row "withdraw" or "liquidate" accepts.
    Usable(Price),
    /// The last recorded one, because nobody shows one that they accept.
    Withheld(Price),
}

/// The pool's value, and whether every market's price was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueAtPrice {
    /// Cash and interest owed minus what the accounts would take by closing at the oracle price and along the
    /// skew, quote atoms, down.
    pub atoms: i128,
    /// Every market with open interest had a usable price.
    pub is_certain: bool,
}

impl ValueAtPrice {
    /// A pool without a market, its ledgers collected, with the borrow index of now.
    pub fn new(cash: &PoolCash, loans: &Loans, borrow_index_q64: u128) -> Self {
        let interest = loans.unsettled_interest(borrow_index_q64);
        Self {
            atoms: i128::from(cash.cash_atoms).saturating_add(interest.least_atoms.into()),
            is_certain: true,
        }
    }

    /// Takes a market with open interest.
    ///
    /// Without a usable price it counts at its recorded one moved 50 % in the pool's favour: a price that somebody
    /// withholds makes no deficit. Errors: [`RiskError::Overflow`].
    pub fn add(&mut self, market: &PooledMarket, price: ValuePrice) -> Result<(), RiskError> {
        let price = match price {
            ValuePrice::Usable(price) => price,
            ValuePrice::Withheld(recorded) => {
                self.is_certain = false;
                market.in_favour_of_pool(recorded)
            }
        };
        self.atoms = sub_i128(self.atoms, market.liability_ceil(price)?)?;
        Ok(())
    }

    /// What the stored value becomes by a loss that the pool bears. Where a market's price was not known the stored
    /// one may be too low, and the loss makes no deficit of it; the one of now, too high, does.
    pub fn after_loss(&self, stored: &StoredValue, loss_atoms: u64) -> i128 {
        let (stored, loss) = (i128::from(stored.value_atoms), i128::from(loss_atoms));
        let left = stored.saturating_sub(loss);
        if self.is_certain {
            return left;
        }
        left.max(stored.min(0)).min(self.atoms.saturating_sub(loss))
    }
}

/// What the pool was worth as it was seen last, and what it lacks by that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredValue {
    /// The value, quote atoms, within 64 bits.
    pub value_atoms: i64,
    /// What it is below zero, quote atoms.
    pub deficit_atoms: u64,
    /// Since when it is, unix seconds; 0 without a deficit.
    pub deficit_since_ts: i64,
}

impl StoredValue {
    /// Another value, seen at `now`. A deficit that goes on keeps its time.
    #[must_use]
    pub fn replaced(&self, value_atoms: i128, now: i64) -> Self {
        let bound = if value_atoms < 0 { i64::MIN } else { i64::MAX };
        let missing = value_atoms.min(0).unsigned_abs();
        let deficit_atoms = u64::try_from(missing).unwrap_or(u64::MAX);
        Self {
            value_atoms: i64::try_from(value_atoms).unwrap_or(bound),
            deficit_atoms,
            deficit_since_ts: match (deficit_atoms, self.deficit_since_ts) {
                (0, _) => 0,
                (_, 0) => now,
                (_, since_ts) => since_ts,
            },
        }
    }

    /// The value of now, unless a price is not known and it would be larger: a price that somebody withholds hides no
    /// deficit.
    #[must_use]
    pub fn renewed(&self, value: &ValueAtPrice, now: i64) -> Self {
        if value.is_certain || value.atoms < i128::from(self.value_atoms) {
            self.replaced(value.atoms, now)
        } else {
            *self
        }
    }
}

#[cfg(test)]
#[path = "value_tests.rs"]
mod tests;
