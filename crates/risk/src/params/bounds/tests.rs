use crate::RiskError::{self, *};
use crate::params::{
    AssetParams, LiquidationParams, OracleParams, PortfolioParams, Scenario, TradeParams,
};

/// Checks that a field passes at both ends of its range and fails one beyond them. `None`: no end
/// on that side (0 is allowed, or the largest value of the type).
macro_rules! edges {
    ($check:expr, $error:expr, $field:ident$(.$sub:ident)*: $min:expr, $max:expr) => {{
        let check = $check;
        let (min, max): (Option<_>, Option<_>) = ($min, $max);
        if let Some(min) = min {
            assert_eq!(check(&|p| p.$field$(.$sub)* = min), Ok(()), "at the minimum");
            assert_eq!(check(&|p| p.$field$(.$sub)* = min - 1), Err($error), "below it");
        }
        if let Some(max) = max {
            assert_eq!(check(&|p| p.$field$(.$sub)* = max), Ok(()), "at the maximum");
            assert_eq!(check(&|p| p.$field$(.$sub)* = max + 1), Err($error), "above it");
        }
    }};
}

fn asset(edit: &dyn Fn(&mut AssetParams)) -> Result<(), RiskError> {
    let mut params = AssetParams::reference();
    edit(&mut params);
    params.check_bounds(&OracleParams::reference(), &TradeParams::reference())
}

fn portfolio(edit: &dyn Fn(&mut PortfolioParams)) -> Result<(), RiskError> {
    let mut params = PortfolioParams::reference();
    edit(&mut params);
    params.check_bounds()
}

fn oracle(edit: &dyn Fn(&mut OracleParams)) -> Result<(), RiskError> {
    let mut params = OracleParams::reference();
    edit(&mut params);
    AssetParams::reference().check_bounds(&params, &TradeParams::reference())
}

fn trade(edit: &dyn Fn(&mut TradeParams)) -> Result<(), RiskError> {
    let mut params = TradeParams::reference();
    edit(&mut params);
    AssetParams::reference().check_bounds(&OracleParams::reference(), &params)
}

fn liquidation(edit: &dyn Fn(&mut LiquidationParams)) -> Result<(), RiskError> {
    let mut params = LiquidationParams::reference();
    edit(&mut params);
    params.check_bounds()
}

#[test]
fn reference_parameters_are_within_bounds() {
    assert_eq!(asset(&|_| ()), Ok(()));
    assert_eq!(portfolio(&|_| ()), Ok(()));
    assert_eq!(liquidation(&|_| ()), Ok(()));
    assert_eq!(Scenario::default().check_bounds(), Ok(()));
}

#[test]
fn volatility_bounds() {
    edges!(asset, OmegaOutOfBounds, omega_e9: Some(250_000_000), Some(500_000_000));
    // σ_floor 0.5 %: stress at least 0.75 %, at most the cap of 20 %.
    edges!(asset, SigmaStressOutOfBounds, sigma_stress_e9: Some(7_500_000), Some(200_000_000));
    edges!(asset, SigmaStressOutOfBounds, sigma_floor_e9: Some(1), Some(20_000_000));
    edges!(asset, SigmaInitialOutOfBounds, sigma_initial_e9: Some(5_000_000), Some(200_000_000));
    edges!(asset, ShortMultipleOutOfBounds, short_mult_e9: None, Some(2_000_000_000));
    edges!(asset, WarmupOutOfBounds, warmup_samples: Some(1), Some(8_640));
    let odd_floor =
        |stress| asset(&move |p| (p.sigma_floor_e9, p.sigma_stress_e9) = (5_000_001, stress));
    assert_eq!(odd_floor(7_500_001), Err(SigmaStressOutOfBounds)); // 1.5·5,000,001 = 7,500,001.5
    assert_eq!(odd_floor(7_500_002), Ok(()));
}

#[test]
fn horizon_bounds() {
    edges!(|e: &dyn Fn(&mut AssetParams)| asset(&|p| { p.sigma_cap_e9 = 80_000_000; e(p) }),
        KOutOfBounds, k_e9: Some(2_000_000_000), Some(6_000_000_000));
    edges!(|e: &dyn Fn(&mut AssetParams)| asset(&|p| { p.sigma_cap_e9 = 30_000_000; p.h_im_secs = 172_800; e(p) }),
        HorizonOutOfBounds, h_mm_secs: Some(900), Some(86_400));
    edges!(asset, HorizonOutOfBounds, h_im_secs: Some(7_200), Some(2_592_000));
    // 2.5·σ·√1 ≤ ½
    edges!(asset, SigmaCapOutOfBounds, sigma_cap_e9: None, Some(200_000_000));
    edges!(asset, SigmaCapOutOfBounds, k_e9: None, Some(2_500_000_000));
    edges!(asset, SigmaCapOutOfBounds, h_mm_secs: None, Some(3_600));
    assert_eq!(
        asset(&|p| p.sigma_cap_e9 = u64::MAX),
        Err(SigmaCapOutOfBounds)
    );
    assert_eq!(asset(&|p| p.h_mm_secs = u32::MAX), Err(HorizonOutOfBounds));
}

#[test]
fn speed_limit_bounds() {
    edges!(|e: &dyn Fn(&mut AssetParams)| asset(&|p| { p.down_per_h_e9 = 5_000_000; e(p) }),
        SpeedLimitOutOfBounds, up_per_h_e9: Some(10_000_000), Some(40_000_000));
    edges!(asset, SpeedLimitOutOfBounds, down_per_h_e9: Some(1), Some(15_000_000));
}

#[test]
fn shock_bounds() {
    edges!(asset, ShockFloorOutOfBounds, s_floor_e9: Some(5_000_000), Some(500_000_000));
    edges!(asset, ShockCapOutOfBounds, s_max_mm_long_e9: Some(10_000_000), Some(650_000_000));
    edges!(asset, ShockCapOutOfBounds, s_max_im_long_e9: Some(650_000_000), Some(1_000_000_000));
    edges!(asset, ShockCapOutOfBounds, s_max_short_e9: Some(1_000_000_000), Some(8_000_000_000));
    // 16 · max_rate ≤ 1 %
    edges!(asset, FundingRateOutOfBounds, max_rate_per_h_e9: None, Some(625_000));
    edges!(asset, BasisOutOfBounds, basis_e9: None, Some(100_000_000));
    edges!(asset, GammaOutOfBounds, gamma_e9: None, Some(1_000_000_000));
    edges!(asset, CollateralWeightOutOfBounds, collateral_weight_e9: None, Some(1_000_000_000));
    edges!(asset, DepositCapOutOfBounds, deposit_cap_atoms: None, Some(u64::MAX >> 1));
    edges!(asset, OutflowOutOfBounds, outflow_per_h_e9: Some(200_000_000), Some(1_000_000_000));
    assert_eq!(
        asset(&|p| p.max_rate_per_h_e9 = u64::MAX),
        Err(FundingRateOutOfBounds)
    );
}

#[test]
fn size_bounds() {
    // L = $10 M
    edges!(|e: &dyn Fn(&mut AssetParams)| asset(&|p| { p.oi_hi_quote_atoms = 500_000_000_000_000; e(p) }),
        DepthOutOfBounds, oi_lo_quote_atoms: None, Some(100_000_000_000_000));
    edges!(asset, DepthOutOfBounds, oi_hi_quote_atoms: Some(50_000_000_000_001), Some(500_000_000_000_000));
    edges!(asset, TurnoverOutOfBounds, turnover_reference_quote_atoms: None, Some(10_000_000_000_000_000));
    edges!(asset, DepthOutOfBounds, depth_quote_atoms: Some(5_000_000_000_000), None);
    assert_eq!(asset(&|p| p.depth_quote_atoms = 0), Err(DepthOutOfBounds));
    assert_eq!(
        asset(&|p| p.oi_hi_quote_atoms = u64::MAX),
        Err(DepthOutOfBounds)
    );
    edges!(asset, BucketOutOfBounds, bucket: None, Some(7));
    edges!(asset, LotOutOfBounds, base_decimals: None, Some(18));
    edges!(asset, LotOutOfBounds, lot_atoms: Some(1), None);
}

#[test]
fn sample_bounds() {
    edges!(asset, HalfLifeFastOutOfBounds, sample.half_life_fast_secs: Some(21_600), Some(604_800));
    edges!(asset, HalfLifeSlowOutOfBounds, sample.half_life_slow_secs: Some(2_592_000), Some(31_536_000));
    edges!(asset, ClampOutOfBounds, sample.clamp_mult_e9: Some(8_000_000_000), Some(64_000_000_000));
    edges!(asset, ClampOutOfBounds, sample.clamp_short_mult_e9: Some(4_000_000_000), Some(64_000_000_000));
    edges!(asset, ClampOutOfBounds, sample.clamp_min_e9: Some(1_000_000), Some(50_000_000));
    edges!(asset, ClampOutOfBounds, sample.clamp_max_ratio_e9: Some(1_050_000_000), Some(2_000_000_000));
    edges!(|e: &dyn Fn(&mut AssetParams)| asset(&|p| { p.sample.min_spacing_secs = 240; e(p) }),
        AgeOutOfBounds, sample.max_age_secs: Some(1), Some(60));
    edges!(asset, AgeOutOfBounds, sample.max_future_secs: None, Some(10));
    edges!(asset, BandOutOfBounds, sample.max_conf_e9: Some(1), Some(50_000_000));
    // 4 · 15 s, and what leaves a sample 15 s to land before an announced absence counts.
    edges!(asset, SpacingOutOfBounds, sample.min_spacing_secs: Some(60), Some(300));
    // An age of 1 s would allow 4 s: the compiled-in least spacing holds.
    edges!(|e: &dyn Fn(&mut AssetParams)| asset(&|p| { p.sample.max_age_secs = 1; e(p) }),
        SpacingOutOfBounds, sample.min_spacing_secs: Some(8), None);
    edges!(|e: &dyn Fn(&mut AssetParams)| asset(&|p| { p.sample.max_age_secs = 60; e(p) }),
        SpacingOutOfBounds, sample.min_spacing_secs: Some(240), Some(255));
    edges!(asset, StalenessOutOfBounds, stale_after_secs: Some(300), Some(86_400));
    edges!(asset, StalenessOutOfBounds, stale_per_h_e9: Some(10_000_000), Some(1_000_000_000));
}

#[test]
fn portfolio_bounds() {
    edges!(portfolio, ThetaOutOfBounds, theta_e9: None, Some(800_000_000));
    edges!(portfolio, PhiOutOfBounds, phi_e9: Some(100_000_000), Some(1_000_000_000));
    edges!(portfolio, CorrelationOutOfBounds, rho_lo_e9: None, Some(600_000_000));
    edges!(portfolio, CorrelationOutOfBounds, rho_hi_e9: Some(850_000_000), Some(1_000_000_000));
    edges!(portfolio, UpnlWeightOutOfBounds, upnl_weight_e9: None, Some(500_000_000));
    edges!(portfolio, ConfidenceMultipleOutOfBounds, z_e9: Some(1_000_000_000), Some(3_000_000_000));
    edges!(portfolio, FixedParameterChanged, im_over_mm_e9: Some(1_250_000_000), Some(1_250_000_000));
    edges!(portfolio, FixedParameterChanged, unusable_move_e9: Some(500_000_000), Some(500_000_000));
    edges!(portfolio, FixedParameterChanged, funding_provision_secs: Some(28_800), Some(28_800));
}

#[test]
fn scenario_bounds() {
    let check = |weight_e9, shock| {
        let mut scenario = Scenario {
            weight_e9,
            ..Scenario::default()
        };
        scenario.shock_e9[7] = shock;
        scenario.check_bounds()
    };
    assert_eq!(check(900_000_000, -1_000_000_000), Ok(()));
    assert_eq!(check(1_000_000_000, -900_000_000), Ok(()));
    assert_eq!(check(900_000_001, -1_000_000_000), Err(ScenarioOutOfBounds));
    assert_eq!(check(1_000_000_000, -900_000_001), Err(ScenarioOutOfBounds));
    assert_eq!(check(0, 3_000_000_000), Ok(()));
    assert_eq!(check(1_000_000_001, 0), Err(ScenarioOutOfBounds));
    assert_eq!(check(0, -1_000_000_001), Err(ScenarioOutOfBounds));
    assert_eq!(check(0, 3_000_000_001), Err(ScenarioOutOfBounds));
}

#[test]
fn oracle_bounds() {
    edges!(oracle, AgeOutOfBounds, age_trade_secs: Some(1), Some(60));
    edges!(oracle, AgeOutOfBounds, age_fill_secs: Some(1), Some(10));
    edges!(oracle, AgeOutOfBounds, age_liquidation_secs: Some(1), Some(60));
    edges!(oracle, AgeOutOfBounds, max_future_secs: None, Some(10));
    edges!(oracle, BandOutOfBounds, conf_trade_e9: Some(1), Some(50_000_000));
    edges!(oracle, BandOutOfBounds, conf_reduce_e9: Some(1), Some(100_000_000));
    edges!(oracle, BandOutOfBounds, conf_liquidation_e9: Some(1), Some(50_000_000));
    edges!(oracle, BandOutOfBounds, ema_trade_e9: Some(1), Some(200_000_000));
    edges!(oracle, BandOutOfBounds, ema_liquidation_e9: Some(1), Some(500_000_000));
    edges!(oracle, BandOutOfBounds, ema_waiver_secs: Some(60), Some(3_600));
}

#[test]
fn trade_bounds() {
    let roomy = |edit: &dyn Fn(&mut TradeParams)| {
        let mut params = TradeParams::reference();
        edit(&mut params);
        let mut asset = AssetParams::reference();
        asset.s_floor_e9 = 40_000_001; // more than four fees of 1 %
        asset.check_bounds(&OracleParams::reference(), &params)
    };
    edges!(roomy, FeeOutOfBounds, taker_fee_e9: None, Some(10_000_000));
    edges!(trade, FeeOutOfBounds, fee_insurance_share_e9: None, Some(900_000_000));
    edges!(trade, FeeOutOfBounds, fee_protocol_share_e9: None, Some(800_000_000));
    edges!(trade, SpreadOutOfBounds, kappa_e9: None, Some(10_000_000_000));
    // skew_scale 400 M SOL, s_floor 1 %: cap at most 2 M, the account at most the cap
    edges!(trade, OpenInterestCapOutOfBounds, open_interest_cap_atoms:
        Some(200_000_000_000_000), Some(2_000_000_000_000_000));
    edges!(trade, OpenInterestCapOutOfBounds, skew_scale_atoms: Some(200_000_000_000_000_000), None);
    edges!(trade, OpenInterestCapOutOfBounds, account_cap_atoms: Some(1), Some(1_000_000_000_000_000));
    edges!(trade, FundingScaleOutOfBounds, funding_scale_atoms: Some(1), Some(2_000_000_000_000_000));
    assert_eq!(
        trade(&|p| p.skew_scale_atoms = 0),
        Err(OpenInterestCapOutOfBounds)
    );
    assert_eq!(
        trade(&|p| (p.open_interest_cap_atoms, p.account_cap_atoms) = (0, 0)),
        Err(OpenInterestCapOutOfBounds)
    );
    edges!(trade, LotOutOfBounds, min_notional_quote_atoms: Some(1), None);
    edges!(trade, UtilizationOutOfBounds, util_max_e9: None, Some(1_000_000_000));
    edges!(trade, UtilizationOutOfBounds, pool_share_e9: None, Some(1_000_000_000));
    edges!(trade, GapOutOfBounds, gap_e9: Some(50_000_000), Some(1_000_000_000));
    edges!(trade, GapShareOutOfBounds, gap_share_e9: Some(1_000_000), Some(500_000_000));
    edges!(trade, RewardOutOfBounds, sample_reward_quote_atoms: None, Some(100_000));
    assert_eq!(
        trade(&|p| p.fee_insurance_share_e9 = u64::MAX),
        Err(FeeOutOfBounds)
    );
}

#[test]
fn the_skew_moves_a_fill_by_at_most_half_of_the_floor() {
    // 200 M SOL · 1 % / 2; a floor just below it leaves less than the cap of 1 M.
    let floor = |s_floor_e9| {
        let (mut asset, mut trade) = (AssetParams::reference(), TradeParams::reference());
        asset.s_floor_e9 = s_floor_e9;
        trade.skew_scale_atoms = 200_000_000_000_000_000;
        asset.check_bounds(&OracleParams::reference(), &trade)
    };
    assert_eq!(floor(10_000_000), Ok(()));
    assert_eq!(floor(9_999_999), Err(OpenInterestCapOutOfBounds));
    let trade = TradeParams::reference();
    assert_eq!(trade.skew_max_atoms(10_000_000), 2_000_000_000_000_000);
    assert_eq!(trade.skew_max_atoms(9_000_000), 1_800_000_000_000_000);
    assert_eq!(trade.skew_max_atoms(0), 0);
    assert_eq!(trade.skew_max_atoms(u64::MAX), u64::MAX);
}

#[test]
fn penalty_and_fee_stay_below_the_margin_at_the_floor() {
    // s_floor 1 %: ¾ of it and less than ¼.
    edges!(trade, FeeOutOfBounds, taker_fee_e9: None, Some(2_499_999));
    // A fee of 0.2 %: s_floor above 0.8 %.
    let floor = |s_floor_e9| {
        let (mut asset, mut trade) = (AssetParams::reference(), TradeParams::reference());
        (asset.s_floor_e9, trade.taker_fee_e9) = (s_floor_e9, 2_000_000);
        trade.skew_scale_atoms = u64::MAX;
        asset.check_bounds(&OracleParams::reference(), &trade)
    };
    assert_eq!(floor(8_000_001), Ok(()));
    assert_eq!(floor(8_000_000), Err(FeeOutOfBounds));
    assert_eq!(floor(7_999_999), Err(FeeOutOfBounds));
    assert_eq!(trade(&|p| p.taker_fee_e9 = u64::MAX), Err(FeeOutOfBounds));
}

#[test]
fn liquidation_bounds() {
    edges!(liquidation, PenaltyOutOfBounds, penalty_abs_e9: None, Some(100_000_000));
    edges!(liquidation, FeeOutOfBounds, liquidator_share_e9: None, Some(1_000_000_000));
    edges!(liquidation, FeeOutOfBounds, insurance_share_e9: None, Some(1_000_000_000));
    edges!(liquidation, GraceOutOfBounds, grace_secs: None, Some(60));
    edges!(liquidation, GraceOutOfBounds, flag_lapse_secs: Some(30), Some(300));
    edges!(liquidation, WindowOutOfBounds, window_secs: Some(1), Some(3_600));
    edges!(liquidation, WindowOutOfBounds, window_cap_quote_atoms: Some(1), None);
    edges!(liquidation, WindowOutOfBounds, window_share_e9: None, Some(1_000_000_000));
    edges!(liquidation, WindowOutOfBounds, dust_quote_atoms: None, Some(1_000_000_000));
    edges!(liquidation, WindowOutOfBounds, keeper_cost_quote_atoms: None, Some(10_000_000));
    edges!(liquidation, BetaOutOfBounds, beta_e9: Some(20_000_000), Some(500_000_000));
    edges!(liquidation, CallLevelOutOfBounds, call_level_e9: Some(1_050_000_000), Some(1_250_000_000));
}

#[test]
fn the_defaults_of_a_liquidation_are_the_models() {
    let defaults = LiquidationParams::reference();
    assert_eq!(defaults.window_cap_quote_atoms, 100_000_000_000);
    assert_eq!(defaults.dust_quote_atoms, 100_000_000);
}

#[test]
fn the_largest_cap_of_k_is_within_the_bound_and_one_more_is_not() {
    for (k_e9, h_mm_secs) in [
        (2_000_000_000, 900),
        (3_550_000_000, 3_600),
        (4_733_333_332, 3_600),
        (5_999_999_999, 86_400),
        (6_000_000_000, 14_401),
    ] {
        let with = |sigma_cap_e9| {
            asset(&|p| {
                (p.k_e9, p.h_mm_secs, p.h_im_secs) = (k_e9, h_mm_secs, 2 * h_mm_secs);
                p.sigma_cap_e9 = sigma_cap_e9;
                p.sigma_stress_e9 = 1_500;
                (p.sigma_floor_e9, p.sigma_initial_e9) = (1_000, 1_000);
            })
        };
        let params = AssetParams {
            k_e9,
            h_mm_secs,
            ..AssetParams::reference()
        };
        let most = params.sigma_cap_of_k().unwrap();
        assert_eq!(with(most), Ok(()), "{k_e9} {h_mm_secs}");
        assert_eq!(
            with(most + 1),
            Err(SigmaCapOutOfBounds),
            "{k_e9} {h_mm_secs}"
        );
    }
    let none = AssetParams {
        k_e9: 0,
        ..AssetParams::reference()
    };
    assert_eq!(none.sigma_cap_of_k(), Err(Overflow));
}
