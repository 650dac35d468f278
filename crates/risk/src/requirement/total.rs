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
use crate::number::arith::amount::{part_floor, scaled_floor};
use crate::number::arith::{add_u128, exceeds_by_share, excess_bits, isqrt_ceil, wide_mul};
use crate::number::quantity::{FRACTION_BITS, Fraction};
use crate::params::PortfolioCoefficients;
use crate::requirement::holding::MAX_HOLDINGS;
use crate::requirement::portfolio::Binding;
use crate::requirement::scenario::{Buckets, TIE_BITS, Worst};
use crate::requirement::terms::HoldingTerms;

/// Bits of a scaled X: 24 squares of them stay below 2^121, the square of their sum below 2^126.
const SCALED_BITS: u32 = 58;
/// Relative bound of the error of a requirement, of G + M. Shocks are at most 0.85·2^-40 above exact
/// (a speed limit that has been binding for half a year: 0.72·2^-40; 2^-46 without), and V moves M by
/// less. Proved: docs/proofs/requirement.gappa.
const RELATIVE_ERROR_BITS: u32 = 41;

/// S² and Q closer than this share of Q count as equal; V is then off by 2^-45 at most.
const RHO_TIE_BITS: u32 = 44;

/// X of each holding at one level, and the sums that need no squares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exposures {
    x_q32: [i128; MAX_HOLDINGS],
    count: usize,
    /// Largest |X|, rounded up to a number of ones: enough to choose a shift.
    pub magnitude_q32: u128,
    /// G.
    pub gross_q32: u128,
    /// ΣK.
    pub addon_q32: u128,
}

impl Exposures {
    pub const EMPTY: Self = Self {
        x_q32: [0; MAX_HOLDINGS],
        count: 0,
        magnitude_q32: 0,
        gross_q32: 0,
        addon_q32: 0,
    };

    /// Adds a holding's X (|X| < 2^106) and K.
    ///
    /// Errors: [`RiskError::TooManyHoldings`].
    #[inline]
    pub fn push(&mut self, x_q32: i128, addon_q32: u128) -> Result<(), RiskError> {
        let slot = self
            .x_q32
            .get_mut(self.count)
            .ok_or(RiskError::TooManyHoldings)?;
        *slot = x_q32;
        self.count = self.count.saturating_add(1); // at most 24: there was a slot
        let size_q32 = x_q32.unsigned_abs();
        self.magnitude_q32 |= size_q32;
        self.gross_q32 = self.gross_q32.wrapping_add(size_q32); // 24 · 2^106
        if addon_q32 != 0 {
            self.addon_q32 = self.addon_q32.wrapping_add(addon_q32);
        }
        Ok(())
    }

    #[inline]
    pub fn values(&self) -> &[i128] {
        self.x_q32.get(..self.count).unwrap_or(&[])
    }
}

/// Sums that both levels share.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shared {
    pub buckets: Buckets,
    /// ΣB + ΣF.
    pub charges_q32: u128,
    /// Absolute part of the error bound of a requirement.
    pub error_q32: u64,
}

impl Shared {
    /// Adds a holding.
    ///
    /// Errors: [`RiskError::BucketOutOfBounds`].
    #[inline]
    pub fn add(&mut self, bucket: u8, terms: &HoldingTerms) -> Result<(), RiskError> {
        self.charges_q32 = self.charges_q32.wrapping_add(terms.charges_q32); // each below 2^107
        self.error_q32 = self.error_q32.wrapping_add(terms.error_q32); // each below 2^47
        self.buckets.add(bucket, terms.net_q32)
    }

    /// Adds the difference between what IM reads of a holding and what MM does. Exact: modulo 2^128, so whatever the order.
    ///
    /// Errors: [`RiskError::BucketOutOfBounds`].
    pub fn add_difference(
        &mut self,
        bucket: u8,
        effective: &HoldingTerms,
        initial: &HoldingTerms,
    ) -> Result<(), RiskError> {
        let charges = initial.charges_q32.wrapping_sub(effective.charges_q32);
        self.charges_q32 = self.charges_q32.wrapping_add(charges);
        let error = initial.error_q32.wrapping_sub(effective.error_q32);
        self.error_q32 = self.error_q32.wrapping_add(error);
        let net = initial.net_q32.wrapping_sub(effective.net_q32);
        self.buckets.add(bucket, net)
    }

    /// The sums of IM, from those of MM and the differences to them.
    pub fn with_differences(&self, differences: &Self) -> Self {
        let buckets = self.buckets.0.iter().zip(&differences.buckets.0);
        let mut sums = Self {
            buckets: Buckets::default(),
            charges_q32: self.charges_q32.wrapping_add(differences.charges_q32),
            error_q32: self.error_q32.wrapping_add(differences.error_q32),
        };
        for (sum, (own, difference)) in sums.buckets.0.iter_mut().zip(buckets) {
            *sum = own.wrapping_add(*difference);
        }
        sums
    }
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
    pub fn new(values: &[i128], magnitude: u128) -> Self {
        let empty = Self {
            shift: excess_bits(magnitude, SCALED_BITS),
            sum: 0,
            squares: 0,
        };
        values.iter().fold(empty, |spread, x| spread.with(*x))
    }

    /// With one X more, at most 24 in all.
    #[inline]
    pub fn with(self, x_q32: i128) -> Self {
        let x = self.scale(x_q32);
        let square = wide_mul(x.unsigned_abs(), x.unsigned_abs());
        Self {
            shift: self.shift,
            sum: self.sum.wrapping_add(x), // 24 · 2^58 < 2^63
            squares: self.squares.wrapping_add(square),
        }
    }

    /// X in scaled units, towards −∞.
    #[inline]
    pub fn scale(&self, x_q32: i128) -> i64 {
        scaled_floor(x_q32, self.shift) // |x| < 2^(58 + shift) by the choice of the shift
    }

    /// V, within two scaled units.
    #[inline]
    pub fn deviation(&self, c: &PortfolioCoefficients) -> Result<Deviation, RiskError> {
        let sum = self.sum.unsigned_abs();
        let squared_sum = wide_mul(sum, sum);
        // Exactly equal books (every ρ gives the same V) name ρ_lo, whatever the last digits say.
        let (rho, square) = if exceeds_by_share(squared_sum, self.squares, RHO_TIE_BITS) {
            let cross = squared_sum.saturating_sub(self.squares);
            let share = part_floor(cross, c.rho_hi.to_bits());
            (c.rho_hi, add_u128(self.squares, share)?)
        } else {
            let cross = self.squares.saturating_sub(squared_sum);
            let share = part_floor(cross, c.rho_lo.to_bits());
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
        let own = part_floor(gross_q32, c.one_minus_theta.to_bits());
        // Below 2^128 / 2^60 · 2^shift with a shift of at most 44.
        let joint = (wide_mul(deviation.scaled, c.theta.to_bits()) >> FRACTION_BITS) << self.shift;
        let floor = part_floor(gross_q32, c.phi.to_bits());
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
    let spread = Spread::new(exposures.values(), exposures.magnitude_q32);
    let sums = Sums {
        gross_q32: exposures.gross_q32,
        addon_q32: exposures.addon_q32,
        charges_q32: shared.charges_q32,
        error_q32: shared.error_q32.into(),
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
#[path = "total_tests.rs"]
mod tests;
