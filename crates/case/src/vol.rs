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
use crate::output::{AnswerText as Answered, e18, integer, variance};
use crate::{Case, CaseError, CaseWarning};

/// A `vol` case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolCase {
    #[allow(dead_code)] // it only has to be there
    kind: VolKind,
    /// Parameters of the asset.
    pub params: VolatilityParameters,
    /// The estimator before the first attempt.
    pub state: VolatilityStart,
    /// Attempts to sample, in order.
    pub events: Vec<SampleAttempt>,
    /// Clock times of reads after all attempts, unix seconds.
    pub read_at_s: Vec<Time>,
}

/// Parameters of the samples, of σ_t and of the speed limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolatilityParameters {
    /// Half-life of the fast variance, seconds.
    pub half_life_fast_s: Secs,
    /// Half-life of the slow variance, seconds.
    pub half_life_slow_s: Secs,
    /// Largest return of one sample in σ, × 10^9.
    pub clamp_mult_e9: E9x16,
    /// c_s: largest return of one sample in the short variance, in σ, × 10^9; 0 in a case without it.
    #[serde(default)]
    pub clamp_short_mult_e9: E9x16,
    /// Least clamp of a sample's return, × 10^9.
    pub clamp_min_e9: E9,
    /// Largest price ratio of one sample, × 10^9.
    pub clamp_max_ratio_e9: RatioE9,
    /// Least time between two samples, seconds.
    pub min_spacing_s: Count,
    /// Oldest price of a sample, seconds.
    pub max_age_s: Count,
    /// Widest confidence interval of a sample, as part of the price, × 10^9.
    pub max_conf_e9: E9,
    /// Furthest that a price may be published ahead of the clock, seconds.
    pub max_future_s: Count,
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
}

/// A multiple × 10^9 that may exceed 16: the clamp in σ.
type E9x16 = crate::input::Within<0, 1_000_000_000_000>;

/// The estimator before the first attempt.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolatilityStart {
    /// Price of the last sample, USD × 10^12.
    pub anchor_price_e12: PriceE12,
    /// When it was published, unix seconds.
    pub anchor_time_s: Time,
    /// Newest publish time shown, unix seconds.
    pub last_publish_s: Time,
    /// Fast variance per hour.
    pub v_fast_per_h: VariancePerHour,
    /// Slow variance per hour.
    pub v_slow_per_h: VariancePerHour,
    /// Short variance per hour; a case without it starts at 0, and its answers leave it out.
    #[serde(default)]
    pub v_short_per_h: Option<VariancePerHour>,
    /// Implied volatility that σ_t counts, per √hour, × 10^18; 0, none, in a case without it.
    #[serde(default)]
    pub implied_e18: FractionE18,
    /// Samples so far.
    pub samples: Count,
    /// Unit shock of MM from which the speed limit starts, × 10^18.
    pub u_prev_e18: FractionE18,
    /// When the unit shock of MM was so, unix seconds.
    pub u_time_s: Time,
}

/// An attempt to sample.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleAttempt {
    /// Clock time, unix seconds.
    pub now_s: Time,
    /// When the price was published, unix seconds.
    pub publish_time_s: Time,
    /// P: price, USD per whole base unit × 10^12.
    pub price_e12: Text<i128>,
    /// C: confidence interval, USD × 10^12.
    pub conf_e12: Text<i128>,
}

/// The answer to a `vol` case.
#[derive(Clone, Debug, Serialize)]
pub struct VolatilityAnswer {
    kind: VolKind,
    /// What each attempt did.
    pub events: Vec<AttemptAnswer>,
    /// What each read found.
    pub reads: Vec<VolatilityRead>,
}

/// What an attempt did, and the state after it.
#[derive(Clone, Debug, Serialize)]
pub struct AttemptAnswer {
    /// Whether the sample was taken.
    pub accepted: bool,
    /// Why, in one word.
    pub reason: &'static str,
    /// Whether its return was cut.
    pub clamped: bool,
    /// Fast variance per hour.
    pub v_fast_per_h: Answered,
    /// Slow variance per hour.
    pub v_slow_per_h: Answered,
    /// Short variance per hour, of a case that gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub v_short_per_h: Option<Answered>,
    /// Price of the last sample, USD × 10^12.
    pub anchor_price_e12: Answered,
    /// When it was published, unix seconds.
    pub anchor_time_s: i64,
    /// Samples so far.
    pub samples: u32,
    /// Unit shock of MM, as part of the price, × 10^18.
    pub u_mm_e18: Answered,
    /// When the unit shock of MM was so, unix seconds.
    pub u_time_s: i64,
}

/// Volatility and unit shock at a later time.
#[derive(Clone, Debug, Serialize)]
pub struct VolatilityRead {
    /// Clock time, unix seconds.
    pub at_s: i64,
    /// Measured volatility per √hour, × 10^18.
    pub sigma_c_e18: Answered,
    /// σ*: volatility per √hour that margin reads, × 10^18.
    pub sigma_target_e18: Answered,
    /// σ* grown with the age of the last sample, × 10^18.
    pub sigma_im_e18: Answered,
    /// Unit shock of MM, as part of the price, × 10^18.
    pub u_mm_e18: Answered,
}

impl VolatilityParameters {
    fn params(&self) -> AssetParams {
        AssetParams {
            omega_e9: self.omega_e9.number(),
            sigma_stress_e9: self.sigma_stress_e9.number(),
            sigma_floor_e9: self.sigma_floor_e9.number(),
            sigma_cap_e9: self.sigma_cap_e9.number(),
            sigma_initial_e9: self.sigma_initial_e9.number(),
            short_mult_e9: self.short_mult_e9.number(),
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
                clamp_short_mult_e9: self.clamp_short_mult_e9.number(),
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
    type Answer = VolatilityAnswer;

    fn warnings(&self) -> Vec<CaseWarning> {
        let zero = self.state.u_prev_e18.0 == Fraction::ZERO;
        let reason = "0, from where the speed limit lets nothing rise: u_MM stays 0";
        let warning = || CaseWarning::at_path("state.u_prev_e18", reason);
        zero.then(warning).into_iter().collect()
    }

    fn answer(&self) -> Result<VolatilityAnswer, CaseError> {
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
        Ok(VolatilityAnswer {
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
    /// The case gives a short variance.
    has_short: bool,
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
            v_short: given.v_short_per_h.unwrap_or_default().0,
            anchor: Scaled::from_u128(given.anchor_price_e12.0.0).map_err(of_state)?,
            anchor_ts: given.anchor_time_s.signed(),
            samples: given.samples.short(),
            u_prev: given.u_prev_e18.0,
            u_prev_ts: given.u_time_s.signed(),
            implied: given.implied_e18.0,
            sigma_target: Fraction::ZERO,
            u_target: Fraction::ZERO,
        };
        state.refresh(&params, &coefficients).map_err(of_state)?;
        Ok(Self {
            params,
            coefficients,
            state,
            last_publish_ts: given.last_publish_s.signed(),
            has_short: given.v_short_per_h.is_some(),
        })
    }

    /// Errors: only what is no refusal of a sample but a number the core cannot hold.
    fn attempt(&mut self, attempt: &SampleAttempt) -> Result<AttemptAnswer, RiskError> {
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
            v_short_per_h: self.has_short.then(|| variance(state.v_short)),
            anchor_price_e12: integer(state.anchor.to_u128()?),
            anchor_time_s: state.anchor_ts,
            samples: state.samples,
            u_mm_e18: e18(state.u_prev),
            u_time_s: state.u_prev_ts,
        })
    }

    fn read(&self, at: i64) -> Result<VolatilityRead, RiskError> {
        let shock = unit_shock(&self.state, &self.coefficients, at);
        Ok(VolatilityRead {
            at_s: at,
            sigma_c_e18: e18(self.state.sigma_c(&self.params)?),
            sigma_target_e18: e18(self.state.sigma_target),
            sigma_im_e18: e18(shock.sigma_im),
            u_mm_e18: e18(shock.u_mm),
        })
    }
}

/// The price, or 0 where it or its confidence is no possible one: the core refuses that as a price.
fn positive_price(attempt: &SampleAttempt) -> u128 {
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
