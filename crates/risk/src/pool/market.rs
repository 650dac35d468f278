//! One market as the pool stands against it: what the accounts in it would take with them.
//!
//! ```text
//! premium   = ⌈P·skew²/(2·skew_scale)⌉, 0 once the market has ended
//! liability = Σ PnL at P + premium                                       what closing along the skew pays
//! doubtful  = Σ PnL at the worst of P ± (z·C + P·κ·σ_IM·√age), E         what LPs deal at
//! ```
use super::{AtomRange, MarketBook};
use crate::RiskError;
use crate::market::skew::premium_ceil;
use crate::market::trade::drift_ceil;
use crate::number::arith::add_i128;
use crate::number::atoms::{BaseAtoms, QuoteAtoms, WideBaseAtoms};
use crate::number::quantity::{Fraction, Price};
use crate::price::observation::Observation;

/// How far the life of a market is, as far as its skew is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarketLife {
    /// Positions are closed along the skew.
    #[default]
    Open,
    /// They are, or the settlement leaves the premium to the pool.
    WindingDown,
    /// It has one price for ever, and a settlement moves along no skew.
    Settled,
}

/// Sums over all positions of one market, without a price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PooledMarket {
    /// Σ q, base atoms; within ±(2^64 − 1).
    pub net_size_atoms: i128,
    /// Σ entry, quote atoms.
    pub entry_quote_atoms: i128,
    /// Σ funding that the accounts owe the pool, exact, units of 2^-64 quote atoms; negative when the
    /// pool owes them.
    pub funding_receivable_q64: i128,
    /// Decimals of the base token.
    pub base_decimals: u8,
    /// Net size at which the skew moves a fill by 100 %.
    pub skew_scale_atoms: u64,
    /// How far its life is.
    pub life: MarketLife,
}

/// What leaves an oracle price in doubt for an LP: it chooses among the prices that may be used.
#[derive(Clone, Copy, Debug)]
pub struct PriceDoubt {
    /// z of the portfolio.
    pub z: Fraction,
    /// σ_IM of the asset.
    pub sigma_im: Fraction,
    /// κ of the market, × 10^9.
    pub kappa_e9: u64,
    /// Clock time, unix seconds.
    pub now: i64,
}

impl PooledMarket {
    /// The sums at a price that leaves no doubt.
    pub fn book_at(&self, price: Price) -> MarketBook {
        MarketBook {
            net_size_atoms: self.net_size_atoms,
            entry_quote_atoms: self.entry_quote_atoms,
            funding_receivable_q64: self.funding_receivable_q64,
            price,
            confidence: Price(0),
            drift: Price(0),
            ema: price,
            base_decimals: self.base_decimals,
            z: Fraction::ZERO,
        }
    }

    /// The sums at an observation, with how far its price may have moved since it was published; nothing moves the
    /// price of a market that has ended.
    ///
    /// Errors: [`RiskError::PriceStale`] of a price older than 2^32 s; [`RiskError::Overflow`].
    pub fn doubtful_book(
        &self,
        at: &Observation,
        doubt: &PriceDoubt,
    ) -> Result<MarketBook, RiskError> {
        let drift = if self.life == MarketLife::Settled {
            Price(0)
        } else {
            let age_secs = u32::try_from(at.age_secs(doubt.now));
            let age_secs = age_secs.map_err(|_| RiskError::PriceStale)?;
            drift_ceil(at.price, age_secs, doubt.sigma_im, doubt.kappa_e9)?
        };
        Ok(MarketBook {
            confidence: at.confidence,
            drift,
            ema: at.ema,
            z: doubt.z,
            ..self.book_at(at.price)
        })
    }

    /// What the accounts get back beyond P when they close the whole skew, quote atoms, up: it is in the pool's cash
    /// and not the pool's. `net_notional_quote_atoms`: [`MarketBook::net_notional_ceil`].
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn premium_ceil(&self, net_notional_quote_atoms: u64) -> Result<u64, RiskError> {
        if self.life == MarketLife::Settled {
            return Ok(0);
        }
        let skew = WideBaseAtoms::new(self.net_size_atoms);
        let scale = BaseAtoms::new(self.skew_scale_atoms);
        let notional = QuoteAtoms::new(net_notional_quote_atoms);
        premium_ceil(notional, skew, scale).map(QuoteAtoms::get)
    }

    /// How much of that premium, `most_atoms`, the accounts get at least: a market that is wound down may leave all of
    /// it to the pool, and a deposit does not buy that.
    pub fn premium_range(&self, most_atoms: u64) -> AtomRange {
        let least_atoms = match self.life {
            MarketLife::WindingDown => 0,
            MarketLife::Open | MarketLife::Settled => most_atoms.saturating_sub(1), // down
        };
        AtomRange {
            least_atoms,
            most_atoms,
        }
    }

    /// What the accounts would take by closing at this price and along the skew, quote atoms, up: what a fill at it
    /// changes in cash it changes here too, so that no trade moves the pool's value.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn liability_ceil(&self, price: Price) -> Result<i128, RiskError> {
        let book = self.book_at(price);
        let premium = self.premium_ceil(book.net_notional_ceil()?)?;
        add_i128(book.accounts_pnl_ceil()?, i128::from(premium))
    }

    /// A recorded price moved 50 % to where the accounts take less.
    pub fn in_favour_of_pool(&self, recorded: Price) -> Price {
        let half = recorded.0 >> 1;
        Price(if self.net_size_atoms > 0 {
            recorded.0.saturating_sub(half)
        } else {
            recorded.0.saturating_add(half)
        })
    }
}

#[cfg(test)]
#[path = "market_tests.rs"]
mod tests;
