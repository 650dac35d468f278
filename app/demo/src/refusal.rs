//! Refused transactions as errors that say what was refused and why.
use anyhow::{Result, anyhow};
use freeboard_sandbox::{Failure, Meta};

/// The transaction's effects, or an error that says what was refused and why.
pub fn done(what: &str, sent: Result<Meta, Failure>) -> Result<Meta> {
    sent.map_err(|failure| anyhow!("the program refused {what}: {failure}"))
}
