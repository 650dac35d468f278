//! The volatility vectors of the shared folder, within the tolerances of its `compare.py`.
//!
//! The folder is `$FREEBOARD_SHARED`, by default `../shared` beside the repository. Without it the
//! test says so and passes: the vectors are not part of the repository.
use std::path::PathBuf;

use freeboard_risk::RiskError;
use freeboard_risk::math::Scaled;
use freeboard_risk::observation::Observation;
use freeboard_risk::params::{AssetCoefficients, AssetParams, SampleParams};
use freeboard_risk::quantity::{Fraction, Price, Variance};
use freeboard_risk::unit_shock::unit_shock;
use freeboard_risk::volatility::VolatilityState;
use serde_json::Value;

const VECTORS: [&str; 2] = ["13_vol_samples.json", "14_vol_speed_limit.json"];

#[test]
fn volatility_vectors_are_met() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var("FREEBOARD_SHARED").unwrap_or_else(|_| default.to_owned());
    let folder = PathBuf::from(shared).join("vectors/model");
    if !folder.is_dir() {
        println!(
            "skipped: no vectors at {} (set FREEBOARD_SHARED)",
            folder.display()
        );
        return;
    }
    for name in VECTORS {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let vector: Value = serde_json::from_str(&text).unwrap();
        Run::new(&vector["input"]).check(name, &vector["input"], &vector["expected"]);
    }
}

/// One case being replayed.
struct Run {
    params: AssetParams,
    coefficients: AssetCoefficients,
    state: VolatilityState,
    last_publish_ts: i64,
}

impl Run {
    fn new(input: &Value) -> Self {
        let params = asset_params(&input["params"]);
        let coefficients = AssetCoefficients::new(&params, 28_800).unwrap();
        let s = &input["state"];
        let mut state = VolatilityState {
            v_fast: variance(&s["v_fast_per_h"]),
            v_slow: variance(&s["v_slow_per_h"]),
            anchor: Scaled::from_u128(integer(&s["anchor_price_e12"])).unwrap(),
            anchor_clamped: false,
            anchor_ts: time(&s["anchor_time_s"]),
            samples: number(&s["samples"]),
            u_prev: Fraction::from_e18_ceil(integer(&s["u_prev_e18"]).try_into().unwrap()).unwrap(),
            u_prev_ts: time(&s["u_time_s"]),
            sigma_target: Fraction::ZERO,
            u_target: Fraction::ZERO,
        };
        state.refresh(&params, &coefficients).unwrap();
        Self {
            params,
            coefficients,
            state,
            last_publish_ts: time(&s["last_publish_s"]),
        }
    }

    fn check(mut self, name: &str, input: &Value, expected: &Value) {
        let events = input["events"].as_array().unwrap();
        let mut accepted = 0;
        for (i, (event, wanted)) in events.iter().zip(list(&expected["events"])).enumerate() {
            let (reason, clamped) = self.attempt(event);
            let at = format!("{name} event {i}");
            assert_eq!(Value::from(reason), wanted["reason"], "{at}");
            assert_eq!(Value::from(reason.is_empty()), wanted["accepted"], "{at}");
            assert_eq!(Value::from(clamped), wanted["clamped"], "{at}");
            accepted += u128::from(reason.is_empty());
            self.check_state(&at, wanted, accepted);
        }
        for (read_at, wanted) in list(&input["read_at_s"])
            .iter()
            .zip(list(&expected["reads"]))
        {
            let at = format!("{name} read at {read_at}");
            let shock = unit_shock(&self.state, &self.coefficients, time(read_at));
            let sigma_c = self.state.sigma_c(&self.params).unwrap();
            within(&at, &wanted["sigma_c_e18"], sigma_c, accepted);
            within(
                &at,
                &wanted["sigma_target_e18"],
                self.state.sigma_target,
                accepted,
            );
            within(&at, &wanted["sigma_im_e18"], shock.sigma_im, accepted);
            within(&at, &wanted["u_mm_e18"], shock.u_mm, accepted);
        }
    }

    /// Reason of a refusal ("" when accepted) and whether the return was clamped.
    fn attempt(&mut self, event: &Value) -> (&'static str, bool) {
        let observation = Observation {
            price: Price(integer(&event["price_e12"])),
            confidence: Price(integer(&event["conf_e12"])),
            ema: Price(1),
            publish_ts: time(&event["publish_time_s"]),
        };
        let before = self.state;
        let outcome = self.state.sample(
            &observation,
            time(&event["now_s"]),
            self.last_publish_ts,
            &self.params,
            &self.coefficients,
        );
        match outcome {
            Ok(outcome) => {
                self.last_publish_ts = observation.publish_ts;
                ("", outcome.clamped)
            }
            Err(error) => {
                assert_eq!(self.state, before, "a refused sample changes nothing");
                (reason(error), false)
            }
        }
    }

    fn check_state(&self, at: &str, wanted: &Value, accepted: u128) {
        let count = accepted + 1;
        for (key, v) in [
            ("v_fast_per_h", self.state.v_fast),
            ("v_slow_per_h", self.state.v_slow),
        ] {
            let (reference, actual) = (e24(&wanted[key]), v.to_e24_ceil());
            let ceiling = reference + reference * 4 * count / 1_000_000_000 + 1_000_000 * count;
            let in_range = (reference - 1..=ceiling).contains(&actual);
            assert!(in_range, "{at} {key}: {actual} for {reference}");
        }
        let reference = integer(&wanted["anchor_price_e12"]);
        let anchor = self.state.anchor.to_u128().unwrap();
        let tolerance = 2 + reference * count / 1_000_000_000;
        assert!(
            anchor.abs_diff(reference) <= tolerance,
            "{at} anchor: {anchor} for {reference}"
        );
        assert_eq!(self.state.anchor_ts, time(&wanted["anchor_time_s"]), "{at}");
        assert_eq!(self.state.samples, number(&wanted["samples"]), "{at}");
        assert_eq!(self.state.u_prev_ts, time(&wanted["u_time_s"]), "{at}");
        within(at, &wanted["u_mm_e18"], self.state.u_prev, accepted);
    }
}

/// A σ or u is at the reference or above by the tolerance after `accepted` samples.
fn within(at: &str, wanted: &Value, actual: Fraction, accepted: u128) {
    let (reference, actual) = (integer(wanted), actual.to_e18_ceil());
    let ceiling = reference + reference * 4 * (accepted + 1) / 1_000_000_000 + 2;
    assert!(
        (reference..=ceiling).contains(&actual),
        "{at}: {actual} for {reference}"
    );
}

fn reason(error: RiskError) -> &'static str {
    match error {
        RiskError::PriceFromFuture => "future",
        RiskError::PriceStale => "age",
        RiskError::PriceOlderThanRecorded => "older",
        RiskError::PriceNotPositive => "price",
        RiskError::ConfidenceTooWide => "conf",
        RiskError::SampleTooEarly => "spacing",
        other => panic!("no refusal of a sample: {other:?}"),
    }
}

/// The reference parameters with those of the case.
fn asset_params(p: &Value) -> AssetParams {
    let e9 = |key: &str| p[key].as_u64().unwrap();
    let secs = |key: &str| number(&p[key]);
    AssetParams {
        omega_e9: e9("omega_e9"),
        sigma_stress_e9: e9("sigma_stress_e9"),
        sigma_floor_e9: e9("sigma_floor_e9"),
        sigma_cap_e9: e9("sigma_cap_e9"),
        sigma_initial_e9: e9("sigma_initial_e9"),
        warmup_samples: secs("warmup_samples"),
        stale_after_secs: secs("stale_after_s"),
        stale_per_h_e9: e9("stale_per_h_e9"),
        k_e9: e9("k_e9"),
        h_mm_secs: secs("h_mm_s"),
        h_im_secs: secs("h_im_s"),
        s_floor_e9: e9("s_floor_e9"),
        up_per_h_e9: e9("up_per_h_e9"),
        down_per_h_e9: e9("down_per_h_e9"),
        sample: SampleParams {
            half_life_fast_secs: secs("half_life_fast_s"),
            half_life_slow_secs: secs("half_life_slow_s"),
            clamp_mult_e9: e9("clamp_mult_e9"),
            clamp_min_e9: e9("clamp_min_e9"),
            clamp_max_ratio_e9: e9("clamp_max_ratio_e9"),
            min_spacing_secs: secs("min_spacing_s"),
            max_age_secs: secs("max_age_s"),
            max_conf_e9: e9("max_conf_e9"),
            max_future_secs: secs("max_future_s"),
        },
        ..AssetParams::reference()
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn integer(value: &Value) -> u128 {
    value.as_str().unwrap().parse().unwrap()
}

fn number(value: &Value) -> u32 {
    value.as_u64().unwrap().try_into().unwrap()
}

fn time(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// A decimal with at most 24 digits after the point, × 10^24.
fn e24(value: &Value) -> u128 {
    let (whole, part) = value.as_str().unwrap().split_once('.').unwrap();
    format!("{whole}{part:0<24}").parse().unwrap()
}

fn variance(value: &Value) -> Variance {
    Variance::from_e24_ceil(e24(value)).unwrap()
}
