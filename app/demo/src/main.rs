//! Thirty calm days and a crash, run through the built program in an in-process Solana runtime: a
//! table, one HTML page, or JSON.
mod bankruptcy;
mod cast;
mod format;
mod keeper;
mod lp;
mod market;
mod nav;
mod page;
mod prices;
mod program;
mod recorder;
mod refusal;
mod report;
mod run;
mod terminal;
mod treasury;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use prices::{Source, Tape};
use report::Report;

/// Runs a month of prices and a crash through the program.
#[derive(Parser)]
#[command(name = "cargo xtask demo", bin_name = "cargo xtask demo", version)]
struct Arguments {
    /// Print the result as JSON on standard output, and nothing else there
    #[arg(long)]
    json: bool,
    /// Replay the 5-minute candles of October 2025 in DIR instead of generated prices
    #[arg(long, value_name = "DIR")]
    prices: Option<PathBuf>,
    /// Seed of the generated prices
    #[arg(long, value_name = "N", default_value_t = 7, conflicts_with = "prices")]
    seed: u64,
    /// Where the page goes [default: demo in cargo's target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("error: the books do not balance");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs, writes and prints; returns whether the books balance.
fn run(arguments: &Arguments) -> Result<bool> {
    let (source, seed) = match &arguments.prices {
        Some(folder) => (
            Source::Recorded {
                folder: folder.clone(),
            },
            None,
        ),
        None => (
            Source::Generated {
                seed: arguments.seed,
            },
            Some(arguments.seed),
        ),
    };
    let tape = Tape::load(&source)?;
    let report = run::run(&tape, seed)?;
    let page = write_page(arguments, &report)?;
    let text = if arguments.json {
        serde_json::to_string_pretty(&report)?
    } else {
        format!("{}\nPage: {}", terminal::text(&report), page.display())
    };
    // A reader that has seen enough is no error.
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(report.books.difference_atoms == 0)
}

fn write_page(arguments: &Arguments, report: &Report) -> Result<PathBuf> {
    let folder = arguments
        .out
        .clone()
        .unwrap_or_else(program::default_output);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let path = folder.join("index.html");
    std::fs::write(&path, page::render(report))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
