//! Loans of the pool (whitepaper §6.10): an index that grows with the share of the pool that is lent.
//!
//! ```text
//! utilisation = min(1, loans/cash)             rate     = base + slope·utilisation          per hour
//! index      += index · rate · Δh              interest = loan · (index − index_last)/index_last
//! ```
//! Everything up: interest is a debt. Simple between two updates and compound over them, so touching a
//! loan often never lowers what it owes.
use crate::RiskError;
use crate::number::arith::{
    div_ceil_u128, div_floor_u128, excess_bits, low, mul_div_ceil_u64, mul_u128_u64_shr_ceil,
    shr_ceil, shr_floor, wide_mul,
};
use crate::number::atoms::QuoteAtoms;
use crate::number::quantity::{FRACTION_BITS, Fraction, HOUR_SECS};
use crate::params::PoolParams;

/// The index of a new pool: 1 in units of 2^-64.
pub const INDEX_ONE_Q64: u128 = 1 << 64;

/// The growth of one atom lent at the start, and its speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BorrowState {
    /// The index when it was last accrued, units of 2^-64; at least [`INDEX_ONE_Q64`].
    pub index_q64: u128,
    /// Rate per hour since then.
    pub rate_per_h: Fraction,
    /// Clock time of that moment.
    pub updated_ts: i64,
}

impl BorrowState {
    /// Index 1 at `now`, growing at a rate.
    pub const fn new(now: i64, rate_per_h: Fraction) -> Self {
        Self {
            index_q64: INDEX_ONE_Q64,
            rate_per_h,
            updated_ts: now,
        }
    }

    /// The index at `now`, units of 2^-64, up: `index + index · rate · Δh`.
    ///
    /// A clock that runs back counts as no time. Growth saturates at 16 times since the last update,
    /// which the hard bound of the rate reaches after 18 years, and the index at 2^128 − 1.
    pub fn index_at(&self, now: i64) -> u128 {
        let elapsed = u64::try_from(now.saturating_sub(self.updated_ts)).unwrap_or(0);
        let growth = mul_div_ceil_u64(self.rate_per_h.to_bits(), elapsed, HOUR_SECS);
        let growth = growth.unwrap_or(u64::MAX);
        let added = mul_u128_u64_shr_ceil(self.index_q64, growth, FRACTION_BITS);
        self.index_q64.saturating_add(added.unwrap_or(u128::MAX))
    }

    /// Moves the index to `now`; before anything that changes loans, cash or the rate.
    pub fn accrue(&mut self, now: i64) {
        self.index_q64 = self.index_at(now);
        self.updated_ts = self.updated_ts.max(now);
    }

    /// Moves the index to `now` under the old rate, then takes the new one.
    pub fn set_rate(&mut self, now: i64, rate_per_h: Fraction) {
        self.accrue(now);
        self.rate_per_h = rate_per_h;
    }
}

/// Borrow rate per hour, up: `base + slope · min(1, loans/cash)`.
///
/// `cash_atoms` is the pool, loans included (free = cash − loans). Without loans the base; with loans
/// and no cash the whole slope. Parameters out of bounds saturate at [`Fraction::MAX`].
pub fn rate(params: &PoolParams, loans_atoms: u64, cash_atoms: i128) -> Fraction {
    let of = |e9| Fraction::from_e9_ceil(e9).unwrap_or(Fraction::MAX);
    let slope = of(params.borrow_slope_per_h_e9);
    of(params.borrow_base_per_h_e9)
        .saturating_add(slope.mul_ceil(utilization_ceil(loans_atoms, cash_atoms)))
}

/// `min(1, loans/cash)`, up.
fn utilization_ceil(loans_atoms: u64, cash_atoms: i128) -> Fraction {
    let loans = u128::from(loans_atoms);
    match u128::try_from(cash_atoms) {
        _ if loans == 0 => Fraction::ZERO,
        Ok(cash) if loans < cash => {
            let share = div_ceil_u128(loans << FRACTION_BITS, cash); // below 2^124
            share.map_or(Fraction::ONE, |bits| Fraction::from_bits(low(bits))) // ≤ 2^60
        }
        _ => Fraction::ONE,
    }
}

/// The index of a loan's last settlement and the one that it is settled at, units of 2^-64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexSpan {
    /// At the last settlement; 0 for a loan that was never accrued.
    pub last_q64: u128,
    /// Now.
    pub now_q64: u128,
}

/// Interest of a loan over a span of the index, up: `loan · (now − last)/last`.
///
/// Nothing for a loan that was never accrued and for an index that did not grow.
/// Saturates at 2^64 − 1. Exact until an index has grown by 2^64 units (doubled from 1), afterwards at
/// most 2^-60 relative above the exact value.
pub fn interest_ceil(loan: QuoteAtoms, index: IndexSpan) -> QuoteAtoms {
    let growth = index.now_q64.saturating_sub(index.last_q64);
    if index.last_q64 == 0 || growth == 0 || loan.is_zero() {
        return QuoteAtoms::ZERO;
    }
    let shift = excess_bits(growth, 64);
    // Cut so that the product fits; the growth up, the divisor down. Up may give 2^64 again.
    let growth = u64::try_from(shr_ceil(growth, shift));
    let (growth, last) = match growth {
        Ok(growth) => (growth, shr_floor(index.last_q64, shift)),
        Err(_) => (1 << 63, shr_floor(index.last_q64, shift.saturating_add(1))),
    };
    let interest = div_ceil_u128(wide_mul(loan.get(), growth), last).unwrap_or(u128::MAX);
    QuoteAtoms::new(u64::try_from(interest).unwrap_or(u64::MAX))
}

/// Returns the loan at an index of 1, quote atoms, down: `loan / index`. Sums of it over many
/// loans tell, at any later index, the interest of all of them ([`super::Loans::unsettled_interest`]).
///
/// The loan itself for an index of 0 (one that was never accrued).
pub fn start_floor(loan: QuoteAtoms, index_q64: u128) -> QuoteAtoms {
    let shifted = u128::from(loan.get()) << 64;
    let start = div_floor_u128(shifted, index_q64.max(INDEX_ONE_Q64)).unwrap_or(u128::MAX);
    u64::try_from(start).map_or(loan, QuoteAtoms::new)
}

/// Withdrawals may bring the sum of loans to this: `loans ≤ borrow_cap` and free = `cash − loans ≥ 0`,
/// both after it. One that enlarges no loan need not ask.
///
/// Errors: [`RiskError::BorrowCapExceeded`]; [`RiskError::PoolUtilizationExceeded`] for free < 0.
pub fn check_loans(
    params: &PoolParams,
    loans_after_atoms: u64,
    cash_atoms: i128,
) -> Result<(), RiskError> {
    if loans_after_atoms > params.borrow_cap_quote_atoms {
        return Err(RiskError::BorrowCapExceeded);
    }
    if i128::from(loans_after_atoms) > cash_atoms {
        return Err(RiskError::PoolUtilizationExceeded);
    }
    Ok(())
}

#[cfg(test)]
#[path = "borrow_tests.rs"]
mod tests;
