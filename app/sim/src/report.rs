//! The result of a backtest for readers: goals, tables, charts.
mod chart;
mod fixed;
mod inputs;
mod page;
mod table;

pub use page::html;
pub use table::text;

use serde::Serialize;

use crate::backtest::{Backtest, Run};
use crate::baseline::{BaselineLevel, Model};

/// What the default parameters are to reach on the tested span, for one asset.
#[derive(Clone, Debug, Serialize)]
pub struct Goal {
    /// The asset.
    pub asset: String,
    /// The condition.
    pub what: &'static str,
    /// Limit.
    pub limit: f64,
    /// What was seen.
    pub seen: f64,
    /// Whether it is met.
    pub met: bool,
    /// Whether the parameters alone make it true, whatever the prices: then it says nothing about them.
    pub by_construction: bool,
}

/// Largest rise of MM within a day.
const WORST_RISE_1D: f64 = 2.2;

/// Goals of every lone asset, in the order of the assets.
pub fn goals(backtest: &Backtest) -> Vec<Goal> {
    let mut goals = Vec::new();
    for run in &backtest.runs {
        let judged = run.model == Model::Freeboard
            && run.horizon_h == run.level.own_horizon_h()
            && !run.asset.starts_with("books");
        if judged {
            goals.extend(goals_of(
                run,
                backtest.speed_limit_1d.get(&run.asset).copied(),
            ));
        }
    }
    goals
}

fn goals_of(run: &Run, speed_limit_1d: Option<f64>) -> Vec<Goal> {
    let at_most = |what, seen: f64, limit: f64| Goal {
        asset: run.asset.clone(),
        what,
        limit,
        seen,
        met: seen <= limit,
        by_construction: false,
    };
    let at_least = |what, seen: f64, limit: f64| Goal {
        met: seen >= limit,
        ..at_most(what, seen, limit)
    };
    let rate = run.coverage.exceedance_rate;
    let below = run.below_fixed.unwrap_or(0.0);
    let below_fitted = run.below_fixed_of_fitting_span.unwrap_or(0.0);
    match run.level {
        BaselineLevel::Mm => vec![
            at_most("exceedances of MM at 1 h", rate, 0.005),
            at_most(
                "peak to trough of MM",
                run.procyclicality.peak_to_trough,
                6.0,
            ),
            Goal {
                by_construction: speed_limit_1d.is_some_and(|limit| limit <= WORST_RISE_1D),
                ..at_most(
                    "worst 1-day rise of MM",
                    run.procyclicality.worst_rise_1d,
                    WORST_RISE_1D,
                )
            },
            at_least(
                "mean MM below the fixed fraction of equal coverage in hindsight",
                below,
                0.25,
            ),
            at_least(
                "mean MM below the fixed fraction fitted before",
                below_fitted,
                0.25,
            ),
        ],
        BaselineLevel::Im => vec![
            at_most("exceedances of IM at 4 h", rate, 0.005),
            at_least(
                "mean IM below the fixed fraction of equal coverage in hindsight",
                below,
                0.25,
            ),
            at_least(
                "mean IM below the fixed fraction fitted before",
                below_fitted,
                0.25,
            ),
        ],
    }
}
