//! Parameters: what governance sets, in decimal; hard bounds of whitepaper §8.1; and their binary form.
//!
//! [`bounds`] refuses what no key may set; [`AssetCoefficients`], [`PortfolioCoefficients`] and
//! [`ScenarioCoefficients`] are what a margin check reads, computed once when a parameter is set.

pub mod bounds;
mod coefficients;
mod reference;

pub use coefficients::{AssetCoefficients, PortfolioCoefficients, ScenarioCoefficients};

/// Number of buckets.
pub const BUCKETS: usize = 8;

/// Parameters of one asset's volatility and shocks (whitepaper §3.1 and §4.1). Decimal, as governance writes
/// them; `_e9` are fractions × 10^9, σ per √hour, rates per hour, L and open interest in quote atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct AssetParams {
    /// ω: weight of the stressed volatility, × 10^9.
    pub omega_e9: u64,
    /// Stressed volatility per √hour, × 10^9.
    pub sigma_stress_e9: u64,
    /// Least volatility per √hour, × 10^9.
    pub sigma_floor_e9: u64,
    /// Largest volatility per √hour, × 10^9.
    pub sigma_cap_e9: u64,
    /// Volatility per √hour before the first samples, × 10^9.
    pub sigma_initial_e9: u64,
    /// m: multiple of the short volatility that counts as volatility, × 10^9; 0 switches it off.
    pub short_mult_e9: u64,
    /// Samples until sigma_initial is no longer a lower bound.
    pub warmup_samples: u32,
    /// Age of the last sample from which the IM's volatility grows, seconds.
    pub stale_after_secs: u32,
    /// Growth of the IM's volatility from then on, per hour, × 10^9.
    pub stale_per_h_e9: u64,
    /// k: standard deviations that a shock covers, × 10^9.
    pub k_e9: u64,
    /// Horizon of MM, seconds.
    pub h_mm_secs: u32,
    /// Horizon of IM, seconds.
    pub h_im_secs: u32,
    /// Least shock, as part of the price, × 10^9.
    pub s_floor_e9: u64,
    /// Fastest rise of the unit shock of MM per hour, × 10^9.
    pub up_per_h_e9: u64,
    /// Fastest fall of the unit shock of MM per hour, × 10^9.
    pub down_per_h_e9: u64,
    /// Largest shock of a long in MM, as part of the price, × 10^9.
    pub s_max_mm_long_e9: u64,
    /// Largest shock of a long in IM, as part of the price, × 10^9.
    pub s_max_im_long_e9: u64,
    /// Largest shock of a short, as part of the price, × 10^9.
    pub s_max_short_e9: u64,
    /// L: notional that the market absorbs per hour at tolerable impact, quote atoms.
    pub depth_quote_atoms: u64,
    /// What the market trades in an ordinary hour, quote atoms: where it trades less, less of L counts. 0 leaves L as it is.
    pub turnover_reference_quote_atoms: u64,
    /// Open interest at which the open-interest add-on starts, quote atoms.
    pub oi_lo_quote_atoms: u64,
    /// Open interest at which the open-interest add-on is full, quote atoms.
    pub oi_hi_quote_atoms: u64,
    /// γ: surcharge of IM for recent liquidations, × 10^9.
    pub gamma_e9: u64,
    /// Charge on collateral that hedges a short of the same asset, × 10^9.
    pub basis_e9: u64,
    /// Largest funding rate per hour, × 10^9; eight hours of it are provided for.
    pub max_rate_per_h_e9: u64,
    /// Collateral weight: part of the collateral's value that counts, × 10^9.
    pub collateral_weight_e9: u64,
    /// The most collateral of all accounts that counts after a deposit, base atoms; a deposit above it counts at weight 0.
    pub deposit_cap_atoms: u64,
    /// Part of the vault that may leave within an hour, × 10^9.
    pub outflow_per_h_e9: u64,
    /// Column of the joint scenarios.
    pub bucket: u8,
    /// Decimals of the base unit.
    pub base_decimals: u8,
    /// Smallest step of a size, base atoms.
    pub lot_atoms: u64,
    /// What enters the volatility estimator.
    pub sample: SampleParams,
}

/// Parameters of the volatility samples (whitepaper §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct SampleParams {
    /// Half-life of the fast variance, seconds; a sixth of it is that of the short one.
    pub half_life_fast_secs: u32,
    /// Half-life of the slow variance, seconds.
    pub half_life_slow_secs: u32,
    /// Largest return of one sample in σ, × 10^9.
    pub clamp_mult_e9: u64,
    /// c_s: largest return of one sample in the short variance, in σ, × 10^9.
    pub clamp_short_mult_e9: u64,
    /// Least clamp of a sample's return, × 10^9.
    pub clamp_min_e9: u64,
    /// Largest price ratio of one sample, × 10^9.
    pub clamp_max_ratio_e9: u64,
    /// Least time between two samples, seconds.
    pub min_spacing_secs: u32,
    /// Oldest price of a sample, seconds.
    pub max_age_secs: u32,
    /// Widest confidence interval of a sample, as part of the price, × 10^9.
    pub max_conf_e9: u64,
    /// Furthest that a price may be published ahead of the clock, seconds.
    pub max_future_secs: u32,
}

/// Parameters of the portfolio (whitepaper §5.1), the same for every account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct PortfolioParams {
    /// θ: reduction for diversification, × 10^9.
    pub theta_e9: u64,
    /// φ: least requirement, as part of the gross shock, × 10^9.
    pub phi_e9: u64,
    /// ρ_lo: lower of the two correlations, × 10^9; the worse counts.
    pub rho_lo_e9: u64,
    /// ρ_hi: upper of the two correlations, × 10^9; the worse counts.
    pub rho_hi_e9: u64,
    /// Least IM over MM, × 10^9; fixed.
    pub im_over_mm_e9: u64,
    /// Weight of unrealised profit in IM equity, × 10^9.
    pub upnl_weight_e9: u64,
    /// z: multiple of the oracle's confidence interval, × 10^9.
    pub z_e9: u64,
    /// Favourable move assumed of an asset without usable price, × 10^9; fixed.
    pub unusable_move_e9: u64,
    /// For how long funding is provided for, seconds; fixed.
    pub funding_provision_secs: u32,
}

/// A joint scenario: signed shock per bucket (≥ -1) and a weight (≤ 1), both × 10^9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Scenario {
    /// Weight of the loss, × 10^9.
    pub weight_e9: u64,
    /// Signed shock of each bucket, as part of the price, × 10^9.
    pub shock_e9: [i64; BUCKETS],
}

/// Limits that make an oracle price usable, per action (whitepaper §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct OracleParams {
    /// Oldest price to open, increase or withdraw at, seconds.
    pub age_trade_secs: u32,
    /// Oldest price of a fill, seconds.
    pub age_fill_secs: u32,
    /// Oldest price to liquidate at, seconds.
    pub age_liquidation_secs: u32,
    /// Widest confidence interval to open, increase or withdraw at, as part of the price, × 10^9.
    pub conf_trade_e9: u64,
    /// Widest confidence interval to reduce at, as part of the price, × 10^9.
    pub conf_reduce_e9: u64,
    /// Widest confidence interval to liquidate at, as part of the price, × 10^9.
    pub conf_liquidation_e9: u64,
    /// Furthest from the EMA to trade at, as part of the EMA, × 10^9.
    pub ema_trade_e9: u64,
    /// Furthest from the EMA to liquidate at, as part of the EMA, × 10^9.
    pub ema_liquidation_e9: u64,
    /// How long every price must be beyond ema_liquidation until that band is waived, seconds.
    pub ema_waiver_secs: u32,
    /// Furthest that a price may be published ahead of the clock, seconds.
    pub max_future_secs: u32,
}

/// Fill price, fees and caps of one perpetual market (whitepaper §6.1). Sizes in base atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct TradeParams {
    /// Fee on the notional of a fill, × 10^9.
    pub taker_fee_e9: u64,
    /// Insurance fund's part of the fee, × 10^9.
    pub fee_insurance_share_e9: u64,
    /// Protocol's part of the fee, × 10^9; the rest is the pool's.
    pub fee_protocol_share_e9: u64,
    /// κ: half-spread per σ_IM·√age, × 10^9; a liquidator pays it too.
    pub kappa_e9: u64,
    /// Net size at which the skew moves a fill by 100 %, base atoms.
    pub skew_scale_atoms: u64,
    /// Net size at which funding is at its largest rate, base atoms.
    pub funding_scale_atoms: u64,
    /// Cap of open interest per side, base atoms.
    pub open_interest_cap_atoms: u64,
    /// Cap of one account's position, base atoms.
    pub account_cap_atoms: u64,
    /// Least notional that an increase may leave, quote atoms.
    pub min_notional_quote_atoms: u64,
    /// Part of the allocated free cash that the pool's exposure may use, × 10^9.
    pub util_max_e9: u64,
    /// Part of the pool's free cash that the asset is allocated, × 10^9.
    pub pool_share_e9: u64,
    /// s_gap: the gap that open interest is judged by, × 10^9.
    pub gap_e9: u64,
    /// ξ: part of pool and insurance that such a gap may cost, and the pool pays of bad debt in 24 h, × 10^9.
    pub gap_share_e9: u64,
    /// Whether a position may be opened without an order.
    pub one_step_fills: bool,
    /// What a volatility sample pays its caller of the market's protocol fees, quote atoms.
    pub sample_reward_quote_atoms: u32,
}

/// Liquidation (whitepaper §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct LiquidationParams {
    /// φ_max: largest penalty, as part of what is closed, × 10^9.
    pub penalty_abs_e9: u64,
    /// λ: liquidator's part of the penalty, × 10^9.
    pub liquidator_share_e9: u64,
    /// Insurance fund's part of the rest of the penalty, × 10^9; what is left is the pool's.
    pub insurance_share_e9: u64,
    /// Age that a flag needs, seconds.
    pub grace_secs: u32,
    /// Time without another valuation below MM after which a flag lapses, seconds.
    pub flag_lapse_secs: u32,
    /// Length of a liquidation window, seconds.
    pub window_secs: u32,
    /// The most that may be closed in a window, quote atoms.
    pub window_cap_quote_atoms: u64,
    /// The most that may be closed in a window, as part of the account's gross, × 10^9.
    pub window_share_e9: u64,
    /// Gross below which an account is closed whole, quote atoms.
    pub dust_quote_atoms: u64,
    /// Estimated cost of a flag and a liquidation, quote atoms: a step pays its caller more, or goes on.
    pub keeper_cost_quote_atoms: u64,
    /// β: a liquidation ends at (1 + β) · MM, × 10^9.
    pub beta_e9: u64,
    /// Call level: equity below this multiple of MM is a margin call, × 10^9.
    pub call_level_e9: u32,
}

/// The pool, its loans and LPs, and the payers of a loss (whitepaper §6.10, §6.13 and §7.12). One for all assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct PoolParams {
    /// Borrow rate per hour while nothing is lent, × 10^9.
    pub borrow_base_per_h_e9: u64,
    /// What the borrow rate per hour gains until everything is lent, × 10^9.
    pub borrow_slope_per_h_e9: u64,
    /// The most that may be lent, quote atoms; only a withdrawal is measured against it.
    pub borrow_cap_quote_atoms: u64,
    /// How long an LP request waits, seconds.
    pub lp_delay_secs: u32,
    /// For how long an LP request can be executed after that, seconds.
    pub lp_window_secs: u32,
    /// Largest NAV after a deposit, quote atoms.
    pub pool_cap_quote_atoms: u64,
    /// The most that insurance pays for one asset in 24 h, quote atoms.
    pub insurance_cap_quote_atoms: u64,
    /// Part of what is closed up to which insurance raises a liquidator's reward, × 10^9.
    pub reward_min_e9: u64,
    /// Score from which a position is deleveraged first, × 10^9.
    pub adl_start_score_e9: u64,
    /// Half-life of that threshold, seconds.
    pub adl_half_life_secs: u32,
    /// How long after an order its price must be published, seconds.
    pub fill_delay_secs: u32,
    /// Longest life of an order, seconds.
    pub order_expiry_secs: u32,
    /// Part of what the protocol gets of an order's fee that goes to who fills it, × 10^9.
    pub fill_reward_share_e9: u32,
}
