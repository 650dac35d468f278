//! A holding valued at one price (whitepaper §4.1). Every amount is one product, cut once.
use crate::RiskError;
use crate::number::arith::amount::part_floor;
use crate::number::arith::{add_i128, low, wide_mul, wide_mul_signed};
use crate::number::quantity::{E9, Fraction, UnitPrice};
use crate::params::AssetCoefficients;
use crate::requirement::holding::{Holding, NetSide, Sizes};

/// Where the value of a net long or flat size ends that is worth 2^64 quote atoms or more, units of 2^-32: below it.
const LONG_END_Q32: u128 = (1 << 96) - 1;
/// Where that of a net short one ends: more than all longs of an account at their end, so that no sum of both is
/// equity. Sizes of positions, which are charged for, end here too.
const SHORT_END_Q32: u128 = (1 << 102) - 1;

/// What a holding is worth at one price, down, units of 2^-32 quote atoms.
pub(crate) struct Amounts {
    /// P·|q|.
    pub position_q32: u128,
    /// P · weighted collateral.
    pub weighted_q32: u128,
}

impl Amounts {
    /// Values `sizes` at `unit`.
    ///
    /// Errors: [`RiskError::Overflow`] at 2^64 quote atoms and above.
    #[inline]
    pub fn new(
        unit: UnitPrice,
        sizes: Sizes,
        coefficients: &AssetCoefficients,
    ) -> Result<Self, RiskError> {
        let position_q32 = unit.value_q32_floor(sizes.size_atoms.unsigned_abs())?;
        if sizes.collateral_atoms == 0 || coefficients.collateral_weight == Fraction::ZERO {
            return Ok(Self {
                position_q32,
                weighted_q32: 0, // a collateral without weight cannot overflow anything
            });
        }
        let gross_q32 = unit.value_q32_floor(sizes.collateral_atoms)?;
        Ok(Self {
            position_q32,
            weighted_q32: part_floor(gross_q32, coefficients.collateral_weight.to_bits()),
        })
    }
}

/// A holding valued at one price. Amounts in units of 2^-32 quote atoms, all down, within
/// [`ValuedHolding::error_q32`] and [`ValuedHolding::net_error_q32`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValuedHolding {
    /// P·|q|.
    pub position_q32: u128,
    /// P · weighted collateral.
    pub weighted_q32: u128,
    /// |N|.
    pub net_q32: u128,
    /// Sign of N; also where |N| rounds to 0.
    pub side: NetSide,
    /// Some amount is worth 2^64 quote atoms or more and ends there: equity is no more than there is, a requirement
    /// no less than what ends is asked. Enough to tell that an account is below its margin, and for no payment.
    pub is_saturated: bool,
}

impl ValuedHolding {
    /// Values `sizes` at `unit`. Never fails on amounts: see [`ValuedHolding::is_saturated`].
    ///
    /// Errors: [`RiskError::Overflow`] for a collateral weight above 1.
    #[inline(never)]
    pub fn new(
        unit: UnitPrice,
        sizes: Sizes,
        coefficients: &AssetCoefficients,
    ) -> Result<Self, RiskError> {
        Self::in_place(unit, sizes, coefficients)
    }

    /// The same, where it stands: a pass over an account moves no results.
    #[inline(always)]
    pub fn in_place(
        unit: UnitPrice,
        sizes: Sizes,
        coefficients: &AssetCoefficients,
    ) -> Result<Self, RiskError> {
        let Ok(Amounts {
            position_q32,
            weighted_q32,
        }) = Amounts::new(unit, sizes, coefficients)
        else {
            return Self::saturated(unit, sizes, coefficients);
        };
        let (net_q32, side) = if weighted_q32 == 0 {
            (position_q32, NetSide::of_net(i128::from(sizes.size_atoms)))
        } else if sizes.size_atoms == 0 && coefficients.collateral_weight == Fraction::ONE {
            (weighted_q32, NetSide::Long)
        } else {
            let net_e9 = net_e9(sizes, coefficients.collateral_weight)?;
            let Ok(net_q32) = unit.value_of_e9_q32(net_e9.unsigned_abs()) else {
                return Self::saturated(unit, sizes, coefficients);
            };
            (net_q32, NetSide::of_net(net_e9))
        };
        Ok(Self {
            position_q32,
            weighted_q32,
            net_q32,
            side,
            is_saturated: false,
        })
    }

    #[cold]
    #[inline(never)]
    fn saturated(
        unit: UnitPrice,
        sizes: Sizes,
        coefficients: &AssetCoefficients,
    ) -> Result<Self, RiskError> {
        let net_e9 = net_e9(sizes, coefficients.collateral_weight)?;
        let side = NetSide::of_net(net_e9);
        let end = if side == NetSide::Short {
            SHORT_END_Q32
        } else {
            LONG_END_Q32
        };
        let value = |atoms| unit.value_q32_floor(atoms).unwrap_or(SHORT_END_Q32);
        let collateral_weight = coefficients.collateral_weight.to_bits();
        let gross_q32 = value(sizes.collateral_atoms);
        Ok(Self {
            position_q32: value(sizes.size_atoms.unsigned_abs()),
            weighted_q32: part_floor(gross_q32, collateral_weight),
            net_q32: unit.value_of_e9_q32(net_e9.unsigned_abs()).unwrap_or(end),
            side,
            is_saturated: true,
        })
    }

    /// Bound of the error of the position's and the collateral's amount: 2^-60 of what was
    /// multiplied, and the last digits.
    #[inline]
    pub fn error_q32(&self) -> u64 {
        // Both below 2^102.
        low(self.position_q32.wrapping_add(self.weighted_q32) >> 60).wrapping_add(4)
    }

    /// Bound of the error of |N|; 0 when that is exactly 0.
    #[inline]
    pub fn net_error_q32(&self) -> u64 {
        match self.side {
            NetSide::Flat => 0,
            _ => low(self.net_q32 >> 59).wrapping_add(4), // below 2^102
        }
    }

    /// The valued holding in force.
    ///
    /// Errors: [`RiskError::Overflow`] for decimals or a collateral weight out of range.
    #[inline]
    pub fn from_holding(holding: &Holding) -> Result<Self, RiskError> {
        let unit = holding.unit_price()?;
        Self::new(unit, holding.sizes(), &holding.coefficients)
    }

    /// N, signed.
    #[inline]
    pub fn signed_net_q32(&self) -> i128 {
        self.side.signed(self.net_q32) // below 2^98
    }
}

/// `q + collateral_weight · collateral` in units of 10^-9 atoms, exact: a collateral weight has nine decimals.
fn net_e9(sizes: Sizes, collateral_weight: Fraction) -> Result<i128, RiskError> {
    // The binary collateral weight is the decimal one cut by less than a unit, which is below 10^-9: the next
    // multiple of 10^-9 is the decimal one.
    let weighted_e9 = wide_mul(sizes.collateral_atoms, collateral_weight.to_e9_ceil()); // 2^64 · 2^34
    let size_e9 = wide_mul_signed(sizes.size_atoms, E9.cast_signed());
    add_i128(size_e9, weighted_e9.cast_signed())
}

#[cfg(test)]
#[path = "valued_tests.rs"]
mod tests;
