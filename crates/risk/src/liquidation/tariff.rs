//! Costs of a closing for its account: penalty and impact, and the limits of both (whitepaper §7.3).
//!
//! ```text
//! T = min(K, I + π·relief, I + φ_max·P·x)          K = 0.95·E⁺/MM·relief          relief = MM − MM(x) > 0
//! ```
//! T is penalty and impact together; the impact goes first. E(x) − T − (1 + β)·MM(x) is the largest of three
//! values, one per limit, and where MM is convex each of them is concave, since I is convex and π < 1 + β.
use super::ClosingOutcome;
use crate::RiskError;
use crate::number::arith::amount::part_ceil;
use crate::number::arith::{
    add_i128, div_ceil_u128, div_floor_u64, excess_bits, signed_like, sub_i128,
};
use crate::number::quantity::{E9, E18, FRACTION_BITS, Fraction};
use crate::params::LiquidationParams;
use crate::requirement::equity::{ceil_atoms, floor_atoms};

/// Time after which the penalty is at its highest, seconds (whitepaper §7.3).
const PENALTY_SECS: u64 = 300;
/// 1/300: growth of the penalty share's second half per second, units of 2^-60, up.
const PENALTY_PER_SEC: u64 = (1u64 << 60).div_ceil(PENALTY_SECS);
/// ¼: penalty share at the moment of the flag, at zero depth (whitepaper §7.3).
const PENALTY_BASE: Fraction = Fraction::from_bits(1 << 58);
/// 0.95: largest share of the equity that the whole account pays (whitepaper §7.3), down.
const PAYABLE_EQUITY_SHARE: Fraction = Fraction::from_bits(div_floor_u64(1 << 60, 20) * 19);

/// 1 − ¼ of [`PENALTY_BASE`], × 10^9.
const THREE_QUARTERS_E9: u64 = 750_000_000;

/// An account below its margin, units of 2^-32 quote atoms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shortfall {
    pub margin_q32: u128,
    pub equity_q32: i128,
    /// Equity with every asset as it was last recorded; never above E.
    pub recorded_q32: i128,
}

impl Shortfall {
    /// Returns the part of E that is favour, quote atoms, down.
    pub fn favour_atoms(&self) -> i128 {
        floor_atoms(self.equity_q32.saturating_sub(self.recorded_q32))
    }

    /// u × 10^18, up, saturating.
    pub fn depth_e18(&self) -> Result<u128, RiskError> {
        let shortfall = self.margin_q32.cast_signed().abs_diff(self.equity_q32);
        let whole = shortfall.checked_div(self.margin_q32);
        let rest = shortfall.checked_rem(self.margin_q32);
        let (Some(whole), Some(rest)) = (whole, rest) else {
            return Ok(u128::from(E18)); // no requirement, no equity: the penalty scale ends at 1
        };
        let rest = ratio_ceil(rest, self.margin_q32)?;
        Ok(whole
            .saturating_mul(u128::from(E18))
            .saturating_add(rest.to_e18_ceil()))
    }
}

/// Shares by which a closing is charged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tariff {
    /// φ_max.
    penalty_cap: Fraction,
    /// 1 + β.
    target: Fraction,
    /// 0.95·E⁺/MM: the share of the relief that can be paid; 0 until [`Tariff::set_shares`].
    payable_share: Fraction,
    /// π; 0 until [`Tariff::set_shares`].
    pub penalty_share: Fraction,
    /// λ·¼·β/(1 + β − ¼): what the next step would pay its caller, as a share of the margin left, up.
    next_reward_share: Fraction,
    /// λ, down.
    liquidator_share: Fraction,
    /// Cost of a flag and a liquidation for their sender, units of 2^-32 quote atoms.
    keeper_cost_q32: u128,
}

/// A closing before it is charged, units of 2^-32 quote atoms.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClosingAmounts {
    /// MM(x).
    pub margin_q32: u128,
    /// P·x, down.
    pub notional_q32: u128,
    /// I(x), up; none where no size pays any. Not 0: K bounds what is paid at every size or at none, or the slack by
    /// it would not be concave where the impact begins.
    pub impact_q32: Option<u128>,
    /// Gain of equity by collateral that counted less than it is worth, and by the liquidator's payment beyond P,
    /// down.
    pub freed_q32: u128,
}

/// A closing and what it leaves, units of 2^-32 quote atoms.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ClosingEffect {
    /// MM(x), up.
    pub margin_q32: u128,
    /// E(x), down.
    pub equity_q32: i128,
    /// MM − MM(x).
    pub relief_q32: i128,
    /// E(x) − (1 + β)·MM(x) by each limit of what is paid; the largest of them holds.
    pub slack_q32: [i128; 3],
    /// Π(x), up.
    penalty_q32: u128,
    /// Paid part of I(x), up.
    impact_q32: u128,
    /// min(π·relief, φ_max·P·x): the penalty without an impact.
    charge_q32: u128,
}

impl ClosingEffect {
    /// E(x) − (1 + β)·MM(x).
    pub fn slack(&self) -> i128 {
        let [by_equity, by_relief, by_size] = self.slack_q32;
        by_equity.max(by_relief).max(by_size)
    }

    /// Whether MM falls.
    pub const fn frees(&self) -> bool {
        self.relief_q32 > 0
    }

    /// Whether MM falls and the account ends at its liquidation target.
    pub fn reaches(&self) -> bool {
        self.frees() && self.slack() >= 0
    }

    /// Rounded to atoms, against the account.
    pub fn outcome(&self) -> ClosingOutcome {
        ClosingOutcome {
            relief_atoms: floor_atoms(self.relief_q32),
            penalty_atoms: ceil_atoms(self.penalty_q32),
            impact_atoms: ceil_atoms(self.impact_q32),
            equity_after_atoms: floor_atoms(self.equity_q32),
            margin_after_atoms: ceil_atoms(self.margin_q32),
        }
    }
}

impl Tariff {
    pub fn new(params: &LiquidationParams) -> Result<Self, RiskError> {
        let beta = Fraction::from_e9_ceil(params.beta_e9)?;
        let liquidator_share = Fraction::from_e9_floor(params.liquidator_share_e9)?;
        // β/(1 + β − ¼), in 10^-9: both are below 2^31 there.
        let part = params.beta_e9.saturating_mul(E9);
        let part = div_floor_u64(part, params.beta_e9.saturating_add(THREE_QUARTERS_E9));
        let next = Fraction::from_e9_floor(part)?.mul_ceil(PENALTY_BASE);
        // Where nothing is ever paid, no size pays more.
        let pays = params.liquidator_share_e9 > 0 && params.penalty_abs_e9 > 0;
        let keeper_cost_atoms = if pays {
            params.keeper_cost_quote_atoms
        } else {
            0
        };
        Ok(Self {
            penalty_cap: Fraction::from_e9_ceil(params.penalty_abs_e9)?,
            target: beta.saturating_add(Fraction::ONE),
            payable_share: Fraction::ZERO,
            penalty_share: Fraction::ZERO,
            next_reward_share: next.mul_ceil(liquidator_share),
            liquidator_share,
            keeper_cost_q32: u128::from(keeper_cost_atoms) << crate::number::quantity::AMOUNT_BITS,
        })
    }

    /// Computes 0.95·E⁺/MM, and π for the age of the flag.
    ///
    /// Only the limit of what can be paid counts an asset without a usable price as it was last recorded: by an
    /// equity that exists in the account's favour alone, a bankrupt account would pay out of the pool.
    #[inline(never)] // a stack frame of its own
    pub fn set_shares(
        &mut self,
        shortfall: &Shortfall,
        flag_age_secs: u64,
    ) -> Result<(), RiskError> {
        let Ok(payable_q32) = u128::try_from(shortfall.recorded_q32) else {
            return Ok(()); // nothing left to pay from
        };
        // 0 ≤ E < MM here, so MM > 0.
        let payable = ratio_ceil(payable_q32, shortfall.margin_q32)?;
        let ratio = if shortfall.equity_q32 == shortfall.recorded_q32 {
            payable
        } else {
            ratio_ceil(shortfall.equity_q32.unsigned_abs(), shortfall.margin_q32)?
        };
        let depth = Fraction::ONE
            .saturating_sub(ratio)
            .saturating_add(Fraction::from_bits(1));
        let by_depth = depth.saturating_add(depth).min(Fraction::ONE);
        let secs = flag_age_secs.min(PENALTY_SECS);
        let by_time = PENALTY_PER_SEC.saturating_mul(secs); // 300 of them: below 2^61
        let by_time = Fraction::from_bits(by_time).min(Fraction::ONE);
        let urgency = Fraction::from_bits(by_depth.max(by_time).to_bits().div_ceil(2));
        self.payable_share = PAYABLE_EQUITY_SHARE.mul_floor(payable);
        self.penalty_share = PENALTY_BASE.saturating_add(urgency).min(self.payable_share);
        Ok(())
    }

    /// E − (1 + β)·MM.
    pub const fn slack_q32(&self, margin_q32: u128, equity_q32: i128) -> i128 {
        let target_q32 = part_ceil(margin_q32, self.target.to_bits());
        equity_q32.saturating_sub(target_q32.cast_signed()) // both below 2^116
    }

    /// Returns the effect of a closing on an account of this shortfall.
    pub fn effect(
        &self,
        shortfall: &Shortfall,
        closed: &ClosingAmounts,
    ) -> Result<ClosingEffect, RiskError> {
        // Both are below 2^110.
        let relief = shortfall
            .margin_q32
            .cast_signed()
            .saturating_sub(closed.margin_q32.cast_signed());
        let of_relief = |share: Fraction| {
            signed_like(part_ceil(relief.unsigned_abs(), share.to_bits()), relief)
        };
        let by_size = part_ceil(closed.notional_q32, self.penalty_cap.to_bits()).cast_signed();
        let by_relief = of_relief(self.penalty_share);
        let impact = closed.impact_q32.unwrap_or(0).cast_signed();
        let by_equity = match closed.impact_q32 {
            None => by_relief, // π is at most the share that can be paid
            Some(_) => of_relief(self.payable_share),
        };
        // The notional is below 2^96, the impact at most 16 times it.
        let limits = [
            by_equity,
            by_relief.saturating_add(impact),
            by_size.saturating_add(impact),
        ];
        let freed = add_i128(shortfall.equity_q32, closed.freed_q32.cast_signed())?;
        let before_costs = self.slack_q32(closed.margin_q32, freed);
        let charge = by_relief.min(by_size).max(0);
        let [paid, impact] = if relief > 0 {
            let paid = limits[0].min(limits[1]).min(limits[2]);
            [
                paid,
                if impact == 0 {
                    0
                } else {
                    impact.min(by_equity)
                },
            ]
        } else {
            [0, 0]
        };
        Ok(ClosingEffect {
            margin_q32: closed.margin_q32,
            equity_q32: sub_i128(freed, paid)?,
            relief_q32: relief,
            slack_q32: limits.map(|limit| before_costs.saturating_sub(limit)),
            penalty_q32: paid.saturating_sub(impact).max(0).cast_unsigned(),
            impact_q32: impact.cast_unsigned(),
            charge_q32: charge.cast_unsigned(),
        })
    }

    /// Whether the next step, after one that leaves this, would pay its caller less than it costs.
    pub const fn is_small(&self, effect: &ClosingEffect) -> bool {
        let next = part_ceil(effect.margin_q32, self.next_reward_share.to_bits());
        next < self.keeper_cost_q32
    }

    /// Whether this step pays its caller its cost, whatever the impact leaves of the penalty.
    pub const fn pays(&self, effect: &ClosingEffect) -> bool {
        let reward = part_ceil(effect.charge_q32, self.liquidator_share.to_bits());
        reward >= self.keeper_cost_q32
    }
}

/// `n / d`, up, saturating at [`Fraction::MAX`]; at most 2^-59 relative above it.
fn ratio_ceil(n: u128, d: u128) -> Result<Fraction, RiskError> {
    if n >> 4 >= d {
        return Ok(Fraction::MAX);
    }
    // Cut both so that n·2^60 fits: n keeps at least 60 of its bits.
    let shift = excess_bits(n, 68);
    let (n, d) = (
        (n >> shift).saturating_add(u128::from(shift > 0)),
        d >> shift,
    );
    let ratio = div_ceil_u128(n << FRACTION_BITS, d)?;
    Ok(u64::try_from(ratio).map_or(Fraction::MAX, Fraction::from_bits))
}
