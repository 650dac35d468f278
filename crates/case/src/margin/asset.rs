//! One asset of a case: observation, volatility, market and parameters.
use freeboard_errors::FreeboardError;
use freeboard_risk::RiskError;
use freeboard_risk::liquidation::LiquidationPrices;
use freeboard_risk::number::math::Scaled;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{AssetCoefficients, AssetParams};
use freeboard_risk::price::standing::{Standing, move_since};
use freeboard_risk::price::unit_shock::{UnitShock, unit_shock};
use freeboard_risk::price::volatility::VolatilityState;
use freeboard_risk::requirement::holding::Holding;
use freeboard_risk::requirement::margin::holding_report;
use serde::Deserialize;

use super::answer::AssetAnswer;
use crate::CaseError;
use crate::input::{
    Age, Bucket, Count, Decimals, E9, FallE9, FractionE18, PriceE12, ShareE9, Text, Time,
    VariancePerHour,
};
use crate::output::{e18, integer};

/// Clock time of every case, unix seconds: ages are counted back from it.
const NOW: i64 = 0;

/// An asset.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Any text.
    pub name: String,
    /// Decimals of the base unit.
    pub base_decimals: Decimals,
    /// P: price, USD per whole base unit × 10^12.
    pub price_e12: PriceE12,
    /// C: confidence interval, USD × 10^12.
    pub conf_e12: Text<u128>,
    /// EMA of the price, USD × 10^12.
    pub ema_e12: PriceE12,
    /// Whether the price may be traded on.
    pub usable_initial: bool,
    /// How the price stands in a liquidation.
    pub usable_liquidation: Usable,
    /// Seconds since the price was published; 0 in a case without it.
    #[serde(default)]
    pub price_age_s: Option<Age>,
    /// Fast variance per hour.
    pub v_fast_per_h: VariancePerHour,
    /// Slow variance per hour.
    pub v_slow_per_h: VariancePerHour,
    /// Short variance per hour; 0 in a case without it.
    #[serde(default)]
    pub v_short_per_h: VariancePerHour,
    /// Implied volatility that σ_t counts, per √hour, × 10^18; 0, none, in a case without it.
    #[serde(default)]
    pub implied_e18: FractionE18,
    /// Samples so far.
    pub samples: Count,
    /// Seconds since the last sample.
    pub sample_age_s: Time,
    /// Unit shock of MM from which the speed limit starts, × 10^18.
    pub u_prev_e18: FractionE18,
    /// Seconds since it was so.
    pub u_age_s: Age,
    /// Open interest of the larger side, base atoms.
    pub oi_atoms: Text<u64>,
    /// R: recent liquidations, decayed, quote atoms.
    pub liquidated_quote_atoms: Text<u64>,
    /// Smallest step of a size, base atoms.
    pub lot_atoms: Text<u64>,
    /// Column of the joint scenarios.
    pub bucket: Bucket,
    /// Parameters of the asset.
    pub params: AssetParameters,
}

/// How a price stands when somebody asks for a liquidation: `true`, or why not.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub enum Usable {
    /// It is usable, or nobody knows one.
    Flag(bool),
    /// A fresh price update that is too wide or too far from its EMA.
    Update(BadUpdate),
    /// Seconds since the recorded price of an absent feed was published.
    Absent {
        /// The seconds.
        absent_s: Age,
    },
}

/// What is wrong with a price update.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadUpdate {
    /// Its confidence interval is too wide.
    Wide,
    /// It is too far from its EMA.
    Far,
}

impl Usable {
    fn standing(self, k_e9: u64, shock: &UnitShock) -> Standing {
        match self {
            Self::Flag(true) => Standing::Usable,
            Self::Flag(false) => Standing::Unknown,
            Self::Update(BadUpdate::Wide) => Standing::Wide,
            Self::Update(BadUpdate::Far) => Standing::Far,
            Self::Absent { absent_s } => Standing::Absent {
                share: move_since(k_e9, shock.sigma_im, absent_s.number()),
            },
        }
    }
}

/// Parameters of the asset's volatility and shocks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetParameters {
    /// ω: weight of the stressed volatility, × 10^9.
    pub omega_e9: ShareE9,
    /// Stressed volatility per √hour, × 10^9.
    pub sigma_stress_e9: E9,
    /// Least volatility per √hour, × 10^9.
    pub sigma_floor_e9: E9,
    /// Largest volatility per √hour, × 10^9.
    pub sigma_cap_e9: E9,
    /// Volatility per √hour before the first samples, × 10^9.
    pub sigma_initial_e9: E9,
    /// m: multiple of the short volatility that counts as volatility, × 10^9; 0 in a case without it.
    #[serde(default)]
    pub short_mult_e9: E9,
    /// Samples until sigma_initial is no longer a lower bound.
    pub warmup_samples: Count,
    /// Age of the last sample from which the IM's volatility grows, seconds.
    pub stale_after_s: Count,
    /// Growth of the IM's volatility from then on, per hour, × 10^9.
    pub stale_per_h_e9: E9,
    /// k: standard deviations that a shock covers, × 10^9.
    pub k_e9: E9,
    /// Horizon of MM, seconds.
    pub h_mm_s: Count,
    /// Horizon of IM, seconds.
    pub h_im_s: Count,
    /// Least shock, as part of the price, × 10^9.
    pub s_floor_e9: E9,
    /// Fastest rise of the unit shock of MM per hour, × 10^9.
    pub up_per_h_e9: E9,
    /// Fastest fall of the unit shock of MM per hour, × 10^9.
    pub down_per_h_e9: FallE9,
    /// Largest shock of a long in MM, as part of the price, × 10^9.
    pub s_max_mm_long_e9: E9,
    /// Largest shock of a long in IM, as part of the price, × 10^9.
    pub s_max_im_long_e9: E9,
    /// Largest shock of a short, as part of the price, × 10^9.
    pub s_max_short_e9: E9,
    /// L: notional that the market absorbs per hour at tolerable impact, quote atoms.
    pub depth_quote_atoms: Text<u64>,
    /// Open interest at which the open-interest add-on starts, quote atoms.
    pub oi_lo_quote_atoms: Text<u64>,
    /// Open interest at which the open-interest add-on is full, quote atoms.
    pub oi_hi_quote_atoms: Text<u64>,
    /// γ: surcharge of IM for recent liquidations, × 10^9.
    pub gamma_e9: E9,
    /// Charge on collateral that hedges a short of the same asset, × 10^9.
    pub basis_e9: E9,
    /// Largest funding rate per hour, × 10^9; eight hours of it are provided for.
    pub max_rate_per_h_e9: E9,
    /// Collateral weight: part of the collateral's value that counts, × 10^9.
    #[serde(alias = "credit_e9")] // what the first cases called it
    pub collateral_weight_e9: ShareE9,
}

/// An asset in the units of the core, not yet held.
pub(super) struct ValuedAsset {
    name: String,
    params: AssetParams,
    volatility: VolatilityState,
    pub holding: Holding,
}

impl Asset {
    /// Errors: an L of 0. Nothing has a size that can be compared with it, so the size term would vanish.
    pub(super) fn check_depth(&self, index: usize) -> Result<(), CaseError> {
        if self.params.depth_quote_atoms.0 > 0 {
            return Ok(());
        }
        let path = format!("assets[{index}].params.depth_quote_atoms");
        let reason = "L, what the market absorbs in an hour, must be above 0";
        Err(CaseError::numbered(
            path,
            FreeboardError::DepthOutOfBounds,
            reason,
        ))
    }

    /// Age of the price, seconds.
    pub(super) fn price_age_secs(&self) -> u32 {
        let age = self.price_age_s.map_or(0, Age::number);
        u32::try_from(age).unwrap_or(u32::MAX)
    }

    pub(super) fn params(&self) -> AssetParams {
        let p = &self.params;
        AssetParams {
            omega_e9: p.omega_e9.number(),
            sigma_stress_e9: p.sigma_stress_e9.number(),
            sigma_floor_e9: p.sigma_floor_e9.number(),
            sigma_cap_e9: p.sigma_cap_e9.number(),
            sigma_initial_e9: p.sigma_initial_e9.number(),
            short_mult_e9: p.short_mult_e9.number(),
            warmup_samples: p.warmup_samples.short(),
            stale_after_secs: p.stale_after_s.short(),
            stale_per_h_e9: p.stale_per_h_e9.number(),
            k_e9: p.k_e9.number(),
            h_mm_secs: p.h_mm_s.short(),
            h_im_secs: p.h_im_s.short(),
            s_floor_e9: p.s_floor_e9.number(),
            up_per_h_e9: p.up_per_h_e9.number(),
            down_per_h_e9: p.down_per_h_e9.number(),
            s_max_mm_long_e9: p.s_max_mm_long_e9.number(),
            s_max_im_long_e9: p.s_max_im_long_e9.number(),
            s_max_short_e9: p.s_max_short_e9.number(),
            depth_quote_atoms: p.depth_quote_atoms.0,
            oi_lo_quote_atoms: p.oi_lo_quote_atoms.0,
            oi_hi_quote_atoms: p.oi_hi_quote_atoms.0,
            gamma_e9: p.gamma_e9.number(),
            basis_e9: p.basis_e9.number(),
            max_rate_per_h_e9: p.max_rate_per_h_e9.number(),
            collateral_weight_e9: p.collateral_weight_e9.number(),
            bucket: self.bucket.byte(),
            base_decimals: self.base_decimals.byte(),
            lot_atoms: self.lot_atoms.0,
            ..AssetParams::reference() // the parameters of samples: none is taken here
        }
    }

    /// The asset in the units of the core.
    ///
    /// Errors: a combination that the core cannot hold, such as `k·√h` of 65,536 and above.
    pub(super) fn value(&self, provision_secs: u32) -> Result<ValuedAsset, RiskError> {
        let params = self.params();
        let coefficients = AssetCoefficients::new(&params, provision_secs)?;
        let mut volatility = VolatilityState {
            v_fast: self.v_fast_per_h.0,
            v_slow: self.v_slow_per_h.0,
            v_short: self.v_short_per_h.0,
            anchor: Scaled::from_u128(self.price_e12.0.0)?,
            anchor_ts: NOW - self.sample_age_s.signed(),
            samples: self.samples.short(),
            u_prev: self.u_prev_e18.0,
            u_prev_ts: NOW - self.u_age_s.signed(),
            implied: self.implied_e18.0,
            sigma_target: Fraction::ZERO,
            u_target: Fraction::ZERO,
        };
        volatility.refresh(&params, &coefficients)?;
        let shock = unit_shock(&volatility, &coefficients, NOW);
        let holding = Holding {
            price: self.price_e12.0,
            confidence: Price(self.conf_e12.0),
            ema: self.ema_e12.0,
            usable_initial: self.usable_initial,
            standing: self.usable_liquidation.standing(params.k_e9, &shock),
            unit_shock: shock,
            coefficients,
            open_interest_atoms: self.oi_atoms.0,
            liquidated_quote_atoms: self.liquidated_quote_atoms.0,
            ..Holding::default()
        };
        Ok(ValuedAsset {
            name: self.name.clone(),
            params,
            volatility,
            holding,
        })
    }
}

impl ValuedAsset {
    /// Volatility, shocks and net size of the asset as held.
    pub(super) fn answer(
        &self,
        holding: &Holding,
        prices: LiquidationPrices,
    ) -> Result<AssetAnswer, RiskError> {
        let report = holding_report(holding)?;
        let prices = [prices.nearer, prices.farther];
        Ok(AssetAnswer {
            name: self.name.clone(),
            sigma_c_e18: e18(self.volatility.sigma_c(&self.params)?),
            sigma_target_e18: e18(self.volatility.sigma_target),
            sigma_im_e18: e18(holding.unit_shock.sigma_im),
            u_mm_e18: e18(holding.unit_shock.u_mm),
            core_mm_e18: e18(report.maintenance.core),
            shock_mm_e18: e18(report.maintenance.full),
            core_im_e18: e18(report.initial.core),
            shock_im_e18: e18(report.initial.full),
            net_quote_atoms: integer(report.net_quote_atoms),
            liquidation_prices_e12: prices.map(|price| price.map(|price| integer(price.0))),
        })
    }
}
