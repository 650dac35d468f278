//! `freeboard params diff` and `freeboard params simulate`: what governance is about to do, and to whom.
//!
//! | file | what it holds |
//! |---|---|
//! | `diff` | everything that waits or runs, as text and JSON |
//! | `pending` | one change that waits |
//! | `running` | ramps, offers, pauses, markets that end |
//! | `described` | a change that is about to be proposed |
//! | `simulate` | a change carried out on dumps |
//! | `account` | what it does to one margin account |
//! | `list` | the accounts as CSV |
//! | `subject` | what a change concerns, in words, and its fields |
//! | `words` | values of fields, times and effects |
mod account;
mod described;
mod diff;
mod list;
mod pending;
mod running;
mod simulate;
mod subject;
mod words;

use std::path::Path;

use anchor_lang::error::Error;
use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};
use freeboard_client::dump::{Dump, Ignored};
use freeboard_client::errors;
use freeboard_client::forecast::ForecastState;
use freeboard_client::freeboard::state::Change;
use serde::Serialize;

use crate::arguments::{DiffOptions, SimulateOptions};
use crate::online::Answer;

pub use described::DescribedChange;
pub use subject::{kind, role_name};
pub use words::time;

/// What waits and what runs.
pub fn diff(dump: &Dump, options: &DiffOptions) -> Result<Answer> {
    let diff = diff::Diff::from_dump(dump, options.now)?;
    Ok(Answer::new(diff::text(&diff), &diff))
}

/// What a change would do; as CSV if that was asked for.
pub fn simulate(dump: &Dump, options: &SimulateOptions) -> Result<Answer> {
    let mut simulation = simulate::Simulation::from_dump(dump, &options.file, options.now)?;
    simulation.arrange(options.order);
    if options.affected {
        simulation.keep_affected();
    }
    let text = if options.csv {
        list::csv(&simulation)?
    } else {
        simulate::text(&simulation)
    };
    Ok(Answer::new(text, &simulation))
}

/// One change that waits, at `now`.
///
/// Errors: no change of this number waits.
pub fn waiting(dump: &Dump, number: u64, now: i64) -> Result<Answer> {
    let found = dump
        .pending
        .iter()
        .find(|pending| pending.state.number == number);
    let found = found.with_context(|| {
        format!("no change {number} waits: carried out, cancelled or never proposed; `freeboard governance list` lists those that wait")
    })?;
    let state = ForecastState::from_dump(dump);
    let waiting = pending::Waiting::new(dump, &state, found, now);
    Ok(Answer::new(pending::text(&waiting, now), &waiting))
}

/// What a change is about, in a line.
pub fn line(state: &ForecastState, change: &Change) -> String {
    format!(
        "{}: {}",
        subject::concerns(state, change),
        subject::kind(change)
    )
}

/// The accounts in a folder.
pub fn read(folder: &Path, exchange: Option<Pubkey>) -> Result<Dump> {
    let dump = Dump::read(folder, exchange)?;
    let Ignored { files, accounts } = dump.ignored;
    if files + accounts > 0 {
        eprintln!(
            "ignored: {accounts} accounts of other programs or exchanges, {files} other files"
        );
    }
    Ok(dump)
}

/// Why the program refuses something, in its own numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedRefusal {
    /// Number, as in docs/errors.md; none for an error that is not the program's.
    pub code: Option<u32>,
    /// Name.
    pub name: String,
    /// What failed, and what to do.
    pub message: String,
}

impl From<Error> for NamedRefusal {
    fn from(error: Error) -> Self {
        let code = errors::number_of(&error);
        match (code.and_then(errors::explain), error) {
            (Some(known), _) => Self {
                code,
                name: known.name,
                message: format!("{} {}", known.sentence, known.remedy),
            },
            (None, Error::AnchorError(error)) => Self {
                code,
                name: error.error_name,
                message: error.error_msg,
            },
            (None, Error::ProgramError(error)) => Self {
                code,
                name: "ProgramError".to_owned(),
                message: error.program_error.to_string(),
            },
        }
    }
}

impl std::fmt::Display for NamedRefusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(code) = self.code {
            write!(out, "{code} ")?;
        }
        write!(out, "{}: {}", self.name, self.message)
    }
}
