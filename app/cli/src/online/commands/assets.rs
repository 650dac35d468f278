//! `freeboard asset`: list, show, propose, create, implied.
use anchor_lang::prelude::Pubkey;
use freeboard_client::address;
use freeboard_client::display::money::usd;
use freeboard_client::dump::Located;
use freeboard_client::feed_binding::binding_to;
use freeboard_client::freeboard::state::{Change, FeedBinding, OracleKind, PendingChange};
use freeboard_client::instructions::{self, NewAsset};
use freeboard_client::state::ExchangeState;

use super::asset_view::{list, show};
use super::governance::{pending, propose_all};
use crate::online::arguments::{
    AssetCommand, CreateAssetOptions, ImpliedOptions, ListOptions, ReceiverName,
};
use crate::online::context::{Online, asset_of};
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;
use crate::online::transact::Intent;
use crate::parameters;

/// Runs `freeboard asset`.
pub async fn run_asset(online: &Online, command: AssetCommand) -> Result<Answer, CommandFailure> {
    match command {
        AssetCommand::List => list(online).await,
        AssetCommand::Show { asset } => show(online, &asset).await,
        AssetCommand::Propose(options) => propose(online, &options).await,
        AssetCommand::Create(options) => create(online, &options).await,
        AssetCommand::Implied(options) => implied(online, &options).await,
    }
}

/// Proposes a listing.
async fn propose(online: &Online, options: &ListOptions) -> Result<Answer, CommandFailure> {
    let file = parameters::read(options.params.as_deref())?;
    let entry = file.asset(&options.name).ok_or_else(|| {
        let names: Vec<&str> = file.assets.iter().map(|one| one.name.as_str()).collect();
        CommandFailure::input(
            format!("The parameter file has no asset `{}`.", options.name),
            format!(
                "It has {}; `freeboard calibrate` fits a new one.",
                names.join(", ")
            ),
        )
    })?;
    let state = online.exchange().await?;
    if state.asset_named(&options.name).is_some() {
        return Err(CommandFailure::input(
            format!("{} is listed already.", options.name),
            "`freeboard governance propose` changes its parameters.",
        ));
    }
    let listing = entry.listing(binding(options)?, options.mint.unwrap_or_default());
    let asset_index = next_index(online, &state).await?;
    let change = Change::Listing {
        asset_index,
        listing: Box::new(listing),
    };
    let most = usd(i64::try_from(entry.params.depth_quote_atoms).unwrap_or(i64::MAX));
    let answer = propose_all(online, &state, vec![change]).await?;
    let next = format!("Depth {most} per hour. Once its wait is over: `freeboard asset create`.");
    Ok(Answer {
        text: format!("{}{next}\n", answer.text),
        ..answer
    })
}

/// The first index that neither an asset nor a listing that waits has.
async fn next_index(online: &Online, state: &ExchangeState) -> Result<u16, CommandFailure> {
    let waiting = online.cluster.pending_changes(state.address).await?;
    let listed = waiting.iter().filter_map(|one| match one.state.change {
        Change::Listing { asset_index, .. } => Some(asset_index.saturating_add(1)),
        _ => None,
    });
    Ok(listed.max().unwrap_or(0).max(state.exchange.asset_count))
}

fn binding(options: &ListOptions) -> Result<FeedBinding, CommandFailure> {
    if let Some(address) = options.legacy_feed {
        return Ok(FeedBinding {
            kind: OracleKind::PythLegacy,
            feed: address.to_bytes(),
        });
    }
    let text = options.feed_id.as_deref().unwrap_or_default();
    let kind = match options.receiver {
        ReceiverName::Core => OracleKind::PythReceiver,
        ReceiverName::Pro => OracleKind::PythReceiverPro,
    };
    binding_to(kind, text).map_err(|reason| {
        CommandFailure::input(
            format!("--feed-id: {reason}."),
            "Pyth's site lists the ids.",
        )
    })
}

/// The account with the price of a binding: the one that was named, or the newest there is.
///
/// Errors: there is none.
pub async fn feed_place(
    online: &Online,
    binding: &FeedBinding,
    named: Option<Pubkey>,
) -> Result<Pubkey, CommandFailure> {
    if let Some(named) = named {
        return Ok(named);
    }
    let found = online.cluster.feed_of(binding).await?;
    found.map(|feed| feed.address).ok_or_else(|| {
        CommandFailure::input(
            "No account on this cluster holds a price of the feed.",
            "Post one, or name the account with --feed ADDRESS.",
        )
    })
}

async fn create(online: &Online, options: &CreateAssetOptions) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let found = match options.number {
        Some(number) => pending(online, state.address, number).await?,
        None => {
            let next = address::pending_listing(&state.address, state.exchange.asset_count);
            let found = online.cluster.pending_change(state.address, next).await?;
            found.ok_or_else(|| {
                CommandFailure::input(
                    "No listing of the next asset waits.",
                    "`freeboard asset propose` proposes one; `freeboard governance list` lists what waits.",
                )
            })?
        }
    };
    create_asset(online, &found, options.feed).await
}

/// Carries a listing out.
pub async fn create_asset(
    online: &Online,
    found: &Located<PendingChange>,
    feed: Option<Pubkey>,
) -> Result<Answer, CommandFailure> {
    let payer = online.authority()?;
    let PendingChange {
        exchange,
        number,
        payer: proposer,
        change,
        ..
    } = &found.state;
    let Change::Listing {
        asset_index,
        listing,
    } = change
    else {
        return Err(CommandFailure::input(
            format!("Change {number} lists no asset."),
            "`freeboard governance execute` carries it out.",
        ));
    };
    let mint = Some(listing.mint).filter(|mint| *mint != Pubkey::default());
    let mint = match mint {
        Some(mint) => Some((mint, online.cluster.required("mint", mint).await?.owner)),
        None => None,
    };
    let new = NewAsset {
        payer,
        proposer: *proposer,
        exchange: *exchange,
        index: *asset_index,
        feed: feed_place(online, &listing.feed, feed).await?,
        mint,
    };
    let name = freeboard_client::change_file::asset_name(&listing.name);
    let address = address::asset(exchange, *asset_index);
    let title = format!("Create asset {name}, index {asset_index}: {address}");
    let intent = Intent::new(title, vec![instructions::create_asset(new, *number)])
        .with_row("price from", new.feed.to_string())
        .with_preview(&serde_json::json!({ "asset": name, "index": asset_index, "address": address.to_string() }));
    online.carry_out(intent).await
}

/// Shows an update of the index that an asset's implied volatility is bound to.
async fn implied(online: &Online, options: &ImpliedOptions) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let one = asset_of(&state, &options.asset)?;
    let Some(binding) = one.asset.implied.feed_binding() else {
        return Err(CommandFailure::input(
            format!("{} is bound to no feed of implied volatility.", one.name()),
            "Governance binds one: `implied` of the asset in `governance propose`. A value of its own needs none.",
        ));
    };
    let feed = feed_place(online, &binding, options.feed).await?;
    let show = instructions::show_implied_volatility(state.address, one.keys.asset, feed);
    let title = format!("Show the index of implied volatility of {}", one.name());
    online.carry_out(Intent::new(title, vec![show])).await
}
