//! `freeboard backtest --monte-carlo NUMBER`: what a book may lose from the last close on, beside what it must hold.
use anyhow::{Context, Result};
use freeboard_client::parameters::ParameterFile;
use freeboard_sim::monte_carlo::{MonteCarloSetup, NamedBook, run_monte_carlo, text};
use serde_json::json;

use crate::arguments::BacktestOptions;
use crate::margin::words::AssetWord;
use crate::online::Answer;
use crate::parameters;

/// Simulates so many paths of the book that is asked for, or of the standard ones.
///
/// Errors: a position that is none, an asset that the parameters lack, what the simulation refuses.
pub fn simulate(options: &BacktestOptions, paths: usize) -> Result<Answer> {
    let parameters = parameters::read(options.params.as_deref())?;
    let book = asked_book(&options.positions, &parameters)?;
    let assets = match &book {
        Some(book) => book
            .positions
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
        None => options.prices.assets.clone(),
    };
    let result = run_monte_carlo(&MonteCarloSetup {
        prices: options.prices.prices.clone(),
        assets,
        parameters,
        paths,
        seed: options.seed,
        book,
    })?;
    Ok(Answer::new(
        text(&result),
        &json!({ "monte_carlo": result }),
    ))
}

/// The book of these words; none without any. The price behind an `@` changes what a book is worth, not what it must
/// hold or may lose from here on.
fn asked_book(words: &[String], parameters: &ParameterFile) -> Result<Option<NamedBook>> {
    let position = |text: &String| {
        let word = AssetWord::parse(text)?;
        let mut known = parameters.assets.iter();
        let asset = known
            .find(|entry| entry.name.eq_ignore_ascii_case(&word.asset))
            .with_context(|| format!("`{text}`: no asset {} among the parameters", word.asset))?;
        let size: f64 = word
            .number
            .parse()
            .with_context(|| format!("`{text}`: a size"))?;
        Ok((asset.name.clone(), size))
    };
    if words.is_empty() {
        return Ok(None);
    }
    let positions = words.iter().map(position).collect::<Result<_>>();
    Ok(Some(NamedBook {
        name: words.join(" "),
        positions: positions.context("--position")?,
    }))
}
