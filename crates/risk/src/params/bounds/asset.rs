//! Bounds of one asset: volatility, horizons, shocks, size; and of an asset with its market.
use super::{MARGIN_PER_TAKER_FEE, require, within};
use crate::RiskError;
use crate::number::arith::{div_floor_u64, div_floor_u128, isqrt_floor, product_le, wide_mul};
use crate::number::quantity::{E9, E18};
use crate::params::{AssetParams, OracleParams, TradeParams};

/// k, × 10^9.
pub const K_E9: [u64; 2] = [2_000_000_000, 6_000_000_000];
/// ω, × 10^9: the lower one is EMIR RTS 153/2013 Art. 28 (b).
pub const OMEGA_E9: [u64; 2] = [250_000_000, 500_000_000];
/// Horizon of maintenance, seconds: ¼ h to 24 h.
pub const H_MM_SECS: [u32; 2] = [900, 86_400];
/// Longest horizon of initial margin, seconds: 30 d, so that `k·√h` keeps its format.
pub const H_IM_MAX_SECS: u32 = 2_592_000;
/// Smallest core shock, × 10^9.
pub const S_FLOOR_E9: [u64; 2] = [5_000_000, 500_000_000];
/// Speed limit up per hour, × 10^9. Down is at most half of it and above 0.
pub const UP_PER_H_E9: [u64; 2] = [10_000_000, 40_000_000];
/// Largest basis, × 10^9.
pub const BASIS_MAX_E9: u64 = 100_000_000;
/// oi_lo is at most this many times L (§4).
pub const OI_LO_PER_DEPTH: u64 = 10;
/// oi_hi is at most this many times L (§4).
pub const OI_HI_PER_DEPTH: u64 = 50;
/// Ceiling of the maintenance shock of a long, × 10^9: 1.5·0.65 < 1 (§4), a deposit never hurts.
pub const S_MAX_MM_LONG_MAX_E9: u64 = 650_000_000;
/// Ceiling of the shock of a short, × 10^9: from a doubling to nine times the price.
pub const S_MAX_SHORT_E9: [u64; 2] = [1_000_000_000, 8_000_000_000];
/// Samples of the warm-up: at the default spacing up to 30 d.
pub const WARMUP_SAMPLES: [u32; 2] = [1, 8_640];
/// Latest age at which σ_IM starts to grow, seconds.
pub const STALE_AFTER_MAX_SECS: u32 = 86_400;
/// Growth of σ_IM per hour, × 10^9.
pub const STALE_PER_H_E9: [u64; 2] = [10_000_000, E9];
/// Largest bucket.
pub const BUCKET_MAX: u8 = 7;
/// Most decimals of a base token: those that `UnitPrice` converts.
pub const BASE_DECIMALS_MAX: u8 = 18;

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
        trade.check_bounds()?;
        require(
            wide_mul(trade.taker_fee_e9, MARGIN_PER_TAKER_FEE) < u128::from(self.s_floor_e9),
            RiskError::FeeOutOfBounds,
        )?;
        let skew_max_atoms = trade.skew_max_atoms(self.s_floor_e9);
        require(
            trade.open_interest_cap_atoms <= skew_max_atoms,
            RiskError::OpenInterestCapOutOfBounds,
        )?;
        // So that no cap within the bounds is reached before max_rate is.
        require(
            within(trade.funding_scale_atoms, [1, skew_max_atoms]),
            RiskError::FundingScaleOutOfBounds,
        )
    }

    /// The largest σ_cap, × 10^9, with which `k·σ_cap·√h_mm ≤ ½`: `⌊10^9·½/(k·√h_mm)⌋`. For h_mm of at least ¼ h.
    ///
    /// Errors: [`RiskError::Overflow`] for k or h_mm of 0.
    pub fn sigma_cap_of_k(&self) -> Result<u64, RiskError> {
        // σ² ≤ 9·10^38/(k²·h), k and σ × 10^9, h in seconds; the numerator as 4 times what fits.
        const QUARTER: u128 = 225_000_000_000_000_000_000_000_000_000_000_000_000;
        let divisor = wide_mul(self.k_e9, self.k_e9).saturating_mul(u128::from(self.h_mm_secs));
        let quotient = div_floor_u128(QUARTER, divisor)?;
        let rest = QUARTER.saturating_sub(quotient.saturating_mul(divisor));
        let more = div_floor_u128(rest.saturating_mul(4), divisor)?; // 0 to 3
        Ok(isqrt_floor(quotient.saturating_mul(4).saturating_add(more)))
    }

    /// σ_cap after a change from `old` in which k rises and h_mm stays, × 10^9: what the bound leaves of it. None
    /// where it may stay as it is, and where nothing carries it.
    pub fn carried_sigma_cap(&self, old: &Self) -> Option<u64> {
        if self.k_e9 <= old.k_e9 || self.h_mm_secs != old.h_mm_secs {
            return None;
        }
        let most = self.sigma_cap_of_k().ok()?;
        (most < old.sigma_cap_e9).then_some(most)
    }

    /// These parameters with σ_cap as a higher k than that of `old` leaves it, if they leave it as it was.
    #[must_use]
    pub fn with_cap_carried_from(&self, old: &Self) -> Self {
        match self.carried_sigma_cap(old) {
            Some(sigma_cap_e9) if self.sigma_cap_e9 == old.sigma_cap_e9 => Self {
                sigma_cap_e9,
                ..*self
            },
            _ => *self,
        }
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
        require(
            self.collateral_weight_e9 <= E9,
            RiskError::CollateralWeightOutOfBounds,
        )
    }

    fn check_size(&self) -> Result<(), RiskError> {
        let depth = self.depth_quote_atoms;
        let (lo, hi) = (self.oi_lo_quote_atoms, self.oi_hi_quote_atoms);
        require(
            depth > 0
                && u128::from(lo) <= wide_mul(depth, OI_LO_PER_DEPTH)
                && u128::from(hi) <= wide_mul(depth, OI_HI_PER_DEPTH)
                && lo < hi, // otherwise the open-interest add-on would be switched off
            RiskError::DepthOutOfBounds,
        )?;
        require(self.bucket <= BUCKET_MAX, RiskError::BucketOutOfBounds)?;
        require(
            self.base_decimals <= BASE_DECIMALS_MAX && self.lot_atoms > 0,
            RiskError::LotOutOfBounds,
        )
    }
}
