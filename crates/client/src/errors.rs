//! Errors by number: the bytecode and the log carry nothing else.
//!
//! | numbers | whose | where the words come from |
//! |---|---|---|
//! | 6000 to 6999 | Freeboard's | `freeboard_errors`, the table of docs/errors.md |
//! | 100 to 5999 | Anchor's | `anchor-lang` of this version |
//! | below 100 | a called program's | the token programs'; the log names the program |
use std::fmt::{Display, Formatter, Result};

use anchor_lang::error::Error;
use anchor_lang::solana_program::program_error::ToStr;
use anchor_spl::token::spl_token::error::TokenError;
use freeboard_errors::framework;
use serde::Serialize;

pub use freeboard_errors::{Entry, FreeboardError, Subject, TABLE, Words, of_name, of_number};

/// Whose error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Freeboard's.
    Freeboard,
    /// Anchor's: of accounts and arguments that no instruction of Freeboard would read.
    Anchor,
    /// A token program's that Freeboard has called.
    Token,
}

/// An error in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Number, as a transaction's custom error carries it.
    pub number: u32,
    /// Name.
    pub name: String,
    /// What failed.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
    /// Whose it is.
    pub origin: Origin,
}

/// `6402 ReduceOnly: sentence remedy`.
impl Display for Explained {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let Self {
            number,
            name,
            sentence,
            remedy,
            ..
        } = self;
        write!(out, "{number} {name}: {sentence} {remedy}")
    }
}

impl From<&Entry> for Explained {
    fn from(entry: &Entry) -> Self {
        Self {
            number: entry.number,
            name: entry.name.to_owned(),
            sentence: entry.sentence().to_string(),
            remedy: entry.remedy().to_owned(),
            origin: Origin::Freeboard,
        }
    }
}

/// The error of a number; none if nobody on the way has it.
pub fn explain(number: u32) -> Option<Explained> {
    let own = of_number(number).map(Explained::from);
    own.or_else(|| all().find(|one| one.number == number))
}

/// The error of a name, whose ever it is.
pub fn named(name: &str) -> Option<Explained> {
    all().find(|one| one.name == name)
}

/// Every error: Freeboard's, Anchor's, the token programs'.
pub fn all() -> impl Iterator<Item = Explained> {
    let own = TABLE.iter().map(Explained::from);
    let anchors = framework().map(|(number, name, sentence)| Explained {
        number,
        name,
        sentence: format!("{sentence}."),
        remedy: anchors_remedy(number).to_owned(),
        origin: Origin::Anchor,
    });
    own.chain(anchors).chain((0..100).filter_map(tokens))
}

fn anchors_remedy(number: u32) -> &'static str {
    match number {
        0..2_000 => "Call an instruction that the IDL describes, with its arguments.",
        2_000..3_000 => {
            "Pass this account as the IDL describes it: its address, whether it signs, whether it is writable."
        }
        3_000..4_000 => "Pass an account of the kind that the IDL describes at this place.",
        _ => "Use the program's own address and a client of its version.",
    }
}

fn tokens(number: u32) -> Option<Explained> {
    let error = TokenError::try_from(number).ok()?;
    Some(Explained {
        number,
        name: format!("{error:?}"),
        sentence: format!("{}.", error.to_str().trim_start_matches("Error: ")),
        remedy: "The log names the program that was called; of another one the number means something else.".to_owned(),
        origin: Origin::Token,
    })
}

/// The number of an error that the program's code has returned off chain; none for one without number.
pub fn number_of(error: &Error) -> Option<u32> {
    match error {
        Error::AnchorError(error) => Some(error.error_code_number),
        Error::ProgramError(_) => None,
    }
}

/// The number of the last error that a log tells, by Anchor or by the network.
pub fn number_in_logs<L: AsRef<str>>(logs: &[L]) -> Option<u32> {
    let decimal = |line: &str| {
        let (_, after) = line.split_once("Error Number: ")?;
        after.split_once('.')?.0.parse().ok()
    };
    let hexadecimal = |line: &str| {
        let (_, digits) = line.split_once("custom program error: 0x")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut lines = logs.iter().rev();
    lines.find_map(|line| decimal(line.as_ref()).or_else(|| hexadecimal(line.as_ref())))
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
