//! `freeboard margin`: a case in JSON, or a question in one line that is answered for a person.
//!
//! | file | what it holds |
//! |---|---|
//! | `options` | the command line |
//! | `words` | numbers as they are written there, exact |
//! | `question` | the account that a question describes, under a parameter file |
//! | `account` | an account and its markets in the core's values: a question's, or one of a chain |
//! | `answer` | what is said of it, by the core |
//! | `together`, `storm`, `cost` | parts of the answer |
//! | `render` | the answer as text |
pub mod account;
pub mod answer;
pub mod cost;
mod options;
mod question;
pub mod render;
pub mod storm;
mod together;
mod words;

use anyhow::{Context, Result};
use freeboard_case::margin::MarginCase;
use serde_json::json;

pub use options::MarginOptions;
pub use question::{Asked, of_core, quiet_market, quiet_sigma_e9};

use crate::{case, parameters};
use answer::AccountAnswer;

/// Answers a question of the command line, or a case.
pub fn answer(options: &MarginOptions) -> Result<()> {
    if !options.is_question() {
        return case::answer::<MarginCase>(options.case.as_deref(), options.lines);
    }
    let file = parameters::read(options.params.as_deref())?;
    let asked = Asked::new(options, &file)?;
    let answer = AccountAnswer::new(&asked.account).map_err(of_core)?;
    if options.json {
        let mut value = serde_json::to_value(&answer).context("the answer as JSON")?;
        value["assumed"] = json!(asked.assumed);
        value["refused"] = json!(asked.refused);
        println!("{}", serde_json::to_string_pretty(&value)?);
        return Ok(());
    }
    print!("{}", render::text(&answer));
    for refusal in &asked.refused {
        println!("An exchange with these parameters refuses it: {refusal}.");
    }
    println!("\nAssumed, as nothing else was said:");
    for assumed in &asked.assumed {
        println!("- {assumed}");
    }
    Ok(())
}
