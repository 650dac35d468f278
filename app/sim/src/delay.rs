//! Accounts that are liquidated late: how many are liquidated, how many end below zero.
//!
//! Accounts open at random moments of an episode with an equity of 1 to 1.5 times their initial margin
//! and keep their positions for two days. An account below its maintenance margin is closed whole at
//! the first close at least the delay later at which it still is below. The penalty is left out: what
//! is counted as bad debt is missing before any penalty.
use anyhow::Result;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Uniform};
use rayon::prelude::*;
use serde::Serialize;

use crate::baseline::{BaselineLevel, Model, size_oi};
use crate::book::{Kind, margin_of, random_books};
use crate::joint::JointTerms;
use crate::replay::{NOTIONAL_QUOTE_ATOMS, Point, ReplayedAsset};
use crate::time::DAY_SECS;

/// Delays, minutes.
pub const DELAYS_MIN: [i64; 4] = [0, 1, 5, 15];
/// How long an account keeps its positions.
const LIFE_SECS: i64 = 2 * DAY_SECS;
/// Accounts of each kind and episode.
const ACCOUNTS_PER_KIND: usize = 3_000;

/// Assets over the same moments.
pub struct Episode<'a> {
    /// Which prices.
    pub source: String,
    /// Length of a bar, seconds.
    pub step_secs: i64,
    /// Every estimator was carried over from earlier hourly closes.
    pub warm: bool,
    /// The assets.
    pub assets: Vec<ReplayedAsset>,
    /// For each moment one point per asset.
    pub points: Vec<Vec<Point>>,
    /// For each moment one EWMA volatility per asset.
    pub ewma: Vec<Vec<f64>>,
    /// Factors of the baselines, per asset.
    pub factors: Vec<Factors>,
    /// Correlations and joint scenarios.
    pub joint: &'a JointTerms,
}

/// What scales the baselines of one asset: (maintenance, initial), of equal coverage on the long data.
#[derive(Clone, Copy, Debug, Default)]
pub struct Factors {
    /// The fixed fractions.
    pub fixed: [f64; 2],
    /// Factors on the EWMA volatility.
    pub ewma: [f64; 2],
}

/// What happened to the accounts of an episode.
#[derive(Clone, Debug, Serialize)]
pub struct DelayRun {
    /// Which prices.
    pub source: String,
    /// See [`Episode::warm`].
    pub warm: bool,
    /// Which margin.
    pub model: Model,
    /// Delay of a liquidation, minutes.
    pub delay_min: i64,
    /// Accounts opened.
    pub accounts: u64,
    /// Share that was liquidated.
    pub liquidated_share: f64,
    /// Share that ended below zero.
    pub bad_debt_share: f64,
    /// What they lacked, in basis points of the notional of all accounts.
    pub bad_debt_bps: f64,
}

/// One account before it opens.
struct DelayedAccount {
    opens: usize,
    weights: Vec<f64>,
    /// Equity over initial margin.
    cushion: f64,
}

impl Episode<'_> {
    /// All models and delays; a delay shorter than a bar is left out, for it cannot be told from none. Empty where
    /// the assets have no two days in common.
    ///
    /// Errors: what the core refuses.
    pub fn run_with_seed(&self, seed: u64) -> Result<Vec<DelayRun>> {
        let accounts = self.accounts(seed);
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let delays: Vec<i64> = DELAYS_MIN
            .into_iter()
            .filter(|min| min * 60 % self.step_secs == 0)
            .collect();
        let mut runs = Vec::new();
        for model in Model::ALL {
            let ends: Vec<Vec<Option<f64>>> = accounts
                .par_iter()
                .map(|account| self.ends_of(account, model, &delays))
                .collect::<Result<_>>()?;
            for (index, delay_min) in delays.iter().enumerate() {
                let ends: Vec<Option<f64>> = ends.iter().map(|all| all[index]).collect();
                runs.push(self.run_of(model, *delay_min, &ends));
            }
        }
        Ok(runs)
    }

    fn accounts(&self, seed: u64) -> Vec<DelayedAccount> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let Some(last) = self.points.last().map(|points| points[0].ts) else {
            return Vec::new();
        };
        let opens = |ts: i64| self.points.partition_point(|points| points[0].ts < ts);
        let span = 0..opens(last - LIFE_SECS);
        if span.is_empty() {
            return Vec::new();
        }
        let moments = Uniform::new(span.start, span.end).expect("a range");
        let cushions = Uniform::new(1.0, 1.5).expect("a range");
        let mut accounts = Vec::new();
        for kind in Kind::ALL {
            for book in random_books(kind, ACCOUNTS_PER_KIND, self.assets.len(), seed) {
                accounts.push(DelayedAccount {
                    opens: moments.sample(&mut random),
                    weights: book.weights,
                    cushion: cushions.sample(&mut random),
                });
            }
        }
        accounts
    }

    fn run_of(&self, model: Model, delay_min: i64, ends: &[Option<f64>]) -> DelayRun {
        let count = |which: fn(f64) -> bool| {
            ends.iter()
                .flatten()
                .filter(|equity| which(**equity))
                .count() as f64
        };
        let missing: f64 = ends.iter().flatten().map(|equity| (-equity).max(0.0)).sum();
        let accounts = ends.len().max(1) as f64;
        DelayRun {
            source: self.source.clone(),
            warm: self.warm,
            model,
            delay_min,
            accounts: ends.len() as u64,
            liquidated_share: count(|_| true) / accounts,
            bad_debt_share: count(|equity| equity < 0.0) / accounts,
            bad_debt_bps: missing / accounts * 10_000.0,
        }
    }

    /// Equity of the account when it is liquidated after each delay (minutes, rising), as a share of its
    /// notional; `None` if it is not.
    fn ends_of(
        &self,
        account: &DelayedAccount,
        model: Model,
        delays_min: &[i64],
    ) -> Result<Vec<Option<f64>>> {
        let start = &self.points[account.opens];
        let notional = NOTIONAL_QUOTE_ATOMS as f64;
        let sized = self.assets.iter().zip(start).zip(&account.weights);
        let sizes: Vec<i64> = sized
            .map(|((asset, point), weight)| asset.atoms_of(weight * notional, point))
            .collect::<Result<_>>()?;
        let margin = |at: usize, level| self.margin(at, start, account, &sizes, model, level);
        let opening = account.cushion * margin(account.opens, BaselineLevel::Im)?;
        let mut below_since = None;
        let mut ends = Vec::with_capacity(delays_min.len());
        for at in account.opens..self.points.len() {
            let ts = self.points[at][0].ts;
            if ts > start[0].ts + LIFE_SECS {
                break;
            }
            let moves = start.iter().zip(&self.points[at]);
            let gains = moves
                .map(|(from, to)| to.close / from.close - 1.0)
                .zip(&account.weights);
            let equity = opening + gains.map(|(move_, weight)| move_ * weight).sum::<f64>();
            if equity >= margin(at, BaselineLevel::Mm)? {
                below_since = None;
                continue;
            }
            let late_secs = ts - *below_since.get_or_insert(ts);
            // Who is closed after a delay was closed after every shorter one.
            while ends.len() < delays_min.len() && late_secs >= delays_min[ends.len()] * 60 {
                ends.push(Some(equity));
            }
            if ends.len() == delays_min.len() {
                break;
            }
        }
        ends.resize(delays_min.len(), None);
        Ok(ends)
    }

    /// A requirement of the account at a moment, as a share of its notional at opening.
    fn margin(
        &self,
        at: usize,
        start: &[Point],
        account: &DelayedAccount,
        sizes: &[i64],
        model: Model,
        level: BaselineLevel,
    ) -> Result<f64> {
        let points = &self.points[at];
        if model == Model::Freeboard {
            let margin = margin_of(&self.assets, points, sizes, self.joint)?;
            return Ok(match level {
                BaselineLevel::Mm => margin.maintenance,
                BaselineLevel::Im => margin.initial,
            });
        }
        let notionals = start.iter().zip(points).zip(&account.weights);
        let fractions = (0..self.assets.len()).map(|asset| match model {
            Model::Fixed => self.factors[asset].fixed[level as usize],
            Model::Ewma => self.factors[asset].ewma[level as usize] * self.ewma[at][asset],
            Model::SizeOi | Model::Freeboard => size_oi(level),
        });
        Ok(notionals
            .zip(fractions)
            .map(|(((from, to), weight), fraction)| weight.abs() * to.close / from.close * fraction)
            .sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::{Bar, Series};
    use freeboard_risk::params::{AssetParams, PortfolioParams};

    /// Four flat days in 5-minute bars, then one bar that moves the price by `jump`.
    fn episode(joint: &JointTerms, jump: f64) -> Episode<'_> {
        let asset =
            ReplayedAsset::new(&AssetParams::reference(), &PortfolioParams::reference()).unwrap();
        let bars = (0..1_500)
            .map(|bar| {
                Bar::flat(
                    bar * 300,
                    if bar < 900 {
                        100.0
                    } else {
                        100.0 * (1.0 + jump)
                    },
                )
            })
            .collect();
        let series = Series {
            asset: "SOL".to_owned(),
            source: "test".to_owned(),
            file: "test".to_owned(),
            step_secs: 300,
            bars,
            doubtful: Default::default(),
        };
        let points = asset.replay(&series).unwrap();
        Episode {
            source: "test".to_owned(),
            step_secs: 300,
            warm: false,
            assets: vec![asset],
            ewma: vec![vec![0.02]; points.len()],
            points: points.into_iter().map(|point| vec![point]).collect(),
            factors: vec![Factors {
                fixed: [0.03, 0.06],
                ewma: [1.5, 3.0],
            }],
            joint,
        }
    }

    #[test]
    fn a_market_at_rest_liquidates_nobody_and_a_crash_all_longs_it_reaches() {
        let joint = JointTerms::without_scenarios(&PortfolioParams::reference()).unwrap();
        for run in episode(&joint, 0.0).run_with_seed(1).unwrap() {
            assert_eq!(run.liquidated_share, 0.0, "{run:?}");
            assert_eq!(run.accounts, 9_000);
        }
        for run in episode(&joint, -0.5).run_with_seed(1).unwrap() {
            // One book of one asset: a third of the accounts is long, a third hedged at random.
            assert!((0.1..0.9).contains(&run.liquidated_share), "{run:?}");
            assert_eq!(
                run.liquidated_share, run.bad_debt_share,
                "half the price is gone"
            );
            assert!(run.bad_debt_bps > 100.0);
        }
    }

    #[test]
    fn a_delay_below_one_bar_is_left_out() {
        let joint = JointTerms::without_scenarios(&PortfolioParams::reference()).unwrap();
        let runs = episode(&joint, 0.0).run_with_seed(1).unwrap();
        assert!(runs.iter().all(|run| run.delay_min != 1));
        assert_eq!(runs.len(), 12);
    }
}
