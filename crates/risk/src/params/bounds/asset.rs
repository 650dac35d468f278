//! Bounds of one asset by itself: volatility, horizons, shocks, size.
use super::market::AssetAndMarket;
use super::{BASIS_MAX_E9, NO_END, bounds, require, within};
use crate::RiskError;
use crate::number::arith::{Product, div_floor_u64, div_floor_u128, isqrt_floor, wide_mul};
use crate::number::quantity::{E9, E18};
use crate::params::{AssetParams, OracleParams, TradeParams};

/// ω, × 10^9.
pub const OMEGA_E9: [u64; 2] = [250_000_000, 500_000_000];
/// k, × 10^9.
pub const K_E9: [u64; 2] = [2_000_000_000, 6_000_000_000];
/// Smallest core shock, × 10^9.
pub const S_FLOOR_E9: [u64; 2] = [5_000_000, 500_000_000];

/// Largest part of L that too little turnover takes away, × 10^9: half of it.
pub const DEPTH_CUT_MAX_E9: u64 = 500_000_000;
/// Largest reference of what is traded in an hour, quote atoms: $10 bn.
const TURNOVER_REFERENCE_MAX_QUOTE_ATOMS: u64 = 10_000_000_000_000_000;
/// Largest cap of deposits, base atoms: 2^63 − 1.
const DEPOSIT_CAP_MAX_ATOMS: u64 = u64::MAX >> 1;

bounds! {
    /// Checks volatility, horizons, shocks and size.
    fn check_alone of AssetParams, "params." {
        OmegaOutOfBounds {
            /// The lower one: EMIR RTS 153/2013 Art. 28 (b).
            omega_e9: Fraction(OMEGA_E9[0], OMEGA_E9[1]);
        }
        SigmaStressOutOfBounds {
            sigma_floor_e9: Percent(1, NO_END);
            stress_is_above_floor: If("`sigma_stress_e9` at least 1.5 · `sigma_floor_e9`",
                ["params.sigma_stress_e9", "params.sigma_floor_e9"]);
            cap_is_above_stress: If("`sigma_cap_e9` at least `sigma_stress_e9`",
                ["params.sigma_cap_e9", "params.sigma_stress_e9"]);
        }
        SigmaInitialOutOfBounds {
            initial_is_possible: If("`sigma_initial_e9` between `sigma_floor_e9` and `sigma_cap_e9`",
                ["params.sigma_initial_e9", "params.sigma_floor_e9", "params.sigma_cap_e9"]);
        }
        ShortMultipleOutOfBounds {
            /// 0 switches the short volatility off.
            short_mult_e9: Fraction(0, 2_000_000_000);
        }
        WarmupOutOfBounds {
            /// At the default spacing up to 30 d.
            warmup_samples: Count(1, 8_640);
        }
        KOutOfBounds {
            k_e9: Fraction(K_E9[0], K_E9[1]);
        }
        HorizonOutOfBounds {
            h_mm_secs: Secs(900, 86_400);
            /// k·√h keeps its format.
            h_im_secs: Secs(0, 2_592_000);
            initial_horizon_is_longer: If("`h_im_secs` at least {} · `h_mm_secs`",
                ["params.h_im_secs", "params.h_mm_secs"], Count(2));
        }
        SigmaCapOutOfBounds {
            cap_leaves_half: If("k · `sigma_cap_e9` · √h at most ½, h being `h_mm_secs` in hours",
                ["params.sigma_cap_e9", "params.k_e9", "params.h_mm_secs"]);
        }
        SpeedLimitOutOfBounds {
            up_per_h_e9: PercentPerHour(10_000_000, 40_000_000);
            down_per_h_e9: PercentPerHour(1, NO_END);
            falls_half_as_fast: If("`up_per_h_e9` at least {} · `down_per_h_e9`",
                ["params.up_per_h_e9", "params.down_per_h_e9"], Count(2));
        }
        ShockFloorOutOfBounds {
            s_floor_e9: Percent(S_FLOOR_E9[0], S_FLOOR_E9[1]);
        }
        ShockCapOutOfBounds {
            /// 1.5 · 0.65 < 1 (whitepaper §4.1): a deposit never hurts.
            s_max_mm_long_e9: Fraction(0, 650_000_000);
            mm_cap_is_above_floor: If("`s_max_mm_long_e9` at least `s_floor_e9`",
                ["params.s_max_mm_long_e9", "params.s_floor_e9"]);
            s_max_im_long_e9: Fraction(0, E9);
            im_cap_is_above_mm_cap: If("`s_max_im_long_e9` at least `s_max_mm_long_e9`",
                ["params.s_max_im_long_e9", "params.s_max_mm_long_e9"]);
            /// From a doubling to nine times the price.
            s_max_short_e9: Fraction(1_000_000_000, 8_000_000_000);
        }
        FundingRateOutOfBounds {
            /// Eight hours of the largest rate are at most half of the floor.
            floor_covers_funding: If("{} · `max_rate_per_h_e9` at most `s_floor_e9`",
                ["params.max_rate_per_h_e9", "params.s_floor_e9"], Count(16));
        }
        BasisOutOfBounds {
            basis_e9: Percent(0, BASIS_MAX_E9);
        }
        GammaOutOfBounds {
            gamma_e9: Fraction(0, E9);
        }
        CollateralWeightOutOfBounds {
            collateral_weight_e9: Fraction(0, E9);
        }
        DepositCapOutOfBounds {
            /// Sums of balances keep a sign.
            deposit_cap_atoms: Count(0, DEPOSIT_CAP_MAX_ATOMS);
        }
        OutflowOutOfBounds {
            /// The lower one: everything leaves within 24 hours, pauses included, and no change waits for less (whitepaper §6.4).
            outflow_per_h_e9: PercentPerHour(200_000_000, E9);
        }
        DepthOutOfBounds {
            depth_quote_atoms: Usd(1, NO_END);
            add_on_starts_within: If("`oi_lo_quote_atoms` at most {} · `depth_quote_atoms`",
                ["params.oi_lo_quote_atoms", "params.depth_quote_atoms"], Count(10));
            add_on_is_full_within: If("`oi_hi_quote_atoms` at most {} · `depth_quote_atoms`",
                ["params.oi_hi_quote_atoms", "params.depth_quote_atoms"], Count(50));
            /// Otherwise the open-interest add-on would be switched off.
            add_on_rises: If("`oi_lo_quote_atoms` below `oi_hi_quote_atoms`",
                ["params.oi_lo_quote_atoms", "params.oi_hi_quote_atoms"]);
        }
        TurnoverOutOfBounds {
            /// 0 leaves L as it is. $10 bn an hour: its sum, 242 hours of it, fits 64 bits.
            turnover_reference_quote_atoms: Usd(0, TURNOVER_REFERENCE_MAX_QUOTE_ATOMS);
        }
        BucketOutOfBounds {
            bucket: Count(0, 7);
        }
        LotOutOfBounds {
            /// Those that `UnitPrice` converts.
            base_decimals: Count(0, 18);
            lot_atoms: Count(1, NO_END);
        }
        StalenessOutOfBounds {
            stale_after_secs: Secs(0, 86_400);
            next_sample_is_due: If("`stale_after_secs` at least `sample.min_spacing_secs`",
                ["params.stale_after_secs", "params.sample.min_spacing_secs"]);
            stale_per_h_e9: PercentPerHour(10_000_000, E9);
        }
    }
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
        self.check_alone()?;
        self.sample.check_bounds()?;
        oracle.check_bounds()?;
        trade.check_bounds()?;
        AssetAndMarket { asset: self, trade }.check_bounds()
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

    /// These parameters with σ_cap as a higher k than that of `old` leaves it, if they leave it as it was. A k beyond
    /// its bounds takes nothing along: what is refused then is the k.
    #[must_use]
    pub fn with_cap_carried_from(&self, old: &Self) -> Self {
        match self.carried_sigma_cap(old) {
            Some(sigma_cap_e9) if self.sigma_cap_e9 == old.sigma_cap_e9 && self.k_e9 <= K_E9[1] => {
                Self {
                    sigma_cap_e9,
                    ..*self
                }
            }
            _ => *self,
        }
    }

    fn stress_is_above_floor(&self) -> bool {
        wide_mul(self.sigma_stress_e9, 2) >= wide_mul(self.sigma_floor_e9, 3)
    }

    fn cap_is_above_stress(&self) -> bool {
        self.sigma_cap_e9 >= self.sigma_stress_e9
    }

    fn initial_is_possible(&self) -> bool {
        within(
            self.sigma_initial_e9,
            [self.sigma_floor_e9, self.sigma_cap_e9],
        )
    }

    fn initial_horizon_is_longer(&self, times: u32) -> bool {
        self.h_im_secs >= self.h_mm_secs.saturating_mul(times)
    }

    /// k·σ_cap·√h ≤ ½, squared: k²·4h·σ² ≤ 3600, each fraction × 10^18. k² < 2^66, 4h < 2^19.
    fn cap_leaves_half(&self) -> bool {
        let (k, sigma) = (self.k_e9, self.sigma_cap_e9);
        let k_squared_4h = wide_mul(k, k).saturating_mul(wide_mul(4, u64::from(self.h_mm_secs)));
        let squared = Product(k_squared_4h, wide_mul(sigma, sigma));
        squared.at_most(Product(wide_mul(3_600, E18), u128::from(E18)))
    }

    fn falls_half_as_fast(&self, times: u64) -> bool {
        self.down_per_h_e9 <= div_floor_u64(self.up_per_h_e9, times)
    }

    fn mm_cap_is_above_floor(&self) -> bool {
        self.s_max_mm_long_e9 >= self.s_floor_e9
    }

    fn im_cap_is_above_mm_cap(&self) -> bool {
        self.s_max_im_long_e9 >= self.s_max_mm_long_e9
    }

    fn floor_covers_funding(&self, times: u64) -> bool {
        wide_mul(self.max_rate_per_h_e9, times) <= u128::from(self.s_floor_e9)
    }

    fn add_on_starts_within(&self, depths: u64) -> bool {
        u128::from(self.oi_lo_quote_atoms) <= wide_mul(self.depth_quote_atoms, depths)
    }

    fn add_on_is_full_within(&self, depths: u64) -> bool {
        u128::from(self.oi_hi_quote_atoms) <= wide_mul(self.depth_quote_atoms, depths)
    }

    fn add_on_rises(&self) -> bool {
        self.oi_lo_quote_atoms < self.oi_hi_quote_atoms
    }

    fn next_sample_is_due(&self) -> bool {
        self.stale_after_secs >= self.sample.min_spacing_secs
    }
}
