//! Payers of a loss that an account cannot pay (whitepaper §7.12), and the payment of a withdrawal while there is a
//! deficit (whitepaper §7.14).
//!
//! ```text
//! loss = −balance:  insurance, up to its cap  →  pool, down to 0  →  deficit
//! withdrawal of y:  max(⌊y · vault / Σ positive balances⌋, y − deficit)          at most y and the vault
//! ```
use crate::RiskError;
pub use crate::market::paid_window::{PAID_WINDOW_SECS, PaidWindow};
use crate::number::arith::mul_div_floor_u64;
use crate::number::atoms::{QuoteAtoms, SignedQuoteAtoms};

/// Collateral worth less than this does not keep an account from bankruptcy: $1, quote atoms (whitepaper §7.12).
pub const COLLATERAL_DUST_QUOTE_ATOMS: u64 = 1_000_000;

/// Parts of a loss, quote atoms: `by_insurance + by_pool + deficit = loss`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waterfall {
    /// Insurance's part.
    pub by_insurance_atoms: u64,
    /// The pool's part.
    pub by_pool_atoms: u64,
    /// The part without a payer yet.
    pub deficit_atoms: u64,
}

/// Who can pay a loss, and how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossPayers {
    /// The insurance fund.
    pub insurance: QuoteAtoms,
    /// What its cap for the asset still allows ([`PaidWindow::left`]).
    pub insurance_cap_left: QuoteAtoms,
    /// What the pool is worth, at least 0.
    pub pool: QuoteAtoms,
}

impl Waterfall {
    /// The parts of a loss: insurance as far as it holds and its cap allows, then the pool down to 0, then
    /// nobody.
    pub fn new(loss: QuoteAtoms, payers: &LossPayers) -> Self {
        let insured = payers.insurance.min(payers.insurance_cap_left);
        let by_insurance = loss.min(insured);
        let rest = loss.saturating_sub(by_insurance); // never below 0
        let by_pool = rest.min(payers.pool);
        Self {
            by_insurance_atoms: by_insurance.get(),
            by_pool_atoms: by_pool.get(),
            deficit_atoms: rest.saturating_sub(by_pool).get(), // never below 0
        }
    }
}

/// How the price stands that the collateral of a bankrupt account counts at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DustPrice {
    /// The caller shows one that may be traded or liquidated on.
    Usable,
    /// None is shown, and the feed may live, or the market has ended lately.
    Unknown,
    /// The feed is known to be absent, or the market to have ended, for so long that nothing waits for it.
    Dead,
}

/// What the collateral of a bankrupt account is worth, up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollateralDust {
    /// Where the price is usable or may come back: this keeps the account from bankruptcy.
    pub live: QuoteAtoms,
    /// Where it can neither be sold nor wait for ever.
    pub dead: QuoteAtoms,
}

impl CollateralDust {
    /// Adds an asset's part. One without a usable price counts 50 % in the account's favour, as in a liquidation.
    pub fn add(&mut self, worth: QuoteAtoms, price: DustPrice) {
        let half = QuoteAtoms::new(worth.get().div_ceil(2));
        let favoured = worth.saturating_add(half);
        match price {
            DustPrice::Usable => self.live = self.live.saturating_add(worth),
            DustPrice::Unknown => self.live = self.live.saturating_add(favoured),
            DustPrice::Dead => self.dead = self.dead.saturating_add(favoured),
        }
    }

    /// Both parts together.
    pub fn worth(&self) -> QuoteAtoms {
        self.live.saturating_add(self.dead)
    }
}

/// What is left of an account that cannot pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastHoldings {
    /// It still has a position.
    pub has_position: bool,
    /// All of its collateral at P before its weight, up.
    pub collateral: QuoteAtoms,
    /// Its quote balance.
    pub balance: SignedQuoteAtoms,
}

impl LastHoldings {
    /// The loss of a bankrupt account: −balance.
    ///
    /// Errors: [`RiskError::AccountNotBankrupt`] with a position, collateral of $1 or more, or a loan that the
    /// collateral covers: its owner is not to lose it.
    pub fn loss(&self) -> Result<QuoteAtoms, RiskError> {
        let loan = self.balance.negative_part();
        let is_dust = self.collateral.get() < COLLATERAL_DUST_QUOTE_ATOMS;
        // A loan that exceeds the collateral is not 0.
        if self.has_position || !is_dust || loan <= self.collateral {
            return Err(RiskError::AccountNotBankrupt);
        }
        Ok(loan)
    }
}

/// A vault that may hold less than it owes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shortage {
    /// What the vault holds. It also lacks what is lent.
    pub vault: QuoteAtoms,
    /// Σ of the positive balances.
    pub positive_balances: QuoteAtoms,
    /// What nobody has paid yet.
    pub deficit: QuoteAtoms,
}

impl Shortage {
    /// What a withdrawal of this amount pays, down, at most the amount and the vault: its share of the vault, or all
    /// but the deficit where that is more. The balance falls by the amount, the deficit by what is not paid.
    ///
    /// Without the second term a large withdrawal would pay more than the whole deficit, and one in small parts
    /// would not.
    pub fn payout_floor(&self, amount: QuoteAtoms) -> QuoteAtoms {
        let (vault, owed) = (self.vault, self.positive_balances);
        if vault >= owed {
            return amount.min(vault);
        }
        // The divisor is above the vault, so not 0, and the quotient below the amount.
        let share = mul_div_floor_u64(amount.get(), vault.get(), owed.get());
        let rest = amount.saturating_sub(self.deficit);
        QuoteAtoms::new(share.unwrap_or(0)).max(rest).min(vault)
    }
}

#[cfg(test)]
#[path = "bankruptcy_tests.rs"]
mod tests;
