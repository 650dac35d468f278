//! The defaults of the model as values: for tests and as the starting point of parameter files.
//! Sizes (L, caps, minimum notional) are round numbers of a SOL-like asset with 9 decimals.
use super::{
    AssetParams, LiquidationParams, OracleParams, PoolParams, PortfolioParams, SampleParams,
    TradeParams,
};

/// One USD in quote atoms.
const USD: u64 = 1_000_000;
/// One SOL in base atoms.
const SOL: u64 = 1_000_000_000;

impl AssetParams {
    /// The defaults of whitepaper §3.1 and §4.1; as collateral it is new, so its collateral weight is 0;
    /// the cap of deposits is more than there is, and a vault may leave in an hour.
    pub const fn reference() -> Self {
        Self {
            omega_e9: 250_000_000,
            sigma_stress_e9: 30_000_000,
            sigma_floor_e9: 5_000_000,
            sigma_cap_e9: 200_000_000,
            sigma_initial_e9: 20_000_000,
            short_mult_e9: 1_250_000_000,
            warmup_samples: 288,
            stale_after_secs: 3_600,
            stale_per_h_e9: 50_000_000,
            k_e9: 2_500_000_000,
            h_mm_secs: 3_600,
            h_im_secs: 14_400,
            s_floor_e9: 10_000_000,
            up_per_h_e9: 30_000_000,
            down_per_h_e9: 10_000_000,
            s_max_mm_long_e9: 650_000_000,
            s_max_im_long_e9: 1_000_000_000,
            s_max_short_e9: 3_000_000_000,
            depth_quote_atoms: 10_000_000 * USD,
            turnover_reference_quote_atoms: 0,
            oi_lo_quote_atoms: 50_000_000 * USD,
            oi_hi_quote_atoms: 200_000_000 * USD,
            gamma_e9: 100_000_000,
            basis_e9: 5_000_000,
            max_rate_per_h_e9: 100_000,
            collateral_weight_e9: 0,
            deposit_cap_atoms: u64::MAX >> 1,
            outflow_per_h_e9: 1_000_000_000,
            bucket: 0,
            base_decimals: 9,
            lot_atoms: 10_000_000, // 0.01 SOL
            sample: SampleParams::reference(),
        }
    }
}

impl SampleParams {
    /// Half-lives 24 h (so 4 h) and 60 d, clamp 16 σ (of the short one 4 σ), at least 0.5 %, at most ln 1.25, every
    /// 300 s.
    pub const fn reference() -> Self {
        Self {
            half_life_fast_secs: 86_400,
            half_life_slow_secs: 5_184_000,
            clamp_mult_e9: 16_000_000_000,
            clamp_short_mult_e9: 4_000_000_000,
            clamp_min_e9: 5_000_000,
            clamp_max_ratio_e9: 1_250_000_000,
            min_spacing_secs: 300,
            max_age_secs: 15,
            max_conf_e9: 10_000_000,
            max_future_secs: 5,
        }
    }
}

impl PortfolioParams {
    /// The defaults of whitepaper §5.1.
    pub const fn reference() -> Self {
        Self {
            theta_e9: 800_000_000,
            phi_e9: 100_000_000,
            rho_lo_e9: 500_000_000,
            rho_hi_e9: 950_000_000,
            im_over_mm_e9: 1_250_000_000,
            upnl_weight_e9: 0,
            z_e9: 2_120_000_000,
            unusable_move_e9: 500_000_000,
            funding_provision_secs: 28_800,
        }
    }
}

impl OracleParams {
    /// The defaults of whitepaper §2.2.
    pub const fn reference() -> Self {
        Self {
            age_trade_secs: 60,
            age_fill_secs: 5,
            age_liquidation_secs: 15,
            conf_trade_e9: 10_000_000,
            conf_reduce_e9: 30_000_000,
            conf_liquidation_e9: 20_000_000,
            ema_trade_e9: 50_000_000,
            ema_liquidation_e9: 200_000_000,
            ema_waiver_secs: 300,
            max_future_secs: 5,
        }
    }
}

impl TradeParams {
    /// The defaults of whitepaper §6.2: fee 0.05 %, 20 % of it to insurance, 10 % to the protocol; a cent for a sample.
    pub const fn reference() -> Self {
        Self {
            taker_fee_e9: 500_000,
            fee_insurance_share_e9: 200_000_000,
            fee_protocol_share_e9: 100_000_000,
            kappa_e9: 1_500_000_000,
            skew_scale_atoms: 400_000_000 * SOL, // the least floor, 0.5 %, allows the cap
            funding_scale_atoms: 1_000_000 * SOL,
            open_interest_cap_atoms: 1_000_000 * SOL,
            account_cap_atoms: 200_000 * SOL,
            min_notional_quote_atoms: 10 * USD,
            util_max_e9: 800_000_000,
            pool_share_e9: 250_000_000,
            gap_e9: 280_000_000,
            gap_share_e9: 100_000_000,
            one_step_fills: false,
            sample_reward_quote_atoms: 10_000, // $0.01
        }
    }
}

impl LiquidationParams {
    /// The defaults of whitepaper §7.3.
    pub const fn reference() -> Self {
        Self {
            penalty_abs_e9: 50_000_000,
            liquidator_share_e9: 500_000_000,
            insurance_share_e9: 500_000_000,
            grace_secs: 10,
            flag_lapse_secs: 60,
            window_secs: 30,
            window_cap_quote_atoms: 100_000 * USD,
            window_share_e9: 200_000_000,
            dust_quote_atoms: 100 * USD,
            keeper_cost_quote_atoms: 250_000, // $0.25
            beta_e9: 100_000_000,
            call_level_e9: 1_200_000_000,
        }
    }
}

impl PoolParams {
    /// The defaults of whitepaper §6.10, §6.13 and §7.12: loans cost 0.9 % a year and ten times that at the top.
    pub const fn reference() -> Self {
        Self {
            borrow_base_per_h_e9: 1_000,
            borrow_slope_per_h_e9: 10_000,
            borrow_cap_quote_atoms: 1_000_000 * USD,
            lp_delay_secs: 86_400,
            lp_window_secs: 43_200,
            pool_cap_quote_atoms: 100_000_000 * USD,
            insurance_cap_quote_atoms: 1_000_000 * USD,
            reward_min_e9: 1_000_000,
            adl_start_score_e9: 10_000_000_000,
            adl_half_life_secs: 30,
            fill_delay_secs: 1,
            order_expiry_secs: 60,
            fill_reward_share_e9: 500_000_000,
        }
    }
}
