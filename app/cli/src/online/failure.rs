//! Why a command did not do what was asked, and the exit status that says so.
//!
//! | status | kind | what it means |
//! |---|---|---|
//! | 0 | | done |
//! | 1 | input | an amount, a file, an address: nothing was sent |
//! | 2 | | the command line itself (clap) |
//! | 3 | refused | the program refuses, or its simulation; nothing was sent, or what was sent changed nothing |
//! | 4 | network | the cluster does not answer; nothing was sent |
//! | 5 | unknown | it was sent, or has to be waited for, and its outcome is not known |
//! | 6 | declined | nobody confirmed it; nothing was sent |
//! | 7 | mismatch | another cluster, exchange or program than meant; nothing was sent |
//! | 8 | unhealthy | `doctor` found something that fails |
use std::fmt::{self, Display};
use std::process::ExitCode;

use freeboard_client::errors::{self, Explained};
use serde::Serialize;
use serde_json::Value;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// What was typed, or read from a file.
    Input,
    /// The program says no.
    Refused,
    /// The cluster does not answer.
    Network,
    /// Nobody knows what became of it.
    Unknown,
    /// Nobody confirmed it.
    Declined,
    /// Not the cluster, exchange or program that was meant.
    Mismatch,
    /// A check of the doctor fails.
    Unhealthy,
}

impl FailureKind {
    /// The exit status.
    pub const fn status(self) -> u8 {
        match self {
            Self::Input => 1,
            Self::Refused => 3,
            Self::Network => 4,
            Self::Unknown => 5,
            Self::Declined => 6,
            Self::Mismatch => 7,
            Self::Unhealthy => 8,
        }
    }
}

/// A failure: what, and what to do now.
#[derive(Clone, Debug, Serialize)]
pub struct CommandFailure {
    /// Its kind.
    pub kind: FailureKind,
    /// Number of the program's error, if it is one; else the exit status.
    pub code: u32,
    /// Name of the program's error, if it is one; else of the kind.
    pub name: Box<str>,
    /// What failed, a sentence.
    pub message: String,
    /// The next step, a sentence.
    pub remedy: String,
    /// The transaction, if one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<Box<str>>,
    /// What the program logged, if it refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<String>,
    /// What was found all the same, for programs.
    #[serde(skip)]
    pub data: Option<Box<Value>>,
}

impl CommandFailure {
    /// A failure of this kind.
    pub fn new(kind: FailureKind, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        let name = match kind {
            FailureKind::Input => "Input",
            FailureKind::Refused => "Refused",
            FailureKind::Network => "Network",
            FailureKind::Unknown => "OutcomeUnknown",
            FailureKind::Declined => "NotConfirmed",
            FailureKind::Mismatch => "Mismatch",
            FailureKind::Unhealthy => "Unhealthy",
        };
        Self {
            kind,
            code: kind.status().into(),
            name: name.into(),
            message: message.into(),
            remedy: remedy.into(),
            signature: None,
            logs: Vec::new(),
            data: None,
        }
    }

    /// A wrong input.
    pub fn input(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(FailureKind::Input, message, remedy)
    }

    /// An error of the program.
    pub fn refused(explained: Explained, logs: Vec<String>) -> Self {
        Self {
            kind: FailureKind::Refused,
            code: explained.number,
            name: explained.name.into(),
            message: explained.sentence,
            remedy: explained.remedy,
            signature: None,
            logs,
            data: None,
        }
    }

    /// The exit status.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind.status())
    }
}

/// `6402 ReduceOnly: sentence remedy` of the program's errors, else sentence and remedy.
impl Display for CommandFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code >= 100 {
            write!(out, "{} {}: ", self.code, self.name)?;
        }
        write!(out, "{}", self.message)?;
        if !self.remedy.is_empty() {
            write!(out, "\n  next: {}", self.remedy)?;
        }
        if let Some(signature) = &self.signature {
            write!(out, "\n  transaction: {signature}")?;
        }
        Ok(())
    }
}

/// An error of the program's own code, run here on fetched accounts.
impl From<anchor_lang::error::Error> for CommandFailure {
    fn from(error: anchor_lang::error::Error) -> Self {
        match errors::number_of(&error).and_then(errors::explain) {
            Some(explained) => Self::refused(explained, Vec::new()),
            None => Self::new(
                FailureKind::Refused,
                error.to_string(),
                "Read the accounts again; the client may be of another version than the program.",
            ),
        }
    }
}

/// What reading and computing here fails with: files, TOML, dumps.
impl From<anyhow::Error> for CommandFailure {
    fn from(error: anyhow::Error) -> Self {
        Self::input(format!("{error:#}"), String::new())
    }
}
