//! Equity of one holding at each level (whitepaper §5.3), down.
//!
//! ```text
//! maintenance: P·q − entry + funding + P·weighted
//! initial: the same at min(P, E) − z·C if net long (at least 0), max(P, E) + z·C if net short, P if
//!          flat; a position's positive PnL, funding included, times upnl_weight
//! ```
use crate::RiskError;
use crate::number::arith::amount::part_floor;
use crate::number::arith::{negated, shr_ceil, wide_sub_signed};
use crate::number::quantity::{AMOUNT_BITS, Fraction, Price, UnitPrice};
use crate::params::PortfolioCoefficients;
use crate::requirement::holding::{Holding, NetSide};
use crate::requirement::valued::{Amounts, ValuedHolding};

/// Quote atoms in units of 2^-32 of them.
#[inline]
pub(crate) fn q32(quote_atoms: i64) -> i128 {
    i128::from(quote_atoms) << AMOUNT_BITS
}

/// Equity of a holding at P, units of 2^-32 quote atoms, down: `N − entry + funding`.
#[inline]
pub(crate) fn maintenance_q32(holding: &Holding, valued: &ValuedHolding) -> i128 {
    let net = match valued.side {
        NetSide::Short => negated(valued.net_q32.wrapping_add(valued.net_error_q32().into())),
        _ => valued.net_q32.cast_signed(),
    };
    net.wrapping_sub(cost_q32(holding)) // below 2^104
}

/// Equity of a holding for IM, units of 2^-32 quote atoms, down.
///
/// Errors: [`RiskError::Overflow`] when it is worth 2^64 quote atoms or more.
#[inline]
pub(crate) fn initial_q32(
    holding: &Holding,
    unit: UnitPrice,
    valued: &ValuedHolding,
    c: &PortfolioCoefficients,
) -> Result<i128, RiskError> {
    let worth = match valued.side {
        NetSide::Flat => Worth {
            down_q32: valued.position_q32,
            up_q32: valued.position_q32.wrapping_add(valued.error_q32().into()),
            weighted_q32: valued.weighted_q32,
        },
        side => Worth::new(holding, initial_price(holding, unit, side, c.z)?, valued)?,
    };
    let weighted = worth.weighted_q32.cast_signed();
    if holding.size_atoms == 0 {
        return Ok(weighted);
    }
    let value = if holding.size_atoms > 0 {
        worth.down_q32.cast_signed()
    } else {
        negated(worth.up_q32)
    };
    let pnl = value.wrapping_sub(cost_q32(holding)); // P·q − entry + funding, below 2^99
    let counted = match u128::try_from(pnl) {
        Ok(gain) => part_floor(gain, c.upnl_weight.to_bits()).cast_signed(), // below 16 · 2^99
        Err(_) => pnl,
    };
    Ok(weighted.wrapping_add(counted))
}

/// What a holding is worth at the price of IM, units of 2^-32 quote atoms.
struct Worth {
    /// Lower and upper bound of `P·|q|`.
    down_q32: u128,
    up_q32: u128,
    /// Weighted collateral, down.
    weighted_q32: u128,
}

impl Worth {
    #[inline]
    fn new(holding: &Holding, price: UnitPrice, valued: &ValuedHolding) -> Result<Self, RiskError> {
        let amounts = Amounts::new(price, holding.sizes(), &holding.coefficients)?;
        // The price is within 2^-59 of the larger of P and itself. Amounts are below 2^102.
        let error = |here: u128, at_p: u128| (here.max(at_p) >> 59).wrapping_add(4);
        let position_error = error(amounts.position_q32, valued.position_q32);
        let weighted_error = error(amounts.weighted_q32, valued.weighted_q32);
        Ok(Self {
            down_q32: amounts.position_q32.saturating_sub(position_error),
            up_q32: amounts.position_q32.wrapping_add(position_error),
            weighted_q32: amounts.weighted_q32.saturating_sub(weighted_error),
        })
    }
}

/// `entry − funding` of a position; both are 0 without one.
#[inline]
fn cost_q32(holding: &Holding) -> i128 {
    if holding.has_position() {
        wide_sub_signed(holding.entry_quote_atoms, holding.funding_quote_atoms) << AMOUNT_BITS
    } else {
        0
    }
}

/// The price of IM for a net long or net short holding.
#[inline]
fn initial_price(
    holding: &Holding,
    unit: UnitPrice,
    side: NetSide,
    z: Fraction,
) -> Result<UnitPrice, RiskError> {
    let decimals = holding.coefficients.base_decimals;
    let adverse = match side {
        NetSide::Short => holding.price.max(holding.ema),
        _ => holding.price.min(holding.ema),
    };
    let adverse = if adverse == holding.price {
        unit
    } else {
        UnitPrice::from_price_floor(adverse, decimals)?
    };
    if holding.confidence == Price::default() {
        return Ok(adverse);
    }
    let confidence = UnitPrice::from_price_floor(holding.confidence, decimals)?;
    Ok(match side {
        NetSide::Short => adverse.plus_scaled(z, confidence),
        _ => adverse.minus_scaled(z, confidence),
    })
}

/// Whole quote atoms, down.
#[inline]
pub(crate) fn floor_atoms(amount_q32: i128) -> i128 {
    amount_q32 >> AMOUNT_BITS
}

/// Whole quote atoms, up.
#[inline]
pub(crate) fn ceil_atoms(amount_q32: u128) -> i128 {
    shr_ceil(amount_q32, AMOUNT_BITS).cast_signed() // at most 2^96
}

#[cfg(test)]
#[path = "equity_tests.rs"]
mod tests;
