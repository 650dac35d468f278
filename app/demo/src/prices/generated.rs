//! Seeded prices: thirty calm days, then a crash of the size of 10 October 2025.
//!
//! Calm: a walk of `freeboard-sim`, rougher after the crash. Crash: the returns of a few bars are given; noise that
//! starts and ends each bar at zero makes the way between them.
use freeboard_sim::feed::{Walk, WalkedAsset};

use super::calendar::{AFTERMATH_SECS, BAR_SECS, CALM_SECS, CRASH_BAR_SECS, next_tick_secs};
use super::{Prices, SYMBOLS, Tape, Tick};

/// Simple returns of the bars of the crash: the slip, the break, the rebound.
const CRASH_BARS: [Prices; 7] = [
    [-0.005, -0.008, -0.010],
    [-0.080, -0.120, -0.200],
    [0.042, 0.055, 0.110],
    [0.004, 0.006, 0.015],
    [-0.010, -0.014, -0.020],
    [0.012, 0.018, 0.026],
    [0.002, 0.004, 0.006],
];
/// Noise inside a bar of the crash, relative to the calm volatility.
const CRASH_NOISE: f64 = 4.0;
/// How much more volatile the market is right after, and how fast that fades, seconds.
const AFTERSHOCK: f64 = 3.0;
const AFTERSHOCK_HALF_LIFE_SECS: f64 = 6.0 * 3_600.0;

/// The whole tape of a seed.
pub fn tape(seed: u64) -> Tape {
    let mut market = GeneratedMarket::new(seed);
    let mut ticks = vec![market.tick()];
    let end = CALM_SECS + AFTERMATH_SECS;
    let crash_end = CALM_SECS + CRASH_BARS.len() as i64 * BAR_SECS;
    while market.elapsed_secs < end {
        let at = market.elapsed_secs;
        if (CALM_SECS..crash_end).contains(&at) {
            let bar = ((at - CALM_SECS) / BAR_SECS) as usize;
            ticks.extend(market.crash_bar(&CRASH_BARS[bar]));
        } else {
            ticks.push(market.calm_step(next_tick_secs(at) - at));
        }
    }
    let description = format!(
        "Generated prices, seed {seed}: thirty calm days, then a crash of the size of \
         10 October 2025"
    );
    Tape { description, ticks }
}

struct GeneratedMarket {
    walk: Walk,
    assets: [WalkedAsset; SYMBOLS.len()],
    elapsed_secs: i64,
}

impl GeneratedMarket {
    fn new(seed: u64) -> Self {
        let assets = SYMBOLS.map(WalkedAsset::of_name);
        Self {
            walk: Walk::new(seed, assets.to_vec()),
            assets,
            elapsed_secs: 0,
        }
    }

    fn tick(&self) -> Tick {
        Tick {
            elapsed_secs: self.elapsed_secs,
            prices: std::array::from_fn(|asset| self.walk.prices()[asset]),
        }
    }

    fn calm_step(&mut self, secs: i64) -> Tick {
        let since_crash = (self.elapsed_secs - CRASH_BAR_SECS) as f64;
        let aftershock = if since_crash > 0.0 {
            1.0 + (AFTERSHOCK - 1.0) * (-since_crash / AFTERSHOCK_HALF_LIFE_SECS).exp2()
        } else {
            1.0
        };
        self.walk.step(secs, aftershock);
        self.elapsed_secs += secs;
        self.tick()
    }

    /// The ticks of one bar of the crash, which ends at exactly the given returns.
    fn crash_bar(&mut self, returns: &Prices) -> Vec<Tick> {
        let start = self.tick();
        let mut times = Vec::new();
        let mut at = start.elapsed_secs;
        while at < start.elapsed_secs + BAR_SECS {
            at = next_tick_secs(at);
            times.push(at);
        }
        let steps = times.len() as f64;
        let mut noise = vec![[0.0; SYMBOLS.len()]];
        for _ in &times {
            let shocks = self.walk.shocks();
            let last = noise[noise.len() - 1];
            noise.push(std::array::from_fn(|asset| last[asset] + shocks[asset]));
        }
        let total = noise[times.len()];
        let size = CRASH_NOISE * (BAR_SECS as f64 / 3_600.0 / steps).sqrt();
        let ticks = times.iter().enumerate().map(|(step, at)| {
            let way = (step + 1) as f64 / steps;
            let prices = std::array::from_fn(|asset| {
                let bridge = noise[step + 1][asset] - way * total[asset];
                let sigma = self.assets[asset].sigma_per_sqrt_hour;
                let log_return = way * (1.0 + returns[asset]).ln() + size * sigma * bridge;
                start.prices[asset] * log_return.exp()
            });
            Tick {
                elapsed_secs: *at,
                prices,
            }
        });
        let ticks: Vec<_> = ticks.collect();
        let last = ticks[ticks.len() - 1];
        self.elapsed_secs = last.elapsed_secs;
        self.walk.settle_on(&last.prices);
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tape: &Tape, elapsed_secs: i64) -> Prices {
        tape.ticks
            .iter()
            .find(|tick| tick.elapsed_secs == elapsed_secs)
            .unwrap()
            .prices
    }

    #[test]
    fn a_seed_always_gives_the_same_tape_and_another_seed_another() {
        assert_eq!(tape(7).ticks, tape(7).ticks);
        assert_ne!(tape(7).ticks, tape(8).ticks);
    }

    #[test]
    fn the_break_has_the_size_it_should_have_whatever_the_seed() {
        for seed in 0..5 {
            let tape = tape(seed);
            let (before, after) = (
                at(&tape, CRASH_BAR_SECS),
                at(&tape, CRASH_BAR_SECS + BAR_SECS),
            );
            for (asset, expected) in [-0.08, -0.12, -0.20].into_iter().enumerate() {
                let fall = after[asset] / before[asset] - 1.0;
                assert!((fall - expected).abs() < 1e-9, "seed {seed}: {fall}");
            }
        }
    }

    #[test]
    fn a_calm_hour_moves_between_half_and_one_percent() {
        let tape = tape(1);
        let calm: Vec<f64> = tape
            .ticks
            .iter()
            .take(8_640)
            .map(|tick| tick.prices[2])
            .collect();
        let hourly: Vec<f64> = calm
            .as_chunks::<12>()
            .0
            .iter()
            .map(|hour| hour[0].ln())
            .collect();
        let squares: f64 = hourly
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).powi(2))
            .sum();
        let sigma = (squares / (hourly.len() - 1) as f64).sqrt();
        assert!((0.005..0.010).contains(&sigma), "{sigma}");
    }
}
