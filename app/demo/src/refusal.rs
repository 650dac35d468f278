//! Refused transactions as errors that say what was refused and why.
use anyhow::{Result, anyhow};
use freeboard_sandbox::{Failure, Meta};

/// The transaction's effects, or an error with the program's own words.
pub fn done(what: &str, sent: Result<Meta, Failure>) -> Result<Meta> {
    sent.map_err(|failure| {
        let reason = failure
            .logs
            .iter()
            .rev()
            .find(|line| line.contains("Error"));
        let reason = reason.map_or_else(|| failure.error.to_string(), Clone::clone);
        anyhow!("the program refused {what}: {reason}")
    })
}
