//! `freeboard backtest`.
use anyhow::{Context, Result};
use freeboard_sim::{backtest, report};
use serde_json::json;

use crate::arguments::BacktestOptions;
use crate::monte_carlo;
use crate::online::Answer;
use crate::parameters;

/// Replays history and writes the page, or simulates what comes after it.
pub fn run_backtest(options: &BacktestOptions) -> Result<Answer> {
    if let Some(paths) = options.monte_carlo {
        return monte_carlo::simulate(options, paths);
    }
    let result = backtest::run_backtest(&backtest::BacktestSetup {
        prices: options.prices.prices.clone(),
        assets: options.prices.assets.clone(),
        parameters: parameters::read(options.params.as_deref())?,
        fit_until: options.fit_until,
        test_from: options.test_from,
        books: options.books,
        seed: options.seed,
    })?;
    write_page(options, &result)?;
    eprintln!("page: {}", options.html.display());
    let mut answer = Answer::new(report::text(&result), &result);
    answer.data["goals"] = json!(report::goals(&result));
    Ok(answer)
}

fn write_page(options: &BacktestOptions, result: &backtest::Backtest) -> Result<()> {
    let place = || format!("{}", options.html.display());
    if let Some(folder) = options.html.parent() {
        std::fs::create_dir_all(folder).with_context(place)?;
    }
    std::fs::write(&options.html, report::html(result)?).with_context(place)
}
