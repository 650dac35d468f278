//! Costs that a gap of the price may have for pool and insurance in one market (whitepaper §6.12 and §7.13).
//!
//! ```text
//! u_least = max(s_floor, k·((1 − ω)·σ_floor + ω·σ_stress)·√h_mm)     where u_MM falls to in a calm market
//! OI·P·(s_gap − min(u_MM, u_least))⁺ ≤ x·(value + insurance − known bad debt)⁺        at an increase
//! owed by the market's winners = paid in 24 h − x·(value + paid)⁺                     at a deleveraging
//! ```
//! Opposite accounts of one owner have no net size, so nothing that looks at the net sees them: what their
//! losers lose beyond their margin is bounded by the side that grows.
use crate::RiskError;
use crate::market::paid_window::PaidWindow;
use crate::number::arith::{low, mul_div_floor_u64, wide_mul};
use crate::number::atoms::{QuoteAtoms, SignedQuoteAtoms, WideQuoteAtoms};
use crate::number::quantity::{E9, E18, FRACTION_BITS, Fraction, MULTIPLE_BITS};
use crate::params::{AssetCoefficients, TradeParams};

/// How long a market's winners owe what its bad debt took from the pool beyond its share, seconds since the
/// last such loss: about what an EMA needs to follow a gap, until when the EMA rule holds them (whitepaper §6.12).
pub const CLAIM_SECS: i64 = 3_600;

/// ⌊2^123/10^18⌋: a number of 10^-18 times it is one of 2^-123.
const BITS_PER_E18: u64 = 10_633_823_966_279_326_983;

/// Parts of the unit shock of a resting market, as governance wrote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalmVolatility {
    /// ω, × 10^9.
    pub omega_e9: u64,
    /// σ_floor, × 10^9.
    pub sigma_floor_e9: u64,
    /// σ_stress, × 10^9.
    pub sigma_stress_e9: u64,
}

impl CalmVolatility {
    /// Maintenance core shock that the asset falls to while its market rests, down, at most 2 units below the
    /// exact value: volatility at its floor, the stressed part beside it.
    pub fn least_unit_shock(self, coefficients: &AssetCoefficients) -> Fraction {
        let calm = wide_mul(E9.saturating_sub(self.omega_e9), self.sigma_floor_e9); // ω ≤ ½
        let stressed = wide_mul(self.omega_e9, self.sigma_stress_e9);
        // σ ≤ σ_cap < 1 within the bounds.
        let sigma_e18 = u64::try_from(calm.saturating_add(stressed)).unwrap_or(u64::MAX);
        let shock_e18 = wide_mul(sigma_e18, coefficients.k_sqrt_h_mm.to_bits()) >> MULTIPLE_BITS;
        let shock_e18 = u64::try_from(shock_e18).unwrap_or(u64::MAX);
        of_e18_floor(shock_e18).max(coefficients.s_floor)
    }
}

/// `x / 10^18`, down, at most one unit below the exact value; at most 15.
fn of_e18_floor(x: u64) -> Fraction {
    let bits = wide_mul(x.min(15 * E18), BITS_PER_E18) >> 63; // < 2^64
    Fraction::from_bits(low(bits))
}

/// What stands behind all markets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backing {
    /// What the pool is worth.
    pub value: SignedQuoteAtoms,
    /// What insurance holds; below 0 it counts 0.
    pub insurance: SignedQuoteAtoms,
    /// Known bad debt; below 0 it counts 0.
    pub bad_debt: SignedQuoteAtoms,
}

impl Backing {
    /// What one market may cost in a gap, down: its share of pool and insurance, without what is
    /// known to be lost; 0 when nothing is left.
    pub fn gap_budget_floor(&self, params: &TradeParams) -> QuoteAtoms {
        let part = |atoms: SignedQuoteAtoms| i128::from(atoms.positive_part().get());
        let left = i128::from(self.value.get())
            .saturating_add(part(self.insurance))
            .saturating_sub(part(self.bad_debt));
        QuoteAtoms::new(share_floor(left, params.gap_share_e9))
    }
}

/// The side of a market that grew, and what stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrownSide {
    /// P times its open interest, up.
    pub notional: QuoteAtoms,
    /// The least margin of it, as a share.
    pub margin: Fraction,
}

impl GrownSide {
    /// `notional·(s_gap − margin)⁺ ≤ budget`, exact: what it loses beyond its margin in a gap of the
    /// stress size is within the market's budget.
    ///
    /// Errors: [`RiskError::GapLossExceeded`].
    pub fn check_gap_loss(
        &self,
        budget: QuoteAtoms,
        params: &TradeParams,
    ) -> Result<(), RiskError> {
        // Up: two units more than a conversion that may be one too low.
        let gap = params.gap_e9.saturating_mul(E9);
        let gap = of_e18_floor(gap).saturating_add(Fraction::from_bits(2));
        let beyond = gap.saturating_sub(self.margin);
        let loss = wide_mul(self.notional.get(), beyond.to_bits());
        let budget = u128::from(budget.get()) << FRACTION_BITS; // < 2^124
        if loss <= budget {
            Ok(())
        } else {
            Err(RiskError::GapLossExceeded)
        }
    }
}

/// What a market's winners owe the pool: what the pool paid for the market's bad debt in the
/// running window beyond the market's share of what the pool was worth before it. Down, in the winners' favour.
pub fn winners_owe_floor(
    paid: QuoteAtoms,
    value: WideQuoteAtoms,
    params: &TradeParams,
) -> QuoteAtoms {
    let before = value.get().saturating_add(i128::from(paid.get()));
    // ⌈x·before⌉ ≥ ⌊x·before⌋ + 1 where it is not whole: one atom more than the share is not owed.
    let share = share_floor(before, params.gap_share_e9).saturating_add(1);
    paid.saturating_sub(QuoteAtoms::new(share))
}

/// Payments of the pool for a market's bad debt lately, and the part that the market's winners owe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketLosses {
    /// Payments of the pool that it has not got back.
    pub paid: PaidWindow,
    /// Part of them beyond the market's share when they were paid, quote atoms.
    pub owed_atoms: u64,
    /// Since when winners owe, unix seconds.
    pub since_ts: i64,
    /// Until when they do, unix seconds.
    pub until_ts: i64,
}

impl MarketLosses {
    /// Counts what the pool pays now, quote atoms; its value is that after it.
    ///
    /// The part beyond the market's share is owed for [`CLAIM_SECS`]: of this payment, not of those before it,
    /// so that a pool that has become smaller since, and a small loss after a large one, take nothing from
    /// winners.
    pub fn count(&mut self, paid_atoms: u64, value_atoms: i128, now: i64, params: &TradeParams) {
        self.paid.pay(now, paid_atoms);
        let added = self.beyond_share(value_atoms, now, params).min(paid_atoms);
        if added == 0 {
            return;
        }
        if now >= self.until_ts {
            (self.owed_atoms, self.since_ts) = (0, now);
        }
        self.owed_atoms = self.owed_atoms.saturating_add(added);
        self.until_ts = now.saturating_add(CLAIM_SECS);
    }

    /// Returns the winners' debt to a pool of this value now, quote atoms: the sum added, at most the part still beyond
    /// the market's share.
    pub fn owed(&self, value_atoms: i128, now: i64, params: &TradeParams) -> u64 {
        if now >= self.until_ts {
            return 0;
        }
        self.owed_atoms
            .min(self.beyond_share(value_atoms, now, params))
    }

    /// What of the running window is more than the market's share, quote atoms.
    fn beyond_share(&self, value_atoms: i128, now: i64, params: &TradeParams) -> u64 {
        let paid = QuoteAtoms::new(self.paid.sum(now));
        winners_owe_floor(paid, WideQuoteAtoms::new(value_atoms), params).get()
    }

    /// Books what winners have given back, quote atoms.
    pub fn give_back(&mut self, atoms: u64, now: i64) {
        self.paid.give_back(now, atoms);
        self.owed_atoms = self.owed_atoms.saturating_sub(atoms); // never below 0
    }
}

/// The market that an account below zero lost its money in, and how much of it where no winner could leave at
/// the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Index of the asset.
    pub asset_index: u16,
    /// Quote atoms.
    pub lost_atoms: u64,
}

impl Charge {
    /// After a closing that realised a loss while the account lacked `missing_atoms`.
    ///
    /// The market where more was lost counts, so that a dust position that is closed last does not move a loss to
    /// another market; and never more than is missing.
    #[must_use]
    pub fn after(self, loss: Self, missing_atoms: u64) -> Self {
        let before = self.lost_atoms.min(missing_atoms);
        let is_same = self.asset_index == loss.asset_index;
        let own = if is_same { before } else { 0 };
        let now = Self {
            lost_atoms: own.saturating_add(loss.lost_atoms).min(missing_atoms),
            ..loss
        };
        if is_same || now.lost_atoms >= before {
            now
        } else {
            Self {
                lost_atoms: before,
                ..self
            }
        }
    }
}

/// `⌊share · x⁺⌋`, at most [`u64::MAX`].
fn share_floor(x: i128, share_e9: u64) -> u64 {
    let x = u64::try_from(x.max(0)).unwrap_or(u64::MAX);
    mul_div_floor_u64(x, share_e9.min(E9), E9).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "gap_tests.rs"]
mod tests;
