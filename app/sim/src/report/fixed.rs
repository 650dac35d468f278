//! Freeboard beside the two fixed fractions: of equal coverage in hindsight, and fitted before.
use crate::backtest::{Backtest, Run};
use crate::baseline::Model;
use freeboard_client::display::money::percent_two as percent;

/// Columns of the comparison.
pub(super) const FIXED_COLUMNS: [&str; 8] = [
    "asset",
    "level",
    "mean",
    "beyond",
    "below hindsight",
    "fitted before",
    "its beyond",
    "below fitted",
];

/// One row per asset or kind of books and level, at the level's own horizon.
pub(super) fn fixed_rows(backtest: &Backtest) -> Vec<[String; 8]> {
    let judged =
        |run: &&Run| run.model == Model::Freeboard && run.horizon_h == run.level.own_horizon_h();
    backtest.runs.iter().filter(judged).map(row).collect()
}

fn row(run: &Run) -> [String; 8] {
    let share = |share: Option<f64>| share.map_or("–".to_owned(), percent);
    let count = |count: Option<u64>| count.map_or("–".to_owned(), |count| count.to_string());
    [
        run.asset.clone(),
        run.level.name().to_uppercase(),
        percent(run.coverage.mean_margin),
        run.coverage.exceedances.to_string(),
        share(run.below_fixed),
        share(run.fixed_of_fitting_span),
        count(run.fixed_of_fitting_span_exceedances),
        share(run.below_fixed_of_fitting_span),
    ]
}
