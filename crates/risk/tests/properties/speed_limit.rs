//! P5: the maintenance unit shock moves by no more than its speed limit, whatever is sampled when, whatever implied
//! volatility is shown and whatever parameter changes; and no crank can bank, skip or repeat an increase.
use freeboard_risk::RiskError;
use freeboard_risk::number::quantity::{Fraction, Price, Variance};
use freeboard_risk::params::{AssetCoefficients, AssetParams};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::unit_shock::unit_shock_mm;
use freeboard_risk::price::volatility::VolatilityState;
use proptest::prelude::*;

use crate::config;
use crate::draw::{Dice, asset_params};
use crate::rolls;

/// Steps of a case.
const STEPS: usize = 24;

/// An asset and the clock.
struct Crank {
    params: AssetParams,
    coefficients: AssetCoefficients,
    state: VolatilityState,
    now: i64,
    price: u128,
    recorded_ts: i64,
}

impl Crank {
    fn new(dice: &mut Dice) -> Self {
        let params = asset_params(dice);
        let coefficients = AssetCoefficients::new(&params, 28_800).unwrap();
        let price = u128::from(dice.magnitude(1_000, 1_000_000_000_000)) * 1_000_000;
        let now = 1_700_000_000;
        let state = VolatilityState::new(Price(price), now, now, &params, &coefficients).unwrap();
        Self {
            params,
            coefficients,
            state,
            now,
            price,
            recorded_ts: now,
        }
    }

    fn shock(&self) -> f64 {
        unit_shock_mm(&self.state, &self.coefficients, self.now).to_bits() as f64
    }

    /// Time passes: nothing, a second, a spacing, hours, weeks.
    fn wait(&mut self, dice: &mut Dice) -> i64 {
        let spacing = u64::from(self.params.sample.min_spacing_secs);
        let secs = match dice.index(5) {
            0 => 0,
            1 => dice.between(1, 60),
            2 => spacing,
            3 => dice.between(1, 86_400),
            _ => dice.magnitude(1, 5_000_000),
        };
        self.now += secs.cast_signed();
        secs.cast_signed()
    }

    /// A price up to four times away from the last, sampled if it is accepted.
    fn sample(&mut self, dice: &mut Dice) -> Result<(), RiskError> {
        let factor = dice.magnitude(250_000, 4_000_000);
        self.price = (self.price * u128::from(factor) / 1_000_000).clamp(1_000_000, 1 << 100);
        let age = dice.between(0, 2 * u64::from(self.params.sample.max_age_secs));
        let observation = Observation {
            price: Price(self.price),
            confidence: Price(0),
            ema: Price(1),
            publish_ts: self.now - age.cast_signed(),
        };
        let before = self.state;
        let outcome = self.state.sample(
            &observation,
            self.now,
            self.recorded_ts,
            &self.params,
            &self.coefficients,
        );
        if outcome.is_ok() {
            self.recorded_ts = observation.publish_ts;
        } else {
            assert_eq!(self.state, before, "a refused sample changes nothing");
        }
        outcome.map(|_| ())
    }

    /// Any variances, each from nothing to twice σ_cap, and any count of samples.
    fn disturb(&mut self, dice: &mut Dice) {
        let cap = 2 * u128::from(self.coefficients.sigma_cap.to_bits());
        let mut any = || {
            let share = u128::from(dice.magnitude(1, 1_000_000) - 1);
            Variance::from_bits((cap * share / 1_000_000).pow(2))
        };
        let (fast, slow, short) = (any(), any(), any());
        let state = &mut self.state;
        (state.v_fast, state.v_slow, state.v_short) = (fast, slow, short);
        state.samples = dice.between(0, 10_000) as u32;
        state.refresh(&self.params, &self.coefficients).unwrap();
        state.u_prev = state.u_target;
    }

    /// Other parameters, the speed limit among them.
    fn retarget(&mut self, dice: &mut Dice) {
        let params = asset_params(dice);
        let coefficients = AssetCoefficients::new(&params, 28_800).unwrap();
        self.state
            .retarget(self.now, &self.coefficients, &params, &coefficients)
            .unwrap();
        self.params = params;
        self.coefficients = coefficients;
    }

    /// Another implied volatility, or none, and the target taken anew: an update of an index is shown, or has lapsed.
    fn imply(&mut self, dice: &mut Dice) {
        self.state.implied = match dice.index(3) {
            0 => Fraction::ZERO,
            1 => Fraction::from_bits(dice.magnitude(1, u64::MAX)),
            _ => {
                let per_mille = dice.between(500, 2_000);
                let sigma = u128::from(self.state.sigma_target.to_bits());
                let bits = sigma * u128::from(per_mille) / 1_000;
                Fraction::from_bits(u64::try_from(bits).unwrap_or(u64::MAX))
            }
        };
        self.state
            .retarget(
                self.now,
                &self.coefficients,
                &self.params,
                &self.coefficients,
            )
            .unwrap();
    }
}

/// What rounding of a step may add: a unit of 2^-60 of a shock that is at least 0.5 %, and the error of
/// 2^x over weeks.
const TOLERANCE: f64 = 1e-9;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn p5_the_speed_limit_holds_under_any_pattern_of_cranks(rolls in rolls(STEPS * 60)) {
        let mut dice = Dice::new(&rolls);
        let mut crank = Crank::new(&mut dice);
        let mut last = crank.shock();
        for _ in 0..STEPS {
            let secs = crank.wait(&mut dice);
            // The clock alone: within the limits of the parameters that hold.
            let now = crank.shock();
            let hours = secs as f64 / 3_600.0;
            let up = (1.0 + crank.params.up_per_h_e9 as f64 / 1e9).powf(hours);
            let down = (1.0 - crank.params.down_per_h_e9 as f64 / 1e9).powf(hours);
            prop_assert!(now <= last * up * (1.0 + TOLERANCE) + 2.0, "{} {} {}", last, now, hours);
            prop_assert!(now >= last * down * (1.0 - TOLERANCE) - 2.0, "{} {} {}", last, now, hours);
            // A crank or a change of parameters: nothing at once.
            for _ in 0..=dice.index(3) {
                match dice.index(8) {
                    0 => crank.retarget(&mut dice),
                    1 | 2 => crank.imply(&mut dice),
                    _ => drop(crank.sample(&mut dice)),
                }
                prop_assert_eq!(crank.shock(), now);
            }
            last = now;
        }
    }

    #[test]
    fn p5_the_unit_shock_reaches_its_target_and_stays(rolls in rolls(400), weeks in 1i64..=200) {
        let mut dice = Dice::new(&rolls);
        let mut crank = Crank::new(&mut dice);
        crank.wait(&mut dice);
        let _ = crank.sample(&mut dice);
        crank.retarget(&mut dice);
        // The slowest limit, 10^-9 per hour, may need longer than the universe: only upwards is sure.
        let (from, to) = (crank.shock(), crank.state.u_target.to_bits() as f64);
        crank.now += weeks * 7 * 86_400;
        let now = crank.shock();
        let ends = [from.min(to), from.max(to)];
        prop_assert!((ends[0]..=ends[1]).contains(&now), "{} {} {}", from, to, now);
        let hours = (weeks * 7 * 24) as f64;
        if to >= from && from * (1.0 + crank.params.up_per_h_e9 as f64 / 1e9).powf(hours) > to * 1.001 {
            prop_assert_eq!(now, to);
        }
    }

    /// σ_t with an implied volatility is never below the measured one and at most half above it; both are at most σ_cap.
    #[test]
    fn an_implied_volatility_raises_the_target_by_at_most_half(rolls in rolls(STEPS * 24)) {
        let mut dice = Dice::new(&rolls);
        let mut crank = Crank::new(&mut dice);
        for _ in 0..STEPS {
            crank.wait(&mut dice);
            let _ = crank.sample(&mut dice);
            crank.imply(&mut dice);
            let mut bare = crank.state;
            bare.implied = Fraction::ZERO;
            bare.refresh(&crank.params, &crank.coefficients).unwrap();
            let (with, without) = (crank.state.sigma_target.to_bits(), bare.sigma_target.to_bits());
            prop_assert!(with >= without);
            prop_assert!(u128::from(with) * 2 <= u128::from(without) * 3 + 1); // half a unit rounded up
            prop_assert!(crank.state.sigma_target <= crank.coefficients.sigma_cap);
            let asked = crank.state.implied.to_bits();
            prop_assert!(with == without || with <= asked);
            // Taken anew it is the same: it is never counted twice.
            let mut again = crank.state;
            again.refresh(&crank.params, &crank.coefficients).unwrap();
            prop_assert_eq!(again, crank.state);
        }
    }

    #[test]
    fn p5_v_stays_between_zero_and_its_largest_sample(rolls in rolls(STEPS * 20)) {
        let mut dice = Dice::new(&rolls);
        let mut crank = Crank::new(&mut dice);
        for _ in 0..STEPS {
            crank.wait(&mut dice);
            let _ = crank.sample(&mut dice);
            // ln 2 within 5 minutes or more is the largest return of a sample: 5.8 per hour.
            let spacing = f64::from(crank.params.sample.min_spacing_secs) / 3_600.0;
            let start = (crank.params.sigma_initial_e9 as f64 / 1e9).powi(2);
            let largest = (2f64.ln().powi(2) / spacing).max(start) * 1.000_001;
            for v in [crank.state.v_fast, crank.state.v_slow, crank.state.v_short] {
                prop_assert!(v.to_bits() as f64 / 2f64.powi(120) <= largest);
            }
            let cap = Fraction::from_e9_ceil(crank.params.sigma_cap_e9).unwrap();
            prop_assert!(crank.state.sigma_target <= cap);
        }
    }
    /// By whitepaper §3.3 no sample raises σ_t, and with it IM, by more than half. From the states of a market and from
    /// such as no market shows, after any wait, at any price, for all parameters.
    #[test]
    fn no_sample_raises_the_target_by_more_than_half(rolls in rolls(STEPS * 60)) {
        let mut dice = Dice::new(&rolls);
        let mut crank = Crank::new(&mut dice);
        for _ in 0..STEPS {
            if dice.chance(30) {
                crank.disturb(&mut dice);
            }
            crank.wait(&mut dice);
            let before = crank.state;
            if crank.sample(&mut dice).is_ok() {
                let after = &crank.state;
                let (was, is) = (before.sigma_target.to_bits(), after.sigma_target.to_bits());
                // Rounding: some units of 2^-60, of which a σ of 10^-9 has 10^9.
                let most = u128::from(was) * 3 / 2 + u128::from(was >> 40) + 16;
                prop_assert!(u128::from(is) <= most, "{} {} {:?}", was, is, before);
                // What is kept of a variance is never cut.
                let halves = [
                    (before.v_fast, after.v_fast),
                    (before.v_slow, after.v_slow),
                    (before.v_short, after.v_short),
                ];
                for (was, is) in halves {
                    prop_assert!(is.to_bits() >= was.to_bits() / 2, "{:?} {:?}", before, after);
                }
            }
        }
    }
}
