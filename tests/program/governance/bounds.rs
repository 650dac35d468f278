//! Every hard bound that no key can leave: just inside is accepted, just outside refused by name.
use crate::support::refused;
use freeboard::error::FreeboardError;
use freeboard::state::{AssetParams, Change};
use freeboard_tests::{AssetSpec, ExchangeSpec, Failure, World};

/// Tries an exchange with parameters changed like this, from the start and as a proposal: the bounds are the same.
fn exchange(change: impl Fn(&mut ExchangeSpec)) -> Result<(), Failure> {
    let mut spec = ExchangeSpec::default();
    change(&mut spec);
    let mut world = World::new();
    let held = world.exchange();
    let changes = [
        (held.portfolio != spec.portfolio).then_some(Change::Portfolio {
            params: spec.portfolio,
        }),
        (held.liquidation != spec.liquidation).then_some(Change::Liquidation {
            params: spec.liquidation,
        }),
        (held.pool != spec.pool).then_some(Change::Pool { params: spec.pool }),
    ];
    let created = World::try_with(spec).map(|_| ());
    same_verdict(created, propose(&mut world, changes))
}

/// Tries an asset with parameters changed like this, as a listing and as a change of a listed one.
fn asset(change: impl Fn(&mut AssetSpec)) -> Result<(), Failure> {
    let mut spec = AssetSpec::sol();
    change(&mut spec);
    let listed = World::new().try_create_asset(spec.clone()).map(|_| ());
    let mut world = World::new();
    world.create_asset(AssetSpec::sol());
    let held = world.asset(0);
    let units = |params: &AssetParams| (params.lot_atoms, params.base_decimals);
    if units(&held.params) != units(&spec.params) {
        return listed; // what never changes has a test of its own
    }
    let changes = [
        (held.oracle != spec.oracle).then_some(Change::AssetOracle {
            asset_index: 0,
            params: spec.oracle,
        }),
        (held.params != spec.params).then(|| Change::AssetRisk {
            asset_index: 0,
            params: Box::new(spec.params),
        }),
        (held.trade != spec.trade).then_some(Change::AssetTrade {
            asset_index: 0,
            params: spec.trade,
        }),
    ];
    same_verdict(listed, propose(&mut world, changes))
}

/// Carries these changes out one after the other, as far as they are accepted.
fn propose<const N: usize>(world: &mut World, changes: [Option<Change>; N]) -> Result<(), Failure> {
    let mut changes = changes.into_iter().flatten();
    changes.try_for_each(|change| world.change(change).map(|_| ()))
}

fn same_verdict(created: Result<(), Failure>, changed: Result<(), Failure>) -> Result<(), Failure> {
    let code = |result: &Result<(), Failure>| result.as_ref().err().map(|failure| failure.code);
    assert_eq!(code(&created), code(&changed), "created, changed");
    created
}

/// Sets a parameter, named in brackets.
macro_rules! set {
    ($spec:ident, ($($field:tt)+), $value:expr) => { $spec.$($field)+ = $value };
}

/// Declares a function that checks one error: values of a parameter inside and outside its bounds.
macro_rules! bounds {
    ($($name:ident: $error:ident, $make:ident {
        $($field:tt: ok [$($inside:expr),*] refused [$($outside:expr),*];)*
    })*) => { $(
        pub fn $name() {
            $(
                $($make(|spec| set!(spec, $field, $inside))
                    .unwrap_or_else(|failure| panic!(
                        "{} = {}: {failure:?}", stringify!($field), stringify!($inside))); )*
                $(refused(
                    $make(|spec| set!(spec, $field, $outside)),
                    FreeboardError::$error,
                );)*
            )*
        }
    )* };
}

bounds! {
    theta: ThetaOutOfBounds, exchange {
        (portfolio.theta_e9): ok [0, 800_000_000] refused [800_000_001, u64::MAX];
    }
    phi: PhiOutOfBounds, exchange {
        (portfolio.phi_e9): ok [100_000_000, 1_000_000_000] refused [99_999_999, 1_000_000_001];
    }
    correlation: CorrelationOutOfBounds, exchange {
        (portfolio.rho_lo_e9): ok [0, 600_000_000] refused [600_000_001];
        (portfolio.rho_hi_e9): ok [850_000_000, 1_000_000_000] refused [849_999_999, 1_000_000_001];
    }
    borrow_rate: BorrowRateOutOfBounds, exchange {
        (pool.borrow_base_per_h_e9): ok [0, 90_000] refused [90_001, u64::MAX];
        (pool.borrow_slope_per_h_e9): ok [0, 99_000] refused [99_001, u64::MAX];
    }
    lp_delay: LpDelayOutOfBounds, exchange {
        (pool.lp_delay_secs): ok [86_400, 604_800] refused [86_399, 604_801];
        (pool.lp_window_secs): ok [43_200] refused [43_199, 43_201];
    }
    pool_cap: PoolCapOutOfBounds, exchange {
        (pool.pool_cap_quote_atoms): ok [1, u64::MAX] refused [0];
    }
    insurance_cap: InsuranceCapOutOfBounds, exchange {
        (pool.insurance_cap_quote_atoms): ok [1, u64::MAX] refused [0];
    }
    reward: RewardOutOfBounds, exchange {
        (pool.reward_min_e9): ok [0, 10_000_000] refused [10_000_001];
        (pool.fill_reward_share_e9): ok [0, 500_000_000] refused [500_000_001, u32::MAX];
    }
    sample_reward: RewardOutOfBounds, asset {
        (trade.sample_reward_quote_atoms): ok [0, 100_000] refused [100_001, u32::MAX];
    }
    deleverage: DeleverageOutOfBounds, exchange {
        (pool.adl_start_score_e9): ok [1_000_000_000, 100_000_000_000]
            refused [999_999_999, 100_000_000_001];
        (pool.adl_half_life_secs): ok [5, 600] refused [4, 601];
    }
    order_time: OrderTimeOutOfBounds, exchange {
        (pool.fill_delay_secs): ok [1, 10] refused [0, 11];
        (pool.order_expiry_secs): ok [5, 60] refused [4, 61];
    }
    upnl_weight: UpnlWeightOutOfBounds, exchange {
        (portfolio.upnl_weight_e9): ok [500_000_000] refused [500_000_001];
    }
    confidence_multiple: ConfidenceMultipleOutOfBounds, exchange {
        (portfolio.z_e9): ok [1_000_000_000, 3_000_000_000] refused [999_999_999, 3_000_000_001];
    }
    fixed: FixedParameterChanged, exchange {
        (portfolio.im_over_mm_e9): ok [1_250_000_000] refused [1_250_000_001, 1_000_000_000];
        (portfolio.unusable_move_e9): ok [500_000_000] refused [499_999_999];
        (portfolio.funding_provision_secs): ok [28_800] refused [28_799, 0];
    }
    penalty: PenaltyOutOfBounds, exchange {
        (liquidation.penalty_abs_e9): ok [0, 100_000_000] refused [100_000_001];
    }
    grace: GraceOutOfBounds, exchange {
        (liquidation.grace_secs): ok [0, 60] refused [61];
        (liquidation.flag_lapse_secs): ok [30, 300] refused [29, 301];
    }
    window: WindowOutOfBounds, exchange {
        (liquidation.window_secs): ok [1, 3_600] refused [0, 3_601];
        (liquidation.window_share_e9): ok [0, 1_000_000_000] refused [1_000_000_001];
        (liquidation.window_cap_quote_atoms): ok [1] refused [0];
        (liquidation.dust_quote_atoms): ok [0, 1_000_000_000] refused [1_000_000_001];
        (liquidation.keeper_cost_quote_atoms): ok [0, 10_000_000] refused [10_000_001];
    }
    beta: BetaOutOfBounds, exchange {
        (liquidation.beta_e9): ok [20_000_000, 500_000_000] refused [19_999_999, 500_000_001];
    }
    call_level: CallLevelOutOfBounds, exchange {
        (liquidation.call_level_e9):
            ok [1_050_000_000, 1_250_000_000] refused [1_049_999_999, 1_250_000_001];
    }
    k: KOutOfBounds, asset {
        (params.k_e9): ok [2_000_000_000] refused [1_999_999_999, 6_000_000_001];
    }
    omega: OmegaOutOfBounds, asset {
        (params.omega_e9): ok [250_000_000, 500_000_000] refused [249_999_999, 500_000_001];
    }
    half_life_fast: HalfLifeFastOutOfBounds, asset {
        (params.sample.half_life_fast_secs): ok [21_600, 604_800] refused [21_599, 604_801];
    }
    half_life_slow: HalfLifeSlowOutOfBounds, asset {
        (params.sample.half_life_slow_secs):
            ok [2_592_000, 31_536_000] refused [2_591_999, 31_536_001];
    }
    sigma_stress: SigmaStressOutOfBounds, asset {
        (params.sigma_stress_e9): ok [7_500_000, 200_000_000] refused [7_499_999, 200_000_001];
        (params.sigma_floor_e9): ok [1] refused [0];
    }
    sigma_initial: SigmaInitialOutOfBounds, asset {
        (params.sigma_initial_e9): ok [5_000_000, 200_000_000] refused [4_999_999, 200_000_001];
    }
    sigma_cap: SigmaCapOutOfBounds, asset {
        (params.sigma_cap_e9): ok [200_000_000] refused [200_000_001];
    }
    horizon: HorizonOutOfBounds, asset {
        (params.h_mm_secs): ok [900] refused [899, 86_401, 7_201];
        (params.h_im_secs): ok [7_200, 2_592_000] refused [7_199, 2_592_001];
    }
    shock_floor: ShockFloorOutOfBounds, asset {
        (params.s_floor_e9): ok [500_000_000] refused [4_999_999, 500_000_001];
    }
    shock_cap: ShockCapOutOfBounds, asset {
        (params.s_max_mm_long_e9): ok [10_000_000, 650_000_000] refused [9_999_999, 650_000_001];
        (params.s_max_im_long_e9): ok [650_000_000] refused [649_999_999, 1_000_000_001];
        (params.s_max_short_e9):
            ok [1_000_000_000, 8_000_000_000] refused [999_999_999, 8_000_000_001];
    }
    speed_limit: SpeedLimitOutOfBounds, asset {
        (params.up_per_h_e9): ok [20_000_000, 40_000_000] refused [9_999_999, 40_000_001];
        (params.down_per_h_e9): ok [1, 15_000_000] refused [0, 15_000_001];
    }
    funding_rate: FundingRateOutOfBounds, asset {
        (params.max_rate_per_h_e9): ok [0, 625_000] refused [625_001];
    }
    basis: BasisOutOfBounds, asset {
        (params.basis_e9): ok [100_000_000] refused [100_000_001];
    }
    gamma: GammaOutOfBounds, asset {
        (params.gamma_e9): ok [1_000_000_000] refused [1_000_000_001];
    }
    collateral_weight: CollateralWeightOutOfBounds, asset {
        (params.collateral_weight_e9): ok [1_000_000_000] refused [1_000_000_001];
    }
    deposit_cap: DepositCapOutOfBounds, asset {
        (params.deposit_cap_atoms): ok [0, u64::MAX >> 1] refused [(u64::MAX >> 1) + 1];
    }
    outflow: OutflowOutOfBounds, asset {
        (params.outflow_per_h_e9): ok [200_000_000, 1_000_000_000] refused [199_999_999, 1_000_000_001];
    }
    depth: DepthOutOfBounds, asset {
        (params.depth_quote_atoms): ok [5_000_000_000_000] refused [0, 3_999_999_999_999];
        (params.oi_lo_quote_atoms): ok [100_000_000_000_000] refused [100_000_000_000_001];
        (params.oi_hi_quote_atoms):
            ok [500_000_000_000_000] refused [500_000_000_000_001, 50_000_000_000_000];
    }
    turnover: TurnoverOutOfBounds, asset {
        (params.turnover_reference_quote_atoms):
            ok [0, 10_000_000_000_000_000] refused [10_000_000_000_000_001, u64::MAX];
    }
    bucket: BucketOutOfBounds, asset {
        (params.bucket): ok [7] refused [8];
    }
    lot: LotOutOfBounds, asset {
        (params.lot_atoms): ok [1] refused [0];
        (params.base_decimals): ok [0, 18] refused [19];
        (trade.min_notional_quote_atoms): ok [1] refused [0];
    }
    short_multiple: ShortMultipleOutOfBounds, asset {
        (params.short_mult_e9): ok [0, 2_000_000_000] refused [2_000_000_001];
    }
    warmup: WarmupOutOfBounds, asset {
        (params.warmup_samples): ok [1, 8_640] refused [0, 8_641];
    }
    clamp: ClampOutOfBounds, asset {
        (params.sample.clamp_mult_e9):
            ok [8_000_000_000, 64_000_000_000] refused [7_999_999_999, 64_000_000_001];
        (params.sample.clamp_short_mult_e9):
            ok [4_000_000_000, 64_000_000_000] refused [3_999_999_999, 64_000_000_001];
        (params.sample.clamp_min_e9): ok [1_000_000, 50_000_000] refused [999_999, 50_000_001];
        (params.sample.clamp_max_ratio_e9):
            ok [1_050_000_000, 2_000_000_000] refused [1_049_999_999, 2_000_000_001];
    }
    spacing: SpacingOutOfBounds, asset {
        (params.sample.min_spacing_secs): ok [60, 300] refused [59, 301];
        (params.sample.max_age_secs): ok [15] refused [16];
    }
    staleness: StalenessOutOfBounds, asset {
        (params.stale_after_secs): ok [300, 86_400] refused [299, 86_401];
        (params.stale_per_h_e9): ok [10_000_000, 1_000_000_000] refused [9_999_999, 1_000_000_001];
    }
    age: AgeOutOfBounds, asset {
        (oracle.age_trade_secs): ok [1, 60] refused [0, 61];
        (oracle.age_fill_secs): ok [1, 10] refused [0, 11];
        (oracle.age_liquidation_secs): ok [1, 60] refused [0, 61];
        (oracle.max_future_secs): ok [0, 10] refused [11];
        (params.sample.max_age_secs): ok [1, 15] refused [0, 61];
        (params.sample.max_future_secs): ok [0, 10] refused [11];
    }
    band: BandOutOfBounds, asset {
        (oracle.conf_trade_e9): ok [1_000_000, 50_000_000] refused [0, 50_000_001];
        (oracle.conf_reduce_e9): ok [1, 100_000_000] refused [0, 100_000_001];
        (oracle.conf_liquidation_e9): ok [1, 50_000_000] refused [0, 50_000_001];
        (oracle.ema_trade_e9): ok [1, 200_000_000] refused [0, 200_000_001];
        (oracle.ema_liquidation_e9): ok [1, 500_000_000] refused [0, 500_000_001];
        (oracle.ema_waiver_secs): ok [60, 3_600] refused [59, 3_601];
        (params.sample.max_conf_e9): ok [1, 50_000_000] refused [0, 50_000_001];
    }
    open_interest_cap: OpenInterestCapOutOfBounds, asset {
        (trade.open_interest_cap_atoms):
            ok [200_000_000_000_000, 2_000_000_000_000_000] refused [0, 2_000_000_000_000_001];
        (trade.skew_scale_atoms):
            ok [200_000_000_000_000_000] refused [0, 199_999_999_999_999_999];
        (trade.account_cap_atoms): ok [1, 1_000_000_000_000_000] refused [0, 1_000_000_000_000_001];
    }
    funding_scale: FundingScaleOutOfBounds, asset {
        (trade.funding_scale_atoms):
            ok [1, 2_000_000_000_000_000] refused [0, 2_000_000_000_000_001];
    }
    spread: SpreadOutOfBounds, asset {
        (trade.kappa_e9): ok [0, 10_000_000_000] refused [10_000_000_001];
    }
}

/// Fees and the liquidator's and insurance's shares of penalties have one error.
pub fn fee() {
    let error = FreeboardError::FeeOutOfBounds;
    let with_floor = |s_floor_e9, taker_fee_e9| {
        asset(|spec| {
            spec.params.s_floor_e9 = s_floor_e9;
            spec.trade.taker_fee_e9 = taker_fee_e9;
        })
    };
    with_floor(50_000_000, 10_000_000).expect("1 %");
    refused(with_floor(50_000_000, 10_000_001), error);
    with_floor(40_000_001, 10_000_000).expect("below a quarter of the floor");
    refused(with_floor(40_000_000, 10_000_000), error);
    refused(
        asset(|spec| spec.trade.fee_insurance_share_e9 = 900_000_001),
        error,
    );
    refused(
        asset(|spec| spec.trade.fee_protocol_share_e9 = u64::MAX),
        error,
    );
    refused(
        exchange(|spec| spec.liquidation.liquidator_share_e9 = 1_000_000_001),
        error,
    );
    refused(
        exchange(|spec| spec.liquidation.insurance_share_e9 = 1_000_000_001),
        error,
    );
}

/// An asset's part of the pool, and the parts of all assets together.
pub fn utilization() {
    let error = FreeboardError::UtilizationOutOfBounds;
    refused(asset(|spec| spec.trade.util_max_e9 = 1_000_000_001), error);
    refused(
        asset(|spec| spec.trade.pool_share_e9 = 1_000_000_001),
        error,
    );
    refused(asset(|spec| spec.trade.pool_share_e9 = u64::MAX), error);
    let mut world = World::new();
    world.create_asset(AssetSpec::sol().with_pool_share(600_000_000));
    let over = AssetSpec::btc().with_pool_share(400_000_001);
    refused(world.try_create_asset(over).map(|_| ()), error);
    world.create_asset(AssetSpec::btc().with_pool_share(400_000_000));
    assert_eq!(world.exchange().pool_share_total_e9, 1_000_000_000);
}

/// The gap that open interest is judged by, and the share of pool and insurance that it may cost.
pub fn gap() {
    let error = FreeboardError::GapOutOfBounds;
    refused(asset(|spec| spec.trade.gap_e9 = 49_999_999), error);
    refused(asset(|spec| spec.trade.gap_e9 = 1_000_000_001), error);
    asset(|spec| spec.trade.gap_e9 = 1_000_000_000).expect("all of the price");
}

pub fn gap_share() {
    let error = FreeboardError::GapShareOutOfBounds;
    refused(asset(|spec| spec.trade.gap_share_e9 = 999_999), error);
    refused(asset(|spec| spec.trade.gap_share_e9 = 500_000_001), error);
    asset(|spec| spec.trade.gap_share_e9 = 1_000_000).expect("a thousandth");
}

#[test]
fn the_reward_of_a_sample_is_bounded_like_that_of_a_fill() {
    sample_reward();
}
