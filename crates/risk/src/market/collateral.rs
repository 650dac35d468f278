//! A collateral balance, and what of it counts (whitepaper §6.4).
//!
//! ```text
//! counted = amount − ⌈amount · uncounted⌉        weight of the balance = ⌊collateral weight · (1 − uncounted)⌋
//! ```
//! A deposit counts as far as the asset's cap has room. What is above it is taken and counts at weight 0. The cap judges
//! deposits alone: what counts once counts until its owner or a liquidation takes it out. The share that counts is the
//! same for every atom of a balance, so that a liquidation sees one collateral with one weight.
use crate::RiskError;
use crate::market::notional::AssetPrice;
use crate::number::arith::{div_ceil_u128, low, mul_div_ceil_u64, mul_div_floor_u64, wide_mul};
use crate::number::atoms::{BaseAtoms, QuoteAtoms};
use crate::number::quantity::{E9, Fraction};

/// One, in the unit of [`CollateralBalance::uncounted_e9`].
pub const ALL_UNCOUNTED_E9: u32 = 1_000_000_000;

/// A balance of one asset's collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollateralBalance {
    /// What is held, base atoms.
    pub amount_atoms: u64,
    /// Part of it that counts at weight 0, × 10^9; at most [`ALL_UNCOUNTED_E9`]. 0 unless a deposit was above the cap.
    pub uncounted_e9: u32,
}

impl CollateralBalance {
    /// A balance of which this much counts, base atoms. The share that counts is rounded down to a multiple of 10^-9,
    /// against the owner: so never more counts than this, and less than a billionth of the balance and an atom less.
    ///
    /// Errors: [`RiskError::Overflow`] where more counts than there is.
    fn new(amount_atoms: u64, counted_atoms: u64) -> Result<Self, RiskError> {
        let uncounted = amount_atoms.checked_sub(counted_atoms);
        let uncounted = uncounted.ok_or(RiskError::Overflow)?;
        if uncounted == 0 {
            return Ok(Self {
                amount_atoms,
                uncounted_e9: 0,
            });
        }
        let share_e9 = div_ceil_u128(wide_mul(uncounted, E9), amount_atoms.into())?; // at most 10^9
        Ok(Self {
            amount_atoms,
            uncounted_e9: u32::try_from(share_e9).map_err(|_| RiskError::Overflow)?,
        })
    }

    /// What of it counts, base atoms, down.
    ///
    /// Errors: [`RiskError::Overflow`] for a share above 1.
    pub fn counted_atoms(self) -> Result<u64, RiskError> {
        if self.uncounted_e9 == 0 {
            return Ok(self.amount_atoms);
        }
        let uncounted = mul_div_ceil_u64(self.amount_atoms, self.uncounted_e9.into(), E9)?;
        self.amount_atoms
            .checked_sub(uncounted)
            .ok_or(RiskError::Overflow)
    }

    /// The balance after a deposit: as much of it counts as there is room for, also of what did not count before.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn deposit(self, atoms: u64, room_atoms: u64) -> Result<Self, RiskError> {
        let amount = self.amount_atoms.checked_add(atoms);
        let amount = amount.ok_or(RiskError::Overflow)?;
        let counted = self.counted_atoms()?.saturating_add(room_atoms);
        Self::new(amount, counted.min(amount))
    }

    /// The balance after a withdrawal, which takes first what does not count.
    ///
    /// Errors: [`RiskError::Overflow`] for more than there is.
    pub fn withdraw(self, atoms: u64) -> Result<Self, RiskError> {
        let amount = self.amount_atoms.checked_sub(atoms);
        let amount = amount.ok_or(RiskError::Overflow)?;
        Self::new(amount, self.counted_atoms()?.min(amount))
    }

    /// The balance after a liquidation has sold some of it: the same share of the rest counts.
    ///
    /// Errors: [`RiskError::Overflow`] for more than there is.
    pub fn sell(self, atoms: u64) -> Result<Self, RiskError> {
        let amount = self.amount_atoms.checked_sub(atoms);
        Ok(Self {
            amount_atoms: amount.ok_or(RiskError::Overflow)?,
            ..self
        })
    }

    /// The balance after its owner has bought some in a liquidation: of that as much counts as counted where it was,
    /// `counted_atoms`. The cap is not asked, and no more counts than before.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn buy(self, atoms: u64, counted_atoms: u64) -> Result<Self, RiskError> {
        let amount = self.amount_atoms.checked_add(atoms);
        let amount = amount.ok_or(RiskError::Overflow)?;
        let counted = self.counted_atoms()?.saturating_add(counted_atoms);
        Self::new(amount, counted.min(amount))
    }

    /// The weight of the whole balance, down to a multiple of 10^-9: what counts of it at this weight.
    ///
    /// Errors: [`RiskError::Overflow`] for a share above 1.
    #[inline]
    pub fn weight_floor(self, collateral_weight: Fraction) -> Result<Fraction, RiskError> {
        if self.uncounted_e9 == 0 {
            return Ok(collateral_weight);
        }
        let counted_e9 = E9.checked_sub(self.uncounted_e9.into());
        let counted_e9 = counted_e9.ok_or(RiskError::Overflow)?;
        let weight_e9 = mul_div_floor_u64(collateral_weight.to_e9_ceil(), counted_e9, E9)?;
        Fraction::from_e9_floor(weight_e9)
    }
}

/// What counts beyond the cap of a deposit into an account that lacks initial margin (whitepaper §6.4).
#[derive(Clone, Copy, Debug)]
pub struct MarginRelief {
    /// What the account lacks with what counts already: IM − equity_im.
    pub lacking: QuoteAtoms,
    /// Price of the collateral.
    pub price: AssetPrice,
    /// Its collateral weight in IM.
    pub collateral_weight: Fraction,
}

impl MarginRelief {
    /// Returns what counts of `uncounted_atoms`, base atoms, down: what is worth, weighted, twice what the account
    /// lacks. Twice, because the collateral needs margin itself. No more, so that nobody passes the cap by lacking a
    /// little.
    ///
    /// Errors: [`RiskError::Overflow`] beyond 64 bits.
    pub fn counted_floor(&self, uncounted_atoms: u64) -> Result<u64, RiskError> {
        if self.collateral_weight == Fraction::ZERO {
            return Ok(0); // nothing would be gained by it
        }
        let twice = self.lacking.get().saturating_mul(2);
        let worth = self.price.notional_ceil(BaseAtoms::new(uncounted_atoms))?;
        let weighted = low(self.collateral_weight.of_ceil(worth.get())); // a weight of at most 1
        if weighted <= twice {
            return Ok(uncounted_atoms);
        }
        mul_div_floor_u64(uncounted_atoms, twice, weighted)
    }
}

#[cfg(test)]
#[path = "collateral_tests.rs"]
mod tests;
