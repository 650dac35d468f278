//! Thirty calm days and a crash, run through the built program in an in-process Solana runtime: a
//! table, one HTML page, or JSON.
mod bankruptcy;
mod cast;
mod crowd;
mod format;
mod keeper;
mod lp;
mod market;
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

use freeboard_sim::Date;
use prices::{Days, PriceSource, Tape};
use report::Report;

/// Runs a month of prices and a crash through the program.
#[derive(Parser)]
#[command(name = "cargo xtask demo", bin_name = "cargo xtask demo", version)]
struct DemoArguments {
    /// Print the result as JSON on standard output, and nothing else there
    #[arg(long)]
    json: bool,
    /// Replay the bars of files in DIR instead of generated prices: 30 days before a crash and 2 days after it
    ///
    /// DIR holds files of BTC, ETH and SOL, {ASSET}USDT_{market}_{step}_{span}.csv or .csv.gz with the columns
    /// unix,open,high,low,close,volume (docs/prices.md), of steps that divide an hour: 1m or 5m; 1h stands in where
    /// there is nothing finer, and the page says so. The crash is the five minutes in which the three fall most.
    #[arg(long, value_name = "DIR")]
    prices: Option<PathBuf>,
    /// Look for the crash from this day on, UTC, such as 2021-05-19 [default: where all have 5m bars or finer]
    #[arg(long, value_name = "DATE", requires = "prices")]
    from: Option<Date>,
    /// Look for the crash until the end of this day, UTC
    #[arg(long, value_name = "DATE", requires = "prices")]
    to: Option<Date>,
    /// Seed of the generated prices
    #[arg(long, value_name = "N", default_value_t = 7, conflicts_with = "prices")]
    seed: u64,
    /// Where the page goes [default: demo in cargo's target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&DemoArguments::parse()) {
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
fn run(arguments: &DemoArguments) -> Result<bool> {
    let (source, seed) = match &arguments.prices {
        Some(folder) => (
            PriceSource::Recorded {
                folder: folder.clone(),
                days: Days {
                    from: arguments.from,
                    to: arguments.to,
                },
            },
            None,
        ),
        None => (
            PriceSource::Generated {
                seed: arguments.seed,
            },
            Some(arguments.seed),
        ),
    };
    let tape = Tape::load(&source)?;
    let report = run::run_tape(&tape, seed)?;
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

fn write_page(arguments: &DemoArguments, report: &Report) -> Result<PathBuf> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_help_says_what_the_prices_must_be() {
        let help = DemoArguments::command().render_long_help().to_string();
        for words in [
            "--prices",
            "--from",
            "--to",
            "BTC, ETH and SOL",
            "{ASSET}USDT_{market}_{step}_{span}.csv",
            "unix,open,high,low,close,volume",
            "docs/prices.md",
            "30 days before a crash",
            "1m or 5m",
        ] {
            assert!(help.contains(words), "{words}: {help}");
        }
    }

    #[test]
    fn days_need_a_folder_and_are_dates() {
        let refused = |arguments: &[&str]| DemoArguments::try_parse_from(arguments).is_err();
        assert!(refused(&["demo", "--from", "2021-05-19"]));
        assert!(refused(&[
            "demo",
            "--prices",
            ".",
            "--from",
            "2021-05-19T05:00"
        ]));
        assert!(!refused(&["demo", "--prices", ".", "--from", "2021-05-19"]));
    }
}
