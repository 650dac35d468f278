//! A collateral balance, and what of it counts at which level (whitepaper §6.4).
//!
//! ```text
//! initial     = amount − ⌈amount · (uncounted + relief)⌉        counts at both levels, within the asset's cap
//! maintenance = amount − ⌈amount · uncounted⌉                   with the relief, which keeps positions and no more
//! weight of the balance at a level = ⌊collateral weight · share that counts there⌋
//! ```
//! A deposit counts as far as the asset's cap has room. What is above it is taken and counts at weight 0. Exception: of
//! an account that lacks initial margin some of it is relief. The cap judges deposits alone: what counts once counts
//! until its owner or a liquidation takes it out. The shares are the same for every atom of a balance, so that a
//! liquidation sees one collateral with one weight.
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
    /// Part of it that counts at weight 0, × 10^9. 0 unless a deposit was above the cap.
    pub uncounted_e9: u32,
    /// Part of it that counts at the maintenance level alone, × 10^9: relief. With the other part at most
    /// [`ALL_UNCOUNTED_E9`].
    pub relief_e9: u32,
}

/// What of a balance counts, base atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedAtoms {
    /// At both levels.
    pub initial_atoms: u64,
    /// At the maintenance level: that and the relief.
    pub maintenance_atoms: u64,
}

impl CountedAtoms {
    /// What of it has left where so much is left, base atoms.
    pub const fn less(self, left: Self) -> Self {
        Self {
            initial_atoms: self.initial_atoms.saturating_sub(left.initial_atoms),
            maintenance_atoms: self
                .maintenance_atoms
                .saturating_sub(left.maintenance_atoms),
        }
    }

    /// Both with these, base atoms.
    const fn plus(self, more: Self) -> Self {
        Self {
            initial_atoms: self.initial_atoms.saturating_add(more.initial_atoms),
            maintenance_atoms: self
                .maintenance_atoms
                .saturating_add(more.maintenance_atoms),
        }
    }

    /// Both at most so many, base atoms.
    fn at_most(self, atoms: u64) -> Self {
        Self {
            initial_atoms: self.initial_atoms.min(atoms),
            maintenance_atoms: self.maintenance_atoms.min(atoms),
        }
    }
}

impl CollateralBalance {
    /// A balance of which this much counts. Both shares that count are rounded down to a multiple of 10^-9, against the
    /// owner: so never more counts than this, and less than a billionth of the balance and an atom less.
    ///
    /// Errors: [`RiskError::Overflow`] where more counts than there is.
    fn new(amount_atoms: u64, counted: CountedAtoms) -> Result<Self, RiskError> {
        let initial_atoms = counted.initial_atoms.min(counted.maintenance_atoms);
        let uncounted_e9 = rest_e9(amount_atoms, counted.maintenance_atoms)?;
        let beyond_e9 = rest_e9(amount_atoms, initial_atoms)?;
        let relief_e9 = beyond_e9.checked_sub(uncounted_e9);
        Ok(Self {
            amount_atoms,
            uncounted_e9,
            relief_e9: relief_e9.ok_or(RiskError::Overflow)?,
        })
    }

    /// What of it counts at both levels, base atoms, down.
    ///
    /// Errors: [`RiskError::Overflow`] for shares above 1.
    pub fn counted_atoms(self) -> Result<u64, RiskError> {
        self.without_atoms(self.beyond_e9())
    }

    /// What of it counts at each level, down.
    ///
    /// Errors: [`RiskError::Overflow`] for shares above 1.
    pub fn counted(self) -> Result<CountedAtoms, RiskError> {
        Ok(CountedAtoms {
            initial_atoms: self.counted_atoms()?,
            maintenance_atoms: self.without_atoms(self.uncounted_e9)?,
        })
    }

    /// What of it counts at the maintenance level alone, base atoms.
    ///
    /// Errors: [`RiskError::Overflow`] for shares above 1.
    pub fn relief_atoms(self) -> Result<u64, RiskError> {
        if self.relief_e9 == 0 {
            return Ok(0);
        }
        let counted = self.counted()?;
        Ok(counted
            .maintenance_atoms
            .saturating_sub(counted.initial_atoms))
    }

    /// The balance after a deposit. At both levels as much counts as there is room for, also of what did not before. What
    /// comes in within the room counts beside the relief; room beyond it is taken by the relief first.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn deposit(self, atoms: u64, room_atoms: u64) -> Result<Self, RiskError> {
        let amount = self.amount_atoms.checked_add(atoms);
        let amount = amount.ok_or(RiskError::Overflow)?;
        let before = self.counted()?;
        let counted = before.plus(CountedAtoms {
            initial_atoms: room_atoms,
            maintenance_atoms: atoms.min(room_atoms),
        });
        let counted = counted.at_most(amount);
        Self::new(
            amount,
            CountedAtoms {
                maintenance_atoms: counted.maintenance_atoms.max(counted.initial_atoms),
                ..counted
            },
        )
    }

    /// The balance with so many more atoms of relief, of what did not count.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn relieve(self, atoms: u64) -> Result<Self, RiskError> {
        let counted = self.counted()?.plus(CountedAtoms {
            initial_atoms: 0,
            maintenance_atoms: atoms,
        });
        Self::new(self.amount_atoms, counted.at_most(self.amount_atoms))
    }

    /// The balance after a withdrawal, which takes first what does not count, and then the relief.
    ///
    /// Errors: [`RiskError::Overflow`] for more than there is.
    pub fn withdraw(self, atoms: u64) -> Result<Self, RiskError> {
        let amount = self.amount_atoms.checked_sub(atoms);
        let amount = amount.ok_or(RiskError::Overflow)?;
        Self::new(amount, self.counted()?.at_most(amount))
    }

    /// The balance after a liquidation has sold some of it: the same shares of the rest count.
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
    /// `counted`, and at the same level. The cap is not asked, and no more counts than before.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn buy(self, atoms: u64, counted: CountedAtoms) -> Result<Self, RiskError> {
        let amount = self.amount_atoms.checked_add(atoms);
        let amount = amount.ok_or(RiskError::Overflow)?;
        let counted = self.counted()?.plus(counted);
        Self::new(amount, counted.at_most(amount))
    }

    /// The weight of the whole balance at the maintenance level, down to a multiple of 10^-9: what counts of it there at
    /// this weight.
    ///
    /// Errors: [`RiskError::Overflow`] for a share above 1.
    #[inline]
    pub fn weight_floor(self, collateral_weight: Fraction) -> Result<Fraction, RiskError> {
        weight_without(collateral_weight, self.uncounted_e9.into())
    }

    /// The same without the relief: as the initial level reads it.
    ///
    /// Errors: [`RiskError::Overflow`] for shares above 1.
    #[inline]
    pub fn weight_without_relief(self, collateral_weight: Fraction) -> Result<Fraction, RiskError> {
        weight_without(collateral_weight, self.beyond_e9())
    }

    /// Part that does not count at the initial level, × 10^9.
    #[inline]
    fn beyond_e9(self) -> u64 {
        u64::from(self.uncounted_e9).saturating_add(self.relief_e9.into()) // below 2^33
    }

    /// All but such a part of it, × 10^9, base atoms, down.
    fn without_atoms(self, part_e9: impl Into<u64>) -> Result<u64, RiskError> {
        let part_e9 = part_e9.into();
        if part_e9 == 0 {
            return Ok(self.amount_atoms);
        }
        let part = mul_div_ceil_u64(self.amount_atoms, part_e9, E9)?;
        self.amount_atoms
            .checked_sub(part)
            .ok_or(RiskError::Overflow)
    }
}

/// What an amount is beyond a part of it, as a share of the amount, × 10^9, up.
fn rest_e9(amount_atoms: u64, part_atoms: u64) -> Result<u32, RiskError> {
    let rest = amount_atoms.checked_sub(part_atoms);
    let rest = rest.ok_or(RiskError::Overflow)?;
    if rest == 0 {
        return Ok(0);
    }
    let share_e9 = div_ceil_u128(wide_mul(rest, E9), amount_atoms.into())?; // at most 10^9
    u32::try_from(share_e9).map_err(|_| RiskError::Overflow)
}

/// This weight of all but such a part, × 10^9, down.
#[inline]
fn weight_without(weight: Fraction, part_e9: u64) -> Result<Fraction, RiskError> {
    if part_e9 == 0 {
        return Ok(weight);
    }
    let counted_e9 = E9.checked_sub(part_e9);
    let counted_e9 = counted_e9.ok_or(RiskError::Overflow)?;
    let weight_e9 = mul_div_floor_u64(weight.to_e9_ceil(), counted_e9, E9)?;
    Fraction::from_e9_floor(weight_e9)
}

/// What becomes relief of a deposit into an account that lacks initial margin (whitepaper §6.4).
#[derive(Clone, Copy, Debug)]
pub struct MarginRelief {
    /// What the account lacks where its present relief counts in both: IM − equity_im.
    pub lacking: QuoteAtoms,
    /// Price of the collateral.
    pub price: AssetPrice,
    /// Its collateral weight in IM.
    pub collateral_weight: Fraction,
}

impl MarginRelief {
    /// Returns what becomes relief of `uncounted_atoms`, base atoms, down: what is worth, weighted, twice what the account
    /// lacks. Twice, because the collateral needs margin itself. No more, so that nobody keeps much by lacking a little.
    ///
    /// Errors: [`RiskError::Overflow`] beyond 64 bits.
    pub fn relief_floor(&self, uncounted_atoms: u64) -> Result<u64, RiskError> {
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
