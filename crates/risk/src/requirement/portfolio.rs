//! Requirement of a whole account at one level (whitepaper §5.1).
//!
//! ```text
//! S = ΣX, Q = ΣX², G = Σ|X|
//! V      = √max(Q + ρ·(S² − Q)) over ρ ∈ {ρ_lo, ρ_hi}
//! M_var  = max(G − θ·(G − V), φ·G)
//! M      = max(M_var + ΣK, M_str) + ΣB + ΣF
//! ```
//! Amounts carry 32 binary digits. For the squares all X are cut to 58 bits by one common shift, so
//! that sums of 24 squares fit 128 bits. Each amount is computed down and the bound of the whole error
//! is added once: in a hedged book a larger X of the hedging leg would *lower* M_var.
use crate::RiskError;
use crate::governance::TargetTerms;
use crate::number::arith::{
    add_i128, add_u128, exceeds_by_share, excess_bits, isqrt_ceil, mul_u128_u64_shr_floor,
    sub_i128, wide_mul,
};
use crate::number::quantity::{FRACTION_BITS, Fraction};
use crate::params::{PortfolioCoefficients, ScenarioCoefficients};
use crate::requirement::holding::{Holding, MAX_HOLDINGS, NetSide, ValuedHolding};
use crate::requirement::scenario::{Buckets, TIE_BITS, Worst};

/// Bits of a scaled X: 24 squares of them stay below 2^121, the square of their sum below 2^126.
const SCALED_BITS: u32 = 58;
/// Relative bound of the error of a requirement, of G + M. Shocks are at most 0.85·2^-40 above exact
/// (a speed limit that has been binding for half a year: 0.72·2^-40; 2^-47 without), and V moves M by
/// less. Proved: docs/proofs/requirement.gappa.
const RELATIVE_ERROR_BITS: u32 = 41;

/// S² and Q closer than this share of Q count as equal; V is then off by 2^-45 at most.
const RHO_TIE_BITS: u32 = 44;

/// An account as the margin sees it.
#[derive(Clone, Copy, Debug)]
pub struct Portfolio<'a> {
    /// Portfolio parameters in binary, as in force for MM.
    pub coefficients: &'a PortfolioCoefficients,
    /// Joint scenarios, at most 16, as in force for MM.
    pub scenarios: &'a [ScenarioCoefficients],
    /// Terms that IM and its equity read in place of both: the target ones while a ramp runs. `None` where
    /// both levels read the same.
    pub initial: Option<TargetTerms<'a>>,
    /// Signed quote balance; negative is a loan. Quote atoms.
    pub quote_atoms: i64,
    /// One per asset, at most 24.
    pub holdings: &'a [Holding],
}

impl<'a> Portfolio<'a> {
    /// Parameters and scenarios that a level reads.
    #[inline]
    pub(crate) const fn read_at(&self, level: Level) -> TargetTerms<'a> {
        match (level, self.initial) {
            (Level::Initial, Some(target)) => target,
            _ => TargetTerms {
                coefficients: self.coefficients,
                scenarios: self.scenarios,
            },
        }
    }

    /// Whether part of some collateral is relief: then the initial level reads less of it than MM.
    #[inline]
    pub(crate) fn has_relief(&self) -> bool {
        self.holdings.iter().any(|held| held.unrelieved.is_some())
    }
}

/// Level at which an account is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Whether the account may be liquidated.
    Maintenance,
    /// Whether it may open, increase or withdraw.
    Initial,
}

/// The term that sets a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Correlated shocks.
    Var,
    /// The floor φ·G.
    Floor,
    /// The joint scenario of this index.
    Scenario(u8),
    /// IM only: 1.25 times the maintenance margin in force.
    Maintenance,
}

/// X of each holding at one level, and the sums that need no squares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exposures {
    x_q32: [i128; MAX_HOLDINGS],
    count: usize,
    /// G.
    pub gross_q32: u128,
    /// ΣK.
    pub addon_q32: u128,
}

impl Exposures {
    pub const EMPTY: Self = Self {
        x_q32: [0; MAX_HOLDINGS],
        count: 0,
        gross_q32: 0,
        addon_q32: 0,
    };

    /// Adds a holding's X (|X| < 2^102) and K.
    ///
    /// Errors: [`RiskError::TooManyHoldings`], [`RiskError::Overflow`].
    #[inline]
    pub fn push(&mut self, x_q32: i128, addon_q32: u128) -> Result<(), RiskError> {
        let slot = self
            .x_q32
            .get_mut(self.count)
            .ok_or(RiskError::TooManyHoldings)?;
        *slot = x_q32;
        self.count = self.count.saturating_add(1); // at most 24: there was a slot
        self.gross_q32 = add_u128(self.gross_q32, x_q32.unsigned_abs())?; // 24 · 2^102
        self.addon_q32 = add_u128(self.addon_q32, addon_q32)?;
        Ok(())
    }

    #[inline]
    pub fn values(&self) -> &[i128] {
        self.x_q32.get(..self.count).unwrap_or(&[])
    }

    /// Largest |X|, rounded up to a number of ones: enough to choose a shift.
    #[inline]
    pub fn magnitude(&self) -> u128 {
        self.values()
            .iter()
            .fold(0, |bits, x| bits | x.unsigned_abs())
    }
}

/// Sums that both levels share.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shared {
    pub buckets: Buckets,
    /// ΣB + ΣF.
    pub charges_q32: u128,
    /// Absolute part of the error bound of a requirement.
    pub error_q32: u128,
}

impl Shared {
    /// Adds a holding.
    #[inline]
    pub fn add(
        &mut self,
        bucket: u8,
        valued: &ValuedHolding,
        charges_q32: u128,
    ) -> Result<(), RiskError> {
        self.charges_q32 = add_u128(self.charges_q32, charges_q32)?; // each below 2^101
        self.error_q32 = add_u128(self.error_q32, requirement_error_q32(valued, charges_q32))?;
        self.buckets.add(bucket, valued.signed_net_q32())
    }
}

/// Excess of IM over MM in the shared sums, where IM reads other terms; negative where less. Exact:
/// added to the sums of MM it gives those of an account that has these terms at both levels.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Difference {
    buckets: Buckets,
    charges_q32: i128,
    error_q32: i128,
}

impl Difference {
    /// Adds a holding: its leg and charges in force, and those of IM. Charges are below 2^102, errors
    /// below 2^64.
    pub fn add(
        &mut self,
        bucket: u8,
        effective: (&ValuedHolding, u128),
        initial: (&ValuedHolding, u128),
    ) -> Result<(), RiskError> {
        let added = |of: fn((&ValuedHolding, u128)) -> i128| sub_i128(of(initial), of(effective));
        let net = added(|(valued, _)| valued.signed_net_q32())?;
        let charges = added(|(_, charges)| charges.cast_signed())?;
        let error =
            added(|(valued, charges)| requirement_error_q32(valued, charges).cast_signed())?;
        self.charges_q32 = add_i128(self.charges_q32, charges)?;
        self.error_q32 = add_i128(self.error_q32, error)?;
        self.buckets.add(bucket, net)
    }
}

impl Shared {
    /// The sums of IM from those of MM.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn apply(&mut self, difference: &Difference) -> Result<(), RiskError> {
        let sum = |q32: u128, added| {
            let sum = add_i128(q32.cast_signed(), added)?;
            u128::try_from(sum).map_err(|_| RiskError::Overflow) // a sum of amounts
        };
        self.charges_q32 = sum(self.charges_q32, difference.charges_q32)?;
        self.error_q32 = sum(self.error_q32, difference.error_q32)?;
        let buckets = self.buckets.0.iter_mut();
        for (bucket, added) in buckets.zip(difference.buckets.0) {
            *bucket = add_i128(*bucket, added)?;
        }
        Ok(())
    }
}

/// Returns a holding's part of the absolute error of M, up; 0 when it adds nothing to M.
#[inline]
pub(crate) fn requirement_error_q32(valued: &ValuedHolding, charges_q32: u128) -> u128 {
    // No shock exceeds 8 at any bound, and half of a net amount's error bound covers it: docs/proofs/amounts.gappa. 16 covers
    // the last digits of the products.
    let net = if valued.side == NetSide::Flat {
        0
    } else {
        (valued.net_error_q32() << 2).saturating_add(16)
    };
    let charges = if charges_q32 == 0 {
        0
    } else {
        valued.error_q32().saturating_add(16)
    };
    net.saturating_add(charges)
}

/// Sums of scaled X.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread {
    shift: u32,
    sum: i64,
    squares: u128,
}

/// V of a spread with the ρ that gave it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deviation {
    /// V in scaled units.
    pub scaled: u64,
    /// The binding ρ.
    pub rho: Fraction,
}

/// `M_var`, units of 2^-32 quote atoms.
struct VarMargin {
    margin_q32: u128,
    /// The floor φ·G sets it.
    floor_binds: bool,
}

/// The correlated part of a requirement: what its shares are computed from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Joint {
    pub spread: Spread,
    pub deviation: Deviation,
}

impl Spread {
    /// Sums of `values`, leaving room for one more X of up to `magnitude`.
    #[inline]
    pub fn new(values: &[i128], magnitude: u128) -> Result<Self, RiskError> {
        let empty = Self {
            shift: excess_bits(magnitude, SCALED_BITS),
            sum: 0,
            squares: 0,
        };
        values.iter().try_fold(empty, |spread, x| spread.with(*x))
    }

    /// With one X more, at most 24 in all.
    #[inline]
    pub fn with(self, x_q32: i128) -> Result<Self, RiskError> {
        let x = self.scale(x_q32);
        let square = wide_mul(x.unsigned_abs(), x.unsigned_abs());
        Ok(Self {
            shift: self.shift,
            sum: self.sum.checked_add(x).ok_or(RiskError::Overflow)?, // 24 · 2^58 < 2^63
            squares: add_u128(self.squares, square)?,
        })
    }

    /// X in scaled units, towards −∞.
    #[inline]
    pub fn scale(&self, x_q32: i128) -> i64 {
        // |x| < 2^(58 + shift) by the choice of the shift; the fallback is never taken.
        i64::try_from(x_q32 >> self.shift).unwrap_or(1 << SCALED_BITS)
    }

    /// V, within two scaled units.
    #[inline]
    pub fn deviation(&self, c: &PortfolioCoefficients) -> Result<Deviation, RiskError> {
        let sum = self.sum.unsigned_abs();
        let squared_sum = wide_mul(sum, sum);
        // Exactly equal books (every ρ gives the same V) name ρ_lo, whatever the last digits say.
        let (rho, square) = if exceeds_by_share(squared_sum, self.squares, RHO_TIE_BITS) {
            let cross = squared_sum.saturating_sub(self.squares);
            let share = mul_u128_u64_shr_floor(cross, c.rho_hi.to_bits(), FRACTION_BITS)?;
            (c.rho_hi, add_u128(self.squares, share)?)
        } else {
            let cross = self.squares.saturating_sub(squared_sum);
            let share = mul_u128_u64_shr_floor(cross, c.rho_lo.to_bits(), FRACTION_BITS)?;
            (c.rho_lo, self.squares.saturating_sub(share))
        };
        Ok(Deviation {
            scaled: isqrt_ceil(square),
            rho,
        })
    }

    /// `M_var` of a book with gross `G` and this deviation.
    #[inline]
    fn var_margin(
        &self,
        deviation: Deviation,
        gross_q32: u128,
        c: &PortfolioCoefficients,
    ) -> Result<VarMargin, RiskError> {
        let own = mul_u128_u64_shr_floor(gross_q32, c.one_minus_theta.to_bits(), FRACTION_BITS)?;
        // Below 2^128 / 2^60 · 2^shift with a shift of at most 44.
        let joint = (wide_mul(deviation.scaled, c.theta.to_bits()) >> FRACTION_BITS) << self.shift;
        let floor = mul_u128_u64_shr_floor(gross_q32, c.phi.to_bits(), FRACTION_BITS)?;
        let var = add_u128(own, joint)?;
        Ok(VarMargin {
            margin_q32: var.max(floor),
            floor_binds: exceeds_by_share(floor, var, TIE_BITS),
        })
    }

    /// S in scaled units.
    pub fn sum(&self) -> i64 {
        self.sum
    }

    /// Scaled units to units of 2^-32 quote atoms.
    pub fn unscale(&self, scaled: i128) -> i128 {
        scaled << self.shift
    }
}

/// A requirement before its last rounding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Total {
    /// M with its error bound, units of 2^-32 quote atoms.
    pub margin_q32: u128,
    pub binding: Binding,
    /// Of the level's own M, also where another term binds.
    pub joint: Joint,
}

/// M of a collected account.
#[inline(never)]
pub(crate) fn total(
    c: &PortfolioCoefficients,
    exposures: &Exposures,
    shared: &Shared,
    worst: Worst,
) -> Result<Total, RiskError> {
    let spread = Spread::new(exposures.values(), exposures.magnitude())?;
    let sums = Sums {
        gross_q32: exposures.gross_q32,
        addon_q32: exposures.addon_q32,
        charges_q32: shared.charges_q32,
        error_q32: shared.error_q32,
    };
    sums.total(c, &spread, worst)
}

/// Sums over an account that enter M linearly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums {
    pub gross_q32: u128,
    pub addon_q32: u128,
    pub charges_q32: u128,
    pub error_q32: u128,
}

impl Sums {
    /// `M = max(M_var + ΣK, M_str) + ΣB + ΣF` and its error bound.
    #[inline]
    pub fn total(
        &self,
        c: &PortfolioCoefficients,
        spread: &Spread,
        worst: Worst,
    ) -> Result<Total, RiskError> {
        let deviation = spread.deviation(c)?;
        let var = spread.var_margin(deviation, self.gross_q32, c)?;
        let base_q32 = add_u128(var.margin_q32, self.addon_q32)?;
        let binding = if exceeds_by_share(worst.loss_q32, base_q32, TIE_BITS) {
            Binding::Scenario(worst.index)
        } else if var.floor_binds {
            Binding::Floor
        } else {
            Binding::Var
        };
        let margin_q32 = add_u128(base_q32.max(worst.loss_q32), self.charges_q32)?;
        let relative = (self.gross_q32 >> RELATIVE_ERROR_BITS)
            .saturating_add(margin_q32 >> RELATIVE_ERROR_BITS); // below 2^88
        let margin_q32 = add_u128(margin_q32, add_u128(relative, self.error_q32)?)?;
        Ok(Total {
            margin_q32,
            binding,
            joint: Joint {
                spread: *spread,
                deviation,
            },
        })
    }
}

#[cfg(test)]
#[path = "portfolio_tests.rs"]
mod tests;
