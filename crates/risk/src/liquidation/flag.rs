//! The flag of an account that was seen below its maintenance margin (whitepaper §7.1).
//!
//! A liquidation needs a flag of at least `grace_secs` and prices published after it, so that one
//! chosen or wrong price update liquidates nobody; an account below ⅔ of its margin flags by itself.
//!
//! A flag stands for one unbroken run below the margin. It lapses `flag_lapse_secs` after the last valuation that
//! found the account below, and ends at the first one that finds it healthy at prices newer than all that did not.
//! While liquidations are paused nobody can renew it: that time counts neither towards the lapse nor towards its age.
use crate::RiskError;
use crate::params::LiquidationParams;
use crate::requirement::margin::LiquidationValuation;

/// An unbroken run below the maintenance margin, as it was last seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarginFlag {
    /// Clock time of the first valuation of the run, later by what was paused since; `None` when not flagged.
    pub flagged_ts: Option<i64>,
    /// Clock time of the last one.
    pub renewed_ts: i64,
    /// Newest publish time of the prices that any of them counted.
    pub publish_ts: i64,
}

/// When an account is valued, and how old its prices are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Clock time.
    pub now: i64,
    /// Publish time of the oldest price that counts; `i64::MAX` if none does.
    pub oldest_publish_ts: i64,
    /// Publish time of the newest one; `i64::MIN` if none does.
    pub newest_publish_ts: i64,
    /// The last pause of liquidations.
    pub paused: PauseSpan,
}

/// The last span of time in which liquidations were paused; empty if they never were. Only the last one is needed:
/// pauses are further apart than a flag lasts unseen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PauseSpan {
    /// Its start, clock time.
    pub from_ts: i64,
    /// Its end, clock time.
    pub until_ts: i64,
}

/// The run that a flag stands for, as far as it lasts at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagRun {
    /// Since when the run has lasted, later by what was paused in it; `None` when not flagged.
    pub since_ts: Option<i64>,
    now: i64,
}

/// Whether a valuation that finds an account healthy may end its flag by the prices it counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PriceProof {
    NewEnough,
    TooOld,
}

/// Whether a liquidation waits for a flag of some age and for prices newer than it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// It does.
    Required,
    /// It does not: the account is severely undercollateralised at prices none of which is doubtful.
    Waived,
}

impl MarginFlag {
    /// Returns the run at `now`: none once `flag_lapse_secs` have passed unpaused since the flag was renewed.
    #[must_use]
    pub fn run_at(self, now: i64, paused: PauseSpan, params: &LiquidationParams) -> FlagRun {
        let since_ts = self.flagged_ts.and_then(|since| {
            let paused_secs = paused.within_secs(self.renewed_ts, now);
            let unseen_secs = now
                .saturating_sub(self.renewed_ts)
                .saturating_sub(paused_secs);
            (unseen_secs < i64::from(params.flag_lapse_secs))
                .then(|| since.saturating_add(paused_secs))
        });
        FlagRun { since_ts, now }
    }

    /// The flag after a valuation: set or renewed when it finds the account liquidatable, none when it finds it
    /// healthy with every price usable, published after the flag and newer than every price that it was renewed at;
    /// else unchanged.
    ///
    /// So nobody ends one with a price update older than those that showed the account below its margin.
    #[must_use]
    pub fn after(
        self,
        valuation: &LiquidationValuation,
        sight: &Sight,
        params: &LiquidationParams,
    ) -> Self {
        let standing = self.run_at(sight.now, sight.paused, params);
        // A feed's clock may run ahead: then the price update may still be older than the flag.
        let oldest = sight.oldest_publish_ts.min(sight.now);
        let proves = sight.oldest_publish_ts > self.publish_ts
            && standing.since_ts.is_none_or(|since| oldest > since);
        let prices = if proves {
            PriceProof::NewEnough
        } else {
            PriceProof::TooOld
        };
        self.judged(standing, valuation, sight, prices)
    }

    /// The flag after a liquidation, by the valuation of what it left.
    ///
    /// As [`Self::after`], but prices need not be newer than the flag: at the same prices the account was just found
    /// below its margin, so that what lifted it is the closing. A flag that stayed, one set in the same transaction
    /// among them, would let the next fall go without grace. A flag that ends by older prices ends because the closing freed the margin that
    /// the account lacked at them.
    #[must_use]
    pub fn after_liquidation(
        self,
        valuation: &LiquidationValuation,
        sight: &Sight,
        params: &LiquidationParams,
    ) -> Self {
        let standing = self.run_at(sight.now, sight.paused, params);
        self.judged(standing, valuation, sight, PriceProof::NewEnough)
    }

    fn judged(
        self,
        standing: FlagRun,
        valuation: &LiquidationValuation,
        sight: &Sight,
        prices: PriceProof,
    ) -> Self {
        let Some(since) = standing.since_ts else {
            return if valuation.requirement.is_liquidatable() {
                // A feed's clock may run ahead: else a price update of the same kind, still newer, would do for both.
                let since = sight.now.max(sight.newest_publish_ts);
                Self {
                    flagged_ts: Some(since),
                    renewed_ts: sight.now,
                    publish_ts: sight.newest_publish_ts,
                }
            } else {
                Self::default()
            };
        };
        if valuation.requirement.is_liquidatable() {
            return Self {
                flagged_ts: Some(since),
                renewed_ts: sight.now,
                publish_ts: self.publish_ts.max(sight.newest_publish_ts),
            };
        }
        if valuation.all_usable && prices == PriceProof::NewEnough {
            Self::default()
        } else {
            self
        }
    }
}

impl FlagRun {
    /// For how long the run has lasted, seconds; 0 when not flagged.
    pub fn age_secs(&self) -> u64 {
        let age = self
            .since_ts
            .map_or(0, |since| self.now.saturating_sub(since));
        u64::try_from(age).unwrap_or(0)
    }

    /// Whether the flag allows a liquidation now: it is old enough, and `oldest_publish_ts`, that of the oldest price
    /// used, is after it.
    ///
    /// Errors: [`RiskError::LiquidationGracePeriod`].
    pub fn check_grace(
        &self,
        oldest_publish_ts: i64,
        grace: Grace,
        params: &LiquidationParams,
    ) -> Result<(), RiskError> {
        let waited = self.since_ts.is_some_and(|since| {
            self.age_secs() >= u64::from(params.grace_secs) && oldest_publish_ts > since
        });
        if grace == Grace::Waived || waited {
            Ok(())
        } else {
            Err(RiskError::LiquidationGracePeriod)
        }
    }
}

impl PauseSpan {
    /// How much of the time from one moment to another lies in the pause, seconds.
    fn within_secs(self, from_ts: i64, until_ts: i64) -> i64 {
        let (from, until) = (self.from_ts.max(from_ts), self.until_ts.min(until_ts));
        until.saturating_sub(from).max(0)
    }
}

#[cfg(test)]
#[path = "flag_tests.rs"]
mod tests;
