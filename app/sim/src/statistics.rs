//! Tests of a margin's coverage from counts, and of its tail from losses.
use serde::Serialize;
use statrs::distribution::{Binomial, ChiSquared, ContinuousCDF, DiscreteCDF};

/// A likelihood ratio and the probability of one as large or larger if the margin is right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LikelihoodRatio {
    /// −2·ln of the ratio.
    pub statistic: f64,
    /// From the χ² distribution.
    pub p_value: f64,
}

/// Zone of the Basel committee's traffic light, for any number of samples and any coverage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BaselZone {
    /// Fewer exceedances than 95 % of right models show.
    Green,
    /// More than that, fewer than 99.99 % show.
    Yellow,
    /// More.
    Red,
}

impl BaselZone {
    /// The word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// Counts of how exceedances follow each other, in samples whose losses do not overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transitions {
    /// `[before][after]`, 1 for an exceedance.
    pub counts: [[u64; 2]; 2],
}

impl Transitions {
    /// Counts along one series.
    pub fn count(exceeded: &[bool]) -> Self {
        let mut transitions = Self::default();
        for pair in exceeded.windows(2) {
            transitions.counts[usize::from(pair[0])][usize::from(pair[1])] += 1;
        }
        transitions
    }

    /// Adds the counts of another series.
    pub fn add(&mut self, other: &Self) {
        for (mine, others) in self
            .counts
            .iter_mut()
            .flatten()
            .zip(other.counts.iter().flatten())
        {
            *mine += others;
        }
    }
}

/// Kupiec's test of the number of exceedances against the rate `expected` (proportion of failures).
/// Source: Kupiec (1995), Journal of Derivatives 3(2).
pub fn kupiec(samples: u64, exceedances: u64, expected: f64) -> LikelihoodRatio {
    let hits = exceedances as f64;
    let misses = (samples - exceedances) as f64;
    let observed = hits / samples as f64;
    let log_likelihood = |rate: f64| log_term(hits, rate) + log_term(misses, 1.0 - rate);
    ratio(
        2.0 * (log_likelihood(observed) - log_likelihood(expected)),
        1.0,
    )
}

/// Christoffersen's test that exceedances come independently of each other.
/// Source: Christoffersen (1998), International Economic Review 39(4).
pub fn christoffersen(transitions: &Transitions) -> LikelihoodRatio {
    let [[n00, n01], [n10, n11]] = transitions.counts.map(|row| row.map(|count| count as f64));
    let share = |hits: f64, misses: f64| {
        if hits == 0.0 {
            0.0
        } else {
            hits / (hits + misses)
        }
    };
    let (after_miss, after_hit) = (share(n01, n00), share(n11, n10));
    let always = share(n01 + n11, n00 + n10);
    let dependent = log_term(n00, 1.0 - after_miss)
        + log_term(n01, after_miss)
        + log_term(n10, 1.0 - after_hit)
        + log_term(n11, after_hit);
    let independent = log_term(n00 + n10, 1.0 - always) + log_term(n01 + n11, always);
    ratio(2.0 * (dependent - independent), 1.0)
}

/// Zone of so many exceedances at the rate `expected`.
/// Source: Basel Committee on Banking Supervision (1996), supervisory framework for backtesting.
pub fn basel_zone(samples: u64, exceedances: u64, expected: f64) -> BaselZone {
    let Ok(binomial) = Binomial::new(expected, samples) else {
        return BaselZone::Red; // a rate outside [0, 1]
    };
    let cumulative = binomial.cdf(exceedances);
    if cumulative < 0.95 {
        BaselZone::Green
    } else if cumulative < 0.999_9 {
        BaselZone::Yellow
    } else {
        BaselZone::Red
    }
}

/// Acerbi and Székely's second test of expected shortfall: 1 − Σ L·1{L > M} / (T·α·ES).
///
/// 0 if the tail is as predicted, negative if losses beyond the margin are more or larger, at most 1.
/// `tail_ratios` are L/ES of the samples beyond the margin. Around −0.7 is the 5 % level of the paper
/// (α = 2.5 %, 250 samples). Source: Acerbi and Székely (2014), Risk, December.
pub fn acerbi_szekely_z2(
    samples: u64,
    expected: f64,
    tail_ratios: impl Iterator<Item = f64>,
) -> f64 {
    1.0 - tail_ratios.sum::<f64>() / (samples as f64 * expected)
}

/// `count · ln(rate)`, 0 for no count.
fn log_term(count: f64, rate: f64) -> f64 {
    if count == 0.0 { 0.0 } else { count * rate.ln() }
}

fn ratio(statistic: f64, freedom: f64) -> LikelihoodRatio {
    let statistic = statistic.max(0.0); // rounding may leave −1e-12
    let p_value = ChiSquared::new(freedom).map_or(0.0, |chi| chi.sf(statistic));
    LikelihoodRatio { statistic, p_value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kupiec_by_hand() {
        // 250 samples, 1 %: 5 exceedances give 1.9568 and p = 0.1619 (tables of the literature).
        let test = kupiec(250, 5, 0.01);
        assert!((test.statistic - 1.956_8).abs() < 1e-3, "{test:?}");
        assert!((test.p_value - 0.161_9).abs() < 1e-3, "{test:?}");
        assert!(kupiec(1_000, 10, 0.01).statistic < 1e-9);
        // None at all: −2·n·ln(1 − p).
        let none = kupiec(100, 0, 0.01).statistic;
        assert!((none + 200.0 * 0.99f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn christoffersen_sees_clusters() {
        let mut clustered = vec![false; 1_000];
        clustered[500..510].fill(true);
        let mut spread = vec![false; 1_000];
        (0..10).for_each(|index| spread[index * 97] = true);
        let of = |series: &[bool]| christoffersen(&Transitions::count(series));
        assert!(of(&clustered).p_value < 1e-6);
        assert!(of(&spread).p_value > 0.5);
        assert!(of(&[false; 50]).p_value > 0.999);
    }

    #[test]
    fn christoffersen_by_hand() {
        let transitions = Transitions {
            counts: [[90, 5], [4, 1]],
        };
        // Shares 5/95, 1/5 and 6/100.
        let dependent = 90.0 * (90.0f64 / 95.0).ln()
            + 5.0 * (5.0f64 / 95.0).ln()
            + 4.0 * 0.8f64.ln()
            + 0.2f64.ln();
        let independent = 94.0 * 0.94f64.ln() + 6.0 * 0.06f64.ln();
        let expected = 2.0 * (dependent - independent);
        assert!((christoffersen(&transitions).statistic - expected).abs() < 1e-12);
    }

    #[test]
    fn basel_zones_of_a_year_at_one_percent() {
        // The committee's table: green to 4, yellow to 9, red from 10.
        let zone = |count| basel_zone(250, count, 0.01);
        assert_eq!([zone(0), zone(4)], [BaselZone::Green; 2]);
        assert_eq!([zone(5), zone(9)], [BaselZone::Yellow; 2]);
        assert_eq!([zone(10), zone(50)], [BaselZone::Red; 2]);
    }

    #[test]
    fn z2_is_zero_for_the_predicted_tail() {
        let tail = vec![1.0; 25];
        assert!(acerbi_szekely_z2(1_000, 0.025, tail.into_iter()).abs() < 1e-12);
        let twice = vec![1.0; 50];
        assert!((acerbi_szekely_z2(1_000, 0.025, twice.into_iter()) + 1.0).abs() < 1e-12);
        assert!((acerbi_szekely_z2(1_000, 0.025, std::iter::empty()) - 1.0).abs() < 1e-12);
    }
}
