//! Parameters, words, prices and times outside any bound.
use freeboard_risk::number::quantity::Price;
use freeboard_risk::params::{
    AssetCoefficients, AssetParams, LiquidationParams, OracleParams, PortfolioCoefficients,
    PortfolioParams, SampleParams, Scenario, ScenarioCoefficients, TradeParams,
};
use freeboard_risk::price::feed::FeedRecord;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::price::unit_shock::unit_shock;
use freeboard_risk::price::volatility::VolatilityState;

use super::parameters;
use crate::fuzz::bytes::FuzzedBytes;

/// Parameters as an instruction's arguments may carry them.
pub(super) fn raw_parameters(bytes: &mut FuzzedBytes) {
    let asset = any_asset_params(bytes);
    let oracle = any_oracle_params(bytes);
    let trade = any_trade_params(bytes);
    let secs = bytes.any_u64() as u32;
    let coefficients = AssetCoefficients::new(&asset, secs);
    if let Ok(coefficients) = coefficients {
        assert_eq!(
            AssetCoefficients::from_words(&coefficients.to_words()),
            coefficients
        );
    }
    if asset.check_bounds(&oracle, &trade).is_ok() {
        assert!(AssetCoefficients::new(&asset, 28_800).is_ok());
    }
    let portfolio = any_portfolio_params(bytes);
    let _ = PortfolioCoefficients::new(&portfolio);
    if portfolio.check_bounds().is_ok() {
        assert!(PortfolioCoefficients::new(&portfolio).is_ok());
    }
    let scenario = Scenario {
        weight_e9: bytes.any_u64(),
        shock_e9: core::array::from_fn(|_| bytes.any_i64()),
    };
    let coefficients = ScenarioCoefficients::new(&scenario);
    assert!(scenario.check_bounds().is_err() || coefficients.is_ok());
    let _ = any_liquidation_params(bytes).check_bounds();
}

/// A state from any words, used with parameters that may have nothing to do with it. Returns how many samples were
/// accepted.
pub(super) fn raw_state(bytes: &mut FuzzedBytes) -> usize {
    let words = core::array::from_fn(|_| bytes.any_u64());
    let Ok(mut state) = VolatilityState::from_words(&words) else {
        return 0;
    };
    assert_eq!(VolatilityState::from_words(&state.to_words()), Ok(state));
    let (bounded, coefficients) = parameters(bytes);
    let mut coefficients = coefficients;
    let mut params = bounded;
    if bytes.flip() {
        params = any_asset_params(bytes);
    }
    if bytes.flip() {
        coefficients = AssetCoefficients::from_words(&core::array::from_fn(|_| bytes.any_u64()));
    }
    let oracle = any_oracle_params(bytes);
    let mut accepted = 0;
    for _ in 0..8 {
        let now = bytes.any_i64();
        let _ = unit_shock(&state, &coefficients, now);
        let observation = Observation {
            price: Price(bytes.any_u128()),
            confidence: Price(bytes.any_u128()),
            ema: Price(bytes.any_u128()),
            publish_ts: if bytes.flip() { now } else { bytes.any_i64() },
        };
        check_observation(&observation, &oracle, now, bytes.any_i64());
        let before = state;
        let recorded_ts = if bytes.flip() {
            i64::MIN
        } else {
            bytes.any_i64()
        };
        let outcome = state.sample(&observation, now, recorded_ts, &params, &coefficients);
        accepted += usize::from(outcome.is_ok());
        assert!(
            outcome.is_ok() || state == before,
            "a refused sample changes nothing"
        );
        let before = state;
        let outcome = state.retarget(now, &coefficients, &bounded, &coefficients);
        assert!(
            outcome.is_ok() || state == before,
            "a refused change changes nothing"
        );
        if bytes.is_empty() {
            break;
        }
    }
    accepted
}

/// Every price standard answers.
fn check_observation(observation: &Observation, oracle: &OracleParams, now: i64, since: i64) {
    let _ = observation.check_order(now, oracle.max_future_secs, since);
    let known = FeedRecord {
        shown_ts: since,
        beyond_since_ts: since,
        ..FeedRecord::new(*observation)
    };
    for standard in [
        PriceStandard::Trade,
        PriceStandard::FillIncrease,
        PriceStandard::FillReduce,
        PriceStandard::BesideReduce,
        PriceStandard::Liquidation,
        PriceStandard::LiquidityByOther,
        PriceStandard::Either,
    ] {
        let newest = known.newest_for(standard, Some(*observation));
        let _ = known.check_price(standard, &newest, oracle, now);
    }
    let _ = known
        .after(observation, oracle)
        .announced(None, oracle, now);
}

/// Replaces some of the named fields by any number; none when the bytes have run out.
macro_rules! disturb {
    ($bytes:ident, $value:expr, $($field:ident)*) => {
        $(if $bytes.byte() % 8 == 1 {
            $value.$field = $bytes.any_u64() as _;
        })*
    };
}

fn any_asset_params(bytes: &mut FuzzedBytes) -> AssetParams {
    let (mut params, _) = parameters(bytes);
    disturb!(bytes, params, omega_e9 sigma_stress_e9 sigma_floor_e9 sigma_cap_e9 sigma_initial_e9);
    disturb!(bytes, params, short_mult_e9 warmup_samples stale_after_secs stale_per_h_e9 k_e9 h_mm_secs h_im_secs);
    disturb!(bytes, params, s_floor_e9 up_per_h_e9 down_per_h_e9 s_max_mm_long_e9 s_max_im_long_e9);
    disturb!(bytes, params, s_max_short_e9 depth_quote_atoms oi_lo_quote_atoms oi_hi_quote_atoms);
    disturb!(bytes, params, gamma_e9 basis_e9 max_rate_per_h_e9 collateral_weight_e9 bucket base_decimals);
    disturb!(bytes, params, lot_atoms deposit_cap_atoms outflow_per_h_e9 turnover_reference_quote_atoms);
    let sample: &mut SampleParams = &mut params.sample;
    disturb!(bytes, sample, half_life_fast_secs half_life_slow_secs clamp_mult_e9 clamp_min_e9);
    disturb!(bytes, sample, clamp_short_mult_e9 clamp_max_ratio_e9 min_spacing_secs max_age_secs max_conf_e9);
    disturb!(bytes, sample, max_future_secs);
    params
}

fn any_oracle_params(bytes: &mut FuzzedBytes) -> OracleParams {
    let mut params = OracleParams::reference();
    disturb!(bytes, params, age_trade_secs age_fill_secs age_liquidation_secs conf_trade_e9);
    disturb!(bytes, params, conf_reduce_e9 conf_liquidation_e9 ema_trade_e9 ema_liquidation_e9);
    disturb!(bytes, params, ema_waiver_secs max_future_secs);
    params
}

fn any_trade_params(bytes: &mut FuzzedBytes) -> TradeParams {
    let mut params = TradeParams::reference();
    disturb!(bytes, params, taker_fee_e9 fee_insurance_share_e9 fee_protocol_share_e9 kappa_e9);
    disturb!(bytes, params, skew_scale_atoms funding_scale_atoms open_interest_cap_atoms account_cap_atoms);
    disturb!(bytes, params, min_notional_quote_atoms util_max_e9 pool_share_e9);
    disturb!(bytes, params, gap_e9 gap_share_e9 sample_reward_quote_atoms);
    params
}

fn any_portfolio_params(bytes: &mut FuzzedBytes) -> PortfolioParams {
    let mut params = PortfolioParams::reference();
    disturb!(bytes, params, theta_e9 phi_e9 rho_lo_e9 rho_hi_e9 im_over_mm_e9 upnl_weight_e9 z_e9);
    disturb!(bytes, params, unusable_move_e9 funding_provision_secs);
    params
}

fn any_liquidation_params(bytes: &mut FuzzedBytes) -> LiquidationParams {
    let mut params = LiquidationParams::reference();
    disturb!(bytes, params, penalty_abs_e9 liquidator_share_e9 insurance_share_e9 grace_secs);
    disturb!(bytes, params, flag_lapse_secs window_secs window_cap_quote_atoms window_share_e9);
    disturb!(bytes, params, dust_quote_atoms keeper_cost_quote_atoms beta_e9 call_level_e9);
    params
}
