//! Seeded prices of a calm market: log returns of a common factor and of each asset's own noise, with a volatility that
//! wanders and a pull towards the starting price.
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// Half-life of the pull towards the starting price, seconds: keeps a calm month calm.
const PULL_HALF_LIFE_SECS: f64 = 3.0 * 86_400.0;
/// Half-life of the log volatility's wandering, and its spread.
const WANDER_HALF_LIFE_SECS: f64 = 12.0 * 3_600.0;
const WANDER: f64 = 0.25;

/// How an asset's price walks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WalkedAsset {
    /// First price, USD.
    pub start: f64,
    /// Volatility of a calm hour.
    pub sigma_per_sqrt_hour: f64,
    /// Loading on the common factor, 0 to 1.
    pub loading: f64,
}

impl WalkedAsset {
    /// BTC, ETH and SOL as in October 2025, with pairwise correlations of 0.72 to 0.81; any other name: an asset of $100
    /// that moves as SOL does.
    pub fn of_name(name: &str) -> Self {
        let (start, sigma_per_sqrt_hour, loading) = match name {
            "BTC" => (114_000.0, 0.004_0, 0.90),
            "ETH" => (4_350.0, 0.006_0, 0.90),
            "SOL" => (221.0, 0.007_5, 0.80),
            _ => (100.0, 0.007_5, 0.80),
        };
        Self {
            start,
            sigma_per_sqrt_hour,
            loading,
        }
    }
}

/// Prices of some assets that walk together.
pub struct Walk {
    random: ChaCha8Rng,
    assets: Vec<WalkedAsset>,
    prices: Vec<f64>,
    log_volatility: f64,
    /// Where the market is pulled to.
    centre: Vec<f64>,
}

impl Walk {
    /// A walk from the starting prices; a seed always gives the same one.
    pub fn new(seed: u64, assets: Vec<WalkedAsset>) -> Self {
        let start: Vec<f64> = assets.iter().map(|asset| asset.start).collect();
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            assets,
            prices: start.clone(),
            log_volatility: 0.0,
            centre: start,
        }
    }

    /// The prices now, USD.
    pub fn prices(&self) -> &[f64] {
        &self.prices
    }

    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.random)
    }

    /// Draws one standard normal number per asset, correlated as the returns are.
    pub fn shocks(&mut self) -> Vec<f64> {
        let factor = self.normal();
        let loadings: Vec<f64> = self.assets.iter().map(|asset| asset.loading).collect();
        let shock =
            |loading: f64| loading * factor + (1.0 - loading * loading).sqrt() * self.normal();
        loadings.into_iter().map(shock).collect()
    }

    /// Walks for so many seconds in a market that is `roughness` times as volatile as a calm one.
    pub fn step(&mut self, secs: i64, roughness: f64) {
        let secs = secs as f64;
        let keep = (-std::f64::consts::LN_2 * secs / WANDER_HALF_LIFE_SECS).exp();
        self.log_volatility =
            keep * self.log_volatility + WANDER * (1.0 - keep * keep).sqrt() * self.normal();
        let scale = self.log_volatility.exp() * roughness * (secs / 3_600.0).sqrt();
        let pull = std::f64::consts::LN_2 * secs / PULL_HALF_LIFE_SECS;
        let shocks = self.shocks();
        for (index, asset) in self.assets.iter().enumerate() {
            let away = (self.prices[index] / self.centre[index]).ln();
            let step = asset.sigma_per_sqrt_hour * scale * shocks[index] - pull * away;
            self.prices[index] *= step.exp();
        }
    }

    /// Moves the market to these prices, and what it is pulled to as well.
    pub fn settle_on(&mut self, prices: &[f64]) {
        self.prices = prices.to_vec();
        self.centre = prices.to_vec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(seed: u64) -> Walk {
        let names = ["BTC", "ETH", "SOL"];
        Walk::new(seed, names.map(WalkedAsset::of_name).to_vec())
    }

    #[test]
    fn a_seed_always_gives_the_same_walk_and_another_seed_another() {
        let after = |seed| {
            let mut walk = walk(seed);
            for _ in 0..100 {
                walk.step(1, 1.0);
            }
            walk.prices().to_vec()
        };
        assert_eq!(after(7), after(7));
        assert_ne!(after(7), after(8));
    }

    #[test]
    fn a_calm_hour_has_the_same_volatility_in_steps_of_any_length() {
        for secs in [1, 10, 300] {
            let mut walk = walk(1);
            let (mut squares, mut before) = (0.0, walk.prices()[2]);
            const HOURS: usize = 400;
            for _ in 0..HOURS {
                for _ in 0..3_600 / secs {
                    walk.step(secs, 1.0);
                }
                let now = walk.prices()[2];
                squares += (now / before).ln().powi(2);
                before = now;
            }
            let sigma = (squares / HOURS as f64).sqrt();
            assert!((0.005..0.010).contains(&sigma), "{secs} s: {sigma}");
        }
    }
}
