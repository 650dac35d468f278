//! What a gap of the price may cost pool and insurance in one market (sections 6 and 7).
//!
//! ```text
//! u_least = max(s_floor, k·((1 − ω)·σ_floor + ω·σ_stress)·√h_mm)     where u_MM falls to in a calm market
//! OI·P·(s_gap − min(u_MM, u_least))⁺ ≤ x·(value + insurance − known bad debt)⁺        at an increase
//! owed by the market's winners = paid in 24 h − x·(value + paid)⁺                     at a deleveraging
//! ```
//! Opposite accounts of one owner have no net size, so nothing that looks at the net sees them: what their
//! losers lose beyond their margin is bounded by the side that grows.
use crate::RiskError;
use crate::number::arith::{low, mul_div_floor_u64, wide_mul};
use crate::number::quantity::{E9, E18, FRACTION_BITS, Fraction, MULTIPLE_BITS};
use crate::params::{AssetCoefficients, TradeParams};
use crate::pool::bankruptcy::PaidWindow;

/// How long a market's winners owe what its bad debt took from the pool beyond its share, seconds since the
/// last such loss: about what an EMA needs to follow a gap, until when the EMA rule holds them (§6).
pub const CLAIM_SECS: i64 = 3_600;

/// ⌊2^123/10^18⌋: a number of 10^-18 times it is one of 2^-123.
const BITS_PER_E18: u64 = 10_633_823_966_279_326_983;

/// What the unit shock of a resting market is made of, as governance wrote it.
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

/// What one market may cost in a gap, quote atoms, down: its share of pool and insurance, without what is
/// known to be lost; 0 when nothing is left.
pub fn gap_budget_floor(
    value_atoms: i64,
    insurance_atoms: i64,
    bad_debt_atoms: i64,
    params: &TradeParams,
) -> u64 {
    let left = i128::from(value_atoms)
        .saturating_add(i128::from(insurance_atoms.max(0)))
        .saturating_sub(i128::from(bad_debt_atoms.max(0)));
    share_floor(left, params.gap_share_e9)
}

/// `side·(s_gap − margin)⁺ ≤ budget`, exact: what the side that grew loses beyond its margin in a gap of the
/// stress size is within the market's budget.
///
/// `side_notional_quote_atoms` is P times its open interest, up; `margin` the least that stands against it.
/// Errors: [`RiskError::GapLossExceeded`].
pub fn check_gap_loss(
    side_notional_quote_atoms: u64,
    margin: Fraction,
    budget_quote_atoms: u64,
    params: &TradeParams,
) -> Result<(), RiskError> {
    // Up: two units more than a conversion that may be one too low.
    let gap = of_e18_floor(params.gap_e9.saturating_mul(E9)).saturating_add(Fraction::from_bits(2));
    let beyond = gap.saturating_sub(margin);
    let loss = wide_mul(side_notional_quote_atoms, beyond.to_bits());
    let budget = u128::from(budget_quote_atoms) << FRACTION_BITS; // < 2^124
    if loss <= budget {
        Ok(())
    } else {
        Err(RiskError::GapLossExceeded)
    }
}

/// What a market's winners owe the pool, quote atoms: what the pool paid for the market's bad debt in the
/// running window beyond the market's share of what the pool was worth before it. Down, in the winners' favour.
pub fn winners_owe_floor(paid_atoms: u64, value_atoms: i128, params: &TradeParams) -> u64 {
    let before = value_atoms.saturating_add(i128::from(paid_atoms));
    // ⌈x·before⌉ ≥ ⌊x·before⌋ + 1 where it is not whole: one atom more than the share is not owed.
    let share = share_floor(before, params.gap_share_e9).saturating_add(1);
    paid_atoms.saturating_sub(share)
}

/// What a market's bad debt took from the pool lately, and what of it the market's winners owe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarketLosses {
    /// What the pool paid and has not got back.
    pub paid: PaidWindow,
    /// What of it was more than the market's share when it was paid, quote atoms.
    pub owed_atoms: u64,
    /// Since when winners owe, unix seconds.
    pub since_ts: i64,
    /// Until when they do, unix seconds.
    pub until_ts: i64,
}

impl MarketLosses {
    /// Counts what the pool pays now, quote atoms; its value is that after it.
    ///
    /// What is more than the market's share is owed for [`CLAIM_SECS`]: of this payment, not of those before it,
    /// so that a pool that has become smaller since, and a small loss after a large one, take nothing from
    /// winners.
    pub fn count(&mut self, paid_atoms: u64, value_atoms: i128, now: i64, params: &TradeParams) {
        self.paid.pay(now, paid_atoms);
        let beyond = winners_owe_floor(self.paid.sum(now), value_atoms, params);
        let added = beyond.min(paid_atoms);
        if added == 0 {
            return;
        }
        if now >= self.until_ts {
            (self.owed_atoms, self.since_ts) = (0, now);
        }
        self.owed_atoms = self.owed_atoms.saturating_add(added);
        self.until_ts = now.saturating_add(CLAIM_SECS);
    }

    /// What winners owe a pool of this value now, quote atoms: what was added, at most what is still more than
    /// the market's share.
    pub fn owed(&self, value_atoms: i128, now: i64, params: &TradeParams) -> u64 {
        if now >= self.until_ts {
            return 0;
        }
        let beyond = winners_owe_floor(self.paid.sum(now), value_atoms, params);
        self.owed_atoms.min(beyond)
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
    /// After a closing in `asset_index` that realised `lost_atoms` while the account lacked `missing_atoms`.
    ///
    /// The market where more was lost counts, so that a dust position that is closed last does not move a loss to
    /// another market; and never more than is missing.
    #[must_use]
    pub fn after(self, asset_index: u16, lost_atoms: u64, missing_atoms: u64) -> Self {
        let before = self.lost_atoms.min(missing_atoms);
        let is_same = self.asset_index == asset_index;
        let own = if is_same { before } else { 0 };
        let now = Self {
            asset_index,
            lost_atoms: own.saturating_add(lost_atoms).min(missing_atoms),
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
