//! `freeboard margin` and `freeboard vol`.
use std::io::{Read, Write};

use anyhow::{Context, Result};
use freeboard_case::{Case, answer_lines_with_warnings, answer_text_with_warnings};

/// Warnings that are printed; the others are counted.
const PRINTED: usize = 20;

/// Answers what stands on standard input: everything, or nothing and an error.
pub fn answer<C: Case>(lines: bool) -> Result<()> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("standard input")?;
    let mut answered = if lines {
        answer_lines_with_warnings::<C>(&text)?
    } else {
        answer_text_with_warnings::<C>(&text)?
    };
    if !lines {
        answered.text.push('\n');
    }
    for warning in answered.warnings.iter().take(PRINTED) {
        eprintln!("warning: {warning}");
    }
    if answered.warnings.len() > PRINTED {
        eprintln!("warning: and {} more", answered.warnings.len() - PRINTED);
    }
    std::io::stdout()
        .write_all(answered.text.as_bytes())
        .context("standard output")
}
