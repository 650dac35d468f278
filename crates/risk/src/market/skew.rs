//! Price of moving the skew of a market, and the reward for moving it back (whitepaper §6.6).
//!
//! ```text
//! rate at a skew s = s/skew_scale                      a buyer pays it, a seller receives it; s is signed
//! buyer  pays  P·∫₀ˣ max(s + t, s₀) dt/skew_scale      s now, s₀ before this second
//! seller pays −P·∫₀ˣ min(s − t, s₀) dt/skew_scale
//! ```
//! With s = s₀ that is the change of the potential P·skew²/(2·skew_scale): the same along every path, so that
//! splitting gains nothing and there and back is nothing. What this second of the chain's clock has moved so far
//! is counted against the next trade: towards zero is paid by the smaller, away from it costs by the
//! larger of both skews. So nobody is paid within one slot for a skew that the same sender, or a liquidation in its transaction,
//! made.
use crate::RiskError;
use crate::number::arith::{div_ceil_u128, wide_mul};
use crate::number::atoms::{BaseAtoms, QuoteAtoms, WideBaseAtoms};

/// Net base size of all accounts in a market, base atoms; > 0 when longs are larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skew {
    /// Now.
    pub now_atoms: i128,
    /// Before the first trade of this second.
    pub resting_atoms: i128,
}

impl Skew {
    /// A skew that this second has not moved.
    pub const fn resting(atoms: i128) -> Self {
        Self {
            now_atoms: atoms,
            resting_atoms: atoms,
        }
    }

    /// The skew as the buyer sees it whose trade mirrors a seller's.
    pub(crate) const fn mirrored(self) -> Self {
        Self {
            now_atoms: self.now_atoms.saturating_neg(),
            resting_atoms: self.resting_atoms.saturating_neg(),
        }
    }

    /// Twice the mean skew that a trade of this signed size is priced at, base atoms: up for a buyer, down for a
    /// seller, saturating. Its fill moves by half of it over skew_scale.
    pub fn doubled_mean(self, size_atoms: i64) -> i128 {
        let size = size_atoms.unsigned_abs();
        if size_atoms >= 0 {
            self.doubled_mean_of_buyer(size)
        } else {
            self.mirrored().doubled_mean_of_buyer(size).saturating_neg()
        }
    }

    /// Whether a trade of this signed size would pay for the skew that it leaves.
    pub fn charges(self, size_atoms: i64) -> bool {
        let doubled = self.doubled_mean(size_atoms);
        if size_atoms >= 0 {
            doubled > 0
        } else {
            doubled < 0
        }
    }

    /// `2·s + x`, and where this second has lowered the skew `2·s₀ + ⌈e²/x⌉` with e = (s + x − s₀)⁺: up to s₀ the
    /// rate stays at s₀. Never falls with x.
    pub(crate) fn doubled_mean_of_buyer(self, x: u64) -> i128 {
        let doubled = |atoms: i128| atoms.saturating_mul(2);
        let lowered = self.resting_atoms.saturating_sub(self.now_atoms);
        if lowered <= 0 {
            return doubled(self.now_atoms).saturating_add(i128::from(x));
        }
        let beyond = i128::from(x).saturating_sub(lowered).max(0); // at most x
        let beyond = u64::try_from(beyond).unwrap_or(x);
        // 0 for a trade of nothing. ⌈e²/x⌉ ≤ e
        let rest = div_ceil_u128(wide_mul(beyond, beyond), u128::from(x)).unwrap_or(0);
        let rest = i128::try_from(rest).unwrap_or(i128::MAX);
        doubled(self.resting_atoms).saturating_add(rest)
    }
}

/// P·skew²/(2·skew_scale) of a notional P·|skew|, up: the most that the accounts get beyond P when
/// they close the whole skew.
///
/// Errors: [`RiskError::Overflow`] when skew_scale = 0, or above 64 bits.
pub fn premium_ceil(
    net_notional: QuoteAtoms,
    skew: WideBaseAtoms,
    skew_scale: BaseAtoms,
) -> Result<QuoteAtoms, RiskError> {
    let skew = u64::try_from(skew.get().unsigned_abs()).map_err(|_| RiskError::Overflow)?;
    let doubled = u128::from(skew_scale.get()).saturating_mul(2);
    let premium = div_ceil_u128(wide_mul(net_notional.get(), skew), doubled)?;
    let premium = u64::try_from(premium).map_err(|_| RiskError::Overflow)?;
    Ok(QuoteAtoms::new(premium))
}

#[cfg(test)]
#[path = "skew_tests.rs"]
mod tests;
