//! `freeboard margin`: a case in JSON, or a question in one line that is answered for a person: under a parameter file, or
//! of an exchange.
//!
//! | file | what it holds |
//! |---|---|
//! | `options` | the command line |
//! | `words` | numbers as they are written there, exact |
//! | `question` | what is said of each asset |
//! | `asked` | an account, and what a question adds to it |
//! | `file`, `exchange` | where that account begins: quiet markets of a parameter file, or a chain as it is |
//! | `account` | an account and its markets in the core's values, wherever they come from |
//! | `answer` | what is said of it, by the core |
//! | `together`, `course`, `storm`, `cost`, `tiers` | parts of the answer |
//! | `render` | the answer as text |
pub mod account;
pub mod answer;
mod asked;
pub mod cost;
pub mod course;
mod exchange;
mod file;
mod options;
mod question;
pub mod render;
pub mod storm;
mod tiers;
mod together;
pub mod words;

use anyhow::{Context, Result};
use freeboard_case::margin::MarginCase;
use serde_json::json;

pub use asked::{Asked, of_core};
pub use file::{empty_account, quiet_market, quiet_sigma_e9};
pub use options::MarginOptions;

use crate::online::Answer;
use crate::{case, parameters};
use answer::AccountAnswer;

/// Answers a case.
pub fn answer_case(options: &MarginOptions) -> Result<()> {
    case::answer::<MarginCase>(options.case.as_deref(), options.lines)
}

/// Answers a question under a parameter file, or the defaults.
pub fn answer_by_file(options: &MarginOptions) -> Result<Answer> {
    let file = parameters::read(options.params.as_deref())?;
    let named = match &options.params {
        Some(path) => format!("the parameters of {}", path.display()),
        None => "the parameters of this version (--params FILE, or --exchange ADDRESS)".to_owned(),
    };
    answered(&Asked::under_file(options, &file, &named)?)
}

/// The answer about an account, with what it assumes.
///
/// Errors: amounts or parameters out of the core's range.
pub fn answered(asked: &Asked) -> Result<Answer> {
    let answer = AccountAnswer::new(&asked.account).map_err(of_core)?;
    let mut data = serde_json::to_value(&answer).context("the answer as JSON")?;
    data["assumed"] = json!(asked.assumed);
    data["refused"] = json!(asked.refused);
    let mut text = render::text(&answer);
    for refusal in &asked.refused {
        text += &format!("An exchange with these parameters refuses it: {refusal}.\n");
    }
    text += "\nAssumed, as nothing else was said:\n";
    for assumed in &asked.assumed {
        text += &format!("- {assumed}\n");
    }
    Ok(Answer {
        text,
        data,
        ..Answer::default()
    })
}
