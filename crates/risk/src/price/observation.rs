//! What makes an oracle price usable, per action (section 2).
//!
//! | action | age | C/P | \|P − E\|/E |
//! |---|---|---|---|
//! | open, increase, withdraw | `age_trade` | `conf_trade` | `ema_trade` |
//! | the asset being filled | `age_fill` | `conf_trade`, reduce `conf_reduce` | as above; reduce – |
//! | flag, liquidate | `age_liquidation` | `conf_liquidation` | `ema_liquidation` or waived |
//!
//! The last row is [`FeedRecord::check_liquidation`](crate::price::feed::FeedRecord::check_liquidation): when the EMA's band is
//! waived depends on what was shown before.
//!
//! All comparisons are exact cross-products. A limit equal to its measure passes.
use crate::RiskError;
use crate::number::arith::Product;
use crate::number::quantity::{E9, Price};
use crate::params::OracleParams;

/// One oracle price: price P, confidence C, EMA E, all USD per whole base unit, and publish time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// P > 0 (an observation made by [`Observation::from_pyth`]).
    pub price: Price,
    /// C ≥ 0: half-width of the oracle's confidence interval.
    pub confidence: Price,
    /// E > 0 (an observation made by [`Observation::from_pyth`]).
    pub ema: Price,
    /// When the oracle published it, unix seconds.
    pub publish_ts: i64,
}

/// Whether a fill reduces the position or opens and increases one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillKind {
    /// \|q\| falls, no flip.
    Reduce,
    /// Anything else.
    Increase,
}

/// "No run of price updates beyond the liquidation band": the value of `beyond_since_ts` then.
pub const NOT_BEYOND: i64 = i64::MAX;

impl Observation {
    /// The observation of a Pyth price `price · 10^exponent` with its confidence and EMA.
    ///
    /// Errors: [`RiskError::PriceNotPositive`], [`RiskError::EmaNotPositive`],
    /// [`RiskError::ExponentOutOfRange`] outside [-12, 0].
    pub fn from_pyth(
        price: i64,
        confidence: u64,
        ema: i64,
        exponent: i32,
        publish_ts: i64,
    ) -> Result<Self, RiskError> {
        let positive = |x: i64, error| u64::try_from(x).ok().filter(|x| *x > 0).ok_or(error);
        let price = positive(price, RiskError::PriceNotPositive)?;
        let ema = positive(ema, RiskError::EmaNotPositive)?;
        Ok(Self {
            price: Price::from_decimal(price, exponent)?,
            confidence: Price::from_decimal(confidence, exponent)?,
            ema: Price::from_decimal(ema, exponent)?,
            publish_ts,
        })
    }

    /// Seconds since it was published; 0 when that lies in the future.
    pub fn age_secs(&self, now: i64) -> u64 {
        u64::try_from(now.saturating_sub(self.publish_ts)).unwrap_or(0)
    }

    /// The checks of every action: not from the future, not older than the newest recorded one.
    ///
    /// Errors: [`RiskError::PriceFromFuture`], [`RiskError::PriceOlderThanRecorded`].
    pub fn check_order(
        &self,
        now: i64,
        max_future_secs: u32,
        newest_recorded_ts: i64,
    ) -> Result<(), RiskError> {
        self.check_not_from_future(now, max_future_secs)?;
        self.check_not_older(newest_recorded_ts)
    }

    /// Published at most `max_future_secs` after now. Errors: [`RiskError::PriceFromFuture`].
    pub fn check_not_from_future(&self, now: i64, max_future_secs: u32) -> Result<(), RiskError> {
        let latest = now.saturating_add(i64::from(max_future_secs));
        if self.publish_ts > latest {
            Err(RiskError::PriceFromFuture)
        } else {
            Ok(())
        }
    }

    /// Not older than the newest one recorded for the asset.
    ///
    /// Errors: [`RiskError::PriceOlderThanRecorded`].
    pub fn check_not_older(&self, newest_recorded_ts: i64) -> Result<(), RiskError> {
        if self.publish_ts < newest_recorded_ts {
            Err(RiskError::PriceOlderThanRecorded)
        } else {
            Ok(())
        }
    }

    /// Usable to open, increase or withdraw.
    ///
    /// Errors: [`RiskError::PriceStale`], [`RiskError::ConfidenceTooWide`],
    /// [`RiskError::PriceFarFromEma`].
    pub fn check_trade(&self, params: &OracleParams, now: i64) -> Result<(), RiskError> {
        self.check_age(now, params.age_trade_secs)?;
        self.check_confidence(params.conf_trade_e9)?;
        self.check_ema(params.ema_trade_e9)
    }

    /// Usable as the price of a fill.
    ///
    /// Errors: as [`Observation::check_trade`], the EMA's only for [`FillKind::Increase`].
    pub fn check_fill(
        &self,
        params: &OracleParams,
        now: i64,
        kind: FillKind,
    ) -> Result<(), RiskError> {
        self.check_age(now, params.age_fill_secs)?;
        match kind {
            FillKind::Reduce => self.check_confidence(params.conf_reduce_e9),
            FillKind::Increase => {
                self.check_confidence(params.conf_trade_e9)?;
                self.check_ema(params.ema_trade_e9)
            }
        }
    }

    /// Usable to flag or liquidate without a look at what was shown before it.
    ///
    /// Errors: as [`Observation::check_trade`].
    #[inline]
    pub fn check_liquidation(&self, params: &OracleParams, now: i64) -> Result<(), RiskError> {
        self.check_age(now, params.age_liquidation_secs)?;
        self.check_confidence(params.conf_liquidation_e9)?;
        self.check_ema(params.ema_liquidation_e9)
    }

    /// Whether the price is further from its EMA than the liquidation band.
    pub fn is_beyond_liquidation_ema(&self, params: &OracleParams) -> bool {
        self.check_ema(params.ema_liquidation_e9).is_err()
    }

    /// Whether it shows the same price and the same EMA as another.
    pub fn is_like(&self, other: &Self) -> bool {
        self.price == other.price && self.ema == other.ema
    }

    /// At most `max_age_secs` old. Errors: [`RiskError::PriceStale`].
    pub fn check_age(&self, now: i64, max_age_secs: u32) -> Result<(), RiskError> {
        if self.age_secs(now) > u64::from(max_age_secs) {
            Err(RiskError::PriceStale)
        } else {
            Ok(())
        }
    }

    /// `C ≤ limit · P`. Errors: [`RiskError::ConfidenceTooWide`].
    pub fn check_confidence(&self, limit_e9: u64) -> Result<(), RiskError> {
        let (c, p) = (self.confidence.0, self.price.0);
        if Product(c, u128::from(E9)).at_most(Product(p, u128::from(limit_e9))) {
            Ok(())
        } else {
            Err(RiskError::ConfidenceTooWide)
        }
    }

    /// `|P − E| ≤ limit · E`. Errors: [`RiskError::PriceFarFromEma`].
    pub fn check_ema(&self, limit_e9: u64) -> Result<(), RiskError> {
        let (p, e) = (self.price.0, self.ema.0);
        if Product(p.abs_diff(e), u128::from(E9)).at_most(Product(e, u128::from(limit_e9))) {
            Ok(())
        } else {
            Err(RiskError::PriceFarFromEma)
        }
    }
}

#[cfg(test)]
mod tests;
