//! How fast the collateral of one asset may leave its vault (whitepaper §6.4).
//!
//! ```text
//! base = the larger of the least that the vault held on each of the two days before this one
//! taken within any hour, but for what its owner deposited today or yesterday  ≤  outflow_per_h · base, or worth $1,000
//! ```
//! Days are those of unix time. The base of today is at least what was deposited before yesterday and is still there:
//! that was in the vault all of yesterday. It stays so until tomorrow ends. An hour is seven spans of ten minutes, so the
//! limit may be used once in 70 minutes. Whatever counts against it leaves within 24 hours at the least share of 20 %,
//! also where withdrawals are paused for 12 of them and strangers are always first. What somebody else deposits and takes out again changes neither the
//! base nor what was taken.
use crate::RiskError;
use crate::market::notional::AssetPrice;
use crate::number::arith::{div_floor_u64, mul_div_ceil_u64};
use crate::number::atoms::{BaseAtoms, QuoteAtoms};
use crate::number::quantity::E9;

/// Spans of [`SPAN_SECS`] that any hour lies within.
pub const SPANS: usize = 7;
/// Length of a span, seconds: ten minutes.
const SPAN_SECS: u64 = 600;
/// What may leave a vault in an hour whatever it holds, quote atoms: $1,000. Ten times the most that a withdrawal must
/// leave, so that the rest of a balance, which has to leave at once, can.
pub const OUTFLOW_FREE_QUOTE_ATOMS: u64 = 1_000_000_000;
/// Length of a day, seconds.
const DAY_SECS: u64 = 86_400;

/// The day of a clock time: unix time by 86,400 s, down. The last one, in the year 2149, never ends: then every deposit
/// counts as one of today and leaves without counting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u16);

impl Day {
    /// The day of this clock time.
    pub fn at_time(now: i64) -> Self {
        let secs = u64::try_from(now).unwrap_or(0);
        Self(u16::try_from(div_floor_u64(secs, DAY_SECS)).unwrap_or(u16::MAX))
    }

    /// How many days this one is after another; 0 where it is not: a clock that runs back changes nothing.
    const fn since(self, other: Self) -> u16 {
        self.0.saturating_sub(other.0)
    }
}

/// What an account deposited today and yesterday and has not taken out, base atoms: at most its balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LateDeposits {
    /// The newest day that anything was deposited on.
    pub day: Day,
    /// Deposited on it.
    pub atoms: u64,
    /// Deposited on the day before it.
    pub before_atoms: u64,
}

impl LateDeposits {
    /// As they stand on a day.
    #[must_use]
    pub const fn as_of(self, day: Day) -> Self {
        match day.since(self.day) {
            0 => self,
            1 => Self {
                day,
                atoms: 0,
                before_atoms: self.atoms,
            },
            _ => Self {
                day,
                atoms: 0,
                before_atoms: 0,
            },
        }
    }

    /// Both days' deposits, base atoms.
    pub const fn sum(self) -> u64 {
        self.atoms.saturating_add(self.before_atoms)
    }

    /// Books a deposit.
    pub const fn deposit(&mut self, day: Day, atoms: u64) {
        *self = self.as_of(day);
        self.atoms = self.atoms.saturating_add(atoms);
    }

    /// Books that so much left the balance on a day, the oldest first; returns what of it was deposited before
    /// yesterday, base atoms.
    pub const fn take(&mut self, day: Day, atoms: u64) -> u64 {
        *self = self.as_of(day);
        let older = atoms.saturating_sub(self.before_atoms);
        self.before_atoms = self.before_atoms.saturating_sub(atoms);
        let rest = older.saturating_sub(self.atoms);
        self.atoms = self.atoms.saturating_sub(older);
        rest
    }

    /// Moves what a liquidation sells of a balance of `held_atoms` to its buyer, base atoms: first what was deposited before
    /// yesterday. What was deposited since stays so: the base of the limit does not hold it yet.
    pub fn sell_to(&mut self, buyer: &mut Self, day: Day, held_atoms: u64, atoms: u64) {
        (*self, *buyer) = (self.as_of(day), buyer.as_of(day));
        let older = held_atoms.saturating_sub(self.sum());
        let late = atoms.saturating_sub(older);
        let of_yesterday = late.min(self.before_atoms);
        let of_today = late.saturating_sub(of_yesterday).min(self.atoms);
        self.before_atoms = self.before_atoms.saturating_sub(of_yesterday);
        self.atoms = self.atoms.saturating_sub(of_today);
        buyer.before_atoms = buyer.before_atoms.saturating_add(of_yesterday);
        buyer.atoms = buyer.atoms.saturating_add(of_today);
    }
}

/// The least that a vault held on three days, base atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VaultLows {
    /// The newest day that the vault was changed on.
    pub day: Day,
    /// The least until now on that day.
    pub low_atoms: u64,
    /// The least on the day before it.
    pub yesterday_atoms: u64,
    /// The least on the day before that.
    pub before_atoms: u64,
}

impl VaultLows {
    /// As they stand on a day on which nothing has happened yet. `held_atoms`: what the vault holds, as it has since its
    /// last change.
    #[must_use]
    pub const fn as_of(self, day: Day, held_atoms: u64) -> Self {
        let (yesterday_atoms, before_atoms) = match day.since(self.day) {
            0 => return self,
            1 => (self.low_atoms, self.yesterday_atoms),
            2 => (held_atoms, self.low_atoms),
            _ => (held_atoms, held_atoms),
        };
        Self {
            day,
            low_atoms: held_atoms,
            yesterday_atoms,
            before_atoms,
        }
    }

    /// Books a change of what the vault holds, base atoms, on a day.
    pub fn change(&mut self, day: Day, before_atoms: u64, after_atoms: u64) {
        *self = self.as_of(day, before_atoms);
        self.low_atoms = self.low_atoms.min(after_atoms);
    }

    /// What the limit is a share of, base atoms; as of the day that they stand at.
    pub fn base_atoms(self) -> u64 {
        self.yesterday_atoms.max(self.before_atoms)
    }
}

/// What left a vault lately and counts, base atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenLately {
    /// The newest span that anything left in: unix time by 600 s. The last one, in the year 83,000, never ends.
    pub span: u32,
    /// What left in it and in the spans before it.
    pub atoms: [u64; SPANS],
}

impl TakenLately {
    /// As it stands at `now`; a clock that runs back changes nothing.
    #[must_use]
    pub fn as_of(mut self, now: i64) -> Self {
        let secs = u64::try_from(now).unwrap_or(0);
        let span = u32::try_from(div_floor_u64(secs, SPAN_SECS)).unwrap_or(u32::MAX);
        let passed = usize::try_from(span.saturating_sub(self.span)).unwrap_or(SPANS);
        if passed > 0 {
            self.atoms.rotate_right(passed.min(SPANS));
            self.atoms
                .iter_mut()
                .take(passed)
                .for_each(|atoms| *atoms = 0);
            self.span = span;
        }
        self
    }

    /// What left in the hour before `now`, base atoms: in the seven spans that it lies within.
    pub fn sum(self, now: i64) -> u64 {
        let spans = self.as_of(now).atoms;
        spans
            .iter()
            .fold(0, |sum: u64, atoms| sum.saturating_add(*atoms))
    }

    fn add(&mut self, now: i64, more_atoms: u64) {
        *self = self.as_of(now);
        let [newest, ..] = &mut self.atoms;
        *newest = newest.saturating_add(more_atoms);
    }
}

/// What a withdrawal is judged by.
#[derive(Clone, Copy, Debug)]
pub struct OutflowLimit {
    /// Part of the base that may leave within an hour, × 10^9.
    pub outflow_per_h_e9: u64,
    /// What it is a share of, base atoms: [`VaultLows::base_atoms`].
    pub base_atoms: u64,
    /// The newest price known of the collateral.
    pub price: AssetPrice,
}

impl OutflowLimit {
    /// Books what leaves the vault and was deposited before yesterday, base atoms.
    ///
    /// Errors: [`RiskError::OutflowLimitExceeded`]; [`RiskError::Overflow`] for a share above 1.
    pub fn take(&self, lately: &mut TakenLately, now: i64, atoms: u64) -> Result<(), RiskError> {
        let taken = lately.sum(now).saturating_add(atoms);
        let is_within = atoms == 0 || taken <= self.limit_atoms()? || self.is_free(taken);
        if !is_within {
            return Err(RiskError::OutflowLimitExceeded);
        }
        lately.add(now, atoms);
        Ok(())
    }

    /// What may still leave at `now` and count, base atoms; beyond it [`OUTFLOW_FREE_QUOTE_ATOMS`] may.
    ///
    /// Errors: [`RiskError::Overflow`] for a share above 1.
    pub fn left_atoms(&self, lately: TakenLately, now: i64) -> Result<u64, RiskError> {
        Ok(self.limit_atoms()?.saturating_sub(lately.sum(now)))
    }

    /// What may leave within an hour, base atoms, up: five times the least share are all.
    fn limit_atoms(&self) -> Result<u64, RiskError> {
        mul_div_ceil_u64(self.base_atoms, self.outflow_per_h_e9, E9)
    }

    fn is_free(&self, taken_atoms: u64) -> bool {
        let worth = self.price.notional_ceil(BaseAtoms::new(taken_atoms));
        worth.unwrap_or(QuoteAtoms::MAX).get() <= OUTFLOW_FREE_QUOTE_ATOMS
    }
}

#[cfg(test)]
#[path = "outflow_tests.rs"]
mod tests;
