//! Whose profit covers a deficit that insurance and pool could not pay (whitepaper §7.14).
//!
//! ```text
//! score = (PnL/|entry|) · (notional/equity) ≥ start · 2^(−t/half-life)        t since the deficit
//! size  = least whole lots with ⌊PnL · size/|q|⌋ ≥ deficit, at most |q|
//! ```
//! The most profitable and most leveraged first. The threshold is rounded up and the comparison exact,
//! so nobody below it is deleveraged.
use crate::RiskError;
use crate::number::arith::{
    Product, div_ceil_u128, div_floor_u64, join, mul_div_ceil_u64, mul_div_floor_u64,
    ratio_q64_floor, wide_mul,
};
use crate::number::atoms::{BaseAtoms, QuoteAtoms};
use crate::number::math::scale_exp2_neg_ceil;
use crate::number::quantity::E9;
use crate::params::PoolParams;

/// Binary digits of a threshold beside its 9 decimal ones: the largest start has 37 bits.
const SCORE_BITS: u32 = 24;

/// Inputs of a position's score, quote atoms. Rounded by the caller so that the score is not
/// too high: PnL and notional down, equity up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// PnL of the position at P, once its funding is settled into the balance.
    pub pnl_atoms: i64,
    /// Its entry notional, signed.
    pub entry_quote_atoms: i64,
    /// P·|q|.
    pub notional_atoms: u64,
    /// Equity of the account at P.
    pub equity_atoms: i128,
}

/// Score from which a position is deleveraged, units of 2^-24 · 10^-9, up; at least one unit.
///
/// 0 seconds give `start`. A half-life of 0, which no bound allows, never lowers it.
pub fn threshold_ceil(elapsed_secs: u64, params: &PoolParams) -> u64 {
    let start = u64::try_from(wide_mul(params.adl_start_score_e9, 1 << SCORE_BITS));
    let start = start.unwrap_or(u64::MAX);
    let half_life = u64::from(params.adl_half_life_secs);
    let Some(rest) = elapsed_secs.checked_rem(half_life) else {
        return start;
    };
    // Down, so that the power is up.
    let half_lives = div_floor_u64(elapsed_secs, half_life);
    let fraction = ratio_q64_floor(rest, half_life);
    scale_exp2_neg_ceil(start, join(half_lives, fraction))
}

/// The position may be closed now: it has a profit, and its score reaches the threshold, exactly
/// `PnL · notional · 10^9 · 2^24 ≥ threshold · |entry| · equity`.
///
/// A profit in an account without equity scores above everything.
/// Errors: [`RiskError::DeleverageScoreTooLow`].
pub fn check_score(
    candidate: &Candidate,
    elapsed_secs: u64,
    params: &PoolParams,
) -> Result<(), RiskError> {
    let pnl = match u64::try_from(candidate.pnl_atoms) {
        Ok(pnl) if pnl > 0 => pnl,
        _ => return Err(RiskError::DeleverageScoreTooLow),
    };
    let reaches = match u128::try_from(candidate.equity_atoms) {
        Ok(equity) if equity > 0 => {
            let entry = candidate.entry_quote_atoms.unsigned_abs();
            let threshold = wide_mul(threshold_ceil(elapsed_secs, params), entry);
            let profit = wide_mul(pnl, candidate.notional_atoms);
            Product(threshold, equity).at_most(Product(profit, wide_mul(E9, 1 << SCORE_BITS)))
        }
        _ => true,
    };
    if reaches {
        Ok(())
    } else {
        Err(RiskError::DeleverageScoreTooLow)
    }
}

/// A position with a profit that may have to pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Winner {
    /// Its profit when it is closed, down.
    pub pnl: QuoteAtoms,
    /// |q|.
    pub size: BaseAtoms,
    /// The lot of its market; 0 counts as 1.
    pub lot: BaseAtoms,
}

impl Winner {
    /// What to close so that the gain covers the deficit: the least whole lots with
    /// `⌊PnL · size/|q|⌋ ≥ deficit`, at most the position; 0 without profit, size or deficit.
    pub fn size_to_cover(&self, deficit: QuoteAtoms) -> BaseAtoms {
        if self.pnl.is_zero() || deficit.is_zero() {
            return BaseAtoms::ZERO;
        }
        // ⌊x⌋ ≥ d exactly when x ≥ d for a whole d. All of it when the profit does not suffice.
        let least = mul_div_ceil_u64(deficit.get(), self.size.get(), self.pnl.get());
        let lot = u128::from(self.lot.get().max(1));
        let lots = div_ceil_u128(u128::from(least.unwrap_or(u64::MAX)), lot).unwrap_or(u128::MAX);
        let whole = u64::try_from(lots.saturating_mul(lot)).unwrap_or(u64::MAX);
        BaseAtoms::new(whole).min(self.size)
    }

    /// Share of the profit in a part of the position, down: `PnL · part/|q|`.
    ///
    /// Errors: [`RiskError::Overflow`] without a size.
    pub fn gain_floor(&self, part: BaseAtoms) -> Result<QuoteAtoms, RiskError> {
        mul_div_floor_u64(self.pnl.get(), part.get(), self.size.get()).map(QuoteAtoms::new)
    }
}

/// A realised profit, quote atoms: `deficit + winner = gain`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GainSplit {
    /// The deficit's part.
    pub to_deficit_atoms: u64,
    /// The rest, of the account that was closed.
    pub to_winner_atoms: u64,
}

impl GainSplit {
    /// The gain pays the deficit first, the winner gets the rest.
    pub fn new(gain: QuoteAtoms, deficit: QuoteAtoms) -> Self {
        let to_deficit = gain.min(deficit);
        Self {
            to_deficit_atoms: to_deficit.get(),
            to_winner_atoms: gain.saturating_sub(to_deficit).get(), // never below 0
        }
    }
}

#[cfg(test)]
#[path = "deleverage_tests.rs"]
mod tests;
