//! `freeboard explain`: what an error means, or what a transaction did.
use freeboard_client::display::money::decimal;
use freeboard_client::errors;
use freeboard_client::network::ExecutedTransaction;
use serde::Serialize;
use solana_signature::Signature;

use crate::error;
use crate::online::arguments::ExplainOptions;
use crate::online::context::Online;
use crate::online::events::{self, Names};
use crate::online::failure::CommandFailure;
use crate::online::output::{Answer, rows};
use crate::online::words::time;

/// A transaction in words.
#[derive(Serialize)]
struct Explanation {
    signature: String,
    slot: u64,
    time: Option<i64>,
    payer: Option<String>,
    fee_lamports: u64,
    compute_units: Option<u64>,
    succeeded: bool,
    error: Option<errors::Explained>,
    network_error: Option<String>,
    events: Vec<events::ToldEvent>,
    events_may_be_missing: bool,
}

/// Explains an error or a signature.
pub async fn explain(online: &Online, options: ExplainOptions) -> Result<Answer, CommandFailure> {
    let Ok(signature) = options.what.parse::<Signature>() else {
        let found = error::find(&options.what)?;
        return Ok(Answer::new(found.to_string(), &found));
    };
    let executed = online.cluster.transaction(&signature).await?;
    let executed = executed.ok_or_else(|| {
        CommandFailure::input(
            format!("{} knows no transaction {signature}.", online.cluster.url()),
            "It may not have landed: try again in a minute. Nodes forget old ones: name one with --url that does not.",
        )
    })?;
    let names = names(online).await;
    let slot = executed.slot;
    let explanation = explanation(executed, &names);
    let mut answer = Answer::new(text(&explanation), &explanation);
    answer.slot = Some(slot);
    Ok(answer)
}

/// Names of the exchange's assets, if it is known and answers; else indices.
async fn names(online: &Online) -> Names {
    match online.exchange().await {
        Ok(state) => Names::new(&state),
        Err(_) => Names::default(),
    }
}

fn explanation(executed: ExecutedTransaction, names: &Names) -> Explanation {
    let told = executed
        .told
        .events
        .iter()
        .map(|event| events::told(event, names));
    let number = errors::number_in_logs(&executed.logs).filter(|_| executed.error.is_some());
    Explanation {
        signature: executed.signature.to_string(),
        slot: executed.slot,
        time: executed.block_time,
        payer: executed.payer.map(|payer| payer.to_string()),
        fee_lamports: executed.fee_lamports,
        compute_units: executed.units,
        succeeded: executed.error.is_none(),
        error: number.and_then(errors::explain),
        network_error: executed.error.map(|error| error.to_string()),
        events: told.collect(),
        events_may_be_missing: executed.told.is_truncated,
    }
}

fn text(explanation: &Explanation) -> String {
    let mut lines = vec![("slot", explanation.slot.to_string())];
    if let Some(ts) = explanation.time {
        lines.push(("time", time(ts)));
    }
    if let Some(payer) = &explanation.payer {
        lines.push(("paid by", payer.clone()));
    }
    lines.push((
        "fee",
        format!("{} SOL", decimal(explanation.fee_lamports.into(), 9)),
    ));
    if let Some(units) = explanation.compute_units {
        lines.push(("compute units", units.to_string()));
    }
    let mut text = format!("Transaction {}\n{}", explanation.signature, rows(&lines));
    match (&explanation.error, &explanation.network_error) {
        (Some(error), _) => {
            text += &format!("It FAILED and changed nothing but the fee: {error}\n")
        }
        (None, Some(error)) => {
            text += &format!("It FAILED and changed nothing but the fee: {error}\n")
        }
        (None, None) if explanation.events.is_empty() => {
            text += "It succeeded; the program told no event.\n";
        }
        (None, None) => {}
    }
    for event in &explanation.events {
        text += &format!("- {}\n", event.said);
    }
    if explanation.events_may_be_missing {
        text += "The log was full: events may be missing. What holds now, the accounts say.\n";
    }
    text
}
