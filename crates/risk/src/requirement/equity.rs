//! Equity of one holding at each level (whitepaper §5.3), down.
//!
//! ```text
//! maintenance: P·q − entry + funding + P·weighted
//! initial: the same at min(P, E) − z·C if net long (at least 0), max(P, E) + z·C if net short, P if
//!          flat; a position's positive PnL, funding included, times upnl_weight
//! ```
use crate::RiskError;
use crate::number::arith::{
    add_i128, add_u128, mul_u128_u64_shr_floor, negated, shr_ceil, sub_i128, wide_sub_signed,
};
use crate::number::quantity::{AMOUNT_BITS, FRACTION_BITS, Fraction, Price, UnitPrice};
use crate::params::PortfolioCoefficients;
use crate::requirement::holding::{Amounts, Holding, NetSide, ValuedHolding};

/// Quote atoms in units of 2^-32 of them.
#[inline]
pub(crate) fn q32(quote_atoms: i64) -> i128 {
    i128::from(quote_atoms) << AMOUNT_BITS
}

/// Equity of a holding at P, units of 2^-32 quote atoms, down: `N − entry + funding`.
///
/// Errors: [`RiskError::Overflow`].
#[inline]
pub(crate) fn maintenance_q32(
    holding: &Holding,
    valued: &ValuedHolding,
) -> Result<i128, RiskError> {
    let net = match valued.side {
        NetSide::Short => negated(add_u128(valued.net_q32, valued.net_error_q32())?),
        _ => valued.net_q32.cast_signed(),
    };
    sub_i128(net, cost_q32(holding))
}

/// Returns the favour of an asset without a usable price: its net size times the share by which its
/// standing moves the price, units of 2^-32 quote atoms, down.
#[inline]
pub(crate) fn favourable_move_q32(
    holding: &Holding,
    valued: &ValuedHolding,
    c: &PortfolioCoefficients,
) -> Result<i128, RiskError> {
    let share = holding.standing.share_floor(holding, valued, c);
    let gain = mul_u128_u64_shr_floor(valued.net_q32, share.to_bits(), FRACTION_BITS)?;
    Ok(gain.saturating_sub(valued.net_error_q32()).cast_signed())
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
    let (position, weighted_q32) = match valued.side {
        NetSide::Flat => (
            PositionWorth {
                down_q32: valued.position_q32,
                up_q32: add_u128(valued.position_q32, valued.error_q32())?,
            },
            valued.weighted_q32,
        ),
        side => {
            let price = initial_price(holding, unit, side, c.z)?;
            let Amounts {
                position_q32: position,
                weighted_q32: weighted,
            } = Amounts::new(price, holding.sizes(), &holding.coefficients)?;
            // The price is within 2^-59 of the larger of P and itself.
            let error = |amount_q32: u128| (amount_q32 >> 59).saturating_add(4);
            let position_error = error(position.max(valued.position_q32));
            let weighted_error = error(weighted.max(valued.weighted_q32));
            (
                PositionWorth {
                    down_q32: position.saturating_sub(position_error),
                    up_q32: add_u128(position, position_error)?,
                },
                weighted.saturating_sub(weighted_error),
            )
        }
    };
    let weighted = weighted_q32.cast_signed();
    if holding.size_atoms == 0 {
        return Ok(weighted);
    }
    let pnl = pnl_q32(holding, &position)?;
    match u128::try_from(pnl) {
        Ok(gain) => {
            let counted = mul_u128_u64_shr_floor(gain, c.upnl_weight.to_bits(), FRACTION_BITS)?;
            add_i128(weighted, counted.cast_signed()) // below 16 · 2^97
        }
        Err(_) => add_i128(weighted, pnl),
    }
}

/// A lower and an upper bound of `P·|q|`, units of 2^-32 quote atoms.
struct PositionWorth {
    down_q32: u128,
    up_q32: u128,
}

/// `P·q − entry + funding`, down.
#[inline]
fn pnl_q32(holding: &Holding, position: &PositionWorth) -> Result<i128, RiskError> {
    let value = if holding.size_atoms > 0 {
        position.down_q32.cast_signed()
    } else {
        negated(position.up_q32)
    };
    sub_i128(value, cost_q32(holding))
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
