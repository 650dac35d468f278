//! The price of one asset at which an account falls below its maintenance margin, all else unchanged: for
//! views, never for a decision.
//!
//! Net long: the highest price below P; net short: the lowest above it. Equity and margin are those of a
//! liquidation. The crossing next to P is found by halving; a hedged account may have more than one.
use super::book::Book;
use crate::RiskError;
use crate::arith::{add_i128, add_u128};
use crate::equity::maintenance_q32;
use crate::holding::{Holding, Leg, Side};
use crate::portfolio::Portfolio;
use crate::quantity::{Price, UnitPrice};

/// Above this multiple of P a short is not looked at: 16.
const HIGHEST_DOUBLINGS: u32 = 4;
/// Halvings: 2^-40 of P is closer than any price is known.
const STEPS: u32 = 40;

/// An account whose asset's price is moved.
struct Moved<'a> {
    book: Book<'a>,
    holding: &'a Holding,
    /// Equity of everything else, units of 2^-32 quote atoms.
    rest_equity_q32: i128,
}

/// The price of the holding's asset at which the account becomes liquidatable, USD × 10^12, towards P by at
/// most 2^-40 of it; P itself if it is liquidatable now; none when no price between 0 and 16·P does it, or
/// the account is flat in it.
///
/// Errors: [`RiskError::NothingToLiquidate`] when the index is beyond the holdings; [`RiskError::Overflow`].
pub fn liquidation_price(portfolio: &Portfolio, index: usize) -> Result<Option<Price>, RiskError> {
    let holding = portfolio
        .holdings
        .get(index)
        .ok_or(RiskError::NothingToLiquidate)?;
    let Price(now) = holding.price;
    let side = Leg::new(
        holding.unit_price()?,
        holding.sizes(),
        &holding.coefficients,
    )?
    .side;
    let highest = match side {
        Side::Short => now
            .checked_shl(HIGHEST_DOUBLINGS)
            .filter(|high| high >> HIGHEST_DOUBLINGS == now)
            .ok_or(RiskError::Overflow)?,
        _ => now,
    };
    let moved = Moved::new(portfolio, index, holding, Price(highest))?;
    if moved.is_liquidatable(now)? {
        return Ok(Some(Price(now)));
    }
    let far = match side {
        Side::Long => 0,
        Side::Short => highest,
        Side::Flat => return Ok(None),
    };
    if !moved.is_liquidatable(far)? {
        return Ok(None);
    }
    moved.crossing(now, far).map(|price| Some(Price(price)))
}

impl<'a> Moved<'a> {
    #[inline(never)] // a stack frame of its own
    fn new(
        portfolio: &Portfolio<'a>,
        index: usize,
        holding: &'a Holding,
        highest: Price,
    ) -> Result<Self, RiskError> {
        let decimals = holding.coefficients.base_decimals;
        let unit = UnitPrice::from_price_ceil(highest, decimals)?;
        let book = Book::new(portfolio, index, holding, unit)?;
        let own = maintenance_q32(holding, &leg_at(holding, unit)?)?;
        let rest = book
            .equity_q32
            .checked_sub(own)
            .ok_or(RiskError::Overflow)?;
        Ok(Self {
            rest_equity_q32: add_i128(rest, book.favour_q32)?,
            book,
            holding,
        })
    }

    /// Equity < MM at this price.
    fn is_liquidatable(&self, price: u128) -> Result<bool, RiskError> {
        let decimals = self.holding.coefficients.base_decimals;
        let unit = UnitPrice::from_price_floor(Price(price), decimals)?;
        let own = maintenance_q32(self.holding, &leg_at(self.holding, unit)?)?;
        let equity = add_i128(self.rest_equity_q32, own)?;
        let margin = self.book.total(unit, self.holding.sizes())?.margin_q32;
        Ok(match u128::try_from(equity) {
            Ok(equity) => equity < margin,
            Err(_) => true,
        })
    }

    /// Between a price that is healthy and one that is not: the last found that is not.
    fn crossing(&self, mut healthy: u128, mut liquidatable: u128) -> Result<u128, RiskError> {
        for _ in 0..STEPS {
            let middle = add_u128(healthy, liquidatable)? >> 1;
            if middle == healthy || middle == liquidatable {
                break;
            }
            if self.is_liquidatable(middle)? {
                liquidatable = middle;
            } else {
                healthy = middle;
            }
        }
        Ok(liquidatable)
    }
}

fn leg_at(holding: &Holding, unit: UnitPrice) -> Result<Leg, RiskError> {
    Leg::new(unit, holding.sizes(), &holding.coefficients)
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
