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
//! outside its range are errors that name the place, such as `assets[0].params.k_e9`; what no account of the program
//! could be is refused with the program's number. Governance's bounds are only warned about: cases may lie outside
//! them. A [`CaseWarning`] says what is possible and hardly meant, such as a price in USD in the place of 10^-12 USD.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
pub mod input;
pub mod margin;
mod output;
pub mod vol;

pub use error::{CaseError, CaseWarning};

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

    /// What is possible and hardly meant.
    fn warnings(&self) -> Vec<CaseWarning> {
        Vec::new()
    }
}

/// Answers as JSON text, and what is hardly meant in the cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The answers.
    pub text: String,
    /// The warnings, in the order of the cases.
    pub warnings: Vec<CaseWarning>,
}

/// Answers one case or an array of cases as JSON text.
///
/// Errors: the first that is wrong; nothing is answered then.
pub fn answer_text<C: Case>(text: &str) -> Result<String, CaseError> {
    answer_text_with_warnings::<C>(text).map(|answered| answered.text)
}

/// Answers one case or an array of cases, and says what is hardly meant in them.
///
/// Errors: the first that is wrong; nothing is answered then.
pub fn answer_text_with_warnings<C: Case>(text: &str) -> Result<Answered, CaseError> {
    if text.trim_start().starts_with('[') {
        let cases: Vec<C> = parse(text)?;
        let mut warnings = Vec::new();
        let answers = cases
            .iter()
            .enumerate()
            .map(|(index, case)| {
                warnings.extend(case.warnings().into_iter().map(|one| one.within(index)));
                case.answer().map_err(|error| error.within(index))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let text = to_text(&answers);
        Ok(Answered { text, warnings })
    } else {
        let case = parse::<C>(text)?;
        Ok(Answered {
            text: to_text(&case.answer()?),
            warnings: case.warnings(),
        })
    }
}

/// Answers JSON lines, one case each; empty lines are skipped.
///
/// Errors: the first line that is wrong, with its number; nothing is answered then.
pub fn answer_lines<C: Case>(text: &str) -> Result<String, CaseError> {
    answer_lines_with_warnings::<C>(text).map(|answered| answered.text)
}

/// Answers JSON lines, and says what is hardly meant in them.
///
/// Errors: the first line that is wrong, with its number; nothing is answered then.
pub fn answer_lines_with_warnings<C: Case>(text: &str) -> Result<Answered, CaseError> {
    let mut answered = Answered {
        text: String::new(),
        warnings: Vec::new(),
    };
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let on_line = |error: CaseError| error.on_line(index + 1);
        let case = parse::<C>(line).map_err(on_line)?;
        answered
            .text
            .push_str(&to_text(&case.answer().map_err(on_line)?));
        answered.text.push('\n');
        let warnings = case.warnings().into_iter();
        answered
            .warnings
            .extend(warnings.map(|one| one.on_line(index + 1)));
    }
    Ok(answered)
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
