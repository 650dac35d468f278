//! Case files of the margin model: one JSON case (an object) or several (an array) in, the answers of
//! [`freeboard_risk`] out in the same shape, so that anyone can check the model against their own. The
//! format: docs/case_format.md.
//!
//! | module | what it holds |
//! |---|---|
//! | [`margin`] | the `margin` case: a whole account, and a liquidation of it |
//! | [`vol`] | the `vol` case: volatility samples and later reads |
//! | [`input`] | number formats of the input, each with its range |
//!
//! Every parameter is explicit and nothing has a default: a missing key, a key too many and a number
//! outside its range are errors that name the place, such as `assets[0].params.k_e9`. Governance's
//! bounds are not checked: cases may lie outside them.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
pub mod input;
pub mod margin;
mod output;
pub mod vol;

pub use error::CaseError;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind of case, and how it is answered.
pub trait Case: DeserializeOwned {
    /// The answer, in the order of its keys.
    type Answer: Serialize;

    /// Evaluates the case.
    ///
    /// Errors: [`CaseError`] with the place that is wrong, or the place whose numbers leave the range
    /// of the core.
    fn answer(&self) -> Result<Self::Answer, CaseError>;
}

/// Answers one case or an array of cases as JSON text.
///
/// Errors: the first that is wrong; nothing is answered then.
pub fn answer_text<C: Case>(text: &str) -> Result<String, CaseError> {
    if text.trim_start().starts_with('[') {
        let cases: Vec<C> = parse(text)?;
        let answers = cases
            .iter()
            .enumerate()
            .map(|(index, case)| case.answer().map_err(|error| error.within(index)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(to_text(&answers))
    } else {
        Ok(to_text(&parse::<C>(text)?.answer()?))
    }
}

/// Answers JSON lines, one case each; empty lines are skipped.
///
/// Errors: the first line that is wrong, with its number; nothing is answered then.
pub fn answer_lines<C: Case>(text: &str) -> Result<String, CaseError> {
    let mut answers = String::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let answer = parse::<C>(line).and_then(|case| case.answer());
        answers.push_str(&to_text(&answer.map_err(|error| error.on_line(index + 1))?));
        answers.push('\n');
    }
    Ok(answers)
}

/// Reads a case, naming the place of an error.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, CaseError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(CaseError::from_json)?;
    json.end()
        .map_err(|error| CaseError::after_the_end(&error))?;
    Ok(value)
}

fn to_text<T: Serialize>(answer: &T) -> String {
    serde_json::to_string(answer).expect("answers hold strings, numbers and lists only")
}
