//! Intervals by a circular block bootstrap: hours are drawn in blocks, so that a storm stays a storm.
//! Source: Politis and Romano (1992), in Exploring the Limits of Bootstrap.
use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Uniform};
use rayon::prelude::*;

/// Samples drawn.
const DRAWS: u64 = 1_000;
/// Share of the draws below the interval, and above it.
const TAIL: f64 = 0.025;

/// 95 % intervals of what `estimate` says of weights on `count` moments in order of time, drawn in blocks of
/// `block`; the same for the same seed.
///
/// Nothing is said with fewer than four blocks.
pub(in crate::backtest) fn intervals<K: Ord + Send>(
    count: usize,
    block: usize,
    seed: u64,
    estimate: impl Fn(&[u32]) -> Vec<(K, f64)> + Sync,
) -> BTreeMap<K, [f64; 2]> {
    if block == 0 || count < 4 * block {
        return BTreeMap::new();
    }
    let draws: Vec<_> = (0..DRAWS)
        .into_par_iter()
        .map(|draw| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(draw);
            estimate(&weights(count, block, &mut random))
        })
        .collect();
    let mut values: BTreeMap<K, Vec<f64>> = BTreeMap::new();
    for (key, value) in draws.into_iter().flatten() {
        if value.is_finite() {
            values.entry(key).or_default().push(value);
        }
    }
    let interval = |(key, mut values): (K, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        let at = |share: f64| values[(share * last as f64).round() as usize];
        (key, [at(TAIL), at(1.0 - TAIL)])
    };
    values.into_iter().map(interval).collect()
}

/// How often each moment is drawn: `count` in all, in blocks that go on at the beginning where the end cuts them.
fn weights(count: usize, block: usize, random: &mut ChaCha8Rng) -> Vec<u32> {
    let mut weights = vec![0; count];
    let Ok(starts) = Uniform::new(0, count) else {
        return weights; // no moment
    };
    let mut left = count;
    while left > 0 {
        let start = starts.sample(random);
        let taken = block.min(left);
        for offset in 0..taken {
            weights[(start + offset) % count] += 1;
        }
        left -= taken;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_moments_are_drawn_as_there_are_in_whole_blocks() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let drawn = weights(1_000, 50, &mut random);
        assert_eq!(drawn.iter().sum::<u32>(), 1_000);
        // Where the count changes a block begins or ends: at most two such places a block.
        let edges = drawn.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(edges <= 40, "{edges}");
        assert_eq!(weights(1_001, 50, &mut random).iter().sum::<u32>(), 1_001);
    }

    #[test]
    fn the_interval_of_a_rate_is_that_of_independent_draws() {
        // One in ten of 2,000 independent moments: 0.1 ± 1.96·√(0.1·0.9/2,000) = 0.0869 to 0.1131.
        let hit = |hour: usize| hour.wrapping_mul(7_919).is_multiple_of(10);
        let rate = |weights: &[u32]| {
            let hits = weights.iter().enumerate().filter(|(hour, _)| hit(*hour));
            let sum: u32 = hits.map(|(_, weight)| *weight).sum();
            vec![("rate", f64::from(sum) / 2_000.0)]
        };
        let all = intervals(2_000, 1, 7, rate);
        let [low, high] = all["rate"];
        assert!(
            (low - 0.086_9).abs() < 0.003 && (high - 0.113_1).abs() < 0.003,
            "{all:?}"
        );
        assert_eq!(all, intervals(2_000, 1, 7, rate), "the same seed");
        assert_ne!(all, intervals(2_000, 1, 8, rate), "another seed");
        assert!(intervals(2_000, 501, 7, rate).is_empty(), "three blocks");
    }

    #[test]
    fn a_cluster_widens_the_interval() {
        // Two hundred moments in one run: with blocks the draws hold it whole or not at all.
        let rate = |weights: &[u32]| {
            let sum: u32 = weights[500..700].iter().sum();
            vec![((), f64::from(sum) / 2_000.0)]
        };
        let width = |block| {
            let [low, high] = intervals(2_000, block, 7, rate)[&()];
            high - low
        };
        assert!(width(200) > 3.0 * width(1), "{} {}", width(200), width(1));
    }
}
