//! One asset of an account, and its worth at the oracle price.
//!
//! A position and a collateral of the same asset are one holding: they share price, shock and net size.
//!
//! ```text
//! weighted collateral = collateral weight · amount        net delta N = P · (q + weighted collateral)
//! ```
use crate::RiskError;
use crate::governance::AssetTerms;
use crate::market::collateral::CollateralBalance;
use crate::market::notional::AssetPrice;
use crate::number::arith::{add_i128, mul_u128_u64_shr_floor, negated, wide_mul, wide_mul_signed};
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, Price, UnitPrice};
use crate::params::AssetCoefficients;
use crate::price::observation::Observation;
use crate::price::standing::Standing;
use crate::price::unit_shock::UnitShock;

/// Most positions in one account.
pub const MAX_POSITIONS: usize = 16;
/// Most collaterals in one account.
pub const MAX_COLLATERALS: usize = 8;
/// Most assets in one account.
pub const MAX_HOLDINGS: usize = 24;
const _: () = assert!(MAX_HOLDINGS == MAX_POSITIONS + MAX_COLLATERALS);

/// One asset of an account, with everything the margin reads. Interest and funding are accrued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Oracle price P, or the last recorded one.
    pub price: Price,
    /// Confidence interval C of that price.
    pub confidence: Price,
    /// EMA price E of that observation.
    pub ema: Price,
    /// The price standard `Trade` accepts its price of the asset.
    pub usable_initial: bool,
    /// How the price stands in a liquidation.
    pub standing: Standing,
    /// Unit shock of the asset now.
    pub unit_shock: UnitShock,
    /// Parameters of the asset in binary, as in force for MM and its equity.
    pub coefficients: AssetCoefficients,
    /// Terms that IM and its equity read in place of the same terms of `coefficients`: the target ones while
    /// a ramp runs. `None` where both levels read the same.
    pub initial: Option<AssetTerms>,
    /// The larger side of the open interest after the operation, base atoms.
    pub open_interest_atoms: u64,
    /// R: notional liquidated lately, decayed to now, quote atoms.
    pub liquidated_quote_atoms: u64,
    /// Position size q, signed, base atoms; 0 without a position.
    pub size_atoms: i64,
    /// Entry notional, signed like the size, quote atoms.
    pub entry_quote_atoms: i64,
    /// Accrued funding owed to the account, signed, quote atoms.
    pub funding_quote_atoms: i64,
    /// Collateral amount before collateral weight, base atoms.
    pub collateral_atoms: u64,
    /// Its weights without the relief, which the initial level does not count; `None` where none of it is relief.
    pub unrelieved: Option<UnrelievedWeights>,
}

/// Collateral weights without the relief of a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnrelievedWeights {
    /// By the terms in force for MM.
    pub maintenance: Fraction,
    /// By those that IM reads.
    pub initial: Fraction,
}

impl Holding {
    /// Whether there is a perpetual position.
    #[inline]
    pub const fn has_position(&self) -> bool {
        self.size_atoms != 0
    }

    /// The price that it counts at, published at `publish_ts`.
    pub const fn observation(&self, publish_ts: i64) -> Observation {
        Observation {
            price: self.price,
            confidence: self.confidence,
            ema: self.ema,
            publish_ts,
        }
    }

    /// Whether the account holds anything of the asset.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.size_atoms == 0 && self.collateral_atoms == 0
    }

    /// Whether anything of it enters the margin: a position, or collateral with a weight.
    #[inline]
    pub fn needs_margin(&self) -> bool {
        self.has_position()
            || (self.collateral_atoms != 0 && self.coefficients.collateral_weight != Fraction::ZERO)
    }

    /// Puts collateral into the holding. One weight is read for all of it, which is lower where a part counts at weight 0.
    /// The weights without the relief are kept beside it. Called once, with the asset's own weight in the terms.
    ///
    /// Errors: [`RiskError::Overflow`] for a share above 1.
    #[inline]
    pub fn hold_collateral(&mut self, balance: CollateralBalance) -> Result<(), RiskError> {
        self.collateral_atoms = balance.amount_atoms;
        if balance.relief_e9 != 0 {
            self.unrelieved = Some(self.weights_without_relief(balance)?);
        }
        let weight = &mut self.coefficients.collateral_weight;
        *weight = balance.weight_floor(*weight)?;
        if let Some(initial) = &mut self.initial {
            initial.collateral_weight = balance.weight_floor(initial.collateral_weight)?;
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn weights_without_relief(
        &self,
        balance: CollateralBalance,
    ) -> Result<UnrelievedWeights, RiskError> {
        let of = |weight| balance.weight_without_relief(weight);
        let maintenance = of(self.coefficients.collateral_weight)?;
        Ok(UnrelievedWeights {
            maintenance,
            initial: match &self.initial {
                Some(terms) => of(terms.collateral_weight)?,
                None => maintenance,
            },
        })
    }

    /// The holding as the initial level reads it: at both levels its relief counts at weight 0.
    pub(crate) const fn without_relief(&self) -> Self {
        let mut holding = *self;
        if let Some(weights) = &self.unrelieved {
            holding.coefficients.collateral_weight = weights.maintenance;
            if let Some(initial) = &mut holding.initial {
                initial.collateral_weight = weights.initial;
            }
            holding.unrelieved = None;
        }
        holding
    }

    /// The holding with other terms at both levels.
    pub(crate) const fn with_terms(&self, terms: &AssetTerms) -> Self {
        Self {
            coefficients: terms.within(&self.coefficients),
            initial: None,
            ..*self
        }
    }

    #[inline]
    pub(crate) const fn sizes(&self) -> Sizes {
        Sizes {
            size_atoms: self.size_atoms,
            collateral_atoms: self.collateral_atoms,
        }
    }

    /// The oracle price together with the decimals of the base token.
    #[inline]
    pub const fn asset_price(&self) -> AssetPrice {
        AssetPrice {
            price: self.price,
            base_decimals: self.coefficients.base_decimals,
        }
    }

    /// Oracle price of one base atom, down.
    ///
    /// Errors: [`RiskError::Overflow`] when `base_decimals` > 18.
    #[inline]
    pub fn unit_price(&self) -> Result<UnitPrice, RiskError> {
        UnitPrice::from_price_floor(self.price, self.coefficients.base_decimals)
    }
}

/// Sign of a net size. Decided exactly, before any rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NetSide {
    Long,
    Short,
    Flat,
}

impl NetSide {
    #[inline]
    fn of(net: i128) -> Self {
        match net {
            1.. => Self::Long,
            0 => Self::Flat,
            _ => Self::Short,
        }
    }

    /// A magnitude below 2^127 with this sign.
    #[inline]
    pub fn signed(self, magnitude: u128) -> i128 {
        match self {
            Self::Short => negated(magnitude),
            _ => magnitude.cast_signed(),
        }
    }
}

/// Sizes of a holding that a liquidation step may change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub size_atoms: i64,
    pub collateral_atoms: u64,
}

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
        let weight = coefficients.collateral_weight.to_bits();
        Ok(Self {
            position_q32,
            weighted_q32: mul_u128_u64_shr_floor(gross_q32, weight, FRACTION_BITS)?,
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
    #[inline]
    pub fn new(
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
            (position_q32, NetSide::of(i128::from(sizes.size_atoms)))
        } else if sizes.size_atoms == 0 && coefficients.collateral_weight == Fraction::ONE {
            (weighted_q32, NetSide::Long)
        } else {
            let net_e9 = net_e9(sizes, coefficients.collateral_weight)?;
            let Ok(net_q32) = unit.value_of_e9_q32(net_e9.unsigned_abs()) else {
                return Self::saturated(unit, sizes, coefficients);
            };
            (net_q32, NetSide::of(net_e9))
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
        let side = NetSide::of(net_e9);
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
            weighted_q32: mul_u128_u64_shr_floor(gross_q32, collateral_weight, FRACTION_BITS)?,
            net_q32: unit.value_of_e9_q32(net_e9.unsigned_abs()).unwrap_or(end),
            side,
            is_saturated: true,
        })
    }

    /// Bound of the error of the position's and the collateral's amount: 2^-60 of what was
    /// multiplied, and the last digits.
    #[inline]
    pub fn error_q32(&self) -> u128 {
        (self.position_q32.saturating_add(self.weighted_q32) >> 60).saturating_add(4)
    }

    /// Bound of the error of |N|; 0 when that is exactly 0.
    #[inline]
    pub fn net_error_q32(&self) -> u128 {
        match self.side {
            NetSide::Flat => 0,
            _ => (self.net_q32 >> 59).saturating_add(4),
        }
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
#[path = "holding_tests.rs"]
mod tests;
