//! Parameters as accounts and arguments carry them: one definition for both, decimal, no padding.
//! Meaning, unit and bounds: `freeboard_risk::params`, whose names these are.
//!
//! Borsh is derived by its own names: `zero_copy` already adds what Anchor's derive adds for the IDL.
use anchor_lang::prelude::*;
use borsh::{BorshDeserialize, BorshSerialize};
use freeboard_risk::params as risk;

/// Declares a parameter struct that is argument, account field and `risk` value at once, so that a
/// parameter is listed here and in `risk` and nowhere else.
macro_rules! params {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ident,)* } padding $padding:literal) => {
        $(#[$doc])*
        #[zero_copy]
        #[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
        pub struct $name {
            $(#[allow(missing_docs)] pub $field: $type,)*
            /// Ignored: keeps the size a multiple of 8 and the account free of implicit padding.
            pub padding: [u8; $padding],
        }
        impl From<$name> for risk::$name {
            fn from(params: $name) -> Self {
                Self { $($field: params.$field.into(),)* }
            }
        }
        impl From<risk::$name> for $name {
            fn from(params: risk::$name) -> Self {
                Self { $($field: params.$field.into(),)* padding: [0; $padding] }
            }
        }
    };
}

params!(
    /// Portfolio (model §5).
    PortfolioParams {
        theta_e9: u64,
        phi_e9: u64,
        rho_lo_e9: u64,
        rho_hi_e9: u64,
        im_over_mm_e9: u64,
        upnl_weight_e9: u64,
        z_e9: u64,
        unusable_move_e9: u64,
        funding_provision_secs: u32,
    } padding 4
);
params!(
    /// Liquidation (model §7).
    LiquidationParams {
        penalty_abs_e9: u64,
        liquidator_share_e9: u64,
        insurance_share_e9: u64,
        window_cap_quote_atoms: u64,
        window_share_e9: u64,
        dust_quote_atoms: u64,
        keeper_cost_quote_atoms: u64,
        beta_e9: u64,
        grace_secs: u32,
        flag_lapse_secs: u32,
        window_secs: u32,
    } padding 4
);
params!(
    /// The pool, its loans and LPs, and who pays a loss (model §1, §6 and §7).
    PoolParams {
        borrow_base_per_h_e9: u64,
        borrow_slope_per_h_e9: u64,
        borrow_cap_quote_atoms: u64,
        pool_cap_quote_atoms: u64,
        insurance_cap_quote_atoms: u64,
        reward_min_e9: u64,
        adl_start_score_e9: u64,
        lp_delay_secs: u32,
        lp_window_secs: u32,
        adl_half_life_secs: u32,
        fill_delay_secs: u32,
        order_expiry_secs: u32,
    } padding 4
);
params!(
    /// Oracle limits of one asset (model §2).
    OracleParams {
        conf_trade_e9: u64,
        conf_reduce_e9: u64,
        conf_liquidation_e9: u64,
        ema_trade_e9: u64,
        ema_liquidation_e9: u64,
        age_trade_secs: u32,
        age_fill_secs: u32,
        age_liquidation_secs: u32,
        ema_waiver_secs: u32,
        max_future_secs: u32,
    } padding 4
);
params!(
    /// Volatility samples of one asset (model §3).
    SampleParams {
        clamp_mult_e9: u64,
        clamp_min_e9: u64,
        clamp_max_ratio_e9: u64,
        max_conf_e9: u64,
        half_life_fast_secs: u32,
        half_life_slow_secs: u32,
        min_spacing_secs: u32,
        max_age_secs: u32,
        max_future_secs: u32,
    } padding 4
);
params!(
    /// Volatility and shocks of one asset (model §3 and §4).
    AssetParams {
        omega_e9: u64,
        sigma_stress_e9: u64,
        sigma_floor_e9: u64,
        sigma_cap_e9: u64,
        sigma_initial_e9: u64,
        stale_per_h_e9: u64,
        k_e9: u64,
        s_floor_e9: u64,
        up_per_h_e9: u64,
        down_per_h_e9: u64,
        s_max_mm_long_e9: u64,
        s_max_im_long_e9: u64,
        s_max_short_e9: u64,
        depth_quote_atoms: u64,
        oi_lo_quote_atoms: u64,
        oi_hi_quote_atoms: u64,
        gamma_e9: u64,
        basis_e9: u64,
        max_rate_per_h_e9: u64,
        collateral_weight_e9: u64,
        lot_atoms: u64,
        sample: SampleParams,
        warmup_samples: u32,
        stale_after_secs: u32,
        h_mm_secs: u32,
        h_im_secs: u32,
        bucket: u8,
        base_decimals: u8,
    } padding 6
);

/// Perpetual market of one asset (model §6).
#[zero_copy]
#[derive(Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TradeParams {
    /// Taker fee on notional.
    pub taker_fee_e9: u64,
    /// Part of the fee that goes to the insurance fund.
    pub fee_insurance_share_e9: u64,
    /// Part of the fee that goes to the protocol; the rest is the pool's.
    pub fee_protocol_share_e9: u64,
    /// κ of the age-priced half-spread.
    pub kappa_e9: u64,
    /// Net base size at which skew moves the fill price by 100 %.
    pub skew_scale_atoms: u64,
    /// Net base size at which funding is at its maximum rate.
    pub funding_scale_atoms: u64,
    /// Cap of open interest per side.
    pub open_interest_cap_atoms: u64,
    /// Cap of one account's position.
    pub account_cap_atoms: u64,
    /// Smallest notional a position may be left with by an increase, quote atoms.
    pub min_notional_quote_atoms: u64,
    /// Part of the allocated free cash that the pool's exposure may stand against.
    pub util_max_e9: u64,
    /// Part of the pool's free cash that is allocated to this asset.
    pub pool_share_e9: u64,
    /// s_gap: the gap that open interest is judged by.
    pub gap_e9: u64,
    /// x: share of pool and insurance that such a gap may cost.
    pub gap_share_e9: u64,
    /// 1 if positions may be opened in one step, 0 if only reduced.
    pub one_step_fills: u8,
    /// Ignored.
    pub padding: [u8; 7],
}

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
            padding: [0; 7],
        }
    }
}
