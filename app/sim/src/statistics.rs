//! Tests of a margin's coverage from counts, and of its tail from losses.
use freeboard_client::validation::log_term;
pub use freeboard_client::validation::{LikelihoodRatio, kupiec};
use serde::Serialize;
use statrs::distribution::{Binomial, DiscreteCDF};

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
    LikelihoodRatio::new(2.0 * (dependent - independent), 1.0)
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

#[cfg(test)]
mod tests {
    use super::*;

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
