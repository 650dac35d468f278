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
use crate::number::arith::negated;
use crate::number::quantity::{Fraction, Price, UnitPrice};
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
    pub fn of_net(net: i128) -> Self {
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

#[cfg(test)]
#[path = "holding_tests.rs"]
mod tests;
