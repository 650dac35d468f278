//! `freeboard`: the margin model on cases, on history, and its parameters; an exchange on a cluster.
//!
//! Results go to standard output, progress and errors to standard error; a wrong input is exit status 1, and those of a
//! cluster stand in `online::failure`.
mod arguments;
mod backtest;
mod case;
mod costs;
#[cfg(test)]
mod documents_tests;
mod error;
mod governance;
mod margin;
mod online;
mod parameters;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};
use clap_complete::generate;

use arguments::{Arguments, Command, ParamsCommand};
use online::arguments::NetworkOptions;
use online::{Answer, OnlineQuestion};

fn main() -> ExitCode {
    let Arguments { network, command } = Arguments::parse();
    match command {
        Command::Online(command) => online::start(network, OnlineQuestion::Command(command)),
        Command::Params { command } => run_params(network, command),
        command => done(run(command)),
    }
}

fn done(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that asks no cluster.
fn run(command: Command) -> Result<()> {
    match command {
        Command::Margin(options) => margin::answer(&options),
        Command::Vol { case, lines } => {
            case::answer::<freeboard_case::vol::VolCase>(case.as_deref(), lines)
        }
        Command::Backtest(options) => backtest::run_backtest(&options),
        Command::Calibrate(options) => parameters::calibrate(&options),
        Command::Error(options) => error::show(&options),
        Command::Completions { shell } => {
            generate(
                shell,
                &mut Arguments::command(),
                "freeboard",
                &mut std::io::stdout(),
            );
            Ok(())
        }
        Command::Params { .. } | Command::Online(_) => unreachable!("answered before"),
    }
}

/// Parameter files and dumps here, everything else of a cluster.
fn run_params(network: NetworkOptions, command: ParamsCommand) -> ExitCode {
    let asked = match command {
        ParamsCommand::Check(options) => return done(parameters::check_file(&options)),
        ParamsCommand::Costs { file } => return done(parameters::print_costs(file.as_deref())),
        ParamsCommand::Diff(options) => match &options.folder {
            Some(folder) => {
                let dump = governance::read(folder, network.exchange);
                return done(
                    dump.and_then(|dump| print(&network, &governance::diff(&dump, &options)?)),
                );
            }
            None => OnlineQuestion::Diff(options),
        },
        ParamsCommand::Simulate(options) => match &options.folder {
            Some(folder) => {
                let dump = governance::read(folder, network.exchange);
                return done(
                    dump.and_then(|dump| print(&network, &governance::simulate(&dump, &options)?)),
                );
            }
            None => OnlineQuestion::Simulate(options),
        },
        ParamsCommand::Online(command) => OnlineQuestion::Params(command),
    };
    online::start(network, asked)
}

/// Prints an answer about dumps: as it is, since it is about no cluster.
fn print(network: &NetworkOptions, answer: &Answer) -> Result<()> {
    if network.json {
        println!("{}", serde_json::to_string_pretty(&answer.data)?);
    } else {
        print!("{}", answer.text);
    }
    Ok(())
}
