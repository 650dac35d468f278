//! Implied volatility: what options expect, as a lower bound of σ_t that lapses (whitepaper §3.5).
//!
//! ```text
//! σ_i  = index / 100 / √8766                             an index in per cent a year; or a value of governance
//! σ_t' = min(σ_cap, max(σ_t, min(σ_i, 1.5·σ_t)))         while it counts
//! ```
//! It never lowers σ_t and never raises it by more than half, so a wrong feed costs new risk at most that.
use crate::RiskError;
use crate::number::arith::div_ceil_u128;
use crate::number::quantity::{FRACTION_BITS, Fraction, Price};
use crate::params::bounds::GovernedImplied;
use crate::price::observation::Observation;
use crate::price::standard::PriceLimits;

/// Oldest update of an index that may be shown, seconds.
pub const IMPLIED_SHOW_AGE_SECS: u32 = 60;
/// How long a shown update counts from its publish time on, seconds: 1 h.
pub const IMPLIED_LIFE_SECS: i64 = 3_600;
/// Widest confidence interval of a shown update, × 10^9 of the index: 5 %.
pub const IMPLIED_CONF_E9: u64 = 50_000_000;
/// Least and largest index, per cent a year × 10^12: below 1 % or above 1,000 % it is no volatility.
pub const IMPLIED_INDEX_E12: [u128; 2] = [1_000_000_000_000, 1_000_000_000_000_000];

/// `⌊100 · √8766 · 10^12⌋`: an index × 10^12 over this is a fraction per √hour. 8,766 hours are 365.25 days.
const INDEX_OF_SIGMA: u128 = 9_362_691_920_596_340;

/// What is known of an asset's implied volatility.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImpliedVolatility {
    /// σ_i per √hour, up; zero for none.
    pub sigma: Fraction,
    /// Publish time of the update that showed it, unix seconds; of a governed value the time when it was set.
    pub publish_ts: i64,
    /// From when on it counts nothing, unix seconds.
    pub until_ts: i64,
}

/// Why an update of an index is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpliedDoubt {
    /// Not newer than the one that counts.
    NotNewer,
    /// Older than [`IMPLIED_SHOW_AGE_SECS`].
    Stale,
    /// Its confidence interval is wider than [`IMPLIED_CONF_E9`].
    Wide,
    /// Outside [`IMPLIED_INDEX_E12`], or σ_cap and above.
    Absurd,
}

impl ImpliedVolatility {
    /// A value of governance per √hour × 10^9, set at `now`, beside the asset's σ_cap × 10^9.
    ///
    /// Errors: [`RiskError::ImpliedVolatilityOutOfBounds`].
    pub fn governed(
        sigma_e9: u64,
        until_ts: i64,
        sigma_cap_e9: u64,
        now: i64,
    ) -> Result<Self, RiskError> {
        let governed = GovernedImplied {
            sigma_e9,
            sigma_cap_e9,
            life_secs: u64::try_from(until_ts.saturating_sub(now)).unwrap_or(0),
        };
        governed.check_bounds()?;
        Ok(Self {
            sigma: Fraction::from_e9_ceil(sigma_e9)?,
            publish_ts: now,
            until_ts,
        })
    }

    /// What is known once an update of the index was shown at `now`.
    ///
    /// Errors: why it is ignored, the first of [`ImpliedDoubt::NotNewer`], [`ImpliedDoubt::Stale`],
    /// [`ImpliedDoubt::Absurd`], [`ImpliedDoubt::Wide`]. An ignored update shuts out no later one.
    pub fn after(
        &self,
        update: &Observation,
        sigma_cap: Fraction,
        now: i64,
    ) -> Result<Self, ImpliedDoubt> {
        if update.publish_ts <= self.publish_ts {
            return Err(ImpliedDoubt::NotNewer);
        }
        let limits = PriceLimits {
            age_secs: Some(IMPLIED_SHOW_AGE_SECS),
            confidence_e9: Some(IMPLIED_CONF_E9),
            from_ema_e9: None,
        };
        let young = limits.check_age(update, now);
        young.map_err(|_| ImpliedDoubt::Stale)?;
        let sigma = sigma_of_index(update.price).ok_or(ImpliedDoubt::Absurd)?;
        if sigma >= sigma_cap {
            return Err(ImpliedDoubt::Absurd);
        }
        let narrow = limits.check_confidence(update);
        narrow.map_err(|_| ImpliedDoubt::Wide)?;
        Ok(Self {
            sigma,
            publish_ts: update.publish_ts,
            until_ts: update.publish_ts.saturating_add(IMPLIED_LIFE_SECS),
        })
    }

    /// σ_i as it counts at `now`; zero once it has lapsed.
    pub fn counted(&self, now: i64) -> Fraction {
        if now < self.until_ts {
            self.sigma
        } else {
            Fraction::ZERO
        }
    }
}

/// `index / 100 / √8766`, up; none outside [`IMPLIED_INDEX_E12`].
fn sigma_of_index(Price(index): Price) -> Option<Fraction> {
    let [least, largest] = IMPLIED_INDEX_E12;
    if !(least..=largest).contains(&index) {
        return None;
    }
    let bits = div_ceil_u128(index << FRACTION_BITS, INDEX_OF_SIGMA).ok()?; // index < 2^50
    u64::try_from(bits).ok().map(Fraction::from_bits)
}

/// `min(σ_cap, max(σ, min(σ_i, 1.5·σ)))`: never below the measured σ where that is at most the cap, and at most half more.
/// The half is rounded up, so that σ is never below what these formulas give.
pub(crate) fn raised(measured: Fraction, implied: Fraction, cap: Fraction) -> Fraction {
    let half = Fraction::from_bits(measured.to_bits().div_ceil(2));
    let most = measured.saturating_add(half);
    measured.max(implied.min(most)).min(cap)
}

#[cfg(test)]
#[path = "implied_tests.rs"]
mod tests;
