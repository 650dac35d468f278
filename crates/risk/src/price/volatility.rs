//! The volatility estimator of one asset and its samples (whitepaper §3.1).
//!
//! ```text
//! r    = ln(P / anchor)                                  Δt_h = (publish time − anchor time) / 3600
//! b    = min(ln 1.25, max(0.5 %, ⌊16 · σ_c · √Δt_h⌋))    r_c  = clamp(r, −b, +b)        ⌊·⌋: whole millionths
//! b_s  = max(0.5 %, c_s · σ_c · √Δt_h)                   r_s  = clamp(r_c, −b_s, +b_s)
//! w    = 2^(−min(Δt_h, H) / H)
//! v    ← ⌈w·v⌉ + ⌈(1 − w) · r_c² / Δt_h⌉                  for H_fast and H_slow; of r_s for H_short = H_fast / 6
//! σ_c  = √max(v_fast, v_slow, m²·v_short), at least σ_initial while n < warm-up
//! σ_t  = min(σ_cap, max(σ_floor, (1 − ω)·σ_c + ω·max(σ_stress, √v_fast)))   raised by an implied volatility: super::implied
//! ```
//! Every intermediate is rounded up, so v is never below its exact value.
//!
//! | file | what it holds |
//! |---|---|
//! | `clamp` | b and b_s, what of a return counts |
//! | `decay` | w and the new v |
//! | `growth` | what no sample may exceed: σ_t grows by at most half in one |
mod clamp;
mod decay;
mod growth;

use crate::RiskError;
use crate::number::arith::mul_u128_u64_shr_ceil;
use crate::number::math::Scaled;
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, Price, Variance};
use crate::params::{AssetCoefficients, AssetParams, SampleParams};
use crate::price::implied::raised;
use crate::price::migration::carried;
use crate::price::observation::Observation;
use crate::price::standard::PriceLimits;
use crate::price::unit_shock::unit_shock_mm;

use clamp::{BoundedReturn, LogReturn};
use decay::Weights;

/// State of the estimator and of the speed limit; the last two fields are derived from the others
/// and the parameters, and kept so that a margin check needs no root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityState {
    /// Variance per hour, fast half-life.
    pub v_fast: Variance,
    /// Variance per hour, slow half-life.
    pub v_slow: Variance,
    /// Variance per hour, short half-life.
    pub v_short: Variance,
    /// Price the next return is measured from: a 64-bit float of [`Price`]'s integer.
    pub anchor: Scaled,
    /// Publish time of the anchor, unix seconds.
    pub anchor_ts: i64,
    /// Samples accepted so far, saturating.
    pub samples: u32,
    /// Maintenance unit shock when its target last changed: where the speed limit starts.
    pub u_prev: Fraction,
    /// Clock time of `u_prev`, unix seconds.
    pub u_prev_ts: i64,
    /// Implied volatility that σ_t counts, per √hour; zero for none. Set by the caller before a sample, a
    /// [`Self::retarget`] or a [`Self::refresh`]: [`ImpliedVolatility::counted`](super::implied::ImpliedVolatility::counted).
    pub implied: Fraction,
    /// σ_t of the present state and parameters.
    pub sigma_target: Fraction,
    /// `max(s_floor, k·σ_t·√h_mm)`: what the unit shock moves towards.
    pub u_target: Fraction,
}

/// Effect of an accepted sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleOutcome {
    /// The return was beyond b: the anchor moved by b only.
    pub clamped: bool,
    /// `|r_c|`, up.
    pub abs_return: Fraction,
    /// Seconds between the old and the new anchor.
    pub elapsed_secs: u64,
    /// The unit shock stored as `u_prev`.
    pub u_stored: Fraction,
}

impl VolatilityState {
    /// Number of words of [`VolatilityState::to_words`].
    pub const WORDS: usize = 14;

    /// The state of a new asset: v = σ_initial², anchor = P, u_prev = its target.
    ///
    /// Exception: v_short = 0. It has seen nothing, and σ_c starts at σ_initial, not at m times it.
    ///
    /// Errors: [`RiskError::PriceNotPositive`], [`RiskError::Overflow`] for parameters out of range.
    pub fn new(
        price: Price,
        publish_ts: i64,
        now: i64,
        params: &AssetParams,
        coefficients: &AssetCoefficients,
    ) -> Result<Self, RiskError> {
        let v = Fraction::from_e9_ceil(params.sigma_initial_e9)?.squared();
        let mut state = Self {
            v_fast: v,
            v_slow: v,
            v_short: Variance::ZERO,
            anchor: Scaled::from_u128(price.0).map_err(|_| RiskError::PriceNotPositive)?,
            anchor_ts: publish_ts,
            samples: 0,
            u_prev: Fraction::ZERO,
            u_prev_ts: now,
            implied: Fraction::ZERO,
            sigma_target: Fraction::ZERO,
            u_target: Fraction::ZERO,
        };
        state.refresh(params, coefficients)?;
        state.u_prev = state.u_target;
        Ok(state)
    }

    /// Takes one sample: stores the unit shock under the old target, updates v and the anchor, then
    /// the derived fields. Leaves the state unchanged when it fails.
    ///
    /// Errors, the first of: [`RiskError::PriceFromFuture`], [`RiskError::PriceStale`],
    /// [`RiskError::PriceOlderThanRecorded`], [`RiskError::PriceNotPositive`],
    /// [`RiskError::ConfidenceTooWide`], [`RiskError::SampleTooEarly`], [`RiskError::Overflow`].
    pub fn sample(
        &mut self,
        observation: &Observation,
        now: i64,
        newest_recorded_ts: i64,
        params: &AssetParams,
        coefficients: &AssetCoefficients,
    ) -> Result<SampleOutcome, RiskError> {
        let elapsed_secs =
            self.check_sample(observation, now, newest_recorded_ts, &params.sample)?;
        let mut next = *self;
        next.store_unit_shock(now, coefficients);

        let price = Scaled::from_u128(observation.price.0)?;
        let seen = LogReturn::between(self.anchor, price);
        let counted = BoundedReturn::new(seen, self, elapsed_secs, params)?;
        next.anchor = if counted.clamped {
            self.anchor.times_exp(counted.size, seen.direction)?
        } else {
            price
        };
        next.anchor_ts = observation.publish_ts;
        next.samples = self.samples.saturating_add(1);
        next.decay(&counted, elapsed_secs, &params.sample)?;
        next.cap_growth(self, params)?;
        next.refresh(params, coefficients)?;
        *self = next;
        Ok(SampleOutcome {
            clamped: counted.clamped,
            abs_return: counted.size,
            elapsed_secs,
            u_stored: next.u_prev,
        })
    }

    /// Stores the unit shock under the old parameters as `u_prev` and takes the target of the new
    /// ones. To be called with every parameter change. Leaves the state unchanged when it fails.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    pub fn retarget(
        &mut self,
        now: i64,
        old: &AssetCoefficients,
        params: &AssetParams,
        coefficients: &AssetCoefficients,
    ) -> Result<(), RiskError> {
        let mut next = *self;
        next.store_unit_shock(now, old);
        next.refresh(params, coefficients)?;
        *self = next;
        Ok(())
    }

    /// Multiplies the price that the next return is measured from by new / old, down by less than 1e-12 of it: what two
    /// feeds of one asset differ by is no return. To be called when the asset takes another feed.
    ///
    /// Exception: a price so large that it cannot keeps its anchor; then at most the band of the feeds counts as one.
    pub fn move_anchor(&mut self, old: Price, new: Price) {
        let anchor = self.anchor.to_u128().ok();
        let moved = anchor.and_then(|anchor| carried(anchor, old, new));
        if let Some(Ok(anchor)) = moved.map(Scaled::from_u128) {
            self.anchor = anchor;
        }
    }

    /// Recomputes the derived fields `sigma_target` and `u_target`.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    pub fn refresh(
        &mut self,
        params: &AssetParams,
        coefficients: &AssetCoefficients,
    ) -> Result<(), RiskError> {
        let measured = self.sigma_target_of(params, coefficients)?;
        self.sigma_target = raised(measured, self.implied, coefficients.sigma_cap);
        self.u_target = self
            .sigma_target
            .scale_ceil(coefficients.k_sqrt_h_mm)
            .max(coefficients.s_floor);
        Ok(())
    }

    /// σ_c: `√max(v_fast, v_slow, m²·v_short)`, at least σ_initial during the warm-up; per √hour, up.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    pub fn sigma_c(&self, params: &AssetParams) -> Result<Fraction, RiskError> {
        Ok(self.variance_c(params)?.sqrt_ceil())
    }

    /// σ_c², per hour, up.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    fn variance_c(&self, params: &AssetParams) -> Result<Variance, RiskError> {
        let long = self.v_fast.max(self.v_slow);
        let estimate = if self.is_short_surely_within(long, params.short_mult_e9) {
            long
        } else {
            long.max(self.short_times_m_squared(params.short_mult_e9)?)
        };
        if self.samples >= params.warmup_samples {
            return Ok(estimate);
        }
        Ok(estimate.max(Fraction::from_e9_ceil(params.sigma_initial_e9)?.squared()))
    }

    /// As words, for an account.
    pub fn to_words(&self) -> [u64; Self::WORDS] {
        let [fast_low, fast_high] = self.v_fast.to_words();
        let [slow_low, slow_high] = self.v_slow.to_words();
        let [short_low, short_high] = self.v_short.to_words();
        let exponent = self.anchor.exponent();
        [
            fast_low,
            fast_high,
            slow_low,
            slow_high,
            short_low,
            short_high,
            self.anchor.mantissa(),
            u64::from(exponent.cast_unsigned()) | u64::from(self.samples) << 32,
            self.anchor_ts.cast_unsigned(),
            self.u_prev.to_bits(),
            self.u_prev_ts.cast_unsigned(),
            self.sigma_target.to_bits(),
            self.u_target.to_bits(),
            self.implied.to_bits(),
        ]
    }

    /// From the words of [`VolatilityState::to_words`].
    ///
    /// Errors: [`RiskError::Overflow`] when the anchor's mantissa is not normalised (an account that
    /// was never written).
    pub fn from_words(words: &[u64; Self::WORDS]) -> Result<Self, RiskError> {
        let [e0, e1, _, _, s0, s1, s2, s3] = words[7].to_le_bytes();
        Ok(Self {
            v_fast: Variance::from_words([words[0], words[1]]),
            v_slow: Variance::from_words([words[2], words[3]]),
            v_short: Variance::from_words([words[4], words[5]]),
            anchor: Scaled::from_parts(words[6], i16::from_le_bytes([e0, e1]))?,
            anchor_ts: words[8].cast_signed(),
            samples: u32::from_le_bytes([s0, s1, s2, s3]),
            u_prev: Fraction::from_bits(words[9]),
            u_prev_ts: words[10].cast_signed(),
            sigma_target: Fraction::from_bits(words[11]),
            u_target: Fraction::from_bits(words[12]),
            implied: Fraction::from_bits(words[13]),
        })
    }

    /// Seconds since the anchor when the observation may be a sample; errors as [`Self::sample`].
    fn check_sample(
        &self,
        observation: &Observation,
        now: i64,
        newest_recorded_ts: i64,
        params: &SampleParams,
    ) -> Result<u64, RiskError> {
        observation.check_not_from_future(now, params.max_future_secs)?;
        let limits = PriceLimits::of_sample(params);
        limits.check_age(observation, now)?;
        observation.check_not_older(newest_recorded_ts)?;
        if observation.price == Price::default() {
            return Err(RiskError::PriceNotPositive);
        }
        limits.check_confidence(observation)?;
        let elapsed = observation.publish_ts.saturating_sub(self.anchor_ts);
        if elapsed < i64::from(params.min_spacing_secs).max(1) {
            return Err(RiskError::SampleTooEarly);
        }
        u64::try_from(elapsed).map_err(|_| RiskError::Overflow)
    }

    /// Lets the variances forget `elapsed_secs` and take in a return.
    fn decay(
        &mut self,
        counted: &BoundedReturn,
        elapsed_secs: u64,
        params: &SampleParams,
    ) -> Result<(), RiskError> {
        let weights = Weights::new(elapsed_secs, params)?;
        self.v_fast = weights.fast.decayed(self.v_fast, counted.all_per_h)?;
        self.v_slow = weights.slow.decayed(self.v_slow, counted.all_per_h)?;
        self.v_short = weights.short.decayed(self.v_short, counted.short_per_h)?;
        Ok(())
    }

    /// Whether `m²·v_short` is at most `long` for certain: four times v_short is, and m at most 2, its bound.
    fn is_short_surely_within(&self, long: Variance, multiple_e9: u64) -> bool {
        const MULTIPLE_MOST_E9: u64 = 2 * E9;
        multiple_e9 <= MULTIPLE_MOST_E9 && self.v_short.to_bits() <= long.to_bits() >> 2
    }

    /// `m²·v_short`, up, saturating.
    fn short_times_m_squared(&self, multiple_e9: u64) -> Result<Variance, RiskError> {
        let multiple = Fraction::from_e9_ceil(multiple_e9)?;
        let square = multiple.mul_ceil(multiple).to_bits();
        let product = mul_u128_u64_shr_ceil(self.v_short.to_bits(), square, FRACTION_BITS);
        Ok(Variance::from_bits(product.unwrap_or(u128::MAX)))
    }

    fn store_unit_shock(&mut self, now: i64, coefficients: &AssetCoefficients) {
        self.u_prev = unit_shock_mm(self, coefficients, now);
        self.u_prev_ts = now;
    }

    fn sigma_target_of(
        &self,
        params: &AssetParams,
        coefficients: &AssetCoefficients,
    ) -> Result<Fraction, RiskError> {
        let calm_e9 = E9.checked_sub(params.omega_e9).ok_or(RiskError::Overflow)?;
        let calm = Fraction::from_e9_ceil(calm_e9)?.mul_ceil(self.sigma_c(params)?);
        let mut stress = Fraction::from_e9_ceil(params.sigma_stress_e9)?;
        if self.v_fast > stress.squared() {
            stress = self.v_fast.sqrt_ceil();
        }
        let stressed = Fraction::from_e9_ceil(params.omega_e9)?.mul_ceil(stress);
        let floor = Fraction::from_e9_ceil(params.sigma_floor_e9)?;
        Ok(calm
            .saturating_add(stressed)
            .max(floor)
            .min(coefficients.sigma_cap))
    }
}

#[cfg(test)]
mod tests;
