//! Hard bounds of section 8, compiled in: no key can leave them.
//!
//! Each `check_bounds` answers with the first condition that fails. Every bound is inclusive. The
//! origin of a bound is docs/whitepaper.md §8 unless its comment says otherwise.
use super::{
    AssetParams, LiquidationParams, OracleParams, PortfolioParams, SampleParams, Scenario,
    TradeParams,
};
use crate::RiskError;
use crate::arith::{div_floor_u64, product_le, wide_add, wide_mul};
use crate::quantity::{E9, E18};

/// k, × 10^9.
pub const K_E9: [u64; 2] = [2_000_000_000, 6_000_000_000];
/// ω, × 10^9: the lower one is EMIR RTS 153/2013 Art. 28 (b).
pub const OMEGA_E9: [u64; 2] = [250_000_000, 500_000_000];
/// Fast half-life, seconds: 6 h to 7 d.
pub const HALF_LIFE_FAST_SECS: [u32; 2] = [21_600, 604_800];
/// Slow half-life, seconds: 30 d to 365 d.
pub const HALF_LIFE_SLOW_SECS: [u32; 2] = [2_592_000, 31_536_000];
/// Horizon of maintenance, seconds: ¼ h to 24 h.
pub const H_MM_SECS: [u32; 2] = [900, 86_400];
/// Longest horizon of initial margin, seconds: 30 d, so that `k·√h` keeps its format.
pub const H_IM_MAX_SECS: u32 = 2_592_000;
/// Smallest core shock, × 10^9.
pub const S_FLOOR_E9: [u64; 2] = [5_000_000, 500_000_000];
/// Largest θ, × 10^9: EMIR RTS 153/2013 Art. 27 (4).
pub const THETA_MAX_E9: u64 = 800_000_000;
/// φ, × 10^9.
pub const PHI_E9: [u64; 2] = [100_000_000, E9];
/// Largest ρ_lo, × 10^9.
pub const RHO_LO_MAX_E9: u64 = 600_000_000;
/// ρ_hi, × 10^9: at most 1, so every correlation matrix of one common ρ is positive semidefinite.
pub const RHO_HI_E9: [u64; 2] = [850_000_000, E9];
/// Speed limit up per hour, × 10^9. Down is at most half of it and above 0.
pub const UP_PER_H_E9: [u64; 2] = [10_000_000, 40_000_000];
/// Largest basis, × 10^9.
pub const BASIS_MAX_E9: u64 = 100_000_000;
/// Largest weight of positive PnL, × 10^9.
pub const UPNL_WEIGHT_MAX_E9: u64 = 500_000_000;
/// z, × 10^9.
pub const Z_E9: [u64; 2] = [1_000_000_000, 3_000_000_000];
/// Largest age of any price, seconds.
pub const AGE_MAX_SECS: u32 = 60;
/// Largest age of the price of a fill, seconds.
pub const AGE_FILL_MAX_SECS: u32 = 10;
/// Largest lead of a publish time over the clock, seconds: twice the default of §2.
pub const FUTURE_MAX_SECS: u32 = 10;
/// Shortest sample spacing, seconds: the largest return of one sample, ln 2, then gives a variance of at
/// most (ln 2)²·450 < 217 per hour, below the 256 that its format holds (docs/whitepaper.md §10).
pub const SPACING_MIN_SECS: u32 = 8;
/// Longest sample spacing, seconds: 1 d, the fast half-life's default.
pub const SPACING_MAX_SECS: u32 = 86_400;
/// The spacing is at least this many times the age of a sample: who picks the moment moves σ little.
pub const SPACING_PER_AGE: u32 = 4;
/// Widest confidence to trade, sample or liquidate, × 10^9: 2.5 times the largest default.
pub const CONFIDENCE_MAX_E9: u64 = 50_000_000;
/// Widest confidence to reduce, × 10^9: about 3 times the default.
pub const CONFIDENCE_REDUCE_MAX_E9: u64 = 100_000_000;
/// Widest EMA band to trade, × 10^9: 4 times the default.
pub const EMA_TRADE_MAX_E9: u64 = 200_000_000;
/// Widest EMA band to liquidate, × 10^9: 2.5 times the default.
pub const EMA_LIQUIDATION_MAX_E9: u64 = 500_000_000;
/// `liq_delay_max`, seconds: from one minute to one hour, the life of a flag.
pub const EMA_WAIVER_SECS: [u32; 2] = [60, 3_600];
/// Largest φ_max, × 10^9.
pub const PENALTY_MAX_E9: u64 = 100_000_000;
/// Longest grace, seconds.
pub const GRACE_MAX_SECS: u32 = 60;
/// Longest life of a flag, seconds: 1 h (§7.1).
pub const FLAG_EXPIRY_MAX_SECS: u32 = 3_600;
/// β, × 10^9.
pub const BETA_E9: [u64; 2] = [20_000_000, 500_000_000];
/// Longest liquidation window, seconds.
pub const WINDOW_MAX_SECS: u32 = 3_600;
/// Largest dust limit: $1,000, ten times the default.
pub const DUST_MAX_QUOTE_ATOMS: u64 = 1_000_000_000;
/// oi_lo is at most this many times L (§4).
pub const OI_LO_PER_DEPTH: u64 = 10;
/// oi_hi is at most this many times L (§4).
pub const OI_HI_PER_DEPTH: u64 = 50;
/// The open-interest cap is at most skew_scale divided by this (§6).
pub const SKEW_SCALE_PER_CAP: u64 = 20;
/// Largest taker fee, × 10^9: 1 %.
pub const TAKER_FEE_MAX_E9: u64 = 10_000_000;
/// Largest κ, × 10^9: 10, about 7 times the default.
pub const KAPPA_MAX_E9: u64 = 10_000_000_000;
/// Ceiling of the maintenance shock of a long, × 10^9: 1.5·0.65 < 1 (§4), a deposit never hurts.
pub const S_MAX_MM_LONG_MAX_E9: u64 = 650_000_000;
/// Ceiling of the shock of a short, × 10^9: from a doubling to nine times the price.
pub const S_MAX_SHORT_E9: [u64; 2] = [1_000_000_000, 8_000_000_000];
/// Clamp of a sample in σ, × 10^9: half to four times the default.
pub const CLAMP_MULT_E9: [u64; 2] = [8_000_000_000, 64_000_000_000];
/// Least clamp of a sample, × 10^9.
pub const CLAMP_MIN_E9: [u64; 2] = [1_000_000, 50_000_000];
/// Largest price ratio of one sample, × 10^9.
pub const CLAMP_MAX_RATIO_E9: [u64; 2] = [1_050_000_000, 2_000_000_000];
/// Samples of the warm-up: at the default spacing up to 30 d.
pub const WARMUP_SAMPLES: [u32; 2] = [1, 8_640];
/// Latest age at which σ_IM starts to grow, seconds.
pub const STALE_AFTER_MAX_SECS: u32 = 86_400;
/// Growth of σ_IM per hour, × 10^9.
pub const STALE_PER_H_E9: [u64; 2] = [10_000_000, E9];
/// Most joint scenarios.
pub const MAX_SCENARIOS: usize = 16;
/// Shock of a scenario, × 10^9.
pub const SCENARIO_SHOCK_E9: [i64; 2] = [-1_000_000_000, 3_000_000_000];
/// Largest loss of a scenario, weight · fall, × 10^18: with the largest basis it stays below 1, so that a
/// deposit never raises MM by more than it raises equity.
pub const SCENARIO_LOSS_MAX_E18: u128 = wide_mul(E9 - BASIS_MAX_E9, E9);
/// Largest bucket.
pub const BUCKET_MAX: u8 = 7;
/// Most decimals of a base token: those that `UnitPrice` converts.
pub const BASE_DECIMALS_MAX: u8 = 18;
/// IM over MM, × 10^9 (§5): fixed.
pub const IM_OVER_MM_E9: u64 = 1_250_000_000;
/// Favourable move of an unusable asset, × 10^9 (§2 b): fixed.
pub const UNUSABLE_MOVE_E9: u64 = 500_000_000;
/// Funding provision, seconds (§4): fixed.
pub const FUNDING_PROVISION_SECS: u32 = 28_800;

/// `Ok` when the condition holds.
pub(super) fn require(condition: bool, error: RiskError) -> Result<(), RiskError> {
    if condition { Ok(()) } else { Err(error) }
}

pub(super) fn within<T: PartialOrd>(x: T, [min, max]: [T; 2]) -> bool {
    min <= x && x <= max
}

impl AssetParams {
    /// Checks every bound of an asset, of its samples, oracle and market, and of their combinations.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left.
    pub fn check_bounds(
        &self,
        oracle: &OracleParams,
        trade: &TradeParams,
    ) -> Result<(), RiskError> {
        self.check_volatility()?;
        self.check_horizons()?;
        self.check_shocks()?;
        self.check_size()?;
        self.sample.check_bounds()?;
        require(
            within(
                self.stale_after_secs,
                [self.sample.min_spacing_secs, STALE_AFTER_MAX_SECS],
            ) && within(self.stale_per_h_e9, STALE_PER_H_E9),
            RiskError::StalenessOutOfBounds,
        )?;
        oracle.check_bounds()?;
        trade.check_bounds()
    }

    fn check_volatility(&self) -> Result<(), RiskError> {
        require(within(self.omega_e9, OMEGA_E9), RiskError::OmegaOutOfBounds)?;
        let (floor, stress, cap) = (self.sigma_floor_e9, self.sigma_stress_e9, self.sigma_cap_e9);
        require(
            floor > 0 && wide_mul(stress, 2) >= wide_mul(floor, 3) && cap >= stress,
            RiskError::SigmaStressOutOfBounds,
        )?;
        require(
            within(self.sigma_initial_e9, [floor, cap]),
            RiskError::SigmaInitialOutOfBounds,
        )?;
        require(
            within(self.warmup_samples, WARMUP_SAMPLES),
            RiskError::WarmupOutOfBounds,
        )
    }

    fn check_horizons(&self) -> Result<(), RiskError> {
        require(within(self.k_e9, K_E9), RiskError::KOutOfBounds)?;
        let (h_mm, h_im) = (self.h_mm_secs, self.h_im_secs);
        require(
            within(h_mm, H_MM_SECS) && within(h_im, [h_mm.saturating_mul(2), H_IM_MAX_SECS]),
            RiskError::HorizonOutOfBounds,
        )?;
        // k·σ_cap·√h ≤ ½, squared: k²·4h·σ² ≤ 3600, each fraction × 10^18. k² < 2^66, 4h < 2^19.
        let (k, sigma) = (self.k_e9, self.sigma_cap_e9);
        let k_squared_4h = wide_mul(k, k).saturating_mul(wide_mul(4, u64::from(h_mm)));
        require(
            product_le(
                k_squared_4h,
                wide_mul(sigma, sigma),
                wide_mul(3_600, E18),
                u128::from(E18),
            ),
            RiskError::SigmaCapOutOfBounds,
        )?;
        let (up, down) = (self.up_per_h_e9, self.down_per_h_e9);
        require(
            within(up, UP_PER_H_E9) && within(down, [1, div_floor_u64(up, 2)]),
            RiskError::SpeedLimitOutOfBounds,
        )
    }

    fn check_shocks(&self) -> Result<(), RiskError> {
        let s_floor = self.s_floor_e9;
        require(
            within(s_floor, S_FLOOR_E9),
            RiskError::ShockFloorOutOfBounds,
        )?;
        require(
            within(self.s_max_mm_long_e9, [s_floor, S_MAX_MM_LONG_MAX_E9])
                && within(self.s_max_im_long_e9, [self.s_max_mm_long_e9, E9])
                && within(self.s_max_short_e9, S_MAX_SHORT_E9),
            RiskError::ShockCapOutOfBounds,
        )?;
        // 8 h · max_rate ≤ ½ · s_floor
        require(
            wide_mul(self.max_rate_per_h_e9, 16) <= u128::from(s_floor),
            RiskError::FundingRateOutOfBounds,
        )?;
        require(self.basis_e9 <= BASIS_MAX_E9, RiskError::BasisOutOfBounds)?;
        require(self.gamma_e9 <= E9, RiskError::GammaOutOfBounds)?;
        require(self.credit_e9 <= E9, RiskError::CreditOutOfBounds)
    }

    fn check_size(&self) -> Result<(), RiskError> {
        let depth = self.depth_quote_atoms;
        let (lo, hi) = (self.oi_lo_quote_atoms, self.oi_hi_quote_atoms);
        require(
            depth > 0
                && u128::from(lo) <= wide_mul(depth, OI_LO_PER_DEPTH)
                && u128::from(hi) <= wide_mul(depth, OI_HI_PER_DEPTH)
                && lo < hi, // otherwise the crowd term would be switched off
            RiskError::DepthOutOfBounds,
        )?;
        require(self.bucket <= BUCKET_MAX, RiskError::BucketOutOfBounds)?;
        require(
            self.base_decimals <= BASE_DECIMALS_MAX && self.lot_atoms > 0,
            RiskError::LotOutOfBounds,
        )
    }
}

impl SampleParams {
    /// Checks the half-lives, the clamp, and what makes a sample usable.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left.
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        require(
            within(self.half_life_fast_secs, HALF_LIFE_FAST_SECS),
            RiskError::HalfLifeFastOutOfBounds,
        )?;
        require(
            within(self.half_life_slow_secs, HALF_LIFE_SLOW_SECS),
            RiskError::HalfLifeSlowOutOfBounds,
        )?;
        require(
            within(self.clamp_mult_e9, CLAMP_MULT_E9)
                && within(self.clamp_min_e9, CLAMP_MIN_E9)
                && within(self.clamp_max_ratio_e9, CLAMP_MAX_RATIO_E9),
            RiskError::ClampOutOfBounds,
        )?;
        require(
            within(self.max_age_secs, [1, AGE_MAX_SECS]) && self.max_future_secs <= FUTURE_MAX_SECS,
            RiskError::AgeOutOfBounds,
        )?;
        require(
            within(self.max_conf_e9, [1, CONFIDENCE_MAX_E9]),
            RiskError::BandOutOfBounds,
        )?;
        require(
            within(
                self.min_spacing_secs,
                [
                    self.max_age_secs
                        .saturating_mul(SPACING_PER_AGE)
                        .max(SPACING_MIN_SECS),
                    SPACING_MAX_SECS,
                ],
            ),
            RiskError::SpacingOutOfBounds,
        )
    }
}

impl PortfolioParams {
    /// Checks the parameters of the portfolio.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left, [`RiskError::FixedParameterChanged`].
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        require(self.theta_e9 <= THETA_MAX_E9, RiskError::ThetaOutOfBounds)?;
        require(within(self.phi_e9, PHI_E9), RiskError::PhiOutOfBounds)?;
        require(
            self.rho_lo_e9 <= RHO_LO_MAX_E9 && within(self.rho_hi_e9, RHO_HI_E9),
            RiskError::CorrelationOutOfBounds,
        )?;
        require(
            self.upnl_weight_e9 <= UPNL_WEIGHT_MAX_E9,
            RiskError::UpnlWeightOutOfBounds,
        )?;
        require(
            within(self.z_e9, Z_E9),
            RiskError::ConfidenceMultipleOutOfBounds,
        )?;
        require(
            self.im_over_mm_e9 == IM_OVER_MM_E9
                && self.unusable_move_e9 == UNUSABLE_MOVE_E9
                && self.funding_provision_secs == FUNDING_PROVISION_SECS,
            RiskError::FixedParameterChanged,
        )
    }
}

impl Scenario {
    /// Checks a joint scenario. Errors: [`RiskError::ScenarioOutOfBounds`].
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        let shocks_within = self
            .shock_e9
            .iter()
            .all(|shock| within(*shock, SCENARIO_SHOCK_E9));
        let deepest = self.shock_e9.iter().copied().min().unwrap_or(0).min(0);
        let loss = wide_mul(self.weight_e9, deepest.unsigned_abs());
        require(
            self.weight_e9 <= E9 && shocks_within && loss <= SCENARIO_LOSS_MAX_E18,
            RiskError::ScenarioOutOfBounds,
        )
    }
}

impl OracleParams {
    /// Checks ages and bands.
    ///
    /// Errors: [`RiskError::AgeOutOfBounds`], [`RiskError::BandOutOfBounds`].
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        require(
            within(self.age_trade_secs, [1, AGE_MAX_SECS])
                && within(self.age_fill_secs, [1, AGE_FILL_MAX_SECS])
                && within(self.age_liquidation_secs, [1, AGE_MAX_SECS])
                && self.max_future_secs <= FUTURE_MAX_SECS,
            RiskError::AgeOutOfBounds,
        )?;
        require(
            within(self.conf_trade_e9, [1, CONFIDENCE_MAX_E9])
                && within(self.conf_reduce_e9, [1, CONFIDENCE_REDUCE_MAX_E9])
                && within(self.conf_liquidation_e9, [1, CONFIDENCE_MAX_E9])
                && within(self.ema_trade_e9, [1, EMA_TRADE_MAX_E9])
                && within(self.ema_liquidation_e9, [1, EMA_LIQUIDATION_MAX_E9])
                && within(self.ema_waiver_secs, EMA_WAIVER_SECS),
            RiskError::BandOutOfBounds,
        )
    }
}

impl TradeParams {
    /// Checks fees, spread, caps and the use of the pool.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left.
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        let shares = wide_add(self.fee_insurance_share_e9, self.fee_protocol_share_e9);
        require(
            self.taker_fee_e9 <= TAKER_FEE_MAX_E9 && shares <= u128::from(E9),
            RiskError::FeeOutOfBounds,
        )?;
        require(self.kappa_e9 <= KAPPA_MAX_E9, RiskError::SpreadOutOfBounds)?;
        let cap_max = div_floor_u64(self.skew_scale_atoms, SKEW_SCALE_PER_CAP); // 0 when skew_scale = 0
        require(
            within(self.open_interest_cap_atoms, [1, cap_max])
                && within(self.account_cap_atoms, [1, self.open_interest_cap_atoms]),
            RiskError::OpenInterestCapOutOfBounds,
        )?;
        require(self.min_notional_quote_atoms > 0, RiskError::LotOutOfBounds)?;
        require(
            self.util_max_e9 <= E9 && self.pool_share_e9 <= E9,
            RiskError::UtilizationOutOfBounds,
        )
    }
}

impl LiquidationParams {
    /// Checks penalty, grace, window and exit.
    ///
    /// Errors: the `…OutOfBounds` of the first bound that is left.
    pub fn check_bounds(&self) -> Result<(), RiskError> {
        require(
            self.penalty_abs_e9 <= PENALTY_MAX_E9,
            RiskError::PenaltyOutOfBounds,
        )?;
        require(
            self.liquidator_share_e9 <= E9 && self.insurance_share_e9 <= E9,
            RiskError::FeeOutOfBounds,
        )?;
        require(
            self.grace_secs <= GRACE_MAX_SECS
                && within(
                    self.flag_expiry_secs,
                    [GRACE_MAX_SECS, FLAG_EXPIRY_MAX_SECS],
                ),
            RiskError::GraceOutOfBounds,
        )?;
        require(
            within(self.window_secs, [1, WINDOW_MAX_SECS])
                && self.window_cap_quote_atoms > 0
                && self.window_share_e9 <= E9
                && self.dust_quote_atoms <= DUST_MAX_QUOTE_ATOMS,
            RiskError::WindowOutOfBounds,
        )?;
        require(within(self.beta_e9, BETA_E9), RiskError::BetaOutOfBounds)
    }
}

#[cfg(test)]
#[path = "bounds_tests.rs"]
mod tests;
