//! `freeboard governance`: propose, list, show, cancel, execute, tighten, pause.
use std::path::Path;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use anyhow::Context;
use freeboard_client::change_file;
use freeboard_client::display::money::duration;
use freeboard_client::dump::Located;
use freeboard_client::forecast::ForecastState;
use freeboard_client::freeboard::governance::Wait;
use freeboard_client::freeboard::governance::pauses::{self, Operation};
use freeboard_client::freeboard::instructions::{PauseArgs, ProposeChangeArgs, TightenArgs};
use freeboard_client::freeboard::state::{Change, PendingChange};
use freeboard_client::instructions::{self, Pending};
use freeboard_client::state::ExchangeState;

use super::assets::{create_asset, feed_place};
use super::parameters::{Scope, dump_of};
use crate::arguments::DiffOptions;
use crate::governance::{self, DescribedChange};
use crate::online::arguments::{
    ApplyOptions, CancelChangeOptions, ExecuteChangeOptions, GovernanceCommand, PauseOptions,
    ProposeOptions,
};
use crate::online::context::Online;
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;
use crate::online::transact::Intent;
use crate::online::words::{seconds, time};

/// Runs `freeboard governance`.
pub async fn run_governance(
    online: &Online,
    command: GovernanceCommand,
) -> Result<Answer, CommandFailure> {
    match command {
        GovernanceCommand::Propose(options) => propose(online, options).await,
        GovernanceCommand::List => list(online, None).await,
        GovernanceCommand::Show { number } => {
            let now = online.now().await?;
            let dump = dump_of(online, Scope::WithoutAccounts).await?;
            Ok(governance::waiting(&dump, number, now)?)
        }
        GovernanceCommand::Cancel(options) => cancel(online, &options).await,
        GovernanceCommand::Execute(options) => execute(online, &options).await,
        GovernanceCommand::Tighten(options) => tighten(online, &options).await,
        GovernanceCommand::Pause(options) => pause(online, &options).await,
    }
}

/// Everything that waits or runs, by the chain's clock unless another time is given.
pub async fn list(online: &Online, now: Option<i64>) -> Result<Answer, CommandFailure> {
    let chain = online.now().await?;
    let dump = dump_of(online, Scope::WithoutAccounts).await?;
    let options = DiffOptions {
        folder: None,
        now: Some(now.unwrap_or(chain)),
    };
    Ok(governance::diff(&dump, &options)?)
}

/// Exchange and assets as changes see them.
pub fn forecast_state(state: &ExchangeState) -> ForecastState {
    ForecastState {
        exchange: state.exchange,
        assets: state.assets.iter().map(|one| one.asset).collect(),
    }
}

/// The changes of a TOML file over the values of now.
///
/// Errors: no such file; a key, an asset or a value in it.
fn changes(file: &Path, state: &ExchangeState) -> Result<Vec<Change>, CommandFailure> {
    let place = || format!("{}", file.display());
    let text = std::fs::read_to_string(file).with_context(place)?;
    let assets = state.assets.iter().map(|one| &one.asset);
    let changes = change_file::parse(&text, &state.exchange, assets).with_context(place)?;
    Ok(changes)
}

/// Proposes the changes of a file, or another holder of a role.
async fn propose(online: &Online, options: ProposeOptions) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let changes = match (&options.file, options.role, options.holder) {
        (Some(file), ..) => changes(file, &state)?,
        (None, Some(role), Some(holder)) => vec![Change::OfferRole {
            role: role.into(),
            holder,
        }],
        _ => Vec::new(), // clap asks for one of them
    };
    propose_all(online, &state, changes).await
}

/// The same by the name of `params apply`.
pub async fn apply(online: &Online, options: ApplyOptions) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let changes = changes(&options.file, &state)?;
    propose_all(online, &state, changes).await
}

/// Proposes changes, each by a transaction of its own.
pub async fn propose_all(
    online: &Online,
    state: &ExchangeState,
    changes: Vec<Change>,
) -> Result<Answer, CommandFailure> {
    let authority = online.authority()?;
    let now = online.now().await?;
    let forecast = forecast_state(state);
    let mut intents = Vec::new();
    for (number, change) in (state.exchange.change_count + 1..).zip(changes) {
        let described = DescribedChange::new(&forecast, &change, now)?;
        let wait = Wait::new(&change, &state.exchange, now);
        let title = format!(
            "Propose change {number}, {}: {}",
            described.concerns, described.kind
        );
        let feeds = feeds_of(online, state, &change).await?;
        let args = ProposeChangeArgs { number, change };
        let instruction = match feeds {
            Some(feeds) => {
                instructions::propose_feed(authority, authority, state.address, args, feeds)
            }
            None => instructions::propose_change(authority, authority, state.address, args),
        };
        let mut intent = Intent::new(title, vec![instruction])
            .with_row("waits", duration(wait.executable_ts.abs_diff(now)))
            .with_row("executable", time(wait.executable_ts))
            .with_row("void", time(wait.expires_ts))
            .with_preview(&serde_json::json!({
                "number": number, "executable_ts": wait.executable_ts, "expires_ts": wait.expires_ts, "change": described,
            }));
        if described.only_tightens {
            intent = intent.with_row(
                "note",
                "it only tightens: `freeboard governance tighten` makes it at once",
            );
        }
        intent.details = described.table();
        intents.push(intent);
    }
    online.carry_out_all(intents).await
}

/// Makes changes at once, all of which tighten.
async fn tighten(online: &Online, options: &ApplyOptions) -> Result<Answer, CommandFailure> {
    let authority = online.authority()?;
    let state = online.exchange().await?;
    let now = online.now().await?;
    let forecast = forecast_state(&state);
    let mut intents = Vec::new();
    for change in changes(&options.file, &state)? {
        let described = DescribedChange::new(&forecast, &change, now)?;
        if !described.only_tightens {
            return Err(CommandFailure::input(
                format!(
                    "{}: the {} do not only tighten.\n{}",
                    described.concerns,
                    described.kind,
                    described.table()
                ),
                "Nothing was sent. `freeboard governance propose` proposes it, with the timelock.",
            ));
        }
        let title = format!(
            "Tighten at once, {}: {}",
            described.concerns, described.kind
        );
        let args = TightenArgs {
            version: described.version,
            change,
        };
        let instruction = instructions::tighten(authority, state.address, args);
        let mut intent = Intent::new(title, vec![instruction]).with_preview(&described);
        intent.details = described.table();
        intents.push(intent);
    }
    online.carry_out_all(intents).await
}

async fn pause(online: &Online, options: &PauseOptions) -> Result<Answer, CommandFailure> {
    let operation = operation_of(&options.operation)?;
    let duration_secs = seconds(&options.duration)?;
    let authority = online.authority()?;
    let state = online.exchange().await?;
    let longest = operation.longest_pause_secs();
    if i64::from(duration_secs) > longest {
        return Err(CommandFailure::input(
            format!(
                "{} is paused for at most {}.",
                name_of_operation(operation),
                duration(longest.unsigned_abs())
            ),
            "Use a shorter pause; when it has ended, the next may start after its interval.",
        ));
    }
    let args = PauseArgs {
        operation,
        duration_secs,
        next_pause_ts: pauses::pause_of(&state.exchange, operation).next_pause_ts,
    };
    let instruction = instructions::pause(state.address, authority, args);
    let name = name_of_operation(operation);
    let title = match duration_secs {
        0 => format!("End the pause of {name}"),
        secs => format!("Pause {name} for {}", duration(secs.into())),
    };
    online
        .carry_out(Intent::new(title, vec![instruction]))
        .await
}

/// `DepositLiquidity` as `deposit-liquidity`.
pub fn name_of_operation(operation: Operation) -> String {
    let mut name = String::new();
    for c in format!("{operation:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(c.to_lowercase());
    }
    name
}

fn operation_of(text: &str) -> Result<Operation, CommandFailure> {
    let found = Operation::ALL
        .into_iter()
        .find(|operation| name_of_operation(*operation) == text);
    found.ok_or_else(|| {
        let names: Vec<String> = Operation::ALL.into_iter().map(name_of_operation).collect();
        CommandFailure::input(
            format!("`{text}` is no operation that can be paused."),
            format!("Use {}.", names.join(", ")),
        )
    })
}

/// The change of a number that waits.
pub async fn pending(
    online: &Online,
    exchange: Pubkey,
    number: u64,
) -> Result<Located<PendingChange>, CommandFailure> {
    let waiting = online.cluster.pending_changes(exchange).await?;
    let found = waiting.into_iter().find(|one| one.state.number == number);
    found.ok_or_else(|| {
        CommandFailure::input(
            format!("No change {number} waits."),
            "It was carried out, cancelled or never proposed; `freeboard governance list` lists those that wait.",
        )
    })
}

fn pending_of(found: &Located<PendingChange>) -> Pending {
    Pending {
        exchange: found.state.exchange,
        number: found.state.number,
        payer: found.state.payer,
        change: found.state.change.clone(),
    }
}

async fn cancel(online: &Online, options: &CancelChangeOptions) -> Result<Answer, CommandFailure> {
    let authority = online.authority()?;
    let state = online.exchange().await?;
    let found = pending(online, state.address, options.number).await?;
    let title = format!(
        "Take change {} back, {}",
        options.number,
        said(&state, &found.state.change)
    );
    let instruction = instructions::cancel_change(authority, &pending_of(&found));
    online
        .carry_out(Intent::new(title, vec![instruction]))
        .await
}

/// What a change is about, in a line.
fn said(state: &ExchangeState, change: &Change) -> String {
    governance::line(&forecast_state(state), change)
}

/// Carries out one change, or all whose wait is over.
async fn execute(
    online: &Online,
    options: &ExecuteChangeOptions,
) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let now = online.now().await?;
    let chosen: Vec<Located<PendingChange>> = match options.number {
        Some(number) => vec![pending(online, state.address, number).await?],
        None => {
            let waiting = online.cluster.pending_changes(state.address).await?;
            let is_ripe = |one: &Located<PendingChange>| {
                Wait::of_pending(&one.state, &state.exchange)
                    .require_over(now)
                    .is_ok()
            };
            waiting.into_iter().filter(is_ripe).collect()
        }
    };
    if chosen.is_empty() {
        return Ok(Answer::new(
            "No change can be carried out now; `freeboard governance list` says when the next can.",
            &serde_json::json!([]),
        ));
    }
    let mut answer = Answer::default();
    for found in chosen {
        answer = answer.followed_by(execute_one(online, &state, &found).await)?;
    }
    Ok(answer)
}

async fn execute_one(
    online: &Online,
    state: &ExchangeState,
    found: &Located<PendingChange>,
) -> Result<Answer, CommandFailure> {
    let change = &found.state;
    if matches!(change.change, Change::Listing { .. }) {
        return create_asset(online, found, None).await;
    }
    let title = format!(
        "Carry out change {}, {}",
        change.number,
        said(state, &change.change)
    );
    let instruction = execution(online, state, found).await?;
    online
        .carry_out(Intent::new(title, vec![instruction]))
        .await
}

/// The instruction that carries a change out.
async fn execution(
    online: &Online,
    state: &ExchangeState,
    found: &Located<PendingChange>,
) -> Result<Instruction, CommandFailure> {
    let authority = online.authority()?;
    let pending = pending_of(found);
    if let Some(feeds) = feeds_of(online, state, &pending.change).await? {
        return Ok(instructions::migrate_feed(authority, &pending, feeds));
    }
    Ok(match &pending.change {
        Change::SettleDeadFeed { asset_index } => {
            instructions::settle_dead_feed(authority, &pending, feed_of_asset(state, *asset_index))
        }
        _ => instructions::execute_change(authority, &pending),
    })
}

/// Of a change of feeds the accounts that hold the old price and the new one; none of any other change.
///
/// Errors: nobody has posted a price of the new feed.
async fn feeds_of(
    online: &Online,
    state: &ExchangeState,
    change: &Change,
) -> Result<Option<[Pubkey; 2]>, CommandFailure> {
    let Change::AssetFeed { asset_index, feed } = change else {
        return Ok(None);
    };
    let new = feed_place(online, feed, None).await?;
    Ok(Some([feed_of_asset(state, *asset_index), new]))
}

fn feed_of_asset(state: &ExchangeState, index: u16) -> Pubkey {
    let asset = state.asset(index);
    asset.map(|asset| asset.keys.feed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_as_they_are_typed() {
        assert_eq!(
            name_of_operation(Operation::DepositLiquidity),
            "deposit-liquidity"
        );
        for operation in Operation::ALL {
            assert_eq!(
                operation_of(&name_of_operation(operation)).unwrap(),
                operation
            );
        }
        let failure = operation_of("trade").unwrap_err();
        assert!(
            failure.remedy.contains("increase, reduce, liquidate"),
            "{failure}"
        );
    }
}
