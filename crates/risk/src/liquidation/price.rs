//! The prices of one asset at which an account falls below its maintenance margin, all else unchanged: for
//! views, never for a decision.
//!
//! Both directions: a hedged account falls short either way, since its charges grow with P. Equity and margin are
//! those of a liquidation. E is linear in P and MM convex but where s_max begins to bind, so E − MM, and the less of it
//! and E where favour ends at MM, is concave on either side of that price: from P on it crosses zero once before it or
//! once beyond.
use super::book::ClosingBook;
use super::bracket::Bracket;
use crate::RiskError;
use crate::number::arith::{add_i128, sub_i128};
use crate::number::quantity::{Price, UnitPrice};
use crate::requirement::equity::maintenance_q32;
use crate::requirement::holding::Holding;
use crate::requirement::portfolio::Portfolio;
use crate::requirement::rest::AccountRest;
use crate::requirement::valued::ValuedHolding;

/// Multiples of P up to which prices are looked at: the first that can be counted.
const HIGHEST: [u128; 5] = [16, 8, 4, 2, 1];
/// A way from P is divided by 2^40: closer than any price is known.
const STEP_BITS: u32 = 40;
/// Chords before halving takes over.
const CHORDS: u32 = 16;

/// The prices of one asset at which the account becomes liquidatable, USD × 10^12.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiquidationPrices {
    /// The one that is fewer dollars away; P itself if it is liquidatable now.
    pub nearer: Option<Price>,
    /// The one in the other direction.
    pub farther: Option<Price>,
}

/// An account whose asset's price is moved.
struct Moved<'a> {
    book: ClosingBook<'a>,
    holding: &'a Holding,
    /// Equity of everything else, units of 2^-32 quote atoms.
    rest_equity_q32: i128,
}

/// A way from P to where a direction ends.
#[derive(Clone, Copy)]
struct Way {
    now: u128,
    end: u128,
}

/// The prices of the holding's asset at which the account becomes liquidatable, the nearer one first, each off
/// towards its end by at most 2^-40 of the way to 0 or to 16·P; none where no price on the way does it.
///
/// Errors: [`RiskError::NothingToLiquidate`] when the index is beyond the holdings; [`RiskError::Overflow`].
#[inline(never)] // a stack frame of its own
pub fn liquidation_prices(
    portfolio: &Portfolio,
    index: usize,
) -> Result<LiquidationPrices, RiskError> {
    let holding = portfolio
        .holdings
        .get(index)
        .ok_or(RiskError::NothingToLiquidate)?;
    let Price(now) = holding.price;
    let highest = highest(holding);
    let moved = Moved::new(portfolio, index, holding, Price(highest))?;
    if moved.free_collateral_q32(now)? < 0 {
        return Ok(LiquidationPrices {
            nearer: Some(holding.price),
            farther: None,
        });
    }
    let below = moved.first_below_margin(Way { now, end: 0 })?;
    let above = moved.first_below_margin(Way { now, end: highest })?;
    let away = |price: &Price| price.0.abs_diff(now);
    let below_first = match (&below, &above) {
        (Some(below), Some(above)) => away(below) <= away(above),
        (below, _) => below.is_some(),
    };
    let (nearer, farther) = if below_first {
        (below, above)
    } else {
        (above, below)
    };
    Ok(LiquidationPrices { nearer, farther })
}

/// 16·P, or less where the holding would be worth more than can be counted.
fn highest(holding: &Holding) -> u128 {
    let Price(now) = holding.price;
    let decimals = holding.coefficients.base_decimals;
    let counts = |price: u128| {
        let unit = UnitPrice::from_price_ceil(Price(price), decimals);
        unit.and_then(|unit| value_holding_at(holding, unit))
            .is_ok()
    };
    HIGHEST
        .into_iter()
        .filter_map(|multiple| now.checked_mul(multiple))
        .find(|price| counts(*price))
        .unwrap_or(now)
}

impl Way {
    /// The price `steps` of 2^40 away from P.
    fn at(self, steps: u64) -> u128 {
        let part = self.now.abs_diff(self.end) >> STEP_BITS;
        let rest = self.now.abs_diff(self.end) & ((1 << STEP_BITS) - 1);
        // part < 2^88; rest and steps at most 2^40.
        let steps = u128::from(steps);
        let away = part
            .saturating_mul(steps)
            .saturating_add(rest.saturating_mul(steps) >> STEP_BITS);
        if self.end > self.now {
            self.now.saturating_add(away)
        } else {
            self.now.saturating_sub(away)
        }
    }
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
        let rest = AccountRest::new(portfolio, index)?;
        let book = ClosingBook::new(portfolio, &rest, holding, unit)?;
        let own = maintenance_q32(holding, &value_holding_at(holding, unit)?);
        Ok(Self {
            rest_equity_q32: sub_i128(book.equity_q32, own)?,
            book,
            holding,
        })
    }

    fn unit(&self, price: u128) -> Result<UnitPrice, RiskError> {
        let decimals = self.holding.coefficients.base_decimals;
        UnitPrice::from_price_floor(Price(price), decimals)
    }

    /// E − MM at this price.
    fn free_collateral_q32(&self, price: u128) -> Result<i128, RiskError> {
        let unit = self.unit(price)?;
        let own = maintenance_q32(self.holding, &value_holding_at(self.holding, unit)?);
        let equity = add_i128(self.rest_equity_q32, own)?;
        let margin = self.book.total(unit, self.holding.sizes())?.margin_q32;
        let equity = add_i128(equity, self.book.favour.within(margin))?;
        sub_i128(equity, margin.cast_signed())
    }

    /// The first price on the way that is below the margin; P is not.
    #[inline(never)] // a stack frame of its own
    fn first_below_margin(&self, way: Way) -> Result<Option<Price>, RiskError> {
        let last = 1 << STEP_BITS;
        let kink = self.kink(way)?;
        let mut healthy = 0;
        for end in [kink, last] {
            if end == healthy {
                continue;
            }
            if self.free_collateral_q32(way.at(end))? < 0 {
                let found = self.crossing(way, healthy, end)?;
                return Ok(Some(Price(way.at(found))));
            }
            healthy = end;
        }
        Ok(None)
    }

    /// The steps after which s_max begins or ends to bind; 0 where it does not change.
    fn kink(&self, way: Way) -> Result<u64, RiskError> {
        let regime = |steps| {
            self.book
                .regime(self.unit(way.at(steps))?, self.holding.sizes())
        };
        let (mut within, mut beyond) = (0_u64, 1 << STEP_BITS);
        let first = regime(within)?.size_binds;
        if regime(beyond)?.size_binds == first {
            return Ok(0);
        }
        while beyond.saturating_sub(within) > 1 {
            let middle = within.midpoint(beyond);
            if regime(middle)?.size_binds == first {
                within = middle;
            } else {
                beyond = middle;
            }
        }
        Ok(within)
    }

    /// Between steps that are healthy and steps that are not: the first that are not.
    fn crossing(
        &self,
        way: Way,
        mut healthy: u64,
        mut liquidatable: u64,
    ) -> Result<u64, RiskError> {
        // From the far end a chord meets zero between the two like that of a size (`search`).
        let low = self.free_collateral_q32(way.at(liquidatable))?;
        let high = self.free_collateral_q32(way.at(healthy))?;
        let mut bracket = Bracket::new(low, high, CHORDS);
        loop {
            let gap = liquidatable.saturating_sub(healthy);
            if gap <= 1 {
                return Ok(liquidatable);
            }
            let middle = liquidatable.saturating_sub(bracket.step(gap)?);
            let free_collateral = self.free_collateral_q32(way.at(middle))?;
            if free_collateral >= 0 {
                bracket.lower_high(free_collateral);
                healthy = middle;
            } else {
                bracket.raise_low(free_collateral);
                liquidatable = middle;
            }
        }
    }
}

fn value_holding_at(holding: &Holding, unit: UnitPrice) -> Result<ValuedHolding, RiskError> {
    ValuedHolding::new(unit, holding.sizes(), &holding.coefficients)
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
