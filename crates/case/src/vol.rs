//! The `vol` case: attempts to sample, in order, and reads of volatility and unit shock after them.
use freeboard_risk::RiskError;
use freeboard_risk::number::math::Scaled;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::params::{AssetCoefficients, AssetParams, SampleParams};
use freeboard_risk::price::observation::Observation;
use freeboard_risk::price::unit_shock::unit_shock;
use freeboard_risk::price::volatility::VolatilityState;
use serde::{Deserialize, Serialize};

use crate::input::{
    Count, E9, FallE9, FractionE18, PriceE12, RatioE9, Secs, ShareE9, Text, Time, VariancePerHour,
    VolKind,
};
use crate::output::{Text as Answered, e18, integer, variance};
use crate::{Case, CaseError, CaseWarning};

/// A `vol` case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the keys of the file
pub struct VolCase {
    #[allow(dead_code)] // it only has to be there
    kind: VolKind,
    pub params: Parameters,
    pub state: State,
    pub events: Vec<Attempt>,
    pub read_at_s: Vec<Time>,
}

/// Parameters of the samples, of σ_t and of the speed limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Parameters {
    pub half_life_fast_s: Secs,
    pub half_life_slow_s: Secs,
    pub clamp_mult_e9: E9x16,
    pub clamp_min_e9: E9,
    pub clamp_max_ratio_e9: RatioE9,
    pub min_spacing_s: Count,
    pub max_age_s: Count,
    pub max_conf_e9: E9,
    pub max_future_s: Count,
    pub omega_e9: ShareE9,
    pub sigma_stress_e9: E9,
    pub sigma_floor_e9: E9,
    pub sigma_cap_e9: E9,
    pub sigma_initial_e9: E9,
    pub warmup_samples: Count,
    pub stale_after_s: Count,
    pub stale_per_h_e9: E9,
    pub k_e9: E9,
    pub h_mm_s: Count,
    pub h_im_s: Count,
    pub s_floor_e9: E9,
    pub up_per_h_e9: E9,
    pub down_per_h_e9: FallE9,
}

/// A multiple × 10^9 that may exceed 16: the clamp in σ.
type E9x16 = crate::input::Within<0, 1_000_000_000_000>;

/// The estimator before the first attempt.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct State {
    pub anchor_price_e12: PriceE12,
    pub anchor_time_s: Time,
    pub last_publish_s: Time,
    pub v_fast_per_h: VariancePerHour,
    pub v_slow_per_h: VariancePerHour,
    pub samples: Count,
    pub u_prev_e18: FractionE18,
    pub u_time_s: Time,
}

/// An attempt to sample.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Attempt {
    pub now_s: Time,
    pub publish_time_s: Time,
    pub price_e12: Text<i128>,
    pub conf_e12: Text<i128>,
}

/// The answer to a `vol` case.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Answer {
    kind: VolKind,
    pub events: Vec<AttemptAnswer>,
    pub reads: Vec<Read>,
}

/// What an attempt did, and the state after it.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct AttemptAnswer {
    pub accepted: bool,
    pub reason: &'static str,
    pub clamped: bool,
    pub v_fast_per_h: Answered,
    pub v_slow_per_h: Answered,
    pub anchor_price_e12: Answered,
    pub anchor_time_s: i64,
    pub samples: u32,
    pub u_mm_e18: Answered,
    pub u_time_s: i64,
}

/// Volatility and unit shock at a later time.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)]
pub struct Read {
    pub at_s: i64,
    pub sigma_c_e18: Answered,
    pub sigma_target_e18: Answered,
    pub sigma_im_e18: Answered,
    pub u_mm_e18: Answered,
}

impl Parameters {
    fn params(&self) -> AssetParams {
        AssetParams {
            omega_e9: self.omega_e9.number(),
            sigma_stress_e9: self.sigma_stress_e9.number(),
            sigma_floor_e9: self.sigma_floor_e9.number(),
            sigma_cap_e9: self.sigma_cap_e9.number(),
            sigma_initial_e9: self.sigma_initial_e9.number(),
            warmup_samples: self.warmup_samples.short(),
            stale_after_secs: self.stale_after_s.short(),
            stale_per_h_e9: self.stale_per_h_e9.number(),
            k_e9: self.k_e9.number(),
            h_mm_secs: self.h_mm_s.short(),
            h_im_secs: self.h_im_s.short(),
            s_floor_e9: self.s_floor_e9.number(),
            up_per_h_e9: self.up_per_h_e9.number(),
            down_per_h_e9: self.down_per_h_e9.number(),
            sample: SampleParams {
                half_life_fast_secs: self.half_life_fast_s.short(),
                half_life_slow_secs: self.half_life_slow_s.short(),
                clamp_mult_e9: self.clamp_mult_e9.number(),
                clamp_min_e9: self.clamp_min_e9.number(),
                clamp_max_ratio_e9: self.clamp_max_ratio_e9.number(),
                min_spacing_secs: self.min_spacing_s.short(),
                max_age_secs: self.max_age_s.short(),
                max_conf_e9: self.max_conf_e9.number(),
                max_future_secs: self.max_future_s.short(),
            },
            ..AssetParams::reference() // shocks of size and open-interest add-on: not used here
        }
    }
}

impl Case for VolCase {
    type Answer = Answer;

    fn warnings(&self) -> Vec<CaseWarning> {
        let zero = self.state.u_prev_e18.0 == Fraction::ZERO;
        let reason = "0, from where the speed limit lets nothing rise: u_MM stays 0";
        let warning = || CaseWarning::at("state.u_prev_e18", reason);
        zero.then(warning).into_iter().collect()
    }

    fn answer(&self) -> Result<Answer, CaseError> {
        let mut replay = Replay::new(self)?;
        let mut events = Vec::with_capacity(self.events.len());
        for (index, attempt) in self.events.iter().enumerate() {
            let refused = |error| CaseError::refused(format!("events[{index}]"), error);
            events.push(replay.attempt(attempt).map_err(refused)?);
        }
        let read = |(index, at): (usize, &Time)| {
            let refused = |error| CaseError::refused(format!("read_at_s[{index}]"), error);
            replay.read(at.signed()).map_err(refused)
        };
        Ok(Answer {
            kind: VolKind::Kind,
            events,
            reads: self
                .read_at_s
                .iter()
                .enumerate()
                .map(read)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// A case on its way.
struct Replay {
    params: AssetParams,
    coefficients: AssetCoefficients,
    state: VolatilityState,
    last_publish_ts: i64,
}

impl Replay {
    fn new(case: &VolCase) -> Result<Self, CaseError> {
        let params = case.params.params();
        // Nothing here reads the funding provision, so its length does not matter.
        let coefficients = AssetCoefficients::new(&params, 0)
            .map_err(|error| CaseError::refused("params", error))?;
        let of_state = |error| CaseError::refused("state", error);
        let given = &case.state;
        let mut state = VolatilityState {
            v_fast: given.v_fast_per_h.0,
            v_slow: given.v_slow_per_h.0,
            anchor: Scaled::from_u128(given.anchor_price_e12.0.0).map_err(of_state)?,
            anchor_clamped: false,
            anchor_ts: given.anchor_time_s.signed(),
            samples: given.samples.short(),
            u_prev: given.u_prev_e18.0,
            u_prev_ts: given.u_time_s.signed(),
            sigma_target: Fraction::ZERO,
            u_target: Fraction::ZERO,
        };
        state.refresh(&params, &coefficients).map_err(of_state)?;
        Ok(Self {
            params,
            coefficients,
            state,
            last_publish_ts: given.last_publish_s.signed(),
        })
    }

    /// Errors: only what is no refusal of a sample but a number the core cannot hold.
    fn attempt(&mut self, attempt: &Attempt) -> Result<AttemptAnswer, RiskError> {
        let observation = Observation {
            price: Price(positive_price(attempt)),
            confidence: Price(attempt.conf_e12.0.unsigned_abs()),
            ema: Price(1), // a sample does not look at it
            publish_ts: attempt.publish_time_s.signed(),
        };
        let outcome = self.state.sample(
            &observation,
            attempt.now_s.signed(),
            self.last_publish_ts,
            &self.params,
            &self.coefficients,
        );
        let (reason, clamped) = match outcome {
            Ok(outcome) => {
                self.last_publish_ts = observation.publish_ts;
                ("", outcome.clamped)
            }
            Err(error) => (refusal(error)?, false),
        };
        let state = &self.state;
        Ok(AttemptAnswer {
            accepted: reason.is_empty(),
            reason,
            clamped,
            v_fast_per_h: variance(state.v_fast),
            v_slow_per_h: variance(state.v_slow),
            anchor_price_e12: integer(state.anchor.to_u128()?),
            anchor_time_s: state.anchor_ts,
            samples: state.samples,
            u_mm_e18: e18(state.u_prev),
            u_time_s: state.u_prev_ts,
        })
    }

    fn read(&self, at: i64) -> Result<Read, RiskError> {
        let shock = unit_shock(&self.state, &self.coefficients, at);
        Ok(Read {
            at_s: at,
            sigma_c_e18: e18(self.state.sigma_c(&self.params)?),
            sigma_target_e18: e18(self.state.sigma_target),
            sigma_im_e18: e18(shock.sigma_im),
            u_mm_e18: e18(shock.u_mm),
        })
    }
}

/// The price, or 0 where it or its confidence is no possible one: the core refuses that as a price.
fn positive_price(attempt: &Attempt) -> u128 {
    if attempt.conf_e12.0 < 0 {
        return 0;
    }
    u128::try_from(attempt.price_e12.0).unwrap_or(0)
}

/// The word for a refusal; an error that is none comes back.
fn refusal(error: RiskError) -> Result<&'static str, RiskError> {
    match error {
        RiskError::PriceFromFuture => Ok("future"),
        RiskError::PriceStale => Ok("age"),
        RiskError::PriceOlderThanRecorded => Ok("older"),
        RiskError::PriceNotPositive => Ok("price"),
        RiskError::ConfidenceTooWide => Ok("conf"),
        RiskError::SampleTooEarly => Ok("spacing"),
        other => Err(other),
    }
}
