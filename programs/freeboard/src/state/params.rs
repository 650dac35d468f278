//! Parameters as accounts and arguments carry them: one definition for both, decimal, no padding.
//! Names and meanings are those of `freeboard_risk::params`, which a test of the client compares; bounds stand there too.
//!
use super::same_bytes::borsh_of_same_bytes;
use anchor_lang::prelude::*;
use freeboard_risk::params as risk;

/// Declares a parameter struct that is argument, account field and `risk` value at once, so that a
/// parameter is listed here and in `risk` and nowhere else.
macro_rules! params {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$meaning:meta])* $field:ident: $type:ident,)* } $(padding $padding:literal)?
    ) => {
        $(#[$doc])*
        #[zero_copy]
        #[derive(Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$meaning])* pub $field: $type,)*
            $(
                /// Ignored: keeps the size a multiple of 8 and the account free of implicit padding.
                pub padding: [u8; $padding],
            )?
        }
        borsh_of_same_bytes!($name);
        impl From<$name> for risk::$name {
            fn from(params: $name) -> Self {
                Self { $($field: params.$field.into(),)* }
            }
        }
        impl From<risk::$name> for $name {
            fn from(params: risk::$name) -> Self {
                Self { $($field: params.$field.into(),)* $(padding: [0; $padding])? }
            }
        }
    };
}

params!(
    /// Portfolio (whitepaper §5.1).
    PortfolioParams {
        /// θ: reduction for diversification, × 10^9.
        theta_e9: u64,
        /// φ: least requirement, as part of the gross shock, × 10^9.
        phi_e9: u64,
        /// ρ_lo: lower of the two correlations, × 10^9; the worse counts.
        rho_lo_e9: u64,
        /// ρ_hi: upper of the two correlations, × 10^9; the worse counts.
        rho_hi_e9: u64,
        /// Least IM over MM, × 10^9; fixed.
        im_over_mm_e9: u64,
        /// Weight of unrealised profit in IM equity, × 10^9.
        upnl_weight_e9: u64,
        /// z: multiple of the oracle's confidence interval, × 10^9.
        z_e9: u64,
        /// Favourable move assumed of an asset without usable price, × 10^9; fixed.
        unusable_move_e9: u64,
        /// For how long funding is provided for, seconds; fixed.
        funding_provision_secs: u32,
    } padding 4
);
params!(
    /// Liquidation (whitepaper §7.3).
    LiquidationParams {
        /// φ_max: largest penalty, as part of what is closed, × 10^9.
        penalty_abs_e9: u64,
        /// λ: liquidator's part of the penalty, × 10^9.
        liquidator_share_e9: u64,
        /// Insurance fund's part of the rest of the penalty, × 10^9; what is left is the pool's.
        insurance_share_e9: u64,
        /// The most that may be closed in a window, quote atoms.
        window_cap_quote_atoms: u64,
        /// The most that may be closed in a window, as part of the account's gross, × 10^9.
        window_share_e9: u64,
        /// Gross below which an account is closed whole, quote atoms.
        dust_quote_atoms: u64,
        /// Estimated cost of a flag and a liquidation, quote atoms: a step pays its caller more, or goes on.
        keeper_cost_quote_atoms: u64,
        /// β: a liquidation ends at (1 + β) · MM, × 10^9.
        beta_e9: u64,
        /// Age that a flag needs, seconds.
        grace_secs: u32,
        /// Time without another valuation below MM after which a flag lapses, seconds.
        flag_lapse_secs: u32,
        /// Length of a liquidation window, seconds.
        window_secs: u32,
        /// Call level: equity below this multiple of MM is a margin call, × 10^9.
        call_level_e9: u32,
    }
);
params!(
    /// The pool, its loans and LPs, and the payers of a loss (whitepaper §6.10, §6.13 and §7.12).
    PoolParams {
        /// Borrow rate per hour while nothing is lent, × 10^9.
        borrow_base_per_h_e9: u64,
        /// What the borrow rate per hour gains until everything is lent, × 10^9.
        borrow_slope_per_h_e9: u64,
        /// The most that may be lent, quote atoms; only a withdrawal is measured against it.
        borrow_cap_quote_atoms: u64,
        /// Largest NAV after a deposit, quote atoms.
        pool_cap_quote_atoms: u64,
        /// The most that insurance pays for one asset in 24 h, quote atoms.
        insurance_cap_quote_atoms: u64,
        /// Part of what is closed up to which insurance raises a liquidator's reward, × 10^9.
        reward_min_e9: u64,
        /// Score from which a position is deleveraged first, × 10^9.
        adl_start_score_e9: u64,
        /// How long an LP request waits, seconds.
        lp_delay_secs: u32,
        /// For how long an LP request can be executed after that, seconds.
        lp_window_secs: u32,
        /// Half-life of that threshold, seconds.
        adl_half_life_secs: u32,
        /// How long after an order its price must be published, seconds.
        fill_delay_secs: u32,
        /// Longest life of an order, seconds.
        order_expiry_secs: u32,
        /// Part of what the protocol gets of an order's fee that goes to who fills it, × 10^9.
        fill_reward_share_e9: u32,
    }
);
params!(
    /// Oracle limits of one asset (whitepaper §2.2).
    OracleParams {
        /// Widest confidence interval to open, increase or withdraw at, as part of the price, × 10^9.
        conf_trade_e9: u64,
        /// Widest confidence interval to reduce at, as part of the price, × 10^9.
        conf_reduce_e9: u64,
        /// Widest confidence interval to liquidate at, as part of the price, × 10^9.
        conf_liquidation_e9: u64,
        /// Furthest from the EMA to trade at, as part of the EMA, × 10^9.
        ema_trade_e9: u64,
        /// Furthest from the EMA to liquidate at, as part of the EMA, × 10^9.
        ema_liquidation_e9: u64,
        /// Oldest price to open, increase or withdraw at, seconds.
        age_trade_secs: u32,
        /// Oldest price of a fill, seconds.
        age_fill_secs: u32,
        /// Oldest price to liquidate at, seconds.
        age_liquidation_secs: u32,
        /// How long every price must be beyond ema_liquidation until that band is waived, seconds.
        ema_waiver_secs: u32,
        /// Furthest that a price may be published ahead of the clock, seconds.
        max_future_secs: u32,
    } padding 4
);
params!(
    /// Volatility samples of one asset (whitepaper §3.1).
    SampleParams {
        /// Largest return of one sample in σ, × 10^9.
        clamp_mult_e9: u64,
        /// c_s: largest return of one sample in the short variance, in σ, × 10^9.
        clamp_short_mult_e9: u64,
        /// Least clamp of a sample's return, × 10^9.
        clamp_min_e9: u64,
        /// Largest price ratio of one sample, × 10^9.
        clamp_max_ratio_e9: u64,
        /// Widest confidence interval of a sample, as part of the price, × 10^9.
        max_conf_e9: u64,
        /// Half-life of the fast variance, seconds; a sixth of it is that of the short one.
        half_life_fast_secs: u32,
        /// Half-life of the slow variance, seconds.
        half_life_slow_secs: u32,
        /// Least time between two samples, seconds.
        min_spacing_secs: u32,
        /// Oldest price of a sample, seconds.
        max_age_secs: u32,
        /// Furthest that a price may be published ahead of the clock, seconds.
        max_future_secs: u32,
    } padding 4
);
params!(
    /// Volatility and shocks of one asset (whitepaper §3.1 and §4.1).
    AssetParams {
        /// ω: weight of the stressed volatility, × 10^9.
        omega_e9: u64,
        /// Stressed volatility per √hour, × 10^9.
        sigma_stress_e9: u64,
        /// Least volatility per √hour, × 10^9.
        sigma_floor_e9: u64,
        /// Largest volatility per √hour, × 10^9.
        sigma_cap_e9: u64,
        /// Volatility per √hour before the first samples, × 10^9.
        sigma_initial_e9: u64,
        /// m: multiple of the short volatility that counts as volatility, × 10^9; 0 switches it off.
        short_mult_e9: u64,
        /// Growth of the IM's volatility from then on, per hour, × 10^9.
        stale_per_h_e9: u64,
        /// k: standard deviations that a shock covers, × 10^9.
        k_e9: u64,
        /// Least shock, as part of the price, × 10^9.
        s_floor_e9: u64,
        /// Fastest rise of the unit shock of MM per hour, × 10^9.
        up_per_h_e9: u64,
        /// Fastest fall of the unit shock of MM per hour, × 10^9.
        down_per_h_e9: u64,
        /// Largest shock of a long in MM, as part of the price, × 10^9.
        s_max_mm_long_e9: u64,
        /// Largest shock of a long in IM, as part of the price, × 10^9.
        s_max_im_long_e9: u64,
        /// Largest shock of a short, as part of the price, × 10^9.
        s_max_short_e9: u64,
        /// L: notional that the market absorbs per hour at tolerable impact, quote atoms.
        depth_quote_atoms: u64,
        /// What the market trades in an ordinary hour, quote atoms: where it trades less, less of L counts. 0 leaves L as it is.
        turnover_reference_quote_atoms: u64,
        /// Open interest at which the open-interest add-on starts, quote atoms.
        oi_lo_quote_atoms: u64,
        /// Open interest at which the open-interest add-on is full, quote atoms.
        oi_hi_quote_atoms: u64,
        /// γ: surcharge of IM for recent liquidations, × 10^9.
        gamma_e9: u64,
        /// Charge on collateral that hedges a short of the same asset, × 10^9.
        basis_e9: u64,
        /// Largest funding rate per hour, × 10^9; eight hours of it are provided for.
        max_rate_per_h_e9: u64,
        /// Collateral weight: part of the collateral's value that counts, × 10^9.
        collateral_weight_e9: u64,
        /// The most collateral of all accounts that counts after a deposit, base atoms; a deposit above it counts at weight 0.
        deposit_cap_atoms: u64,
        /// Part of the vault that may leave within an hour, × 10^9.
        outflow_per_h_e9: u64,
        /// Smallest step of a size, base atoms.
        lot_atoms: u64,
        /// What enters the volatility estimator.
        sample: SampleParams,
        /// Samples until sigma_initial is no longer a lower bound.
        warmup_samples: u32,
        /// Age of the last sample from which the IM's volatility grows, seconds.
        stale_after_secs: u32,
        /// Horizon of MM, seconds.
        h_mm_secs: u32,
        /// Horizon of IM, seconds.
        h_im_secs: u32,
        /// Column of the joint scenarios.
        bucket: u8,
        /// Decimals of the base unit.
        base_decimals: u8,
    } padding 6
);

/// Perpetual market of one asset (whitepaper §6.1).
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
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
    pub one_step_fills: u8,
    /// Ignored.
    pub padding: [u8; 3],
    /// What a volatility sample pays its caller of the market's protocol fees, quote atoms.
    pub sample_reward_quote_atoms: u32,
}

borsh_of_same_bytes!(TradeParams);

impl From<TradeParams> for risk::TradeParams {
    fn from(params: TradeParams) -> Self {
        Self {
            taker_fee_e9: params.taker_fee_e9,
            fee_insurance_share_e9: params.fee_insurance_share_e9,
            fee_protocol_share_e9: params.fee_protocol_share_e9,
            kappa_e9: params.kappa_e9,
            skew_scale_atoms: params.skew_scale_atoms,
            funding_scale_atoms: params.funding_scale_atoms,
            open_interest_cap_atoms: params.open_interest_cap_atoms,
            account_cap_atoms: params.account_cap_atoms,
            min_notional_quote_atoms: params.min_notional_quote_atoms,
            util_max_e9: params.util_max_e9,
            pool_share_e9: params.pool_share_e9,
            gap_e9: params.gap_e9,
            gap_share_e9: params.gap_share_e9,
            one_step_fills: params.one_step_fills != 0,
            sample_reward_quote_atoms: params.sample_reward_quote_atoms,
        }
    }
}

impl From<risk::TradeParams> for TradeParams {
    fn from(params: risk::TradeParams) -> Self {
        Self {
            taker_fee_e9: params.taker_fee_e9,
            fee_insurance_share_e9: params.fee_insurance_share_e9,
            fee_protocol_share_e9: params.fee_protocol_share_e9,
            kappa_e9: params.kappa_e9,
            skew_scale_atoms: params.skew_scale_atoms,
            funding_scale_atoms: params.funding_scale_atoms,
            open_interest_cap_atoms: params.open_interest_cap_atoms,
            account_cap_atoms: params.account_cap_atoms,
            min_notional_quote_atoms: params.min_notional_quote_atoms,
            util_max_e9: params.util_max_e9,
            pool_share_e9: params.pool_share_e9,
            gap_e9: params.gap_e9,
            gap_share_e9: params.gap_share_e9,
            one_step_fills: params.one_step_fills.into(),
            padding: [0; 3],
            sample_reward_quote_atoms: params.sample_reward_quote_atoms,
        }
    }
}
