//! `freeboard`: the margin model on cases, on history, and its parameters.
//!
//! Results go to standard output, progress and errors to standard error; a wrong input is exit status 1.
mod arguments;
mod backtest;
mod case;
mod costs;
mod error;
mod governance;
mod margin;
mod parameters;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Margin(options) => margin::answer(&options),
        Command::Vol { case, lines } => {
            case::answer::<freeboard_case::vol::VolCase>(case.as_deref(), lines)
        }
        Command::Backtest(options) => backtest::run_backtest(&options),
        Command::Calibrate(options) => parameters::calibrate(&options),
        Command::Params { command } => parameters::run_params(&command),
        Command::Error(options) => error::show(&options),
    }
}
