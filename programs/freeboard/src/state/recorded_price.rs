//! `RecordedPrice` and `SettlementAverage`: prices that an asset keeps.
use super::words::{from_words, to_words};
use anchor_lang::prelude::*;
use freeboard_risk::market::settlement::TimeAverage;
use freeboard_risk::number::quantity::Price;
use freeboard_risk::price::observation::Observation;

/// The newest observation an instruction has recorded for the asset that a trade or a liquidation accepts: what
/// counts while no feed gives such a price.
#[zero_copy]
#[derive(Debug, Default)]
pub struct RecordedPrice {
    /// Price, USD per whole unit × 10^12, low word first.
    pub price_e12: [u64; 2],
    /// Confidence interval, same scale.
    pub confidence_e12: [u64; 2],
    /// EMA price, same scale.
    pub ema_e12: [u64; 2],
    /// Publish time, unix seconds.
    pub publish_ts: i64,
}

/// The price of a market's last day, averaged over time: `risk::TimeAverage` as words.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SettlementAverage {
    /// Σ price · seconds, USD per whole unit × 10^12 · s, low word first.
    pub price_secs_e12: [u64; 2],
    /// Seconds that it covers.
    pub secs: i64,
    /// Time of the last price that was counted, unix seconds; 0 before the first.
    pub last_ts: i64,
}

impl RecordedPrice {
    /// Stores an observation, exact.
    pub fn new(observation: &Observation) -> Self {
        Self {
            price_e12: to_words(observation.price.0),
            confidence_e12: to_words(observation.confidence.0),
            ema_e12: to_words(observation.ema.0),
            publish_ts: observation.publish_ts,
        }
    }

    /// Price, exact.
    pub fn price(&self) -> Price {
        Price(from_words(self.price_e12))
    }

    /// Confidence, exact.
    pub fn confidence(&self) -> Price {
        Price(from_words(self.confidence_e12))
    }

    /// EMA price, exact.
    pub fn ema(&self) -> Price {
        Price(from_words(self.ema_e12))
    }

    /// As an observation.
    pub fn observation(&self) -> Observation {
        Observation {
            price: self.price(),
            confidence: self.confidence(),
            ema: self.ema(),
            publish_ts: self.publish_ts,
        }
    }
}

impl SettlementAverage {
    /// As the core sees it.
    pub fn as_core(&self) -> TimeAverage {
        TimeAverage {
            price_secs_e12: from_words(self.price_secs_e12),
            secs: self.secs,
            last_ts: self.last_ts,
        }
    }

    /// Stores what the core made of it.
    pub fn set(&mut self, average: &TimeAverage) {
        *self = Self {
            price_secs_e12: to_words(average.price_secs_e12),
            secs: average.secs,
            last_ts: average.last_ts,
        };
    }
}
