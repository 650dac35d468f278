//! Who pays a loss that an account cannot (section 7.3), and what a withdrawal pays while someone still
//! must (7.4).
//!
//! ```text
//! loss = −balance:  insurance, up to its cap  →  pool, down to 0  →  deficit
//! withdrawal of y:  max(⌊y · vault / Σ positive balances⌋, y − deficit)          at most y and the vault
//! ```
use crate::RiskError;
use crate::number::arith::mul_div_floor_u64;

/// Collateral worth less than this does not keep an account from bankruptcy: $1, quote atoms (§7.3).
pub const COLLATERAL_DUST_QUOTE_ATOMS: u64 = 1_000_000;
/// What insurance and the pool pay for one asset is capped per this time, seconds: 24 h (§7).
pub const PAID_WINDOW_SECS: i64 = 86_400;

/// Who pays a loss, quote atoms: `by_insurance + by_pool + deficit = loss`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waterfall {
    /// What insurance pays.
    pub by_insurance_atoms: u64,
    /// What the pool pays.
    pub by_pool_atoms: u64,
    /// What nobody pays yet.
    pub deficit_atoms: u64,
}

/// What insurance, or the pool, paid for one asset lately, or an exchange to whom governance has named. Two windows of
/// 24 h side by side, so that no 24 h, wherever
/// they begin, see more than the cap; a small payment delays nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaidWindow {
    /// When the running window began, clock time.
    pub start_ts: i64,
    /// Paid in it, quote atoms.
    pub paid_atoms: u64,
    /// Paid in the 24 h before it, quote atoms.
    pub paid_before_atoms: u64,
}

/// The parts of a loss: insurance as far as it holds and its cap allows, then the pool down to 0, then
/// nobody.
pub fn waterfall(
    loss_atoms: u64,
    insurance_atoms: u64,
    insurance_cap_left_atoms: u64,
    pool_atoms: u64,
) -> Waterfall {
    let by_insurance_atoms = loss_atoms
        .min(insurance_atoms)
        .min(insurance_cap_left_atoms);
    let rest = loss_atoms.saturating_sub(by_insurance_atoms); // never below 0
    let by_pool_atoms = rest.min(pool_atoms);
    Waterfall {
        by_insurance_atoms,
        by_pool_atoms,
        deficit_atoms: rest.saturating_sub(by_pool_atoms), // never below 0
    }
}

/// The loss of a bankrupt account, quote atoms: −balance.
///
/// `collateral_value_quote_atoms` is all of its collateral at P before collateral weight, up.
/// Errors: [`RiskError::AccountNotBankrupt`] with a position, collateral of $1 or more, or a loan that the
/// collateral covers: its owner is not to lose it.
pub fn loss_of(
    has_position: bool,
    collateral_value_quote_atoms: u64,
    balance_atoms: i64,
) -> Result<u64, RiskError> {
    if has_position
        || collateral_value_quote_atoms >= COLLATERAL_DUST_QUOTE_ATOMS
        || balance_atoms >= 0
        || balance_atoms.unsigned_abs() <= collateral_value_quote_atoms
    {
        return Err(RiskError::AccountNotBankrupt);
    }
    Ok(balance_atoms.unsigned_abs())
}

/// What a withdrawal of `amount_atoms` pays while there is a deficit, quote atoms, down, at most the
/// amount and the vault: its share of the vault, or all but the deficit where that is more. The balance falls
/// by the amount, the deficit by what is not paid.
///
/// The vault also lacks what is lent. Without the second term a large withdrawal would pay more than the whole
/// deficit, and one in small parts would not.
pub fn payout_floor(
    amount_atoms: u64,
    vault_atoms: u64,
    positive_balances_atoms: u64,
    deficit_atoms: u64,
) -> u64 {
    if vault_atoms >= positive_balances_atoms {
        return amount_atoms.min(vault_atoms);
    }
    // The divisor is above the vault, so not 0, and the quotient below the amount.
    let share = mul_div_floor_u64(amount_atoms, vault_atoms, positive_balances_atoms);
    let rest = amount_atoms.saturating_sub(deficit_atoms);
    share.unwrap_or(0).max(rest).min(vault_atoms)
}

impl PaidWindow {
    /// The windows as they stand at `now`; a clock that runs back changes nothing.
    #[must_use]
    pub fn at(self, now: i64) -> Self {
        let age = now.saturating_sub(self.start_ts);
        if age < PAID_WINDOW_SECS {
            return self;
        }
        let next = self.start_ts.saturating_add(PAID_WINDOW_SECS);
        if now.saturating_sub(next) < PAID_WINDOW_SECS {
            Self {
                start_ts: next,
                paid_atoms: 0,
                paid_before_atoms: self.paid_atoms,
            }
        } else {
            Self {
                start_ts: now,
                ..Self::default()
            }
        }
    }

    /// What may still be paid for the asset at `now`, quote atoms.
    pub fn left(self, now: i64, cap_quote_atoms: u64) -> u64 {
        cap_quote_atoms.saturating_sub(self.sum(now))
    }

    /// What both windows saw paid at `now`, quote atoms.
    pub fn sum(self, now: i64) -> u64 {
        let window = self.at(now);
        window.paid_atoms.saturating_add(window.paid_before_atoms)
    }

    /// Books a payment at `now`; of insurance every one for the asset, rewards too.
    pub fn pay(&mut self, now: i64, amount_atoms: u64) {
        *self = self.at(now);
        self.paid_atoms = self.paid_atoms.saturating_add(amount_atoms);
    }

    /// Books that of what was paid this much came back at `now`; the newest first.
    pub fn give_back(&mut self, now: i64, amount_atoms: u64) {
        *self = self.at(now);
        let newest = amount_atoms.min(self.paid_atoms);
        self.paid_atoms = self.paid_atoms.saturating_sub(newest); // never below 0
        let older = amount_atoms.saturating_sub(newest);
        self.paid_before_atoms = self.paid_before_atoms.saturating_sub(older);
    }
}

#[cfg(test)]
#[path = "bankruptcy_tests.rs"]
mod tests;
