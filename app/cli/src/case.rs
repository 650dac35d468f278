//! `freeboard margin` and `freeboard vol`.
use std::io::{Read, Write};

use anyhow::{Context, Result};
use freeboard_case::{Case, answer_lines, answer_text};

/// Answers what stands on standard input: everything, or nothing and an error.
pub fn answer<C: Case>(lines: bool) -> Result<()> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("standard input")?;
    let answer = if lines {
        answer_lines::<C>(&text)?
    } else {
        answer_text::<C>(&text)? + "\n"
    };
    std::io::stdout()
        .write_all(answer.as_bytes())
        .context("standard output")
}
