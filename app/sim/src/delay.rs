//! Accounts that are liquidated late: how many are liquidated, how many end below zero.
//!
//! Accounts open at random moments of an episode with an equity of 1 to 1.5 times their initial margin
//! and keep their positions for two days. An account below its maintenance margin is closed whole at
//! the first close at least the delay later at which it still is below. The penalty is left out: what
//! is counted as bad debt is missing before any penalty.
//!
//! A liquidation is *driven by the requirement* where the price alone would not have brought it: equity never falls
//! below MM at the fraction and the volatility of the opening, on the notional of each moment, for the whole life of
//! the account.
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
    /// Share that was liquidated because the requirement rose: at that of the opening, equity was enough at every
    /// close of the two days.
    pub by_requirement_share: f64,
    /// Share that ended below zero.
    pub bad_debt_share: f64,
    /// What they lacked, in basis points of the notional of all accounts.
    pub bad_debt_bps: f64,
}

/// How an account ends after one of the delays.
#[derive(Clone, Copy)]
struct LateEnd {
    /// Share of the notional at opening.
    equity: f64,
    /// See [`DelayRun::by_requirement_share`].
    by_requirement: bool,
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
            let ends: Vec<Vec<Option<LateEnd>>> = accounts
                .par_iter()
                .map(|account| self.ends_of(account, model, &delays))
                .collect::<Result<_>>()?;
            for (index, delay_min) in delays.iter().enumerate() {
                let ends: Vec<Option<LateEnd>> = ends.iter().map(|all| all[index]).collect();
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

    fn run_of(&self, model: Model, delay_min: i64, ends: &[Option<LateEnd>]) -> DelayRun {
        let accounts = ends.len().max(1) as f64;
        let share = |which: fn(&LateEnd) -> bool| {
            let found = ends.iter().flatten().filter(|end| which(end));
            found.count() as f64 / accounts
        };
        let missing: f64 = ends
            .iter()
            .flatten()
            .map(|end| (-end.equity).max(0.0))
            .sum();
        DelayRun {
            source: self.source.clone(),
            warm: self.warm,
            model,
            delay_min,
            accounts: ends.len() as u64,
            liquidated_share: share(|_| true),
            by_requirement_share: share(|end| end.by_requirement),
            bad_debt_share: share(|end| end.equity < 0.0),
            bad_debt_bps: missing / accounts * 10_000.0,
        }
    }

    /// How the account ends if it is liquidated after each delay (minutes, rising); `None` if it is not.
    fn ends_of(
        &self,
        account: &DelayedAccount,
        model: Model,
        delays_min: &[i64],
    ) -> Result<Vec<Option<LateEnd>>> {
        let start = &self.points[account.opens];
        let notional = NOTIONAL_QUOTE_ATOMS as f64;
        let sized = self.assets.iter().zip(start).zip(&account.weights);
        let sizes: Vec<i64> = sized
            .map(|((asset, point), weight)| asset.atoms_of(weight * notional, point))
            .collect::<Result<_>>()?;
        let margin = |at: usize, level| self.margin(at, account, &sizes, model, level);
        let opening = account.cushion * margin(account.opens, BaselineLevel::Im)?;
        let mut below_since = None;
        let mut equities = Vec::with_capacity(delays_min.len());
        for at in account.opens..self.ends_before(account) {
            let equity = opening + self.gain(at, account);
            if equity >= margin(at, BaselineLevel::Mm)? {
                below_since = None;
                continue;
            }
            let ts = self.points[at][0].ts;
            let late_secs = ts - *below_since.get_or_insert(ts);
            // Who is closed after a delay was closed after every shorter one.
            while equities.len() < delays_min.len() && late_secs >= delays_min[equities.len()] * 60
            {
                equities.push(equity);
            }
            if equities.len() == delays_min.len() {
                break;
            }
        }
        let by_requirement = !equities.is_empty() && {
            let own = margin(account.opens, BaselineLevel::Mm)?;
            let at_opening = |at: usize| match model {
                Model::Freeboard => own * self.grown(at, account),
                _ => self.sum_of_fractions(at, account.opens, account, model, BaselineLevel::Mm),
            };
            (account.opens..self.ends_before(account))
                .all(|at| opening + self.gain(at, account) >= at_opening(at))
        };
        let end = |equity| LateEnd {
            equity,
            by_requirement,
        };
        let mut ends: Vec<_> = equities
            .into_iter()
            .map(|equity| Some(end(equity)))
            .collect();
        ends.resize_with(delays_min.len(), || None);
        Ok(ends)
    }

    /// The first moment after the account's life.
    fn ends_before(&self, account: &DelayedAccount) -> usize {
        let last_ts = self.points[account.opens][0].ts + LIFE_SECS;
        self.points
            .partition_point(|points| points[0].ts <= last_ts)
    }

    /// Gain of the account since it opened, as a share of its notional then.
    fn gain(&self, at: usize, account: &DelayedAccount) -> f64 {
        self.moves(at, account)
            .map(|(grown, weight)| (grown - 1.0) * weight)
            .sum()
    }

    /// Its notional over that at opening.
    fn grown(&self, at: usize, account: &DelayedAccount) -> f64 {
        self.moves(at, account)
            .map(|(grown, weight)| grown * weight.abs())
            .sum()
    }

    /// Price over that at opening, and weight, of each asset.
    fn moves(&self, at: usize, account: &DelayedAccount) -> impl Iterator<Item = (f64, f64)> {
        let prices = self.points[account.opens].iter().zip(&self.points[at]);
        let grown = prices.map(|(from, to)| to.close / from.close);
        grown.zip(account.weights.iter().copied())
    }

    /// A requirement of the account at a moment, as a share of its notional at opening.
    fn margin(
        &self,
        at: usize,
        account: &DelayedAccount,
        sizes: &[i64],
        model: Model,
        level: BaselineLevel,
    ) -> Result<f64> {
        if model != Model::Freeboard {
            return Ok(self.sum_of_fractions(at, at, account, model, level));
        }
        let margin = margin_of(&self.assets, &self.points[at], sizes, self.joint)?;
        Ok(match level {
            BaselineLevel::Mm => margin.maintenance,
            BaselineLevel::Im => margin.initial,
        })
    }

    /// A requirement without offsets at the prices of one moment and the volatility of another.
    fn sum_of_fractions(
        &self,
        at: usize,
        sigma_at: usize,
        account: &DelayedAccount,
        model: Model,
        level: BaselineLevel,
    ) -> f64 {
        let fraction = |asset: usize| match model {
            Model::Fixed => self.factors[asset].fixed[level as usize],
            Model::Ewma => self.factors[asset].ewma[level as usize] * self.ewma[sigma_at][asset],
            Model::SizeOi | Model::Freeboard => size_oi(level),
        };
        self.moves(at, account)
            .enumerate()
            .map(|(asset, (grown, weight))| weight.abs() * grown * fraction(asset))
            .sum()
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
            turnover: Vec::new(),
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

    #[test]
    fn a_fixed_fraction_liquidates_by_price_alone() {
        let joint = JointTerms::without_scenarios(&PortfolioParams::reference()).unwrap();
        for jump in [-0.06, -0.5] {
            for run in episode(&joint, jump).run_with_seed(1).unwrap() {
                let moves_alone = matches!(run.model, Model::Fixed | Model::SizeOi);
                assert!(!moves_alone || run.by_requirement_share == 0.0, "{run:?}");
                assert!(run.by_requirement_share <= run.liquidated_share, "{run:?}");
            }
        }
    }

    #[test]
    fn a_requirement_that_rises_on_its_own_is_told_from_a_price() {
        let joint = JointTerms::without_scenarios(&PortfolioParams::reference()).unwrap();
        let mut quiet = episode(&joint, 0.0);
        // The EWMA doubles on the fourth day, at a price that does not move.
        for sigma in &mut quiet.ewma[900..] {
            sigma[0] = 0.06;
        }
        let runs = quiet.run_with_seed(1).unwrap();
        let ewma = runs.iter().find(|run| run.model == Model::Ewma).unwrap();
        assert!(ewma.liquidated_share > 0.1, "{ewma:?}");
        assert_eq!(ewma.by_requirement_share, ewma.liquidated_share);
        assert!(
            runs.iter()
                .all(|run| run.model == Model::Ewma || run.liquidated_share == 0.0)
        );
    }
}
