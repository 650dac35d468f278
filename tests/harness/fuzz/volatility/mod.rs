//! Feeds: the parameters of an asset and a sequence of waits, samples, changes of parameters and reads.
//! Samples have any price, confidence and publish time, near the last ones or from the whole range of
//! their integers.
//!
//! An odd first byte draws the parameters inside the hard bounds and asserts: a refused sample changes
//! nothing, another raises σ_t by half at most; a crank, a change of parameters or an implied volatility moves the
//! unit shock by nothing at once; between any two reads the unit shock stays within the speed limit of whitepaper
//! §3.4; σ stays below its cap; the words of an account give the same state and the same coefficients back.
//!
//! An even first byte takes words and parameters from the whole range of their integers and asserts:
//! `Ok` or `Err`, no panic and no overflow; parameters that pass the bounds have coefficients.
mod raw;

use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{AssetCoefficients, AssetParams};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::unit_shock::{unit_shock, unit_shock_mm};
use freeboard_risk::price::volatility::VolatilityState;

use super::bytes::FuzzedBytes;
use super::draw::{self, Dice};

/// Most steps of one input.
const MOST_STEPS: usize = 64;
/// Rolls of one set of parameters: two for each of about 40 numbers.
const PARAMETER_ROLLS: usize = 80;
/// Rounding of a step: a unit of 2^-60 of a shock of at least 0.5 %, and the error of 2^x over weeks.
const TOLERANCE: f64 = 1e-9;

/// Plays one input. Returns how many samples were accepted.
pub fn judge_volatility(data: &[u8]) -> usize {
    let mut bytes = FuzzedBytes::new(data);
    if bytes.flip() {
        within_bounds(&mut bytes)
    } else {
        raw::raw_parameters(&mut bytes);
        raw::raw_state(&mut bytes)
    }
}

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
    /// Samples that were accepted.
    accepted: usize,
}

fn within_bounds(bytes: &mut FuzzedBytes) -> usize {
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
    crank.accepted
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

fn parameters(bytes: &mut FuzzedBytes) -> (AssetParams, AssetCoefficients) {
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
    fn new(bytes: &mut FuzzedBytes) -> Self {
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
            accepted: 0,
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
    fn wait(&mut self, bytes: &mut FuzzedBytes) {
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
    fn sample_near(&mut self, bytes: &mut FuzzedBytes) {
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
    fn sample_any(&mut self, bytes: &mut FuzzedBytes) {
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
            self.accepted += 1;
        } else {
            assert_eq!(self.state, before, "a refused sample changes nothing");
        }
        assert_eq!(self.shock(), shock, "a sample moves nothing at once");
        assert!(self.state.sigma_target <= self.coefficients.sigma_cap);
        let (was, is) = (
            before.sigma_target.to_bits(),
            self.state.sigma_target.to_bits(),
        );
        // Rounding: some units of 2^-60.
        let most = u128::from(was) * 3 / 2 + u128::from(was >> 40) + 16;
        assert!(
            u128::from(is) <= most,
            "a sample raises σ_t by half at most"
        );
    }

    /// Other parameters, the speed limit among them.
    fn retarget(&mut self, bytes: &mut FuzzedBytes) {
        let (params, coefficients) = parameters(bytes);
        let shock = self.shock();
        if bytes.flip() {
            self.state.implied = Fraction::from_bits(bytes.any_u64());
        }
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
