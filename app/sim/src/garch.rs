//! GARCH(1,1) with Student's t innovations: the volatility model that margins are judged against.
//!
//! r = σ·z, z from a t distribution of variance 1 with ν degrees of freedom; σ² of the next return is
//! ω + α·r² + β·σ². Fitted by maximum likelihood with the simplex of `argmin`; no crate for this very model
//! is kept up, so the likelihood is here. Source: Bollerslev (1987), Review of Economics and Statistics 69(3).
use anyhow::{Result, ensure};
use argmin::core::{CostFunction, Error, Executor, State};
use argmin::solver::neldermead::NelderMead;
use serde::Serialize;
use statrs::function::gamma::ln_gamma;

/// Fewest returns to fit on.
pub const RETURNS_MIN: usize = 500;
/// The simplex stops where its corners differ by less, log-likelihood per return.
const TOLERANCE: f64 = 1e-6;
/// Or after this many steps.
const STEPS_MAX: u64 = 600;
/// Where the search begins: persistence 0.982, α 0.074 of it, ν 3.6, the long-run variance that of the returns.
const START: [f64; 4] = [4.0, -2.5, 0.5, 0.0];
/// Edge of the first simplex.
const EDGE: f64 = 0.5;
/// Cost of parameters without a likelihood.
const IMPOSSIBLE: f64 = 1e6;

/// A fitted model. Returns have any scale; ω has its square.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Garch {
    /// Constant of the variance.
    pub omega: f64,
    /// Weight of the last squared return.
    pub alpha: f64,
    /// Weight of the last variance.
    pub beta: f64,
    /// Degrees of freedom, above 2.
    pub nu: f64,
}

impl Garch {
    /// The model under which the returns are likeliest.
    ///
    /// `None` with fewer than [`RETURNS_MIN`] returns, or without any move.
    ///
    /// Errors: a search that breaks off.
    pub fn fit(returns: &[f64]) -> Result<Option<Self>> {
        let variance = mean_square(returns);
        if returns.len() < RETURNS_MIN || variance <= 0.0 {
            return Ok(None);
        }
        let problem = Likelihood { returns, variance };
        let corner = |moved: Option<usize>| {
            let mut corner = START.to_vec();
            if let Some(axis) = moved {
                corner[axis] += EDGE;
            }
            corner
        };
        let simplex = std::iter::once(None).chain((0..START.len()).map(Some));
        let solver = NelderMead::new(simplex.map(corner).collect()).with_sd_tolerance(TOLERANCE)?;
        let found = Executor::new(problem, solver)
            .configure(|state| state.max_iters(STEPS_MAX))
            .timer(false)
            .run()?;
        let best = found.state().get_best_param();
        let model = best.map(|point| Self::at(point, variance));
        ensure!(
            model.is_none_or(Self::is_stationary),
            "the fit of GARCH(1,1) left the stationary models: {model:?}"
        );
        Ok(model)
    }

    /// σ of each return, and of the one after the last: one more than returns. Each knows only the returns
    /// before it; the first is the long-run value.
    pub fn volatilities(&self, returns: &[f64]) -> Vec<f64> {
        let mut variance = self.long_run_variance();
        let mut volatilities = Vec::with_capacity(returns.len() + 1);
        volatilities.push(variance.sqrt());
        for one in returns {
            variance = self.next_variance(variance, *one);
            volatilities.push(variance.sqrt());
        }
        volatilities
    }

    fn next_variance(&self, variance: f64, one: f64) -> f64 {
        self.omega + self.alpha * one * one + self.beta * variance
    }

    fn long_run_variance(&self) -> f64 {
        self.omega / (1.0 - self.alpha - self.beta)
    }

    fn is_stationary(self) -> bool {
        self.omega > 0.0 && self.alpha + self.beta < 1.0 && self.nu > 2.0
    }

    /// The model at a point of the search, whose every point is a stationary one: logits of persistence and of α's
    /// share of it, ln (ν − 2), ln of the long-run variance over that of the returns.
    fn at(point: &[f64], variance: f64) -> Self {
        let logistic = |value: f64| 1.0 / (1.0 + (-value).exp());
        let [persistence, share, tail, scale] = [0, 1, 2, 3].map(|axis| point[axis]);
        let persistence = logistic(persistence).min(1.0 - 1e-6);
        let alpha = persistence * logistic(share);
        Self {
            omega: variance * scale.exp() * (1.0 - persistence),
            alpha,
            beta: persistence - alpha,
            nu: 2.0 + tail.exp(),
        }
    }

    /// −ln of the likelihood, per return.
    fn cost(&self, returns: &[f64]) -> f64 {
        let nu = self.nu;
        let constant = ln_gamma((nu + 1.0) / 2.0)
            - ln_gamma(nu / 2.0)
            - 0.5 * (std::f64::consts::PI * (nu - 2.0)).ln();
        let mut variance = self.long_run_variance();
        let mut sum = 0.0;
        for one in returns {
            sum += variance.ln() + (nu + 1.0) * (one * one / (variance * (nu - 2.0))).ln_1p();
            variance = self.next_variance(variance, *one);
        }
        sum / 2.0 / returns.len() as f64 - constant
    }
}

fn mean_square(returns: &[f64]) -> f64 {
    returns.iter().map(|one| one * one).sum::<f64>() / returns.len().max(1) as f64
}

/// What the search makes small.
struct Likelihood<'a> {
    returns: &'a [f64],
    variance: f64,
}

impl CostFunction for Likelihood<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, point: &Vec<f64>) -> Result<f64, Error> {
        let cost = Garch::at(point, self.variance).cost(self.returns);
        Ok(if cost.is_finite() { cost } else { IMPOSSIBLE })
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::{Distribution, StudentT};

    use super::*;

    const TRUE: Garch = Garch {
        omega: 1e-6,
        alpha: 0.08,
        beta: 0.9,
        nu: 5.0,
    };

    fn simulated(count: usize, seed: u64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let draws = StudentT::new(TRUE.nu).unwrap();
        let unit = ((TRUE.nu - 2.0) / TRUE.nu).sqrt();
        let mut variance = TRUE.long_run_variance();
        let mut draw = |_| {
            let one = variance.sqrt() * unit * draws.sample(&mut random);
            variance = TRUE.next_variance(variance, one);
            one
        };
        (0..count).map(&mut draw).collect()
    }

    #[test]
    fn simulated_returns_give_their_parameters_back() {
        let fitted = Garch::fit(&simulated(40_000, 3)).unwrap().unwrap();
        assert!((fitted.alpha - TRUE.alpha).abs() < 0.01, "{fitted:?}");
        assert!((fitted.beta - TRUE.beta).abs() < 0.015, "{fitted:?}");
        assert!((fitted.nu - TRUE.nu).abs() < 0.4, "{fitted:?}");
        assert!((fitted.omega / TRUE.omega).ln().abs() < 0.3, "{fitted:?}");
    }

    #[test]
    fn the_fit_is_likelier_than_the_model_that_made_the_returns() {
        let returns = simulated(5_000, 4);
        let fitted = Garch::fit(&returns).unwrap().unwrap();
        assert!(fitted.cost(&returns) <= TRUE.cost(&returns));
    }

    #[test]
    fn the_scale_of_the_returns_is_that_of_omega_alone() {
        let returns = simulated(5_000, 5);
        let large: Vec<f64> = returns.iter().map(|one| one * 100.0).collect();
        let [one, other] = [returns, large].map(|all| Garch::fit(&all).unwrap().unwrap());
        assert!((one.alpha - other.alpha).abs() < 1e-6, "{one:?} {other:?}");
        assert!(
            (one.omega * 1e4 / other.omega - 1.0).abs() < 1e-4,
            "{one:?} {other:?}"
        );
    }

    #[test]
    fn a_volatility_by_hand() {
        let model = Garch {
            omega: 0.1,
            alpha: 0.2,
            beta: 0.7,
            nu: 5.0,
        };
        // Long run 0.1 / 0.1 = 1; then 0.1 + 0.2·4 + 0.7·1 = 1.6; then 0.1 + 0.7·1.6 = 1.22.
        let seen: Vec<f64> = model
            .volatilities(&[2.0, 0.0])
            .iter()
            .map(|one| one * one)
            .collect();
        for (one, by_hand) in seen.iter().zip([1.0, 1.6, 1.22]) {
            assert!((one - by_hand).abs() < 1e-12, "{seen:?}");
        }
    }

    #[test]
    fn the_density_integrates_to_one() {
        let model = TRUE;
        let sigma = model.long_run_variance().sqrt();
        let step = sigma / 200.0;
        let density = |index: i32| (-model.cost(&[f64::from(index) * step])).exp();
        let mass: f64 = (-20_000..=20_000).map(density).sum::<f64>() * step;
        assert!((mass - 1.0).abs() < 1e-4, "{mass}");
    }

    #[test]
    fn too_few_returns_or_none_that_move_have_no_model() {
        assert_eq!(Garch::fit(&simulated(RETURNS_MIN - 1, 1)).unwrap(), None);
        assert_eq!(Garch::fit(&[0.0; 2 * RETURNS_MIN]).unwrap(), None);
    }
}
