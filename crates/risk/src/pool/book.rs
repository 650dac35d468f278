//! Profit of all accounts in one market, which is the pool's loss.
//!
//! ```text
//! Σ PnL = net·p − entry − funding owed          p in {max(P − w, 0), P + w, E}          w = z·C + drift
//! ```
//! Linear in p, so the extremes are at the lowest and the highest of the three.
use crate::RiskError;
use crate::number::arith::long::{Floored, mul_div_pow10};
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

/// Between which prices the accounts of a market are valued, units of 2^-20 · 10^-12 USD.
struct PriceRange {
    lowest_q20: u128,
    highest_q20: u128,
}

impl MarketBook {
    /// Largest sum of the accounts' PnL over the three prices, quote atoms, up, at most 2 above the
    /// exact value (and 2^-20 of the price's last digit).
    ///
    /// Errors: [`RiskError::Overflow`] at a net size of 2^64 and above, a price of 2^108, or more than
    /// 18 decimals.
    pub fn accounts_pnl_ceil(&self) -> Result<i128, RiskError> {
        let prices = self.prices()?;
        let worth = if self.net_size_atoms < 0 {
            signed(self.value(prices.lowest_q20)?.floor)?.saturating_neg() // ≥ −i128::MAX
        } else {
            signed(self.value(prices.highest_q20)?.ceil()?)?
        };
        // −⌊x⌋ = ⌈−x⌉
        let cost = sub_i128(worth, self.entry_quote_atoms)?;
        sub_i128(cost, self.funding_receivable_q64 >> 64)
    }

    /// Smallest sum of the accounts' PnL over the three prices, quote atoms, down; bounds and errors of
    /// [`Self::accounts_pnl_ceil`].
    pub fn accounts_pnl_floor(&self) -> Result<i128, RiskError> {
        let prices = self.prices()?;
        let worth = if self.net_size_atoms < 0 {
            signed(self.value(prices.highest_q20)?.ceil()?)?.saturating_neg() // ≥ −i128::MAX
        } else {
            signed(self.value(prices.lowest_q20)?.floor)?
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
        u64::try_from(self.value(q20(self.price)?)?.ceil()?).map_err(|_| RiskError::Overflow)
    }

    /// The range of {max(P − w, 0), P + w, E}; the width w = z·C + drift up.
    fn prices(&self) -> Result<PriceRange, RiskError> {
        const SHIFT: u32 = FRACTION_BITS - PRICE_BITS;
        let (price, ema) = (q20(self.price)?, q20(self.ema)?);
        let uncertainty = mul_u128_u64_shr_ceil(self.confidence.0, self.z.to_bits(), SHIFT)?;
        let width = add_u128(uncertainty, q20(self.drift)?)?;
        Ok(PriceRange {
            lowest_q20: price.saturating_sub(width).min(ema),
            highest_q20: add_u128(price, width)?.max(ema),
        })
    }

    /// |net| · price, quote atoms.
    fn value(&self, price_q20: u128) -> Result<Floored, RiskError> {
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

fn signed(magnitude: u128) -> Result<i128, RiskError> {
    i128::try_from(magnitude).map_err(|_| RiskError::Overflow)
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
