//! Which price each action accepts: when it is too old, too wide or too far from its EMA (whitepaper §2.2).
//!
//! | standard | action | age | C/P | \|P − E\|/E | unmoved |
//! |---|---|---|---|---|---|
//! | [`Trade`] | open, increase, withdraw, borrow; settle a market, migrate a feed | `age_trade` | `conf_trade` | `ema_trade` | refused |
//! | [`FillIncrease`] | the asset being filled, opened or increased | `age_fill` | `conf_trade` | `ema_trade` | refused |
//! | [`FillReduce`] | the asset being filled, reduced | `age_fill` | `conf_reduce` | – | accepted |
//! | [`BesideReduce`] | the other assets of an account whose owner reduces | – | – | – | accepted |
//! | [`Liquidation`] | flag, liquidate, deleverage | `age_liquidation` | `conf_liquidation` | `ema_liquidation` or waived | refused |
//! | [`LiquidityByOther`] | an LP's request, executed by somebody else | the lesser of `age_trade` and `age_liquidation` | `conf_trade` | `ema_trade` | refused |
//! | [`Either`] | value the pool, settle a loss, view an account, record a price | by [`Liquidation`] or by [`Trade`] | | | |
//! | [`PriceLimits::of_sample`] | sample the volatility | `max_age` | `max_conf` | – | refused |
//!
//! All comparisons are exact cross-products. A limit equal to its measure passes. What depends on earlier price updates,
//! the waiver and a price that has not moved, is judged by
//! [`FeedRecord::check_price`](crate::price::feed::FeedRecord::check_price).
//!
//! [`Trade`]: PriceStandard::Trade
//! [`FillIncrease`]: PriceStandard::FillIncrease
//! [`FillReduce`]: PriceStandard::FillReduce
//! [`BesideReduce`]: PriceStandard::BesideReduce
//! [`Liquidation`]: PriceStandard::Liquidation
//! [`LiquidityByOther`]: PriceStandard::LiquidityByOther
//! [`Either`]: PriceStandard::Either
use crate::RiskError;
use crate::params::{OracleParams, SampleParams};
use crate::price::observation::{FillKind, Observation};

/// The action that a price is for, and so what it must meet: a row of the table above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceStandard {
    /// Open, increase, withdraw, borrow, settle a market, migrate a feed.
    Trade,
    /// The asset being filled, where its position opens or grows.
    FillIncrease,
    /// The asset being filled, where its position falls.
    FillReduce,
    /// The other assets of an account whose owner reduces: the newest price known, whatever it is.
    BesideReduce,
    /// Flag, liquidate, deleverage.
    Liquidation,
    /// An LP's request executed by somebody else, who would choose the price update for the LP.
    LiquidityByOther,
    /// What changes for nobody's benefit: a price that `Liquidation` or `Trade` accepts.
    Either,
}

/// Whether a price that has stood still for several samples is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmoved {
    /// It is: the owner may reduce at it, as at a wide one.
    Accepted,
    /// It is refused: a feed may carry its last price forward with a fresh time.
    Refused,
}

/// The limits that a price must meet; without a limit nothing is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceLimits {
    /// Largest age, seconds.
    pub age_secs: Option<u32>,
    /// Largest confidence interval, × 10^9 of the price.
    pub confidence_e9: Option<u64>,
    /// Largest distance from the EMA, × 10^9 of the EMA.
    pub from_ema_e9: Option<u64>,
}

impl From<FillKind> for PriceStandard {
    fn from(kind: FillKind) -> Self {
        match kind {
            FillKind::Increase => Self::FillIncrease,
            FillKind::Reduce => Self::FillReduce,
        }
    }
}

impl PriceStandard {
    /// The limits of this standard.
    ///
    /// Exception: [`Self::Either`] has none of its own, these are those of [`Self::Trade`], which it tries last.
    #[inline]
    pub fn limits(self, params: &OracleParams) -> PriceLimits {
        let (age_secs, confidence_e9, from_ema_e9) = match self {
            Self::Trade | Self::Either => (
                params.age_trade_secs,
                params.conf_trade_e9,
                Some(params.ema_trade_e9),
            ),
            Self::FillIncrease => (
                params.age_fill_secs,
                params.conf_trade_e9,
                Some(params.ema_trade_e9),
            ),
            Self::FillReduce => (params.age_fill_secs, params.conf_reduce_e9, None),
            Self::BesideReduce => return PriceLimits::default(),
            Self::Liquidation => (
                params.age_liquidation_secs,
                params.conf_liquidation_e9,
                Some(params.ema_liquidation_e9),
            ),
            Self::LiquidityByOther => (
                params.age_trade_secs.min(params.age_liquidation_secs),
                params.conf_trade_e9,
                Some(params.ema_trade_e9),
            ),
        };
        PriceLimits {
            age_secs: Some(age_secs),
            confidence_e9: Some(confidence_e9),
            from_ema_e9,
        }
    }

    /// Whether a price that stands still is accepted.
    pub const fn unmoved(self) -> Unmoved {
        match self {
            Self::FillReduce | Self::BesideReduce => Unmoved::Accepted,
            _ => Unmoved::Refused,
        }
    }

    /// Whether it asks what a trade may use.
    pub(super) const fn asks_trade(self) -> bool {
        matches!(
            self,
            Self::Trade | Self::FillIncrease | Self::LiquidityByOther | Self::Either
        )
    }

    /// Whether it asks how a liquidation counts a price.
    pub(super) const fn asks_liquidation(self) -> bool {
        matches!(self, Self::Liquidation | Self::Either)
    }

    /// Checks a price by the limits alone, whatever was shown before it.
    ///
    /// Errors: [`RiskError::PriceStale`], [`RiskError::ConfidenceTooWide`], [`RiskError::PriceFarFromEma`].
    #[inline]
    pub fn check_limits(
        self,
        price: &Observation,
        params: &OracleParams,
        now: i64,
    ) -> Result<(), RiskError> {
        let limits = self.limits(params);
        limits.check_age(price, now)?;
        limits.check_confidence(price)?;
        limits.check_ema(price)
    }

    /// Whether a price is as near to its EMA as this standard asks, whatever its age and confidence.
    pub fn is_near_ema(self, price: &Observation, params: &OracleParams) -> bool {
        self.limits(params).check_ema(price).is_ok()
    }
}

impl PriceLimits {
    /// The limits of a volatility sample, which asks for no distance from the EMA: a sample is clamped instead.
    pub const fn of_sample(params: &SampleParams) -> Self {
        Self {
            age_secs: Some(params.max_age_secs),
            confidence_e9: Some(params.max_conf_e9),
            from_ema_e9: None,
        }
    }

    /// Refuses a price that is too old. Errors: [`RiskError::PriceStale`].
    #[inline]
    pub fn check_age(&self, price: &Observation, now: i64) -> Result<(), RiskError> {
        let is_young = |limit: u32| price.age_secs(now) <= u64::from(limit);
        require(self.age_secs.is_none_or(is_young), RiskError::PriceStale)
    }

    /// Refuses a price whose confidence interval is too wide. Errors: [`RiskError::ConfidenceTooWide`].
    #[inline]
    pub fn check_confidence(&self, price: &Observation) -> Result<(), RiskError> {
        let is_narrow = |limit| price.is_confident_within(limit);
        let is_narrow = self.confidence_e9.is_none_or(is_narrow);
        require(is_narrow, RiskError::ConfidenceTooWide)
    }

    /// Refuses a price that is too far from its EMA. Errors: [`RiskError::PriceFarFromEma`].
    #[inline]
    pub fn check_ema(&self, price: &Observation) -> Result<(), RiskError> {
        let is_near = self
            .from_ema_e9
            .is_none_or(|limit| price.is_near_ema(limit));
        require(is_near, RiskError::PriceFarFromEma)
    }
}

#[inline]
fn require(is_met: bool, error: RiskError) -> Result<(), RiskError> {
    if is_met { Ok(()) } else { Err(error) }
}

#[cfg(test)]
#[path = "standard_tests.rs"]
mod tests;
