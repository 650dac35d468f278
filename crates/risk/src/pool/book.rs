//! Profit of all accounts in one market, which is the pool's loss.
//!
//! ```text
//! Σ PnL = net·p − entry − funding owed          p in {max(P − w, 0), P + w, E}          w = z·C + drift
//! ```
//! Linear in p, so the extremes are at the lowest and the highest of the three.
use crate::RiskError;
use crate::number::arith::long::mul_div_pow10;
use crate::number::arith::{add_u128, mul_u128_u64_shr_ceil, shl_exact, sub_i128};
use crate::number::quantity::{FRACTION_BITS, Fraction, Price};

/// Binary digits that a price has here beside its 12 decimal ones: z·C has more than C.
const PRICE_BITS: u32 = 20;
/// USD × 10^12 per whole unit to quote atoms per base atom: 10^-(6 + decimals).
const PRICE_DIGITS: u32 = 6;
/// Most decimals of a base token, as for [`crate::number::quantity::UnitPrice`].
const MAX_DECIMALS: u8 = 18;

/// Sums over all positions of one market, and its price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketBook {
    /// Σ q, base atoms; within ±(2^64 − 1).
    pub net_size_atoms: i128,
    /// Σ entry, quote atoms.
    pub entry_quote_atoms: i128,
    /// Σ funding that the accounts owe the pool, exact, units of 2^-64 quote atoms; negative when the
    /// pool owes them.
    pub funding_receivable_q64: i128,
    /// P of an observation that passes the withdraw row.
    pub price: Price,
    /// C of that observation.
    pub confidence: Price,
    /// P·κ·σ_IM·√age of that observation ([`crate::market::trade::drift_ceil`]).
    pub drift: Price,
    /// E of that observation.
    pub ema: Price,
    /// Decimals of the base token.
    pub base_decimals: u8,
    /// z of the portfolio.
    pub z: Fraction,
}

impl MarketBook {
    /// Largest sum of the accounts' PnL over the three prices, quote atoms, up, at most 2 above the
    /// exact value (and 2^-20 of the price's last digit).
    ///
    /// Errors: [`RiskError::Overflow`] at a net size of 2^64 and above, a price of 2^108, or more than
    /// 18 decimals.
    pub fn accounts_pnl_ceil(&self) -> Result<i128, RiskError> {
        let (lowest, highest) = self.prices_q20()?;
        let worth = if self.net_size_atoms < 0 {
            negative(self.value(lowest)?.0)?
        } else {
            let (value, inexact) = self.value(highest)?;
            positive(value, inexact)?
        };
        // −⌊x⌋ = ⌈−x⌉
        let cost = sub_i128(worth, self.entry_quote_atoms)?;
        sub_i128(cost, self.funding_receivable_q64 >> 64)
    }

    /// Smallest sum of the accounts' PnL over the three prices, quote atoms, down; bounds and errors of
    /// [`Self::accounts_pnl_ceil`].
    pub fn accounts_pnl_floor(&self) -> Result<i128, RiskError> {
        let (lowest, highest) = self.prices_q20()?;
        let worth = if self.net_size_atoms < 0 {
            let (value, inexact) = self.value(highest)?;
            positive(value, inexact)?
                .checked_neg()
                .ok_or(RiskError::Overflow)?
        } else {
            positive(self.value(lowest)?.0, false)?
        };
        let floor = self.funding_receivable_q64 >> 64;
        let fraction = floor.checked_shl(64) != Some(self.funding_receivable_q64);
        let ceil = floor.saturating_add(i128::from(fraction)); // within ±2^63
        let cost = sub_i128(worth, self.entry_quote_atoms)?;
        sub_i128(cost, ceil)
    }

    /// |net| · P, quote atoms, up: the pool's exposure in this market.
    ///
    /// Errors: [`RiskError::Overflow`] above 64 bits.
    pub fn net_notional_ceil(&self) -> Result<u64, RiskError> {
        let (value, inexact) = self.value(q20(self.price)?)?;
        let whole = add_u128(value, u128::from(inexact))?;
        u64::try_from(whole).map_err(|_| RiskError::Overflow)
    }

    /// Lowest and highest of {max(P − w, 0), P + w, E}, units of 2^-20 · 10^-12 USD; the width w = z·C + drift
    /// up.
    fn prices_q20(&self) -> Result<(u128, u128), RiskError> {
        const SHIFT: u32 = FRACTION_BITS - PRICE_BITS;
        let (price, ema) = (q20(self.price)?, q20(self.ema)?);
        let uncertainty = mul_u128_u64_shr_ceil(self.confidence.0, self.z.to_bits(), SHIFT)?;
        let width = add_u128(uncertainty, q20(self.drift)?)?;
        let (low, high) = (price.saturating_sub(width), add_u128(price, width)?);
        Ok((low.min(ema), high.max(ema)))
    }

    /// |net| · price, quote atoms, down, and whether that cut something off.
    fn value(&self, price_q20: u128) -> Result<(u128, bool), RiskError> {
        if self.base_decimals > MAX_DECIMALS {
            return Err(RiskError::Overflow);
        }
        let size = u64::try_from(self.net_size_atoms.unsigned_abs());
        let digits = PRICE_DIGITS.saturating_add(u32::from(self.base_decimals));
        mul_div_pow10(
            price_q20,
            size.map_err(|_| RiskError::Overflow)?,
            PRICE_BITS,
            digits,
        )
    }
}

fn q20(price: Price) -> Result<u128, RiskError> {
    shl_exact(price.0, PRICE_BITS).ok_or(RiskError::Overflow)
}

/// A magnitude, one more where something was cut off.
fn positive(value: u128, inexact: bool) -> Result<i128, RiskError> {
    let value = add_u128(value, u128::from(inexact))?;
    i128::try_from(value).map_err(|_| RiskError::Overflow)
}

fn negative(value: u128) -> Result<i128, RiskError> {
    positive(value, false)?
        .checked_neg()
        .ok_or(RiskError::Overflow)
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
