//! Which keys of a parameter file a hard bound is about.
use freeboard_risk::RiskError;

/// The keys that the bound of this error ties, as they stand in a parameter file; empty for an error that
/// is no bound.
pub(crate) fn keys_of(error: RiskError) -> &'static str {
    use RiskError::*;
    match error {
        KOutOfBounds => "k_e9",
        OmegaOutOfBounds => "omega_e9",
        HalfLifeFastOutOfBounds => "half_life_fast_secs",
        HalfLifeSlowOutOfBounds => "half_life_slow_secs",
        SigmaStressOutOfBounds => "sigma_floor_e9, sigma_stress_e9, sigma_cap_e9",
        SigmaInitialOutOfBounds => "sigma_initial_e9",
        SigmaCapOutOfBounds => "sigma_cap_e9, k_e9, h_mm_secs",
        WarmupOutOfBounds => "warmup_samples",
        HorizonOutOfBounds => "h_mm_secs, h_im_secs",
        SpeedLimitOutOfBounds => "up_per_h_e9, down_per_h_e9",
        ShockFloorOutOfBounds => "s_floor_e9",
        ShockCapOutOfBounds => "s_max_mm_long_e9, s_max_im_long_e9, s_max_short_e9",
        FundingRateOutOfBounds => "max_rate_per_h_e9, s_floor_e9",
        BasisOutOfBounds => "basis_e9",
        GammaOutOfBounds => "gamma_e9",
        CollateralWeightOutOfBounds => "collateral_weight_e9",
        DepthOutOfBounds => "depth_quote_atoms, oi_lo_quote_atoms, oi_hi_quote_atoms",
        BucketOutOfBounds => "bucket",
        LotOutOfBounds => "base_decimals, lot_atoms, min_notional_quote_atoms",
        ClampOutOfBounds => "clamp_mult_e9, clamp_min_e9, clamp_max_ratio_e9",
        AgeOutOfBounds => {
            "sample.max_age_secs, age_trade_secs, age_fill_secs, age_liquidation_secs, max_future_secs"
        }
        BandOutOfBounds => {
            "sample.max_conf_e9, conf_trade_e9, conf_reduce_e9, conf_liquidation_e9, ema_trade_e9, \
             ema_liquidation_e9, ema_waiver_secs"
        }
        SpacingOutOfBounds => "min_spacing_secs, max_age_secs",
        StalenessOutOfBounds => "stale_after_secs, stale_per_h_e9",
        ThetaOutOfBounds => "theta_e9",
        PhiOutOfBounds => "phi_e9",
        CorrelationOutOfBounds => "rho_lo_e9, rho_hi_e9",
        UpnlWeightOutOfBounds => "upnl_weight_e9",
        ConfidenceMultipleOutOfBounds => "z_e9",
        FixedParameterChanged => "im_over_mm_e9, unusable_move_e9, funding_provision_secs",
        ScenarioOutOfBounds => "weight_bps, shock_bps",
        FeeOutOfBounds => {
            "taker_fee_e9, fee_insurance_share_e9, fee_protocol_share_e9; liquidator_share_e9, \
             insurance_share_e9"
        }
        SpreadOutOfBounds => "kappa_e9",
        OpenInterestCapOutOfBounds => {
            "open_interest_cap_atoms, account_cap_atoms, skew_scale_atoms, s_floor_e9"
        }
        FundingScaleOutOfBounds => "funding_scale_atoms, skew_scale_atoms, s_floor_e9",
        UtilizationOutOfBounds => "util_max_e9, pool_share_e9",
        GapOutOfBounds => "gap_e9",
        GapShareOutOfBounds => "gap_share_e9",
        PenaltyOutOfBounds => "penalty_abs_e9",
        GraceOutOfBounds => "grace_secs, flag_lapse_secs",
        WindowOutOfBounds => {
            "window_secs, window_cap_quote_atoms, window_share_e9, dust_quote_atoms, \
             keeper_cost_quote_atoms"
        }
        BetaOutOfBounds => "beta_e9",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key that is named stands in a parameter file.
    #[test]
    fn keys_are_those_of_a_file() {
        let file = include_str!("../../../../migrations/parameters/default.toml");
        for error in [
            RiskError::AgeOutOfBounds,
            RiskError::BandOutOfBounds,
            RiskError::FeeOutOfBounds,
            RiskError::WindowOutOfBounds,
            RiskError::DepthOutOfBounds,
            RiskError::ShockCapOutOfBounds,
            RiskError::SpacingOutOfBounds,
            RiskError::LotOutOfBounds,
            RiskError::FixedParameterChanged,
            RiskError::OpenInterestCapOutOfBounds,
            RiskError::FundingScaleOutOfBounds,
        ] {
            for key in keys_of(error).split([',', ';']) {
                let key = key.trim().trim_start_matches("sample.");
                assert!(file.contains(&format!("\n{key} = ")), "{error:?}: {key}");
            }
        }
        assert_eq!(keys_of(RiskError::Overflow), "");
    }
}
