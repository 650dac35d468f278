//! Everything that talks to a cluster.
//!
//! | file | what it holds |
//! |---|---|
//! | `arguments/` | the command line, by subject |
//! | `settings` | Solana's CLI config and Freeboard's own |
//! | `context` | [`context::Online`]: cluster, exchange, who acts |
//! | `program` | program and cluster against what was pinned |
//! | `transact` | simulate, show, confirm, send; or export |
//! | `commands/` | what each command does |
//! | `report`, `events`, `words` | accounts, events, prices and sizes as people read them |
//! | `amount`, `tokens` | amounts as people type them; token accounts |
//! | `output`, `failure` | `{ok, data, error, meta}`; exit statuses |
mod amount;
pub mod arguments;
mod commands;
mod context;
mod events;
mod export;
mod failure;
mod output;
mod program;
mod report;
mod settings;
mod tokens;
mod transact;
mod words;

use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::arguments::{DiffOptions, SimulateOptions};
use crate::margin::MarginOptions;
use arguments::{NetworkOptions, OnlineCommand, OnlineParamsCommand};
use context::Online;
use output::{Form, Origins};
use settings::OwnSettings;

pub use failure::CommandFailure;
pub use output::Answer;

/// What is asked of a cluster.
pub enum OnlineQuestion {
    /// A command of its own.
    Command(OnlineCommand),
    /// A command of `params` that only a cluster can answer.
    Params(OnlineParamsCommand),
    /// `params diff` without a folder.
    Diff(DiffOptions),
    /// `params simulate` without a folder.
    Simulate(SimulateOptions),
    /// A question of `margin` about an exchange.
    Margin(MarginOptions),
}

impl OnlineQuestion {
    /// Whether it can be answered without the cluster.
    const fn is_local(&self) -> bool {
        matches!(
            self,
            Self::Command(OnlineCommand::Config(_) | OnlineCommand::Explain(_))
        )
    }
}

/// Whether a cluster or an exchange is named: typed, of the environment, or of Freeboard's config.
///
/// Errors: a config that cannot be read.
pub fn is_exchange_named(options: &NetworkOptions) -> Result<bool, CommandFailure> {
    let cluster = options.url.is_some() || options.solana_config.is_some();
    if cluster || options.exchange.is_some() {
        return Ok(true);
    }
    let own = OwnSettings::path().map(|path| OwnSettings::read(&path));
    Ok(own.transpose()?.is_some_and(|own| own.exchange.is_some()))
}

/// Prints what was answered without a cluster, in the same form and with the same exit statuses.
pub fn print_local(options: &NetworkOptions, result: anyhow::Result<Answer>) -> ExitCode {
    let result = result.map_err(CommandFailure::from);
    Form::of_flag(options.json).print(result, Origins::default())
}

/// Asks, and prints the answer.
pub fn start(options: NetworkOptions, asked: OnlineQuestion) -> ExitCode {
    let form = Form::of_flag(options.json);
    let online = match Online::new(options) {
        Ok(online) => online,
        Err(failure) => return form.print(Err(failure), Origins::default()),
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = CommandFailure::input(format!("No threads can be started: {error}."), "");
            return form.print(Err(failure), online.origins());
        }
    };
    let mut origins = online.origins();
    let result = runtime.block_on(async {
        let is_local = asked.is_local();
        let result = answer(&online, asked).await;
        if form == Form::Json && !is_local {
            origins.slot = online.cluster.clock().await.ok().map(|clock| clock.slot);
        }
        result
    });
    form.print(result, origins)
}

async fn answer(online: &Online, asked: OnlineQuestion) -> Result<Answer, CommandFailure> {
    match asked {
        OnlineQuestion::Command(command) => commands::run_command(online, command).await,
        OnlineQuestion::Params(command) => commands::run_online_params(online, command).await,
        OnlineQuestion::Diff(options) => commands::diff(online, &options).await,
        OnlineQuestion::Simulate(options) => commands::simulate(online, options).await,
        OnlineQuestion::Margin(options) => commands::margin(online, &options).await,
    }
}
