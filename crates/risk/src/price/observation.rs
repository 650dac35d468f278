//! One price of an oracle, and what can be said of it alone: its age, its width, its distance from the EMA.
//!
//! Which of them an action accepts is a [`PriceStandard`](crate::price::standard::PriceStandard).
use crate::RiskError;
use crate::number::arith::Product;
use crate::number::quantity::{E9, Price};

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

    /// Whether it shows the same price and the same EMA as another.
    pub fn is_like(&self, other: &Self) -> bool {
        self.price == other.price && self.ema == other.ema
    }

    /// `C ≤ limit · P`.
    pub fn is_confident_within(&self, limit_e9: u64) -> bool {
        let (c, p) = (self.confidence.0, self.price.0);
        Product(c, u128::from(E9)).at_most(Product(p, u128::from(limit_e9)))
    }

    /// `|P − E| ≤ limit · E`.
    pub fn is_near_ema(&self, limit_e9: u64) -> bool {
        let (p, e) = (self.price.0, self.ema.0);
        Product(p.abs_diff(e), u128::from(E9)).at_most(Product(e, u128::from(limit_e9)))
    }
}

#[cfg(test)]
mod tests;
