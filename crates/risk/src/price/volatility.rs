//! The volatility estimator of one asset and its samples (whitepaper §3.1).
//!
//! ```text
//! r    = ln(P / anchor)                                  Δt_h = (publish time − anchor time) / 3600
//! b    = min(ln 1.25, max(0.5 %, 16 · σ_c · √Δt_h))      r_c  = clamp(r, −b, +b)
//! w    = 2^(−min(Δt_h, H) / H)
//! v    ← ⌈w·v⌉ + ⌈(1 − w) · r_c² / Δt_h⌉                  for H_fast and H_slow
//! σ_c  = √max(v_fast, v_slow), at least σ_initial while n < warm-up
//! σ_t  = min(σ_cap, max(σ_floor, (1 − ω)·σ_c + ω·max(σ_stress, √v_fast)))   raised by an implied volatility: super::implied
//! ```
//! Every intermediate is rounded up, so v is never below its exact value.

use crate::RiskError;
use crate::number::arith::{
    div_ceil_u128, low, mul_div_floor_u64, mul_u128_u64_shr_ceil, ratio_q64_floor, shr_ceil,
    wide_mul,
};
use crate::number::math::{LOG_BITS, LnRatio, Scaled, exp2_fraction, ln_ratio};
use crate::number::quantity::{E9, FRACTION_BITS, Fraction, HOUR_SECS, Multiple, Price, Variance};
use crate::params::{AssetCoefficients, AssetParams, SampleParams};
use crate::price::implied::raised;
use crate::price::observation::Observation;
use crate::price::standard::PriceLimits;
use crate::price::unit_shock::unit_shock_mm;

/// State of the estimator and of the speed limit; the last two fields are derived from the others
/// and the parameters, and kept so that a margin check needs no root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityState {
    /// Variance per hour, fast half-life.
    pub v_fast: Variance,
    /// Variance per hour, slow half-life.
    pub v_slow: Variance,
    /// Price the next return is measured from: a 64-bit float of [`Price`]'s integer.
    pub anchor: Scaled,
    /// The anchor was moved by a clamped return: it is no observed price, and carries the rounding of b.
    pub anchor_clamped: bool,
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
    pub const WORDS: usize = 12;

    /// The state of a new asset: v = σ_initial², anchor = P, u_prev = its target.
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
            anchor: Scaled::from_u128(price.0).map_err(|_| RiskError::PriceNotPositive)?,
            anchor_clamped: false,
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
        let bound = clamp_bound(self.sigma_c(params)?, elapsed_secs, &params.sample)?;
        let LnRatio {
            order: direction,
            magnitude: ln,
        } = ln_ratio(price, self.anchor);
        let abs_return = fraction_of_log_ceil(ln.upper());
        let clamped = fraction_of_log_floor(ln.lower()) > bound;
        let abs_return = match (clamped, self.anchor_clamped) {
            (true, _) => bound,
            (false, true) => padded(abs_return),
            (false, false) => abs_return,
        };
        next.anchor_clamped = clamped;
        next.anchor = if clamped {
            self.anchor.times_exp(bound, direction)?
        } else {
            price
        };
        next.anchor_ts = observation.publish_ts;
        next.samples = self.samples.saturating_add(1);

        let half_lives = (
            params.sample.half_life_fast_secs,
            params.sample.half_life_slow_secs,
        );
        next.v_fast = updated(self.v_fast, abs_return, elapsed_secs, half_lives.0)?;
        next.v_slow = updated(self.v_slow, abs_return, elapsed_secs, half_lives.1)?;
        next.refresh(params, coefficients)?;
        *self = next;
        Ok(SampleOutcome {
            clamped,
            abs_return,
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
    pub fn move_anchor(&mut self, Price(old): Price, Price(new): Price) {
        let anchor = self.anchor.to_u128().ok();
        let moved = anchor.and_then(|anchor| anchor.checked_mul(new)?.checked_div(old));
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

    /// σ_c: `√max(v_fast, v_slow)`, at least σ_initial during the warm-up; per √hour, up.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    pub fn sigma_c(&self, params: &AssetParams) -> Result<Fraction, RiskError> {
        let estimate = self.v_fast.max(self.v_slow).sqrt_ceil();
        if self.samples >= params.warmup_samples {
            return Ok(estimate);
        }
        Ok(estimate.max(Fraction::from_e9_ceil(params.sigma_initial_e9)?))
    }

    /// As words, for an account.
    pub fn to_words(&self) -> [u64; Self::WORDS] {
        let [fast_low, fast_high] = self.v_fast.to_words();
        let [slow_low, slow_high] = self.v_slow.to_words();
        let exponent = self.anchor.exponent();
        [
            fast_low,
            fast_high,
            slow_low,
            slow_high,
            self.anchor.mantissa(),
            u64::from(exponent.cast_unsigned())
                | u64::from(self.anchor_clamped) << 16
                | u64::from(self.samples) << 32,
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
        let [e0, e1, clamped, _, s0, s1, s2, s3] = words[5].to_le_bytes();
        Ok(Self {
            v_fast: Variance::from_words([words[0], words[1]]),
            v_slow: Variance::from_words([words[2], words[3]]),
            anchor: Scaled::from_parts(words[4], i16::from_le_bytes([e0, e1]))?,
            anchor_clamped: clamped != 0,
            anchor_ts: words[6].cast_signed(),
            samples: u32::from_le_bytes([s0, s1, s2, s3]),
            u_prev: Fraction::from_bits(words[7]),
            u_prev_ts: words[8].cast_signed(),
            sigma_target: Fraction::from_bits(words[9]),
            u_target: Fraction::from_bits(words[10]),
            implied: Fraction::from_bits(words[11]),
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
        let stress = Fraction::from_e9_ceil(params.sigma_stress_e9)?.max(self.v_fast.sqrt_ceil());
        let stressed = Fraction::from_e9_ceil(params.omega_e9)?.mul_ceil(stress);
        let floor = Fraction::from_e9_ceil(params.sigma_floor_e9)?;
        Ok(calm
            .saturating_add(stressed)
            .max(floor)
            .min(coefficients.sigma_cap))
    }
}

/// b: the largest return one sample may show, up.
fn clamp_bound(
    sigma_c: Fraction,
    elapsed_secs: u64,
    params: &SampleParams,
) -> Result<Fraction, RiskError> {
    let elapsed_secs = u32::try_from(elapsed_secs).unwrap_or(u32::MAX);
    let typical = match Multiple::times_sqrt_hours_ceil(params.clamp_mult_e9, elapsed_secs) {
        Ok(multiple) => sigma_c.scale_ceil(multiple),
        Err(_) => Fraction::MAX, // beyond every ceiling
    };
    let bound = typical.max(Fraction::from_e9_ceil(params.clamp_min_e9)?);
    // ln x ≥ 1 − 1/x: below that the ceiling cannot bind and its logarithm is not needed.
    let excess = params
        .clamp_max_ratio_e9
        .checked_sub(E9)
        .ok_or(RiskError::Overflow)?;
    let excess = mul_div_floor_u64(excess, E9, params.clamp_max_ratio_e9)?;
    if bound <= Fraction::from_e9_floor(excess)? {
        return Ok(bound);
    }
    let ratio = Scaled::from_u128(u128::from(params.clamp_max_ratio_e9))?;
    let ceiling = ln_ratio(ratio, Scaled::from_u128(u128::from(E9))?);
    Ok(bound.min(fraction_of_log_ceil(ceiling.magnitude.upper())))
}

/// The return with a margin for a clamped anchor: `r·(1 + 2^-31) + 2^-44`.
///
/// b is a little too large, because σ_c is rounded up (about 2^-50 per sample), and so the anchor it
/// moved is too far. The rest of the move measured from there would look smaller than it is, and v
/// with it. The margin is far above that and keeps v within 1e-9 of its exact value.
fn padded(abs_return: Fraction) -> Fraction {
    let bits = abs_return.to_bits();
    Fraction::from_bits(bits.saturating_add(bits >> 31).saturating_add(1 << 16))
}

/// `⌈w·v⌉ + ⌈(1 − w)·r²/Δt_h⌉` with `w = 2^(−min(Δt, H)/H)`.
fn updated(
    v: Variance,
    abs_return: Fraction,
    elapsed_secs: u64,
    half_life_secs: u32,
) -> Result<Variance, RiskError> {
    let w = weight(elapsed_secs, half_life_secs)?;
    let kept = mul_u128_u64_shr_ceil(v.to_bits(), w.upper, WEIGHT_BITS)?;
    // (1 − w)/Δt_h: at most 3600·ln 2/H, so it fits 64 bits for every H above 1,250 s.
    let lost = (1_u64 << WEIGHT_BITS).saturating_sub(w.lower); // 1 − w, up; w ≤ 1
    let share = wide_mul(lost, HOUR_SECS);
    let share_per_h = u64::try_from(div_ceil_u128(share, u128::from(elapsed_secs))?)
        .map_err(|_| RiskError::Overflow)?;
    let gained = mul_u128_u64_shr_ceil(abs_return.squared().to_bits(), share_per_h, WEIGHT_BITS)?;
    kept.checked_add(gained)
        .map(Variance::from_bits)
        .ok_or(RiskError::Overflow)
}

/// Binary digits of the weights w.
const WEIGHT_BITS: u32 = 63;

/// Bounds of a weight, in [½, 1], units of 2^-63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Weight {
    lower: u64,
    upper: u64,
}

/// `2^(−min(Δt, H)/H)`.
fn weight(elapsed_secs: u64, half_life_secs: u32) -> Result<Weight, RiskError> {
    let half_life = u64::from(half_life_secs);
    if half_life == 0 || elapsed_secs == 0 {
        return Err(RiskError::Overflow);
    }
    if elapsed_secs >= half_life {
        let half = 1 << (WEIGHT_BITS - 1);
        return Ok(Weight {
            lower: half,
            upper: half,
        });
    }
    let exponent = ratio_q64_floor(elapsed_secs, half_life); // Δt < H < 2^32
    // 2^−x = 2^(1 − x)/2: 62 binary digits of the one are 63 of the other. The exponent may be one
    // unit too small, which moves w by less than 2^-63.
    let power = exp2_fraction(exponent.wrapping_neg());
    Ok(Weight {
        lower: power.lower().saturating_sub(1), // ≥ 2^62 before
        upper: power.upper().min(1 << WEIGHT_BITS),
    })
}

/// A logarithm (2^-64) as a fraction, up, saturating.
fn fraction_of_log_ceil(log: u128) -> Fraction {
    let bits = shr_ceil(log, LOG_BITS - FRACTION_BITS);
    Fraction::from_bits(low(bits.min(u128::from(u64::MAX))))
}

/// A logarithm (2^-64) as a fraction, down, saturating.
fn fraction_of_log_floor(log: u128) -> Fraction {
    let bits = log >> (LOG_BITS - FRACTION_BITS);
    Fraction::from_bits(low(bits.min(u128::from(u64::MAX))))
}

#[cfg(test)]
mod tests;
