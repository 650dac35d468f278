//! What is known of an asset's feed from the price updates that others have shown (whitepaper §2.3).
//!
//! The sender of a transaction chooses the account that holds a receiver feed's price: the newest price update, an older one,
//! one that is wide or far from its EMA, or none. So what others have shown is kept, and answers for it:
//!
//! | kept | what for |
//! |---|---|
//! | the newest price that a trade or a liquidation accepts | an older price update counts as this one; it stands for a missing one |
//! | the newest that a trade accepts | the same for a trade |
//! | when the newest price update of any quality was published | whether the feed lives |
//! | since when every price update shown was far from its EMA | the waiver of the EMA's band |
//! | since when the feed is announced to be absent | that its silence is no choice of the caller |
//! | how many samples saw the same price and EMA | whether the price is carried forward |
use crate::RiskError;
use crate::params::OracleParams;
pub use crate::params::bounds::ABSENCE_SECS;
use crate::price::observation::{NOT_BEYOND, Observation};
use crate::price::standard::{PriceStandard, Unmoved};

/// "Nobody announced an absence": the value of `absent_since_ts` then.
pub const NOT_ABSENT: i64 = i64::MAX;
/// Longest time between two price updates of an unbroken run beyond the EMA's band, seconds.
pub const RUN_GAP_SECS: i64 = 60;
/// Samples in a row that saw the same price and the same EMA, after which such a price update is no news: a quarter of an
/// hour at the least spacing.
pub const STILL_SAMPLES: u32 = 4;

/// Knowledge of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedRecord {
    /// The newest price shown that a trade or a liquidation accepts.
    pub recorded: Observation,
    /// The newest that a trade accepts: the same, or an older one where only a liquidation accepts that.
    pub tradable: Observation,
    /// Publish time of the newest price update shown, of whatever quality, unix seconds; never before the recorded one.
    pub shown_ts: i64,
    /// Publish time of the first of an unbroken run of price updates beyond the liquidation band; [`NOT_BEYOND`] without one.
    pub beyond_since_ts: i64,
    /// Clock time of the announcement that the feed is absent; [`NOT_ABSENT`] without one.
    pub absent_since_ts: i64,
    /// How many samples in a row saw the recorded price and EMA unchanged.
    pub still_samples: u32,
}

impl FeedRecord {
    /// The record of a feed whose first price is this.
    pub const fn new(first: Observation) -> Self {
        Self {
            recorded: first,
            tradable: first,
            shown_ts: first.publish_ts,
            beyond_since_ts: NOT_BEYOND,
            absent_since_ts: NOT_ABSENT,
            still_samples: 0,
        }
    }

    /// Checks a price by a standard, beside what was shown before it.
    ///
    /// Errors: [`RiskError::PriceStale`], [`RiskError::ConfidenceTooWide`], [`RiskError::PriceFarFromEma`],
    /// [`RiskError::PriceStandsStill`].
    #[inline]
    pub fn check_price(
        &self,
        standard: PriceStandard,
        price: &Observation,
        params: &OracleParams,
        now: i64,
    ) -> Result<(), RiskError> {
        let by = |standard| self.check_one(standard, price, params, now);
        match standard {
            PriceStandard::Either => {
                by(PriceStandard::Liquidation).or_else(|_| by(PriceStandard::Trade))
            }
            one => by(one),
        }
    }

    #[inline]
    fn check_one(
        &self,
        standard: PriceStandard,
        price: &Observation,
        params: &OracleParams,
        now: i64,
    ) -> Result<(), RiskError> {
        match standard.check_limits(price, params, now) {
            Err(RiskError::PriceFarFromEma)
                if standard == PriceStandard::Liquidation && self.waives_ema(price, params) => {}
            checked => checked?,
        }
        match standard.unmoved() {
            Unmoved::Accepted => Ok(()),
            Unmoved::Refused => self.check_moves(price),
        }
    }

    /// Whether the EMA's band is waived for a price update that ends an unbroken run of `ema_waiver_secs` beyond it.
    fn waives_ema(&self, update: &Observation, limits: &OracleParams) -> bool {
        let run_secs = update.publish_ts.saturating_sub(self.beyond_since_ts);
        let gap_secs = update.publish_ts.saturating_sub(self.shown_ts);
        self.beyond_since_ts != NOT_BEYOND
            && run_secs >= i64::from(limits.ema_waiver_secs)
            && gap_secs <= RUN_GAP_SECS
    }

    /// Refuses a price and EMA that have both stood still: a feed may carry them forward with a fresh time.
    ///
    /// Errors: [`RiskError::PriceStandsStill`].
    #[inline]
    pub fn check_moves(&self, update: &Observation) -> Result<(), RiskError> {
        if self.still_samples >= STILL_SAMPLES && self.recorded.is_like(update) {
            Err(RiskError::PriceStandsStill)
        } else {
            Ok(())
        }
    }

    /// Whether it has been announced for so long that the feed is absent, and nobody has refuted it.
    pub fn is_absent_for(&self, secs: i64, now: i64) -> bool {
        self.absent_since_ts != NOT_ABSENT && now.saturating_sub(self.absent_since_ts) >= secs
    }

    /// Returns the record after an announcement that the feed is absent. `update` is the announcer's price update of it.
    ///
    /// Errors: [`RiskError::FeedNotAbsent`] while the newest price known is young enough for a liquidation;
    /// [`RiskError::AbsenceAnnounced`] where it is announced already: its time goes on.
    pub fn announced(
        &self,
        update: Option<Observation>,
        limits: &OracleParams,
        now: i64,
    ) -> Result<Self, RiskError> {
        let newest_ts = update.map_or(self.shown_ts, |update| self.shown_ts.max(update.publish_ts));
        let age_secs = now.saturating_sub(newest_ts);
        if age_secs <= i64::from(limits.age_liquidation_secs) {
            return Err(RiskError::FeedNotAbsent);
        }
        if self.absent_since_ts != NOT_ABSENT {
            return Err(RiskError::AbsenceAnnounced);
        }
        Ok(Self {
            absent_since_ts: now,
            ..*self
        })
    }

    /// The record after somebody showed a price update that is not from the future.
    ///
    /// One that no standard accepts, wide or far from its EMA, is not what others are judged by later: it has a time of
    /// its own. So has one that a trade accepts, older than a recorded one that it does not. Published after an
    /// announcement, any price update refutes it.
    #[must_use]
    pub fn after(&self, update: &Observation, limits: &OracleParams) -> Self {
        let mut after = *self;
        let at = update.publish_ts;
        if at >= self.shown_ts {
            after.beyond_since_ts = self.run_with(update, limits);
            after.shown_ts = at;
        }
        if at > self.absent_since_ts {
            after.absent_since_ts = NOT_ABSENT;
        }
        let is_newest = at >= self.recorded.publish_ts;
        if is_newest && !self.recorded.is_like(update) {
            after.still_samples = 0;
        }
        // By what they were when they were published.
        let trades = self
            .check_price(PriceStandard::Trade, update, limits, at)
            .is_ok();
        if trades && at >= self.tradable.publish_ts {
            after.tradable = *update;
        }
        let liquidates = || {
            self.check_price(PriceStandard::Liquidation, update, limits, at)
                .is_ok()
        };
        if is_newest && (trades || liquidates()) {
            after.recorded = *update;
        }
        after
    }

    /// Since when the run beyond the band goes on, with this price update: any that is shown counts, one inside the band
    /// ends it, and so do [`RUN_GAP_SECS`] without one.
    fn run_with(&self, update: &Observation, limits: &OracleParams) -> i64 {
        let at = update.publish_ts;
        if PriceStandard::Liquidation.is_near_ema(update, limits) {
            NOT_BEYOND
        } else if at.saturating_sub(self.shown_ts) > RUN_GAP_SECS {
            at
        } else {
            self.beyond_since_ts.min(at)
        }
    }

    /// How many samples in a row have seen this price and EMA, after a sample that sees it.
    pub fn still_samples_with(&self, update: &Observation) -> u32 {
        if self.recorded.is_like(update) {
            self.still_samples.saturating_add(1)
        } else {
            0
        }
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
