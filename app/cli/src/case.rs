//! `freeboard margin FILE` and `freeboard vol FILE`: cases in JSON.
use std::io::{IsTerminal, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use freeboard_case::{Case, answer_lines_with_warnings, answer_text_with_warnings};

/// Warnings that are printed; the others are counted.
const PRINTED: usize = 20;

/// What is said where no case is given.
const NOTHING: &str = "no case. Give a case file (freeboard margin FILE, freeboard vol FILE), or one on standard input; \
    or ask in one line: freeboard margin --position BTC:+2@100000 --cash 20000";

/// Answers the cases of a file, or of standard input: everything, or nothing and an error.
pub fn answer<C: Case>(file: Option<&Path>, lines: bool) -> Result<()> {
    let text = read(file)?;
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

/// The text of a file, or of standard input where it is `-` or not named.
///
/// Errors: no such file, nothing in it, a terminal.
fn read(file: Option<&Path>) -> Result<String> {
    let named = file.filter(|path| *path != Path::new("-"));
    let text = match named {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?
        }
        None => {
            let mut input = std::io::stdin();
            ensure!(!input.is_terminal(), NOTHING);
            let mut text = String::new();
            input.read_to_string(&mut text).context("standard input")?;
            text
        }
    };
    match named {
        Some(path) => ensure!(
            !text.trim().is_empty(),
            "{}: the file is empty",
            path.display()
        ),
        None => ensure!(!text.trim().is_empty(), NOTHING),
    }
    Ok(text)
}
