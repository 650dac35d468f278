//! What one sample may do to σ_t, whatever its price and however long the wait (whitepaper §3.3).
//!
//! ```text
//! G       = max(1.5·σ_c, ½·σ_floor)                      σ_c before the sample
//! v_fast  ≤ min(G², 2.25·max(v_fast before, σ_stress²))
//! v_slow  ≤ G²                  m²·v_short ≤ G²
//! ```
//! **σ_t grows by at most half in one sample.** With S = max(σ_stress, √v_fast):
//! S after ≤ 1.5·S, by the second bound of v_fast.
//! - 1.5·σ_c ≥ ½·σ_floor: σ_c after ≤ 1.5·σ_c. So (1 − ω)·σ_c + ω·S grows by at most half, and its least value and
//!   its cap stand still.
//! - Below that σ_c after ≤ ½·σ_floor ≤ ⅓·σ_stress (by the bound of σ_stress), √v_fast with it, so S stays σ_stress.
//!   The sum after is at most ½·(1 − ω)·σ_floor + ω·σ_stress ≤ 1.5·max(σ_floor, ω·σ_stress) ≤ 1.5·σ_t.
//!
//! IM is k·σ_t·√h_im, or its floor: it grows by at most half as well, and MM at its speed limit.
//!
//! A market that stood still has σ_c near 0. ½·σ_floor lets it wake at the first sample, and pass the floor at the
//! third. What is kept of a variance is never cut: before the sample each is at most σ_c², and w ≤ 1.
use crate::RiskError;
use crate::number::arith::{div_ceil_u128, low, shr_ceil, wide_mul};
use crate::number::quantity::{E9, Fraction, Variance};
use crate::params::AssetParams;

use super::VolatilityState;

/// The most that one sample may leave of each variance, up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct GrowthCaps {
    fast: Variance,
    slow: Variance,
    /// None for m = 0: v_short is in no margin.
    short: Option<Variance>,
}

impl VolatilityState {
    /// Cuts what the sample that made this state of `before` added beyond [`GrowthCaps`].
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    pub(super) fn cap_growth(
        &mut self,
        before: &Self,
        params: &AssetParams,
    ) -> Result<(), RiskError> {
        // Up to 2.25 times what it was no variance reaches its cap, and σ_c, a root, is not needed.
        if self.v_fast <= grown(before.v_fast)
            && self.v_slow <= grown(before.v_slow)
            && self.v_short <= grown(before.v_short)
        {
            return Ok(());
        }
        let caps = GrowthCaps::new(before, before.sigma_c(params)?, params)?;
        self.v_fast = self.v_fast.min(caps.fast);
        self.v_slow = self.v_slow.min(caps.slow);
        if let Some(cap) = caps.short {
            self.v_short = self.v_short.min(cap);
        }
        Ok(())
    }
}

impl GrowthCaps {
    /// The caps of a sample of `before`, whose σ_c is `sigma_c`.
    ///
    /// Errors: [`RiskError::Overflow`] for parameters out of range.
    fn new(
        before: &VolatilityState,
        sigma_c: Fraction,
        params: &AssetParams,
    ) -> Result<Self, RiskError> {
        let floor = Fraction::from_e9_ceil(params.sigma_floor_e9)?;
        let most = half_more(sigma_c).max(halved(floor));
        let stress = Fraction::from_e9_ceil(params.sigma_stress_e9)?.squared();
        Ok(Self {
            fast: most.squared().min(grown(before.v_fast.max(stress))),
            slow: most.squared(),
            short: divided(most, params.short_mult_e9).map(Fraction::squared),
        })
    }
}

/// 2.25·v, up, saturating.
fn grown(v: Variance) -> Variance {
    let bits = v.to_bits();
    Variance::from_bits(bits.saturating_mul(2).saturating_add(shr_ceil(bits, 2)))
}

/// 1.5·σ, up, saturating.
fn half_more(sigma: Fraction) -> Fraction {
    sigma.saturating_add(halved(sigma))
}

fn halved(sigma: Fraction) -> Fraction {
    Fraction::from_bits(sigma.to_bits().div_ceil(2))
}

/// `σ / m`, up, saturating; none for m = 0.
fn divided(sigma: Fraction, multiple_e9: u64) -> Option<Fraction> {
    let bits = div_ceil_u128(wide_mul(sigma.to_bits(), E9), u128::from(multiple_e9)).ok()?;
    Some(Fraction::from_bits(low(bits.min(u128::from(u64::MAX)))))
}

#[cfg(test)]
#[path = "growth_tests.rs"]
mod tests;
