//! The tables on a terminal.
use freeboard_client::display::money::{percent_two as percent, times};
use freeboard_client::display::table::table;

use super::fixed::{FIXED_COLUMNS, fixed_rows};
use super::goals;
use super::inputs::{INPUT_COLUMNS, input_rows, remarks};
use super::scores::{
    CRASH_COLUMNS, RIVAL_COLUMNS, crash_rows, outside_remarks, rival_rows, score_columns,
    score_rows,
};
use crate::backtest::{Backtest, Run};

/// Goals, runs, and delayed liquidations as text.
pub fn text(backtest: &Backtest) -> String {
    let own = |run: &Run| run.horizon_h == run.level.own_horizon_h();
    let runs: Vec<(&str, &Run)> = backtest
        .runs
        .iter()
        .filter(|run| own(run))
        .map(|run| ("", run))
        .collect();
    let episodes: Vec<(String, &Run)> = backtest
        .episodes
        .iter()
        .filter(|one| own(&one.run))
        .map(|one| (named(&one.source, one.warm), &one.run))
        .collect();
    let episodes: Vec<(&str, &Run)> = episodes
        .iter()
        .map(|(source, run)| (source.as_str(), *run))
        .collect();
    format!(
        "What was read\n{}\n{}\n\n\
         Hourly closes from {} on; what this run fits itself saw no price after {}. MM over 1 h and IM \
         over 4 h; all runs are on the page and in the JSON. Lone assets are judged in both directions, \
         books in one.\n{}\n\n\
         Against a fixed fraction: of equal coverage in hindsight; fitted before, with its own \
         exceedances\n{}\n\n\
         What MM is worth, with 95 % intervals\n{}\n\n\
         Beside margins that know only the past\n{}\n\n\
         Crashes: loss beyond MM, USD per $1 M of one side's open interest, at the same mean margin\n{}\n\n\
         Outside any margin\n{}\n\n\
         Finer closes\n{}\n\nLiquidations that come late\n{}\n\nGoals\n{}\n",
        input_table(backtest),
        remarks(backtest).join("\n"),
        backtest.test_from,
        backtest.fit_until,
        run_table(&runs),
        fixed_table(backtest),
        score_table(backtest),
        rival_table(backtest),
        crash_table(backtest),
        outside_remarks(backtest).join("\n"),
        run_table(&episodes),
        delay_table(backtest),
        goal_table(backtest),
    )
}

fn input_table(backtest: &Backtest) -> String {
    let mut table = table(&INPUT_COLUMNS, 1);
    table.add_rows(input_rows(backtest)).to_string()
}

/// The name of a file of finer closes, with a word if its estimators started cold.
fn named(source: &str, warm: bool) -> String {
    let cold = if warm { "" } else { " (cold)" };
    format!("{source}{cold}")
}

fn fixed_table(backtest: &Backtest) -> String {
    let mut table = table(&FIXED_COLUMNS, 2);
    table.add_rows(fixed_rows(backtest)).to_string()
}

fn score_table(backtest: &Backtest) -> String {
    let mut table = table(&score_columns(backtest), 1);
    table.add_rows(score_rows(backtest)).to_string()
}

fn rival_table(backtest: &Backtest) -> String {
    let mut table = table(&RIVAL_COLUMNS, 2);
    table.add_rows(rival_rows(backtest)).to_string()
}

fn crash_table(backtest: &Backtest) -> String {
    let mut table = table(&CRASH_COLUMNS, 2);
    table.add_rows(crash_rows(backtest)).to_string()
}

/// Columns of the run table.
pub(super) const RUN_COLUMNS: [&str; 16] = [
    "prices",
    "asset",
    "model",
    "level",
    "horizon",
    "samples",
    "beyond",
    "rate",
    "mean",
    "max",
    "peak/trough",
    "rise 1 d",
    "rise 5 d",
    "Kupiec p",
    "Christ. p",
    "Basel, Z2",
];

/// The cells of a run.
pub(super) fn run_cells(source: &str, run: &Run) -> [String; 16] {
    let coverage = &run.coverage;
    let movement = &run.procyclicality;
    let z2 = coverage.z2.map_or(String::new(), |z2| format!(", {z2:.2}"));
    [
        source.to_owned(),
        run.asset.clone(),
        run.model.name().to_owned(),
        run.level.name().to_uppercase(),
        format!("{} h", run.horizon_h),
        coverage.samples.to_string(),
        coverage.exceedances.to_string(),
        format!("{:.3} %", coverage.exceedance_rate * 100.0),
        percent(coverage.mean_margin),
        percent(coverage.max_margin),
        times(movement.peak_to_trough),
        times(movement.worst_rise_1d),
        times(movement.worst_rise_5d),
        format!("{:.3}", coverage.kupiec.p_value),
        format!("{:.3}", coverage.christoffersen.p_value),
        format!("{}{z2}", coverage.basel_zone.name()),
    ]
}

fn run_table(runs: &[(&str, &Run)]) -> String {
    let named = runs.iter().any(|(source, _)| !source.is_empty());
    let skip = usize::from(!named);
    let rows = runs
        .iter()
        .map(|(source, run)| run_cells(source, run)[skip..].to_vec());
    let mut table = table(&RUN_COLUMNS[skip..], 5 - skip);
    table.add_rows(rows).to_string()
}

/// Columns of the table of delays.
pub(super) const DELAY_COLUMNS: [&str; 8] = [
    "prices",
    "model",
    "delay",
    "accounts",
    "liquidated",
    "by requirement",
    "below zero",
    "bad debt, bp of notional",
];

/// Rows of the table of delays.
pub(super) fn delay_rows(backtest: &Backtest) -> Vec<[String; 8]> {
    let row = |run: &crate::delay::DelayRun| {
        [
            named(&run.source, run.warm),
            run.model.name().to_owned(),
            format!("{} min", run.delay_min),
            run.accounts.to_string(),
            percent(run.liquidated_share),
            percent(run.by_requirement_share),
            percent(run.bad_debt_share),
            format!("{:.2}", run.bad_debt_bps),
        ]
    };
    backtest.delays.iter().map(row).collect()
}

fn delay_table(backtest: &Backtest) -> String {
    let mut table = table(&DELAY_COLUMNS, 2);
    table.add_rows(delay_rows(backtest)).to_string()
}

/// Columns of the table of goals.
pub(super) const GOAL_COLUMNS: [&str; 5] = ["asset", "goal", "limit", "seen", "met"];

/// Rows of the table of goals.
pub(super) fn goal_rows(backtest: &Backtest) -> Vec<[String; 5]> {
    let written = |value: f64, limit: f64| {
        if limit > 0.5 || !value.is_finite() {
            times(value)
        } else {
            format!("{:.3} %", value * 100.0)
        }
    };
    goals(backtest)
        .into_iter()
        .map(|goal| {
            [
                goal.asset.clone(),
                goal.what.to_owned(),
                written(goal.limit, goal.limit),
                written(goal.seen, goal.limit),
                match (goal.met, goal.by_construction) {
                    (true, true) => "by construction",
                    (true, false) => "yes",
                    (false, _) => "NO",
                }
                .to_owned(),
            ]
        })
        .collect()
}

fn goal_table(backtest: &Backtest) -> String {
    let mut table = table(&GOAL_COLUMNS, 2);
    table.add_rows(goal_rows(backtest)).to_string()
}
