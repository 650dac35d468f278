//! LP shares for a deposit, and what shares pay (section 6).
//!
//! ```text
//! shares = ⌊amount · supply / NAV⌋        payout = ⌊shares · NAV / supply⌋
//! first:   locked = max(1000, NAV)        depositor = amount + NAV − locked
//! part:    ⌊spare · supply / NAV⌋ of the shares, for a redemption that pays more than may leave
//! ```
//! Both down: what is cut off stays in the pool, so nobody's share of it ever loses by another's deposit
//! or redemption, and splitting one gains nothing.
use crate::RiskError;
use crate::arith::{div_floor_u128, mul_div_ceil_u64, mul_div_floor_u64, wide_mul};

/// Shares that the first deposit locks for ever, at least: a donation that raises the price of a share
/// gives at least 1000 times to them what it takes from the next deposit's rounding.
pub const LOCKED_SHARES_MIN: u64 = 1_000;
/// Largest supply, shares.
pub const MAX_SHARES: u64 = 1 << 63;

/// Shares of the first deposit: `locked + depositor` is the supply after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstShares {
    /// Shares that nobody owns.
    pub locked: u64,
    /// The depositor's.
    pub depositor: u64,
}

/// Shares of a deposit, down. `nav_high_atoms` is [`super::Nav::nav_for_deposit`] before it.
///
/// Errors: [`RiskError::PoolInsolvent`] when NAV ≤ 0; [`RiskError::LpAmountTooSmall`] when it buys no
/// share; [`RiskError::Overflow`] when the supply would exceed [`MAX_SHARES`]. With no supply it is a
/// matter of [`first_shares`].
pub fn shares_for_deposit_floor(
    amount_atoms: u64,
    supply: u64,
    nav_high_atoms: i128,
) -> Result<u64, RiskError> {
    let nav = solvent(nav_high_atoms)?;
    let shares = div_floor_u128(wide_mul(amount_atoms, supply), nav)?;
    let shares = u64::try_from(shares).map_err(|_| RiskError::Overflow)?;
    if shares == 0 {
        return Err(RiskError::LpAmountTooSmall);
    }
    within_supply(shares, supply)?;
    Ok(shares)
}

/// What shares pay, quote atoms, down. `nav_low_atoms` is [`super::Nav::nav_for_redeem`] before it.
///
/// The caller redeems no more than may leave ([`redeemable_floor`]).
/// Errors: [`RiskError::PoolInsolvent`] when NAV ≤ 0; [`RiskError::LpAmountTooSmall`] when they pay
/// nothing; [`RiskError::Overflow`] for more shares than there are or a NAV of 2^64 and above.
pub fn payout_floor(shares: u64, supply: u64, nav_low_atoms: i128) -> Result<u64, RiskError> {
    let nav = u64::try_from(solvent(nav_low_atoms)?).map_err(|_| RiskError::Overflow)?;
    if shares > supply {
        return Err(RiskError::Overflow);
    }
    // Without a supply there are no shares: nothing to divide, nothing to pay.
    match mul_div_floor_u64(shares, nav, supply.max(1))? {
        0 => Err(RiskError::LpAmountTooSmall),
        payout => Ok(payout),
    }
}

/// How many of these shares can be redeemed while no more than `spare_atoms` may leave
/// ([`super::Exposure::spare_atoms`]), down: all where their payout is within it, else as many as pay no more; 0 where
/// those pay nothing. What is cut off is less than a share: no share goes for an atom that it does not get.
///
/// Errors: those of [`payout_floor`] of all of them.
pub fn redeemable_floor(
    shares: u64,
    supply: u64,
    nav_low_atoms: i128,
    spare_atoms: u64,
) -> Result<u64, RiskError> {
    if payout_floor(shares, supply, nav_low_atoms)? <= spare_atoms {
        return Ok(shares);
    }
    // shares · NAV / supply > spare, so the quotient is below the shares.
    let part = div_floor_u128(wide_mul(spare_atoms, supply), solvent(nav_low_atoms)?)?;
    let part = u64::try_from(part).map_err(|_| RiskError::Overflow)?;
    Ok(payout_floor(part, supply, nav_low_atoms).map_or(0, |_| part))
}

/// The least that a part of a request may come to, where all of it may come to `min_out_atoms`, up: the parts together
/// never come to less.
///
/// Errors: [`RiskError::Overflow`] for a part of nothing, or a part that is more than the whole.
pub fn min_out_ceil(min_out_atoms: u64, part: u64, whole: u64) -> Result<u64, RiskError> {
    mul_div_ceil_u64(min_out_atoms, part, whole)
}

/// Shares of the first deposit, at exactly one atom each. `nav_before_atoms` is
/// [`super::Nav::nav_for_deposit`] before it.
///
/// What the pool holds already is locked with the shares that stand for it, so the depositor gets none
/// of it; where that is less than 1000 he pays the difference.
/// Errors: [`RiskError::PoolInsolvent`] when NAV < 0, or he would pay an old loss;
/// [`RiskError::LpAmountTooSmall`] when nothing is left for him; [`RiskError::Overflow`] above
/// [`MAX_SHARES`].
pub fn first_shares(amount_atoms: u64, nav_before_atoms: i128) -> Result<FirstShares, RiskError> {
    if nav_before_atoms < 0 {
        return Err(RiskError::PoolInsolvent);
    }
    let nav = u64::try_from(nav_before_atoms).map_err(|_| RiskError::Overflow)?;
    let locked = nav.max(LOCKED_SHARES_MIN);
    let missing = locked.saturating_sub(nav);
    let depositor = amount_atoms.saturating_sub(missing);
    if depositor == 0 {
        return Err(RiskError::LpAmountTooSmall);
    }
    within_supply(locked, depositor)?;
    Ok(FirstShares { locked, depositor })
}

/// The pool is within its cap after a deposit: `NAV + amount ≤ cap`, at the NAV for a deposit.
///
/// Errors: [`RiskError::PoolCapExceeded`].
pub fn check_cap(
    amount_atoms: u64,
    nav_high_atoms: i128,
    pool_cap_quote_atoms: u64,
) -> Result<(), RiskError> {
    if nav_high_atoms.saturating_add(i128::from(amount_atoms)) <= i128::from(pool_cap_quote_atoms) {
        Ok(())
    } else {
        Err(RiskError::PoolCapExceeded)
    }
}

fn solvent(nav_atoms: i128) -> Result<u128, RiskError> {
    match u128::try_from(nav_atoms) {
        Ok(nav) if nav > 0 => Ok(nav),
        _ => Err(RiskError::PoolInsolvent),
    }
}

fn within_supply(shares: u64, supply: u64) -> Result<(), RiskError> {
    match supply.checked_add(shares) {
        Some(sum) if sum <= MAX_SHARES => Ok(()),
        _ => Err(RiskError::Overflow),
    }
}

#[cfg(test)]
#[path = "shares_tests.rs"]
mod tests;
