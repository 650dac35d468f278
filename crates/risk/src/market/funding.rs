//! Funding of one market: what the larger side pays, by an index per base atom (whitepaper §6.9).
//!
//! ```text
//! rate  = max_rate · clamp((long OI − short OI)/funding_scale, −1, 1)       per hour; longs pay if positive
//! index += P · rate · min(Δ, 1 h)                                        before any change of OI
//! owed  = size · (index − index at the last settlement)                  longs by one index, shorts by another
//! ```
//! Both sides settle with the pool. Longs and shorts have an index each, because what is charged is
//! rounded up and what is credited is rounded down. The rate is computed when open interest changes,
//! so that a reader has no division to do. The scale is not that of the price: max_rate is meant to be reached
//! at the cap of open interest, where the skew moves the price by half of a margin at most.
use crate::RiskError;
use crate::number::arith::{div_ceil_u128, join, mul_u128_u64_shr_ceil, mul_u128_u64_shr_floor};
use crate::number::atoms::{BaseAtoms, SignedBaseAtoms};
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, HOUR_SECS, Price, UnitPrice};

/// A longer gap accrues only this much, seconds: nobody pays for hours in which nobody cranked.
pub const MAX_GAP_SECS: i64 = 3_600;
/// Binary digits after the point of an index, in quote atoms per base atom.
const INDEX_BITS: u32 = 64;
/// One in units of 2^-64.
const ONE_Q64: u128 = 1 << INDEX_BITS;

/// Funding of a market. Indices have 64 binary digits: at 1,000 quote atoms per base atom ($100,000
/// and eight decimals) and 3 % an hour they last 10^17 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FundingState {
    /// Payment of one base atom of a long since the beginning, up, units of 2^-64 quote atoms.
    pub long_index_q64: i128,
    /// Receipt of one base atom of a short since the beginning, down, same unit.
    pub short_index_q64: i128,
    /// Exactly what all open positions owe the pool and have not settled, units of 2^-64 quote atoms.
    pub receivable_q64: i128,
    /// Share of the price that the larger side pays per second since `updated_ts`, magnitude up,
    /// units of 2^-64; positive when longs pay.
    pub rate_q64: i64,
    /// Until when the indices count, unix seconds.
    pub updated_ts: i64,
}

/// Σ sizes of a market's positions, base atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenInterest {
    /// Of the longs.
    pub long_atoms: u64,
    /// Of the shorts.
    pub short_atoms: u64,
}

impl FundingState {
    /// A market that starts at `now`.
    pub const fn new(now: i64) -> Self {
        Self {
            long_index_q64: 0,
            short_index_q64: 0,
            receivable_q64: 0,
            rate_q64: 0,
            updated_ts: now,
        }
    }

    /// The state with everything accrued up to `now` at this price; a clock that runs back accrues
    /// nothing. To be stored before open interest or rate change.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn accrued_at(
        &self,
        price: Price,
        base_decimals: u8,
        open_interest: OpenInterest,
        now: i64,
    ) -> Result<Self, RiskError> {
        let (long, short) = (SignedBaseAtoms::new(1), SignedBaseAtoms::new(-1));
        let long_index_q64 = self.index_at(long, price, base_decimals, now)?;
        let short_index_q64 = self.index_at(short, price, base_decimals, now)?;
        let owed_by_longs = times(
            open_interest.long_atoms,
            minus(long_index_q64, self.long_index_q64)?,
        )?;
        let owed_to_shorts = times(
            open_interest.short_atoms,
            minus(short_index_q64, self.short_index_q64)?,
        )?;
        let owed = minus(owed_by_longs, owed_to_shorts)?;
        let receivable = self.receivable_q64.checked_add(owed);
        Ok(Self {
            long_index_q64,
            short_index_q64,
            receivable_q64: receivable.ok_or(RiskError::Overflow)?,
            rate_q64: self.rate_q64,
            updated_ts: self.updated_ts.max(now),
        })
    }

    /// The index that a position of this signed size settles by, accrued up to `now`: a long's up, a
    /// short's down.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn index_at(
        &self,
        size: SignedBaseAtoms,
        price: Price,
        base_decimals: u8,
        now: i64,
    ) -> Result<i128, RiskError> {
        let (is_long, index) = (!size.is_negative(), self.index_q64(size.get()));
        let elapsed = now.saturating_sub(self.updated_ts);
        let secs = elapsed.clamp(0, MAX_GAP_SECS).unsigned_abs();
        let rate = self.rate_q64.unsigned_abs();
        if rate == 0 || secs == 0 {
            return Ok(index);
        }
        let longs_pay = self.rate_q64 > 0;
        // The payer pays up, the receiver gets down: the rate is at most one unit too large.
        let step = if is_long == longs_pay {
            let part = rate.checked_mul(secs).ok_or(RiskError::Overflow)?;
            UnitPrice::from_price_ceil(price, base_decimals)?.times_ceil(part)?
        } else {
            let part = rate.saturating_sub(1).checked_mul(secs);
            let unit = UnitPrice::from_price_floor(price, base_decimals)?;
            unit.times_floor(part.ok_or(RiskError::Overflow)?)?
        };
        let step = i128::try_from(step).map_err(|_| RiskError::Overflow)?;
        let grown = if longs_pay {
            index.checked_add(step)
        } else {
            index.checked_sub(step)
        };
        grown.ok_or(RiskError::Overflow)
    }

    /// The rate for this open interest from now on. The caller has accrued until now.
    ///
    /// Errors: [`RiskError::Overflow`] when funding_scale = 0.
    pub fn set_rate(
        &mut self,
        open_interest: OpenInterest,
        max_rate_per_h_e9: u64,
        funding_scale: BaseAtoms,
    ) -> Result<(), RiskError> {
        let OpenInterest {
            long_atoms,
            short_atoms,
        } = open_interest;
        let skew = long_atoms.abs_diff(short_atoms);
        let share = div_ceil_u128(join(skew, 0), u128::from(funding_scale.get()))?;
        let per_h = Fraction::from_e9_ceil(max_rate_per_h_e9.min(E9))?;
        let per_h = mul_u128_u64_shr_ceil(share.min(ONE_Q64), per_h.to_bits(), FRACTION_BITS)?;
        let per_sec = i64::try_from(div_ceil_u128(per_h, HOUR_SECS.into())?); // at most 2^64 / 3600
        let per_sec = per_sec.map_err(|_| RiskError::Overflow)?;
        self.rate_q64 = if long_atoms >= short_atoms {
            per_sec
        } else {
            per_sec.saturating_neg()
        };
        Ok(())
    }

    /// The stored index that a position of this signed size settles by.
    pub const fn index_q64(&self, size_atoms: i64) -> i128 {
        if size_atoms < 0 {
            self.short_index_q64
        } else {
            self.long_index_q64
        }
    }

    /// Settles a position: returns what it is owed (see [`accrued_atoms`]) and takes it out of the
    /// receivable. The caller has accrued until now, moves the same amount between account and pool,
    /// and stores [`Self::index_q64`] in the position.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn settle(&mut self, size_atoms: i64, settled_q64: i128) -> Result<i64, RiskError> {
        let growth = Growth {
            from_q64: settled_q64,
            to_q64: self.index_q64(size_atoms),
        };
        let accrued = growth.accrued_atoms(size_atoms)?;
        let owed = growth.owed_q64(size_atoms)?;
        self.receivable_q64 = minus(self.receivable_q64, owed)?;
        Ok(accrued)
    }
}

/// Two values of an index: from the last settlement of a position to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// At the last settlement, units of 2^-64 quote atoms per base atom.
    pub from_q64: i128,
    /// Now, same unit.
    pub to_q64: i128,
}

impl Growth {
    /// What a position of this signed size is owed, quote atoms, down: negative when it pays.
    ///
    /// Errors: [`RiskError::Overflow`].
    pub fn accrued_atoms(&self, size_atoms: i64) -> Result<i64, RiskError> {
        let growth = minus(self.to_q64, self.from_q64)?;
        let pays = (growth > 0) == (size_atoms > 0); // of 0 nothing is owed
        let (growth, size) = (growth.unsigned_abs(), size_atoms.unsigned_abs());
        let amount = if pays {
            mul_u128_u64_shr_ceil(growth, size, INDEX_BITS)?
        } else {
            mul_u128_u64_shr_floor(growth, size, INDEX_BITS)?
        };
        let amount = i64::try_from(amount).map_err(|_| RiskError::Overflow)?;
        Ok(if pays {
            amount.saturating_neg()
        } else {
            amount
        })
    }

    /// `size · (to − from)`, exact: positive when the position pays.
    fn owed_q64(&self, size_atoms: i64) -> Result<i128, RiskError> {
        let growth = minus(self.to_q64, self.from_q64)?;
        let owed = times(size_atoms.unsigned_abs(), growth)?;
        Ok(if size_atoms < 0 {
            owed.saturating_neg() // above i128::MIN: see `times`
        } else {
            owed
        })
    }
}

/// `size · index`, exact; within ±i128::MAX.
fn times(size_atoms: u64, index_q64: i128) -> Result<i128, RiskError> {
    let magnitude = mul_u128_u64_shr_floor(index_q64.unsigned_abs(), size_atoms, 0)?;
    let product = i128::try_from(magnitude).map_err(|_| RiskError::Overflow)?;
    Ok(if index_q64 < 0 {
        product.saturating_neg()
    } else {
        product
    })
}

fn minus(a: i128, b: i128) -> Result<i128, RiskError> {
    a.checked_sub(b).ok_or(RiskError::Overflow)
}

#[cfg(test)]
#[path = "funding_tests.rs"]
mod tests;
