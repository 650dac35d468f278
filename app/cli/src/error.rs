//! `freeboard error`: numbers of refused transactions in words.
use anyhow::{Context, Result};
use freeboard_client::errors::{self, Explained};

use crate::arguments::ErrorOptions;
use crate::online::Answer;

/// The error of a number or a name, or all.
///
/// Errors: those of [`find`].
pub fn explain(options: &ErrorOptions) -> Result<Answer> {
    let found: Vec<Explained> = match &options.error {
        Some(error) => vec![find(error)?],
        None => errors::all().collect(),
    };
    let lines = found.iter().map(|error| format!("{error}\n"));
    Ok(Answer::new(lines.collect::<String>(), &found))
}

/// The error of a number, in either notation, or of a name.
///
/// Errors: no such number or name.
pub fn find(text: &str) -> Result<Explained> {
    let lower = text.to_ascii_lowercase();
    let number = match lower.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => lower.parse().ok(),
    };
    let found = match number {
        Some(number) => errors::explain(number),
        None => errors::named(text),
    };
    found.with_context(|| {
        format!(
            "{text}: neither Freeboard nor Anchor has such an error; `freeboard error` lists all"
        )
    })
}
