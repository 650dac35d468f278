//! A margin hour by hour beside what was lost, and what the scores of it are made of.
//!
//! Each hour has a weight: 1 for the record itself, how often it was drawn for a bootstrap sample. So the number
//! and its interval come from the same lines.

/// Losses in order of time, and their places from the largest down.
pub(in crate::backtest) struct OrderedLosses {
    loss: Vec<f64>,
    ranked: Vec<Ranked>,
}

/// A margin against them.
pub(in crate::backtest) struct Track {
    margin: Vec<f64>,
    /// Losses over the margin, from the largest down.
    ranked: Vec<Ranked>,
}

/// A number and the hour it belongs to.
struct Ranked {
    ratio: f64,
    hour: u32,
}

impl OrderedLosses {
    pub fn new(loss: Vec<f64>) -> Self {
        let ranked = ranked(loss.iter().copied());
        Self { loss, ranked }
    }

    /// The same weight for each hour.
    pub fn each_once(&self) -> Vec<u32> {
        vec![1; self.loss.len()]
    }

    /// The fixed fraction that this share of the hours is beyond.
    fn fraction(&self, share: f64, weights: &[u32]) -> f64 {
        at_rank(&self.ranked, allowed(share, weights), weights)
    }

    /// Σ (L − fraction)⁺.
    fn beyond_fixed(&self, fraction: f64, weights: &[u32]) -> f64 {
        let beyond = self.ranked.iter().take_while(|one| one.ratio > fraction);
        beyond
            .map(|one| f64::from(weights[one.hour as usize]) * (one.ratio - fraction))
            .sum()
    }
}

impl Track {
    /// A margin for each of the losses.
    pub fn new(margin: Vec<f64>, losses: &OrderedLosses) -> Self {
        let ratios = losses.loss.iter().zip(&margin);
        let ranked = ranked(ratios.map(|(loss, margin)| loss / margin));
        Self { margin, ranked }
    }

    /// Mean margin.
    pub fn mean(&self, weights: &[u32]) -> f64 {
        let weighted = self.margin.iter().zip(weights);
        let sum: f64 = weighted
            .map(|(margin, weight)| margin * f64::from(*weight))
            .sum();
        sum / total(weights)
    }

    /// Share of the hours whose loss is larger than the margin.
    pub fn rate(&self, weights: &[u32]) -> f64 {
        let beyond: u64 = self.beyond(1.0).map(|hour| u64::from(weights[hour])).sum();
        beyond as f64 / total(weights)
    }

    /// How far the mean lies below the fixed fraction exceeded as often, after the margin is scaled, in hindsight,
    /// until exactly this share of the hours is beyond it.
    pub fn save(&self, losses: &OrderedLosses, share: f64, weights: &[u32]) -> f64 {
        let factor = at_rank(&self.ranked, allowed(share, weights), weights);
        1.0 - factor * self.mean(weights) / losses.fraction(share, weights)
    }

    /// Σ (L − m)⁺.
    pub fn excess(&self, losses: &OrderedLosses, weights: &[u32]) -> f64 {
        self.excess_of_scaled(losses, 1.0, weights)
    }

    /// Σ (L − factor·m)⁺.
    fn excess_of_scaled(&self, losses: &OrderedLosses, factor: f64, weights: &[u32]) -> f64 {
        self.beyond(factor)
            .map(|hour| {
                let beyond = losses.loss[hour] - factor * self.margin[hour];
                f64::from(weights[hour]) * beyond
            })
            .sum()
    }

    /// Loss beyond the margin, scaled to this mean, over that of a fixed fraction of it, minus 1.
    pub fn excess_against_fixed(&self, losses: &OrderedLosses, mean: f64, weights: &[u32]) -> f64 {
        let excess = self.excess_of_scaled(losses, mean / self.mean(weights), weights);
        excess / losses.beyond_fixed(mean, weights) - 1.0
    }

    /// Tick loss: the mean of share·m + (L − m)⁺, least for the quantile itself. Source: Koenker and Bassett
    /// (1978), Econometrica 46(1); Gneiting (2011), Journal of the American Statistical Association 106(494).
    pub fn tick(&self, losses: &OrderedLosses, share: f64, weights: &[u32]) -> f64 {
        share * self.mean(weights) + self.excess(losses, weights) / total(weights)
    }

    /// Hours beyond this factor of the margin.
    fn beyond(&self, factor: f64) -> impl Iterator<Item = usize> {
        let ranked = self.ranked.iter();
        let beyond = ranked.take_while(move |one| one.ratio > factor);
        beyond.map(|one| one.hour as usize)
    }
}

fn ranked(ratios: impl Iterator<Item = f64>) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = ratios
        .zip(0..)
        .map(|(ratio, hour)| Ranked { ratio, hour })
        .collect();
    ranked.sort_by(|one, other| other.ratio.total_cmp(&one.ratio));
    ranked
}

/// The least number that at most so many hours are above.
fn at_rank(ranked: &[Ranked], allowed: u64, weights: &[u32]) -> f64 {
    let mut above = 0;
    for one in ranked {
        above += u64::from(weights[one.hour as usize]);
        if above > allowed {
            return one.ratio;
        }
    }
    0.0
}

/// How many hours a share of them is.
fn allowed(share: f64, weights: &[u32]) -> u64 {
    (share * total(weights)) as u64
}

fn total(weights: &[u32]) -> f64 {
    weights.iter().map(|weight| u64::from(*weight)).sum::<u64>() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(seen: f64, by_hand: f64) {
        assert!((seen - by_hand).abs() < 1e-12, "{seen} {by_hand}");
    }

    /// Ten hours: losses of 1 to 10 %; a margin of 4 % in the first five, of 8 % in the others.
    fn ten() -> (OrderedLosses, Track) {
        let losses = OrderedLosses::new((1..=10).map(|hour| f64::from(hour) / 100.0).collect());
        let margin = (0..10).map(|hour| if hour < 5 { 0.04 } else { 0.08 });
        let track = Track::new(margin.collect(), &losses);
        (losses, track)
    }

    #[test]
    fn scores_by_hand() {
        let (losses, track) = ten();
        let once = losses.each_once();
        near(track.mean(&once), 0.06);
        // 5 % beyond 4 %, 9 and 10 % beyond 8 %.
        near(track.rate(&once), 0.3);
        near(track.excess(&losses, &once), 0.01 + 0.01 + 0.02);
        // A fixed 6 % leaves 1 + 2 + 3 + 4 %.
        let at = |mean| track.excess_against_fixed(&losses, mean, &once);
        near(at(0.06), 0.04 / 0.10 - 1.0);
        // At a mean of 9 % the margins are 6 and 12 %: nothing beyond. At 3 % they are 2 and 4 %:
        // 1 + 2 + 3 and 2 + 3 + 4 + 5 + 6 %, against 1 to 7 % beyond the fraction.
        near(at(0.09), -1.0);
        near(at(0.03), 0.26 / 0.28 - 1.0);
        near(track.tick(&losses, 0.1, &once), 0.1 * 0.06 + 0.04 / 10.0);
        // Ratios: 1.25 (5 % and 10 %), 1.125 (9 %), 1 (4 % and 8 %). Two hours may be beyond: factor 1.125,
        // mean 6.75 %, and a fixed 8 %.
        near(track.save(&losses, 0.2, &once), 1.0 - 1.125 * 0.06 / 0.08);
    }

    #[test]
    fn a_fixed_fraction_saves_nothing_and_leaves_as_much_beyond() {
        let (losses, _) = ten();
        let once = losses.each_once();
        let fixed = Track::new(vec![0.03; 10], &losses);
        near(fixed.save(&losses, 0.2, &once), 0.0);
        near(fixed.excess_against_fixed(&losses, 0.05, &once), 0.0);
    }

    #[test]
    fn scaling_changes_no_saving() {
        let (losses, track) = ten();
        let once = losses.each_once();
        let margin = track.margin.iter().map(|margin| margin * 3.0).collect();
        let scaled = Track::new(margin, &losses);
        near(
            scaled.save(&losses, 0.2, &once),
            track.save(&losses, 0.2, &once),
        );
    }

    #[test]
    fn an_hour_drawn_twice_counts_as_two() {
        let (losses, track) = ten();
        let weights = [2, 0, 1, 1, 3, 0, 1, 1, 1, 2];
        let drawn = |all: &[f64]| -> Vec<f64> {
            let times = all.iter().zip(weights);
            times
                .flat_map(|(one, weight)| vec![*one; weight as usize])
                .collect()
        };
        let copied = OrderedLosses::new(drawn(&losses.loss));
        let copy = Track::new(drawn(&track.margin), &copied);
        let once = copied.each_once();
        near(track.mean(&weights), copy.mean(&once));
        near(track.rate(&weights), copy.rate(&once));
        near(
            track.tick(&losses, 0.1, &weights),
            copy.tick(&copied, 0.1, &once),
        );
        near(
            track.save(&losses, 0.2, &weights),
            copy.save(&copied, 0.2, &once),
        );
        near(
            track.excess_against_fixed(&losses, 0.05, &weights),
            copy.excess_against_fixed(&copied, 0.05, &once),
        );
    }
}
