//! `freeboard backtest`.
use anyhow::{Context, Result};
use freeboard_sim::{backtest, report};
use serde_json::json;

use crate::arguments::BacktestOptions;
use crate::parameters;

/// Replays history; prints tables or JSON and writes the page.
pub fn run_backtest(options: &BacktestOptions) -> Result<()> {
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
    if options.json {
        let mut value = serde_json::to_value(&result)?;
        value["goals"] = json!(report::goals(&result));
        println!("{}", serde_json::to_string_pretty(&value)?);
    } else {
        print!("{}", report::text(&result));
    }
    eprintln!("page: {}", options.html.display());
    Ok(())
}

fn write_page(options: &BacktestOptions, result: &backtest::Backtest) -> Result<()> {
    let place = || format!("{}", options.html.display());
    if let Some(folder) = options.html.parent() {
        std::fs::create_dir_all(folder).with_context(place)?;
    }
    std::fs::write(&options.html, report::html(result)?).with_context(place)
}
