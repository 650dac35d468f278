//! What the shipped parameters are to reach on the tested span.
use serde::Serialize;

use crate::backtest::{Backtest, Run, Score};
use crate::baseline::{BaselineLevel, Model};
use crate::book::Kind;

/// A number of one asset, or of a kind of books, and its limit.
#[derive(Clone, Debug, Serialize)]
pub struct Goal {
    /// The asset, or the kind of books.
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

/// Where a limit lies.
#[derive(Clone, Copy)]
enum GoalBound {
    AtMost(f64),
    AtLeast(f64),
}
use GoalBound::{AtLeast, AtMost};

/// Goals of every asset: a score, its words, its limit.
const OF_EVERY_ASSET: [(Score, &str, GoalBound); 6] = [
    (
        Score::RateCloses,
        "hours beyond MM at their close",
        AtMost(0.003),
    ),
    (
        Score::RatePath5m,
        "beyond MM on the way, 5-minute closes",
        AtMost(0.004),
    ),
    (
        Score::RatePath1mWorstMonth,
        "beyond MM on the way, 1-minute closes, worst month",
        AtMost(0.017),
    ),
    (Score::PeakToTrough, "peak to trough of MM", AtMost(6.0)),
    (Score::WorstRise1d, "worst 1-day rise of MM", AtMost(2.2)),
    // 3 % an hour, and what rounding up adds.
    (
        Score::WorstRise1h,
        "worst 1-hour rise of MM",
        AtMost(1.0301),
    ),
];

/// Goals of the assets that the parameters are shipped for: what a search over the whole record found within reach.
/// Saving at both rates, loss beyond at the same mean, tick loss over a trailing fixed fraction's and over GARCH's.
const OF_SHIPPED_ASSETS: [(&str, [f64; 4]); 3] = [
    ("BTC", [0.107, -0.42, 0.92, 1.00]),
    ("ETH", [0.121, -0.36, 0.90, 1.01]),
    ("SOL", [0.146, -0.62, 0.78, 1.07]),
];

/// Mean MM of hedged books.
const HEDGED_MEAN: f64 = 0.0275;
/// Loss beyond MM of hedged books, as a share of that of long ones.
const HEDGED_LOSS: f64 = 0.25;

/// All goals, in the order of the assets; books last.
pub fn goals(backtest: &Backtest) -> Vec<Goal> {
    let mut goals = Vec::new();
    for (asset, scores) in &backtest.scores {
        let limit_1d = backtest.speed_limit_1d.get(asset);
        let within = |limit: f64| limit_1d.is_some_and(|rise| *rise <= limit);
        let shipped = OF_SHIPPED_ASSETS
            .iter()
            .find(|(name, _)| name == asset)
            .map(|(_, limits)| of_shipped(*limits));
        let wanted = OF_EVERY_ASSET
            .into_iter()
            .chain(shipped.into_iter().flatten());
        for (score, what, bound) in wanted {
            let Some(seen) = scores.value(score) else {
                continue;
            };
            let by_construction = match (score, bound) {
                (Score::WorstRise1d, AtMost(limit)) => within(limit),
                (Score::WorstRise1h, AtMost(limit)) => within(limit.powi(24)),
                _ => false,
            };
            goals.push(Goal {
                by_construction,
                ..goal(asset, what, bound, seen)
            });
        }
        let im = run(backtest, asset, BaselineLevel::Im);
        goals.extend(im.map(|run| {
            let seen = run.coverage.exceedance_rate;
            goal(asset, "exceedances of IM at 4 h", AtMost(0.005), seen)
        }));
    }
    goals.extend(of_books(backtest));
    goals
}

fn of_shipped([save, beyond, trailing, garch]: [f64; 4]) -> [(Score, &'static str, GoalBound); 5] {
    [
        (Score::Save25, "saving at 0.25 % beyond", AtLeast(save)),
        (Score::Save50, "saving at 0.5 % beyond", AtLeast(save)),
        (
            Score::LbmVsFixed,
            "loss beyond MM against a fixed fraction of the same mean",
            AtMost(beyond),
        ),
        (
            Score::TickVsFixedTrailing,
            "tick loss over that of a fixed fraction of the year before",
            AtMost(trailing),
        ),
        (
            Score::TickVsGarch,
            "tick loss over that of GARCH",
            AtMost(garch),
        ),
    ]
}

fn of_books(backtest: &Backtest) -> Vec<Goal> {
    let books = |kind: Kind| run(backtest, kind.name(), BaselineLevel::Mm);
    let (Some(hedged), Some(long)) = (books(Kind::Hedged), books(Kind::Long)) else {
        return Vec::new();
    };
    let name = Kind::Hedged.name();
    let beyond = |run: &Run| run.coverage.loss_beyond_usd_per_year;
    let mut goals = vec![goal(
        name,
        "mean MM of hedged books",
        AtMost(HEDGED_MEAN),
        hedged.coverage.mean_margin,
    )];
    if beyond(long) > 0.0 {
        goals.push(goal(
            name,
            "their loss beyond MM over that of long books",
            AtMost(HEDGED_LOSS),
            beyond(hedged) / beyond(long),
        ));
    }
    goals
}

/// Freeboard's run at a level and its own horizon.
fn run<'a>(backtest: &'a Backtest, asset: &str, level: BaselineLevel) -> Option<&'a Run> {
    backtest.runs.iter().find(|run| {
        run.asset == asset
            && run.model == Model::Freeboard
            && run.level == level
            && run.horizon_h == level.own_horizon_h()
    })
}

fn goal(asset: &str, what: &'static str, bound: GoalBound, seen: f64) -> Goal {
    let (limit, met) = match bound {
        AtMost(limit) => (limit, seen <= limit),
        AtLeast(limit) => (limit, seen >= limit),
    };
    Goal {
        asset: asset.to_owned(),
        what,
        limit,
        seen,
        met,
        by_construction: false,
    }
}
