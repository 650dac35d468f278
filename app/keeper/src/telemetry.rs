//! Lines for people or for machines.
use std::io::IsTerminal;

use anyhow::{Context, Result, anyhow};
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Which lines are written.
///
/// Errors: a filter that cannot be read.
pub fn filter(told: &LogConfig) -> Result<EnvFilter> {
    EnvFilter::try_new(&told.filter).with_context(|| {
        format!(
            "log.filter is {:?}; write \"info,freeboard_keeper=debug\" for example",
            told.filter
        )
    })
}

/// Begins to write lines to standard error.
///
/// Errors: a filter that cannot be read; a second call.
pub fn begin(told: &LogConfig) -> Result<()> {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter(told)?)
        .with_writer(std::io::stderr)
        // A line that cannot be written, to a full disk for example, is lost: telling of it there would end the keeper.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal());
    let begun = match told.format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| anyhow!("lines are written already: {error}"))
}
