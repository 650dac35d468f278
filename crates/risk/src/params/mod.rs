//! Parameters: what governance sets, in decimal; hard bounds of section 8; and their binary form.
//!
//! [`bounds`] refuses what no key may set; [`AssetCoefficients`], [`PortfolioCoefficients`] and
//! [`ScenarioCoefficients`] are what a margin check reads, computed once when a parameter is set.

pub mod bounds;
mod coefficients;
mod reference;

pub use coefficients::{AssetCoefficients, PortfolioCoefficients, ScenarioCoefficients};

/// Number of buckets.
pub const BUCKETS: usize = 8;

/// Parameters of one asset's volatility and shocks (sections 3 and 4). Decimal, as governance writes
/// them; `_e9` are fractions × 10^9, σ per √hour, rates per hour, L and open interest in quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(missing_docs)] // one line each in docs/terminology.md; names are those of the model
pub struct AssetParams {
    pub omega_e9: u64,
    pub sigma_stress_e9: u64,
    pub sigma_floor_e9: u64,
    pub sigma_cap_e9: u64,
    pub sigma_initial_e9: u64,
    pub warmup_samples: u32,
    pub stale_after_secs: u32,
    pub stale_per_h_e9: u64,
    pub k_e9: u64,
    pub h_mm_secs: u32,
    pub h_im_secs: u32,
    pub s_floor_e9: u64,
    pub up_per_h_e9: u64,
    pub down_per_h_e9: u64,
    pub s_max_mm_long_e9: u64,
    pub s_max_im_long_e9: u64,
    pub s_max_short_e9: u64,
    pub depth_quote_atoms: u64,
    pub oi_lo_quote_atoms: u64,
    pub oi_hi_quote_atoms: u64,
    pub gamma_e9: u64,
    pub basis_e9: u64,
    pub max_rate_per_h_e9: u64,
    pub collateral_weight_e9: u64,
    pub bucket: u8,
    pub base_decimals: u8,
    pub lot_atoms: u64,
    pub sample: SampleParams,
}

/// Parameters of the volatility samples (section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(missing_docs)]
pub struct SampleParams {
    pub half_life_fast_secs: u32,
    pub half_life_slow_secs: u32,
    pub clamp_mult_e9: u64,
    pub clamp_min_e9: u64,
    pub clamp_max_ratio_e9: u64,
    pub min_spacing_secs: u32,
    pub max_age_secs: u32,
    pub max_conf_e9: u64,
    pub max_future_secs: u32,
}

/// Parameters of the portfolio (section 5), the same for every account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(missing_docs)]
pub struct PortfolioParams {
    pub theta_e9: u64,
    pub phi_e9: u64,
    pub rho_lo_e9: u64,
    pub rho_hi_e9: u64,
    pub im_over_mm_e9: u64,
    pub upnl_weight_e9: u64,
    pub z_e9: u64,
    pub unusable_move_e9: u64,
    pub funding_provision_secs: u32,
}

/// A joint scenario: signed shock per bucket (≥ -1) and a weight (≤ 1), both × 10^9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(missing_docs)]
pub struct Scenario {
    pub weight_e9: u64,
    pub shock_e9: [i64; BUCKETS],
}

/// What makes an oracle price usable, per action (section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(missing_docs)]
pub struct OracleParams {
    pub age_trade_secs: u32,
    pub age_fill_secs: u32,
    pub age_liquidation_secs: u32,
    pub conf_trade_e9: u64,
    pub conf_reduce_e9: u64,
    pub conf_liquidation_e9: u64,
    pub ema_trade_e9: u64,
    pub ema_liquidation_e9: u64,
    /// The liquidation band is waived when every record of this long was beyond it (`liq_delay_max`).
    pub ema_waiver_secs: u32,
    pub max_future_secs: u32,
}

/// Fill price, fees and caps of one perpetual market (section 6). Sizes in base atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(missing_docs)]
pub struct TradeParams {
    pub taker_fee_e9: u64,
    pub fee_insurance_share_e9: u64,
    /// What insurance and protocol leave of the fee is the pool's.
    pub fee_protocol_share_e9: u64,
    /// κ: half-spread per `σ_IM·√age`.
    pub kappa_e9: u64,
    pub skew_scale_atoms: u64,
    /// Net size at which funding is max_rate.
    pub funding_scale_atoms: u64,
    pub open_interest_cap_atoms: u64,
    pub account_cap_atoms: u64,
    pub min_notional_quote_atoms: u64,
    pub util_max_e9: u64,
    /// Share of the pool's free cash that this asset may use; all assets together at most 1.
    pub pool_share_e9: u64,
    /// s_gap: the gap that open interest is judged by.
    pub gap_e9: u64,
    /// x: share of pool and insurance that such a gap may cost, and that the pool pays of this market's bad
    /// debt in 24 h before its winners do.
    pub gap_share_e9: u64,
    /// A fill may happen in the transaction of its request.
    pub one_step_fills: bool,
}

/// Liquidation (section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(missing_docs)]
pub struct LiquidationParams {
    /// φ_max: the penalty is at most this share of what is closed.
    pub penalty_abs_e9: u64,
    /// λ: share of the penalty that the liquidator earns.
    pub liquidator_share_e9: u64,
    /// Share of the other (1 − λ) that insurance gets; the pool gets the rest.
    pub insurance_share_e9: u64,
    pub grace_secs: u32,
    /// For how long a flag lasts without another valuation below the margin.
    pub flag_lapse_secs: u32,
    pub window_secs: u32,
    pub window_cap_quote_atoms: u64,
    pub window_share_e9: u64,
    pub dust_quote_atoms: u64,
    /// What a flag and a liquidation cost whoever sends them: an estimate. A closing pays more, or goes on.
    pub keeper_cost_quote_atoms: u64,
    pub beta_e9: u64,
}

/// The pool, its loans and LPs, and who pays a loss (sections 1, 6 and 7). One for all assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[allow(missing_docs)]
pub struct PoolParams {
    /// Borrow rate when nothing is lent.
    pub borrow_base_per_h_e9: u64,
    /// What the borrow rate gains until everything is lent.
    pub borrow_slope_per_h_e9: u64,
    /// Withdrawals may enlarge the sum of loans up to this.
    pub borrow_cap_quote_atoms: u64,
    /// An LP request waits this long.
    pub lp_delay_secs: u32,
    /// After the delay it can be executed for this long, at most half of the delay.
    pub lp_window_secs: u32,
    /// Largest NAV after a deposit.
    pub pool_cap_quote_atoms: u64,
    /// Insurance pays at most this for one asset in 24 h.
    pub insurance_cap_quote_atoms: u64,
    /// Share of what is closed up to which insurance raises a liquidator's reward.
    pub reward_min_e9: u64,
    /// Score from which a position is deleveraged first.
    pub adl_start_score_e9: u64,
    pub adl_half_life_secs: u32,
    /// An order is filled at an observation published at least this long after it.
    pub fill_delay_secs: u32,
    /// Longest life of an order.
    pub order_expiry_secs: u32,
}
