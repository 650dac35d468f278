//! Feeds: the parameters of an asset and a sequence of waits, samples, changes of parameters and reads.
//! Samples have any price, confidence and publish time, near the last ones or from the whole range of
//! their integers.
//!
//! An odd first byte draws the parameters inside the hard bounds and asserts: a refused sample changes
//! nothing; a crank or a change of parameters moves the unit shock by nothing at once; between any two
//! reads the unit shock stays within the speed limit of whitepaper §3.4; σ stays below its cap; the words of
//! an account give the same state and the same coefficients back.
//!
//! An even first byte takes words and parameters from the whole range of their integers and asserts:
//! `Ok` or `Err`, no panic and no overflow; parameters that pass the bounds have coefficients.
#![no_main]
use freeboard_fuzz::{
    Bytes,
    draw::{self, Dice},
};
use freeboard_risk::price::feed::FeedRecord;
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::standard::PriceStandard;
use freeboard_risk::params::{
        AssetCoefficients, AssetParams, LiquidationParams, OracleParams, PortfolioCoefficients,
        PortfolioParams, SampleParams, Scenario, ScenarioCoefficients, TradeParams,
    };
use freeboard_risk::number::quantity::Price;
use freeboard_risk::price::unit_shock::{unit_shock, unit_shock_mm};
use freeboard_risk::price::volatility::VolatilityState;
use libfuzzer_sys::fuzz_target;

/// Most steps of one input.
const MOST_STEPS: usize = 64;
/// Rolls of one set of parameters: two for each of about 40 numbers.
const PARAMETER_ROLLS: usize = 80;
/// Rounding of a step: a unit of 2^-60 of a shock of at least 0.5 %, and the error of 2^x over weeks.
const TOLERANCE: f64 = 1e-9;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes::new(data);
    if bytes.flip() {
        within_bounds(&mut bytes);
    } else {
        raw_parameters(&mut bytes);
        raw_state(&mut bytes);
    }
});

// --- inside the bounds

/// The unit shock at a moment, and the limits since the read before: a sum from the start would lose
/// the digits of a second once years have passed.
#[derive(Clone, Copy, Debug)]
struct Read {
    shock: f64,
    /// Σ hours · ln(1 + up), with the limit in force.
    ln_up: f64,
    /// Σ hours · ln(1 − down).
    ln_down: f64,
}

/// An asset and the clock.
struct Crank {
    params: AssetParams,
    coefficients: AssetCoefficients,
    state: VolatilityState,
    now: i64,
    price: u128,
    recorded_ts: i64,
    ln_up: f64,
    ln_down: f64,
}

fn within_bounds(bytes: &mut Bytes) {
    let mut crank = Crank::new(bytes);
    let mut reads = vec![crank.read()];
    for _ in 0..MOST_STEPS {
        if bytes.is_empty() {
            break;
        }
        let before = crank.shock();
        match bytes.byte() % 8 {
            0 | 1 => crank.wait(bytes),
            2 | 3 => {
                crank.wait(bytes);
                crank.sample_near(bytes);
            }
            4 => crank.sample_near(bytes),
            5 => crank.sample_any(bytes),
            6 => crank.retarget(bytes),
            _ => {
                reads.push(crank.read());
                check_speed(&reads);
                assert_eq!(before, crank.shock(), "a read changes nothing");
            }
        }
        crank.check_words();
    }
    reads.push(crank.read());
    check_speed(&reads);
}

/// The speed limit from every earlier read to the last one.
fn check_speed(reads: &[Read]) {
    let Some((last, earlier)) = reads.split_last() else {
        return;
    };
    let (mut ln_up, mut ln_down) = (last.ln_up, last.ln_down);
    for first in earlier.iter().rev() {
        let most = first.shock * ln_up.exp() * (1.0 + TOLERANCE) + 2.0;
        let least = first.shock * ln_down.exp() * (1.0 - TOLERANCE) - 2.0;
        assert!(last.shock <= most, "{first:?} {last:?} {ln_up}");
        assert!(last.shock >= least, "{first:?} {last:?} {ln_down}");
        ln_up += first.ln_up;
        ln_down += first.ln_down;
    }
}

fn parameters(bytes: &mut Bytes) -> (AssetParams, AssetCoefficients) {
    // A first byte says how many, so that a short input has room for steps behind them.
    let count = bytes.index(PARAMETER_ROLLS + 1);
    let rolls = bytes.rolls(count);
    let params = draw::asset_params(&mut Dice::new(&rolls));
    let coefficients = AssetCoefficients::new(&params, 28_800).unwrap();
    assert_eq!(
        AssetCoefficients::from_words(&coefficients.to_words()),
        coefficients
    );
    (params, coefficients)
}

impl Crank {
    fn new(bytes: &mut Bytes) -> Self {
        let (params, coefficients) = parameters(bytes);
        let price = bytes.any_u128().max(1);
        let now = 1_700_000_000;
        let state = VolatilityState::new(Price(price), now, now, &params, &coefficients).unwrap();
        Self {
            params,
            coefficients,
            state,
            now,
            price,
            recorded_ts: now,
            ln_up: 0.0,
            ln_down: 0.0,
        }
    }

    fn shock(&self) -> u64 {
        unit_shock_mm(&self.state, &self.coefficients, self.now).to_bits()
    }

    fn read(&mut self) -> Read {
        let all = unit_shock(&self.state, &self.coefficients, self.now);
        assert_eq!(all.u_mm.to_bits(), self.shock());
        assert!(all.u_mm >= self.coefficients.s_floor.min(self.state.u_prev));
        assert!(all.c_im >= self.coefficients.s_floor);
        assert!(all.sigma_im <= self.coefficients.sigma_cap);
        assert!(all.sigma_im >= self.state.sigma_target.min(self.coefficients.sigma_cap));
        Read {
            shock: self.shock() as f64,
            ln_up: core::mem::take(&mut self.ln_up),
            ln_down: core::mem::take(&mut self.ln_down),
        }
    }

    /// Time passes: nothing, a second, a spacing, hours, weeks, or any time at all.
    fn wait(&mut self, bytes: &mut Bytes) {
        let spacing = i64::from(self.params.sample.min_spacing_secs);
        let secs = match bytes.byte() % 8 {
            0 => 0,
            1 => 1,
            2 => spacing,
            3 => i64::from(bytes.byte()),
            4 | 5 => i64::from(u16::from_le_bytes(bytes.array())),
            6 => i64::from(u32::from_le_bytes(bytes.array())) % 5_000_000,
            _ => bytes.any_i64().max(0) / 2,
        };
        let then = self.now.saturating_add(secs);
        let hours = then.saturating_sub(self.now) as f64 / 3_600.0;
        self.now = then;
        self.ln_up += hours * (self.params.up_per_h_e9 as f64 / 1e9).ln_1p();
        self.ln_down += hours * (-(self.params.down_per_h_e9 as f64) / 1e9).ln_1p();
    }

    /// A price near the last one, fresh enough to be accepted if the spacing allows it.
    fn sample_near(&mut self, bytes: &mut Bytes) {
        // Within 1 %, where a return is not clamped, or within four times.
        let (least, span) = if bytes.flip() {
            (990_000, 20_000)
        } else {
            (250_000, 3_750_000)
        };
        let factor = least + u128::from(u32::from_le_bytes(bytes.array())) % span;
        let price = self.price.saturating_mul(factor) / 1_000_000;
        let age = i64::from(bytes.byte()) % (2 * i64::from(self.params.sample.max_age_secs));
        let observation = Observation {
            price: Price(price.max(1)),
            confidence: Price(price / 1_000_000_000 * u128::from(bytes.byte())),
            ema: Price(price),
            publish_ts: self.now.saturating_sub(age),
        };
        self.sample(&observation, self.recorded_ts);
    }

    /// Any price and any time.
    fn sample_any(&mut self, bytes: &mut Bytes) {
        let observation = Observation {
            price: Price(bytes.any_u128()),
            confidence: Price(bytes.any_u128()),
            ema: Price(bytes.any_u128()),
            publish_ts: if bytes.flip() {
                self.now
            } else {
                bytes.any_i64()
            },
        };
        let recorded_ts = if bytes.flip() {
            self.recorded_ts
        } else {
            bytes.any_i64()
        };
        self.sample(&observation, recorded_ts);
    }

    fn sample(&mut self, observation: &Observation, recorded_ts: i64) {
        let (before, shock) = (self.state, self.shock());
        let outcome = self.state.sample(
            observation,
            self.now,
            recorded_ts,
            &self.params,
            &self.coefficients,
        );
        if outcome.is_ok() {
            self.recorded_ts = observation.publish_ts;
            self.price = observation.price.0;
        } else {
            assert_eq!(self.state, before, "a refused sample changes nothing");
        }
        assert_eq!(self.shock(), shock, "a sample moves nothing at once");
        assert!(self.state.sigma_target <= self.coefficients.sigma_cap);
    }

    /// Other parameters, the speed limit among them.
    fn retarget(&mut self, bytes: &mut Bytes) {
        let (params, coefficients) = parameters(bytes);
        let shock = self.shock();
        self.state
            .retarget(self.now, &self.coefficients, &params, &coefficients)
            .unwrap();
        self.params = params;
        self.coefficients = coefficients;
        assert_eq!(
            self.shock(),
            shock,
            "a change of parameters moves nothing at once"
        );
    }

    fn check_words(&self) {
        assert_eq!(
            VolatilityState::from_words(&self.state.to_words()),
            Ok(self.state)
        );
    }
}

// --- outside any bound

/// Parameters as an instruction's arguments may carry them.
fn raw_parameters(bytes: &mut Bytes) {
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

/// A state from any words, used with parameters that may have nothing to do with it.
fn raw_state(bytes: &mut Bytes) {
    let words = core::array::from_fn(|_| bytes.any_u64());
    let Ok(mut state) = VolatilityState::from_words(&words) else {
        return;
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
    let _ = known.after(observation, oracle).announced(None, oracle, now);
}

/// Replaces some of the named fields by any number; none when the bytes have run out.
macro_rules! disturb {
    ($bytes:ident, $value:expr, $($field:ident)*) => {
        $(if $bytes.byte() % 8 == 1 {
            $value.$field = $bytes.any_u64() as _;
        })*
    };
}

fn any_asset_params(bytes: &mut Bytes) -> AssetParams {
    let (mut params, _) = parameters(bytes);
    disturb!(bytes, params, omega_e9 sigma_stress_e9 sigma_floor_e9 sigma_cap_e9 sigma_initial_e9);
    disturb!(bytes, params, warmup_samples stale_after_secs stale_per_h_e9 k_e9 h_mm_secs h_im_secs);
    disturb!(bytes, params, s_floor_e9 up_per_h_e9 down_per_h_e9 s_max_mm_long_e9 s_max_im_long_e9);
    disturb!(bytes, params, s_max_short_e9 depth_quote_atoms oi_lo_quote_atoms oi_hi_quote_atoms);
    disturb!(bytes, params, gamma_e9 basis_e9 max_rate_per_h_e9 collateral_weight_e9 bucket base_decimals);
    disturb!(bytes, params, lot_atoms);
    let sample: &mut SampleParams = &mut params.sample;
    disturb!(bytes, sample, half_life_fast_secs half_life_slow_secs clamp_mult_e9 clamp_min_e9);
    disturb!(bytes, sample, clamp_max_ratio_e9 min_spacing_secs max_age_secs max_conf_e9);
    disturb!(bytes, sample, max_future_secs);
    params
}

fn any_oracle_params(bytes: &mut Bytes) -> OracleParams {
    let mut params = OracleParams::reference();
    disturb!(bytes, params, age_trade_secs age_fill_secs age_liquidation_secs conf_trade_e9);
    disturb!(bytes, params, conf_reduce_e9 conf_liquidation_e9 ema_trade_e9 ema_liquidation_e9);
    disturb!(bytes, params, ema_waiver_secs max_future_secs);
    params
}

fn any_trade_params(bytes: &mut Bytes) -> TradeParams {
    let mut params = TradeParams::reference();
    disturb!(bytes, params, taker_fee_e9 fee_insurance_share_e9 fee_protocol_share_e9 kappa_e9);
    disturb!(bytes, params, skew_scale_atoms funding_scale_atoms open_interest_cap_atoms account_cap_atoms);
    disturb!(bytes, params, min_notional_quote_atoms util_max_e9 pool_share_e9);
    disturb!(bytes, params, gap_e9 gap_share_e9 sample_reward_quote_atoms);
    params
}

fn any_portfolio_params(bytes: &mut Bytes) -> PortfolioParams {
    let mut params = PortfolioParams::reference();
    disturb!(bytes, params, theta_e9 phi_e9 rho_lo_e9 rho_hi_e9 im_over_mm_e9 upnl_weight_e9 z_e9);
    disturb!(bytes, params, unusable_move_e9 funding_provision_secs);
    params
}

fn any_liquidation_params(bytes: &mut Bytes) -> LiquidationParams {
    let mut params = LiquidationParams::reference();
    disturb!(bytes, params, penalty_abs_e9 liquidator_share_e9 insurance_share_e9 grace_secs);
    disturb!(bytes, params, flag_lapse_secs window_secs window_cap_quote_atoms window_share_e9);
    disturb!(bytes, params, dust_quote_atoms keeper_cost_quote_atoms beta_e9);
    params
}
