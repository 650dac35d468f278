//! LP shares for a deposit, and what shares pay (whitepaper §6.14).
//!
//! ```text
//! shares = ⌊amount · supply / NAV⌋        payout = ⌊shares · NAV / supply⌋
//! first:   locked = max(1000, NAV)        depositor = amount + NAV − locked
//! part:    ⌊spare · supply / NAV⌋ of the shares, for a redemption that pays more than may leave
//! ```
//! Both down: what is cut off stays in the pool, so nobody's share of it ever loses by another's deposit
//! or redemption, and splitting one gains nothing.
use crate::RiskError;
use crate::number::arith::{div_floor_u128, mul_div_ceil_u64, mul_div_floor_u64, wide_mul};
use crate::number::atoms::{QuoteAtoms, Shares, WideQuoteAtoms};

/// Shares that the first deposit locks for ever, at least: a donation that raises the price of a share
/// gives at least 1000 times to them what it takes from the next deposit's rounding.
pub const LOCKED_SHARES_MIN: u64 = 1_000;
/// Largest supply, shares.
pub const MAX_SHARES: u64 = 1 << 63;

/// Shares of the first deposit: `locked + depositor` is the supply after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstShares {
    /// Shares that nobody owns.
    pub locked: Shares,
    /// The depositor's.
    pub depositor: Shares,
}

/// What all shares are worth, from which one is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareValue {
    /// How many there are.
    pub supply: Shares,
    /// NAV: [`super::Nav::nav_for_deposit`] before a deposit, [`super::Nav::nav_for_redeem`] before a redemption.
    pub nav: WideQuoteAtoms,
}

impl ShareValue {
    /// Shares of a deposit, down.
    ///
    /// Errors: [`RiskError::PoolInsolvent`] when NAV ≤ 0; [`RiskError::LpAmountTooSmall`] when it buys no
    /// share; [`RiskError::Overflow`] when the supply would exceed [`MAX_SHARES`]. With no supply it is a
    /// matter of [`FirstShares`].
    pub fn deposit_floor(&self, amount: QuoteAtoms) -> Result<Shares, RiskError> {
        let worth = wide_mul(amount.get(), self.supply.get());
        let shares = shares(div_floor_u128(worth, self.solvent()?)?)?;
        if shares.is_zero() {
            return Err(RiskError::LpAmountTooSmall);
        }
        within_most(shares, self.supply)?;
        Ok(shares)
    }

    /// What shares pay, down. The caller redeems no more than may leave ([`Self::redeemable_floor`]).
    ///
    /// Errors: [`RiskError::PoolInsolvent`] when NAV ≤ 0; [`RiskError::LpAmountTooSmall`] when they pay
    /// nothing; [`RiskError::Overflow`] for more shares than there are or a NAV of 2^64 and above.
    pub fn payout_floor(&self, shares: Shares) -> Result<QuoteAtoms, RiskError> {
        let nav = u64::try_from(self.solvent()?).map_err(|_| RiskError::Overflow)?;
        if shares > self.supply {
            return Err(RiskError::Overflow);
        }
        // Without a supply there are no shares: nothing to divide, nothing to pay.
        match mul_div_floor_u64(shares.get(), nav, self.supply.get().max(1))? {
            0 => Err(RiskError::LpAmountTooSmall),
            payout => Ok(QuoteAtoms::new(payout)),
        }
    }

    /// How many of these shares can be redeemed while no more than `spare` may leave
    /// ([`super::Exposure::spare_atoms`]), down: all where their payout is within it, else as many as pay no more; 0
    /// where those pay nothing. What is cut off is less than a share: no share goes for an atom that it does not get.
    ///
    /// Errors: those of [`Self::payout_floor`] of all of them.
    pub fn redeemable_floor(&self, all: Shares, spare: QuoteAtoms) -> Result<Shares, RiskError> {
        if self.payout_floor(all)? <= spare {
            return Ok(all);
        }
        // shares · NAV / supply > spare, so the quotient is below the shares.
        let worth = wide_mul(spare.get(), self.supply.get());
        let part = shares(div_floor_u128(worth, self.solvent()?)?)?;
        Ok(self.payout_floor(part).map_or(Shares::ZERO, |_| part))
    }

    fn solvent(&self) -> Result<u128, RiskError> {
        match u128::try_from(self.nav.get()) {
            Ok(nav) if nav > 0 => Ok(nav),
            _ => Err(RiskError::PoolInsolvent),
        }
    }
}

/// A part of a request and all of it, in the unit of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestPart {
    /// What is executed of it.
    pub part_atoms: u64,
    /// All of it.
    pub whole_atoms: u64,
}

impl RequestPart {
    /// The least that the part may come to, where all of it may come to `min_out_atoms`, up: the parts together
    /// never come to less.
    ///
    /// Errors: [`RiskError::Overflow`] for a part of nothing, or a part that is more than the whole.
    pub fn min_out_ceil(self, min_out_atoms: u64) -> Result<u64, RiskError> {
        mul_div_ceil_u64(min_out_atoms, self.part_atoms, self.whole_atoms)
    }
}

impl FirstShares {
    /// Shares of the first deposit, at exactly one atom each. `nav_before` is
    /// [`super::Nav::nav_for_deposit`] before it.
    ///
    /// The pool's cash of before is locked with the shares that stand for it, so the depositor gets none
    /// of it; where that is less than 1000 the depositor pays the difference.
    /// Errors: [`RiskError::PoolInsolvent`] when NAV < 0, or an old loss would be paid;
    /// [`RiskError::LpAmountTooSmall`] when nothing is left for the depositor; [`RiskError::Overflow`] above
    /// [`MAX_SHARES`].
    pub fn new(amount: QuoteAtoms, nav_before: WideQuoteAtoms) -> Result<Self, RiskError> {
        if nav_before < WideQuoteAtoms::ZERO {
            return Err(RiskError::PoolInsolvent);
        }
        // One share an atom.
        let nav = shares(nav_before.get().unsigned_abs())?;
        let locked = nav.max(Shares::new(LOCKED_SHARES_MIN));
        let missing = locked.saturating_sub(nav);
        let depositor = Shares::new(amount.get()).saturating_sub(missing);
        if depositor.is_zero() {
            return Err(RiskError::LpAmountTooSmall);
        }
        within_most(locked, depositor)?;
        Ok(Self { locked, depositor })
    }
}

/// The pool is within its cap after a deposit: `NAV + amount ≤ cap`, at the NAV for a deposit.
///
/// Errors: [`RiskError::PoolCapExceeded`].
pub fn check_cap(
    amount: QuoteAtoms,
    nav_high: WideQuoteAtoms,
    pool_cap: QuoteAtoms,
) -> Result<(), RiskError> {
    let after = nav_high.get().saturating_add(i128::from(amount.get()));
    if after <= i128::from(pool_cap.get()) {
        Ok(())
    } else {
        Err(RiskError::PoolCapExceeded)
    }
}

fn shares(count: u128) -> Result<Shares, RiskError> {
    let count = u64::try_from(count).map_err(|_| RiskError::Overflow)?;
    Ok(Shares::new(count))
}

fn within_most(added: Shares, supply: Shares) -> Result<(), RiskError> {
    if supply.checked_add(added)?.get() <= MAX_SHARES {
        Ok(())
    } else {
        Err(RiskError::Overflow)
    }
}

#[cfg(test)]
#[path = "shares_tests.rs"]
mod tests;
