//! The flag of an account that was seen below its maintenance margin (section 7.1).
//!
//! A liquidation needs a flag of at least `grace_secs` and prices published after it, so that one
//! chosen or wrong print liquidates nobody; an account below ⅔ of its margin flags by itself.
use crate::RiskError;
use crate::margin::LiquidationValuation;
use crate::params::LiquidationParams;

/// When the account was first seen below its maintenance margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flag {
    /// Clock time of that moment; `None` when not flagged.
    pub flagged_ts: Option<i64>,
}

impl Flag {
    /// The flag as it stands at `now`: gone once `flag_expiry_secs` have passed.
    #[must_use]
    pub fn at(self, now: i64, params: &LiquidationParams) -> Self {
        let expiry = i64::from(params.flag_expiry_secs);
        Self {
            flagged_ts: self
                .flagged_ts
                .filter(|since| now.saturating_sub(*since) < expiry),
        }
    }

    /// The flag after a valuation: set when it finds the account liquidatable (an unexpired flag stays
    /// as old as it is), cleared when it finds it healthy with every price usable, else unchanged.
    #[must_use]
    pub fn after(
        self,
        valuation: &LiquidationValuation,
        now: i64,
        params: &LiquidationParams,
    ) -> Self {
        let flag = self.at(now, params);
        if valuation.requirement.is_liquidatable() {
            Self {
                flagged_ts: flag.flagged_ts.or(Some(now)),
            }
        } else if valuation.all_usable {
            Self { flagged_ts: None }
        } else {
            flag
        }
    }

    /// Whether the flag allows a liquidation now; the age of the flag in seconds.
    ///
    /// `oldest_publish_ts` is the publish time of the oldest price used. For a deep account
    /// ([`crate::margin::Requirement::is_deep`]) neither age nor prices matter.
    /// Errors: [`RiskError::LiquidationGracePeriod`].
    pub fn check_grace(
        self,
        now: i64,
        oldest_publish_ts: i64,
        deep: bool,
        params: &LiquidationParams,
    ) -> Result<u64, RiskError> {
        let since = match self.at(now, params).flagged_ts {
            Some(since) => since,
            None if deep => now,
            None => return Err(RiskError::LiquidationGracePeriod),
        };
        let age = u64::try_from(now.saturating_sub(since)).unwrap_or(0);
        if deep || (age >= u64::from(params.grace_secs) && oldest_publish_ts > since) {
            Ok(age)
        } else {
            Err(RiskError::LiquidationGracePeriod)
        }
    }
}

#[cfg(test)]
#[path = "flag_tests.rs"]
mod tests;
