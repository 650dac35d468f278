//! `bench`: compute units of every instruction, at every size of account, against goals and against
//! the recorded snapshot.
//!
//! The figures are those of the instruction alone, as the runtime logs them. Addresses come from
//! counters, so that a program compiled by the same tools always gives the same figures.
mod accounts;
mod check;
mod counterparty;
mod document;
mod endings;
mod exchange;
mod goals;
mod governance;
mod ladder;
mod measure;
mod rewards;
mod row;
mod several;
mod snapshot;

use clap::Parser;
use row::Row;
use snapshot::Snapshot;
use std::{io::Write, process::ExitCode};

/// Measures the compute units of each instruction.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench", version)]
struct Arguments {
    /// Print the figures as JSON on standard output, and nothing else there
    #[arg(long)]
    json: bool,
    /// Fail if a figure has drifted from the snapshot by more than 2 %
    #[arg(long)]
    check: bool,
    /// Record the figures in the snapshot
    #[arg(long)]
    update: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut rows = exchange::measure();
    rows.extend(accounts::measure());
    rows.extend(ladder::measure());
    rows.extend(counterparty::measure());
    rows.extend(governance::measure());
    rows.extend(endings::measure());
    rows.extend(several::measure());
    rows.extend(rewards::measure());
    let measured = Snapshot::new(rows);
    if arguments.json {
        print(&serde_json::to_string_pretty(&measured.rows).expect("plain values"));
    } else {
        print(&goals::table(&measured).to_string());
    }
    if arguments.update {
        measured.write();
        document::write(&measured);
        eprintln!("recorded in {}", snapshot::path().display());
    }
    let missed = goals::missed(&measured);
    for line in &missed {
        eprintln!("goal missed: {line}");
    }
    if arguments.check && !check::passes(&Snapshot::recorded(), &measured) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// On standard output; a reader that has seen enough is no error.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
