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
mod monte_carlo;
mod online;
mod parameters;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};
use clap_complete::generate;
use freeboard_case::vol::VolCase;

use arguments::{Arguments, Command, ParamsCommand};
use margin::MarginOptions;
use online::arguments::NetworkOptions;
use online::{OnlineQuestion, print_local};

fn main() -> ExitCode {
    let Arguments { network, command } = Arguments::parse();
    match command {
        Command::Online(command) => online::start(network, OnlineQuestion::Command(command)),
        Command::Params { command } => answer_params(network, command),
        Command::Margin(options) if options.is_question() => answer_margin(network, options),
        Command::Margin(options) => done(margin::answer_case(&options)),
        Command::Vol { case, lines } => done(case::answer::<VolCase>(case.as_deref(), lines)),
        Command::Backtest(options) => print_local(&network, backtest::run_backtest(&options)),
        Command::Calibrate(options) => print_local(&network, parameters::calibrate(&options)),
        Command::Error(options) => print_local(&network, error::explain(&options)),
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            generate(shell, &mut command, "freeboard", &mut std::io::stdout());
            ExitCode::SUCCESS
        }
    }
}

/// What prints its own answer.
fn done(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A question under a parameter file where one is named, else of the exchange that is named, else under the defaults.
fn answer_margin(network: NetworkOptions, options: MarginOptions) -> ExitCode {
    let by_file = |network| print_local(network, margin::answer_by_file(&options));
    if options.params.is_some() {
        return by_file(&network);
    }
    // A config that cannot be read is said by whoever asks the exchange.
    let is_online = options.names_account() || online::is_exchange_named(&network).unwrap_or(true);
    if is_online {
        online::start(network, OnlineQuestion::Margin(options))
    } else {
        by_file(&network)
    }
}

/// Parameter files and dumps here, everything else of a cluster.
fn answer_params(network: NetworkOptions, command: ParamsCommand) -> ExitCode {
    let dump = |folder: &Path| governance::read(folder, network.exchange);
    let local = |answer| print_local(&network, answer);
    let asked = match command {
        ParamsCommand::Check(options) => return local(parameters::check_file(&options)),
        ParamsCommand::Costs { file } => return local(parameters::costs_page(file.as_deref())),
        ParamsCommand::Diff(options) => match &options.folder {
            Some(folder) => {
                return local(dump(folder).and_then(|dump| governance::diff(&dump, &options)));
            }
            None => OnlineQuestion::Diff(options),
        },
        ParamsCommand::Simulate(options) => match &options.folder {
            Some(folder) => {
                return local(dump(folder).and_then(|dump| governance::simulate(&dump, &options)));
            }
            None => OnlineQuestion::Simulate(options),
        },
        ParamsCommand::Online(command) => OnlineQuestion::Params(command),
    };
    online::start(network, asked)
}
