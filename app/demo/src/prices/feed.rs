//! From prices to what a Pyth feed publishes: mantissa, confidence interval and moving average.
use super::{Prices, Tick};

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
pub struct Update {
    /// Price.
    pub price: i64,
    /// Confidence interval.
    pub confidence: u64,
    /// Moving average of the price.
    pub ema: i64,
}

/// Keeps the moving averages of the feeds.
pub struct Publisher {
    last: Tick,
    emas: Prices,
    moves: Prices,
}

impl Publisher {
    /// Averages start at the first price.
    pub fn new(first: Tick) -> Self {
        Self {
            last: first,
            emas: first.prices,
            moves: [0.0; 3],
        }
    }

    /// What the feeds publish at this tick. Ticks come in order.
    pub fn publish(&mut self, tick: &Tick) -> [Update; 3] {
        let elapsed = (tick.elapsed_secs - self.last.elapsed_secs) as f64;
        let ema_weight = 1.0 - (-elapsed / EMA_SECS).exp();
        let move_weight = 1.0 - (-elapsed / MINUTE_SECS).exp();
        let updates = std::array::from_fn(|feed| {
            let price = tick.prices[feed];
            self.emas[feed] += ema_weight * (price - self.emas[feed]);
            let moved = (price / self.last.prices[feed]).ln().abs();
            let per_minute = moved * (MINUTE_SECS / elapsed.max(1.0)).min(1.0).sqrt();
            self.moves[feed] += move_weight * (per_minute - self.moves[feed]);
            let relative = CONFIDENCE + CONFIDENCE_PER_MOVE * self.moves[feed];
            Update {
                price: (price * SCALE).round() as i64,
                confidence: (price * relative * SCALE).round() as u64,
                ema: (self.emas[feed] * SCALE).round() as i64,
            }
        });
        self.last = *tick;
        updates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(elapsed_secs: i64, price: f64) -> Tick {
        Tick {
            elapsed_secs,
            prices: [price; 3],
        }
    }

    #[test]
    fn the_average_closes_most_of_a_jump_within_an_hour() {
        let mut publisher = Publisher::new(tick(0, 100.0));
        assert_eq!(publisher.publish(&tick(0, 100.0))[0].ema, 10_000_000_000);
        let after_minutes = publisher.publish(&tick(300, 80.0))[0].ema;
        assert!(
            (9_800_000_000..9_900_000_000).contains(&after_minutes),
            "{after_minutes}"
        );
        let after_hour = publisher.publish(&tick(3_900, 80.0))[0].ema;
        assert!(
            (8_600_000_000..8_800_000_000).contains(&after_hour),
            "{after_hour}"
        );
    }

    #[test]
    fn confidence_is_five_basis_points_at_rest_and_wider_in_a_fall() {
        let mut publisher = Publisher::new(tick(0, 100.0));
        assert_eq!(publisher.publish(&tick(0, 100.0))[0].confidence, 5_000_000);
        let calm = publisher.publish(&tick(300, 100.2))[0].confidence;
        let falling = publisher.publish(&tick(310, 99.0))[0].confidence;
        assert!(calm < 6_000_000 && falling > calm, "{calm} {falling}");
    }
}
