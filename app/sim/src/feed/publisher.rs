//! From prices to what a Pyth feed publishes: mantissa, confidence interval and moving average.

/// Power of ten of every published amount.
pub const EXPONENT: i32 = -8;
const SCALE: f64 = 1e8;
/// Confidence interval of a calm market, relative to the price: what SOL's feed shows.
const CONFIDENCE: f64 = 0.000_5;
/// How much a fast market widens it, per relative move over the last minute.
const CONFIDENCE_PER_MOVE: f64 = 0.03;
/// Time constant of the moving average: Pyth's is about an hour.
const EMA_SECS: f64 = 3_600.0;
const MINUTE_SECS: f64 = 60.0;

/// One published price, amounts in units of 10^[`EXPONENT`] USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedUpdate {
    /// Price.
    pub price: i64,
    /// Confidence interval.
    pub confidence: u64,
    /// Moving average of the price.
    pub ema: i64,
}

/// Keeps the moving averages of some feeds.
pub struct Publisher {
    last_secs: i64,
    last: Vec<f64>,
    emas: Vec<f64>,
    moves: Vec<f64>,
}

impl Publisher {
    /// Feeds whose averages start at these prices, USD, at a time of any clock in seconds.
    pub fn new(secs: i64, prices: &[f64]) -> Self {
        Self {
            last_secs: secs,
            last: prices.to_vec(),
            emas: prices.to_vec(),
            moves: vec![0.0; prices.len()],
        }
    }

    /// What each feed publishes at this time of the same clock, rounded to the nearest unit. Times come in order.
    pub fn publish(&mut self, secs: i64, prices: &[f64]) -> Vec<FeedUpdate> {
        let elapsed = (secs - self.last_secs) as f64;
        let ema_weight = 1.0 - (-elapsed / EMA_SECS).exp();
        let move_weight = 1.0 - (-elapsed / MINUTE_SECS).exp();
        let update = |(feed, price): (usize, &f64)| {
            self.emas[feed] += ema_weight * (price - self.emas[feed]);
            let moved = (price / self.last[feed]).ln().abs();
            let per_minute = moved * (MINUTE_SECS / elapsed.max(1.0)).min(1.0).sqrt();
            self.moves[feed] += move_weight * (per_minute - self.moves[feed]);
            let relative = CONFIDENCE + CONFIDENCE_PER_MOVE * self.moves[feed];
            FeedUpdate {
                price: (price * SCALE).round() as i64,
                confidence: (price * relative * SCALE).round() as u64,
                ema: (self.emas[feed] * SCALE).round() as i64,
            }
        };
        let updates = prices.iter().enumerate().map(update).collect();
        self.last_secs = secs;
        self.last = prices.to_vec();
        updates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_closes_most_of_a_jump_within_an_hour() {
        let mut publisher = Publisher::new(0, &[100.0; 3]);
        assert_eq!(publisher.publish(0, &[100.0; 3])[0].ema, 10_000_000_000);
        let after_minutes = publisher.publish(300, &[80.0; 3])[0].ema;
        assert!(
            (9_800_000_000..9_900_000_000).contains(&after_minutes),
            "{after_minutes}"
        );
        let after_hour = publisher.publish(3_900, &[80.0; 3])[0].ema;
        assert!(
            (8_600_000_000..8_800_000_000).contains(&after_hour),
            "{after_hour}"
        );
    }

    #[test]
    fn confidence_is_five_basis_points_at_rest_and_wider_in_a_fall() {
        let mut publisher = Publisher::new(0, &[100.0]);
        assert_eq!(publisher.publish(0, &[100.0])[0].confidence, 5_000_000);
        let calm = publisher.publish(300, &[100.2])[0].confidence;
        let falling = publisher.publish(310, &[99.0])[0].confidence;
        assert!(calm < 6_000_000 && falling > calm, "{calm} {falling}");
    }
}
