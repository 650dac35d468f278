//! `freeboard params diff` and `freeboard params simulate`: what governance is about to do, and to whom.
//!
//! | file | what it holds |
//! |---|---|
//! | `diff` | everything that waits or runs, as text and JSON |
//! | `pending` | one change that waits |
//! | `running` | ramps, offers, pauses, markets that end |
//! | `simulate` | a change carried out on dumps |
//! | `account` | what it does to one margin account |
//! | `list` | the accounts as CSV |
//! | `subject` | what a change concerns, in words, and its fields |
//! | `words` | values of fields, times and effects |
mod account;
mod diff;
mod list;
mod pending;
mod running;
mod simulate;
mod subject;
mod words;

use anchor_lang::error::Error;
use anyhow::Result;
use freeboard_client::dump::{Dump, Ignored};
use freeboard_client::errors;
use serde::Serialize;

use crate::arguments::{Accounts, DiffOptions, SimulateOptions};

/// Prints what waits and what runs.
pub fn diff(options: &DiffOptions) -> Result<()> {
    let dump = read(&options.accounts)?;
    let diff = diff::Diff::from_dump(&dump, options.now)?;
    print(&options.accounts, &diff, diff::text)
}

/// Prints what a change would do.
pub fn simulate(options: &SimulateOptions) -> Result<()> {
    let dump = read(&options.accounts)?;
    let mut simulation = simulate::Simulation::from_dump(&dump, &options.file, options.now)?;
    simulation.arrange(options.order);
    if options.affected {
        simulation.keep_affected();
    }
    if options.csv {
        return list::write(&simulation);
    }
    print(&options.accounts, &simulation, simulate::text)
}

fn read(accounts: &Accounts) -> Result<Dump> {
    let dump = Dump::read(&accounts.folder, accounts.exchange)?;
    let Ignored { files, accounts } = dump.ignored;
    if files + accounts > 0 {
        eprintln!(
            "ignored: {accounts} accounts of other programs or exchanges, {files} other files"
        );
    }
    Ok(dump)
}

fn print<T: Serialize>(accounts: &Accounts, answer: &T, text: fn(&T) -> String) -> Result<()> {
    if accounts.json {
        println!("{}", serde_json::to_string_pretty(answer)?);
    } else {
        print!("{}", text(answer));
    }
    Ok(())
}

/// Why the program refuses something, in its own numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Number, as in docs/errors.md; none for an error that is not the program's.
    pub code: Option<u32>,
    /// Name.
    pub name: String,
    /// What failed, and what to do.
    pub message: String,
}

impl From<Error> for Refusal {
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

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(code) = self.code {
            write!(out, "{code} ")?;
        }
        write!(out, "{}: {}", self.name, self.message)
    }
}
