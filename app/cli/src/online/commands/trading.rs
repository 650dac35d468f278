//! `freeboard trade`, `close`, `positions`, `sample`.
use freeboard_client::freeboard::instructions::{RequestOrderArgs, TradeArgs};
use freeboard_client::freeboard::state::NO_ASSET;
use freeboard_client::instructions;
use freeboard_client::state::AssetState;
use serde_json::json;

use super::account::view;
use super::funds::unknown_asset;
use super::pricing::{AskedTrade, PriceBound, PricedTrade};
use super::rewards::{reward_account, with_earned};
use super::waiting;
use crate::online::amount::{HowMuch, TypedAmount};
use crate::online::arguments::{AccountChoice, ClosePositionOptions, SampleOptions, TradeOptions};
use crate::online::context::{Online, asset_of, name_of};
use crate::online::failure::CommandFailure;
use crate::online::output::Answer;
use crate::online::report;
use crate::online::transact::Intent;
use crate::online::words::signed_size;

/// Trades, or stores an order where the market wants one.
pub async fn trade(online: &Online, options: TradeOptions) -> Result<Answer, CommandFailure> {
    let bound = PriceBound::as_asked(options.limit, options.slippage)?;
    let amount = TypedAmount::parse(&options.size.amount)?;
    let reduce_only = options.reduce_only || amount.how_much == HowMuch::All;
    let wanted = AskedTrade::new(online, &options.choice).await?;
    let (asset_index, size_atoms) = wanted.size(&amount, options.side)?;
    let args = TradeArgs {
        asset_index,
        size_atoms,
        limit_price_e12: 0,
        reduce_only,
    };
    let priced = wanted.priced(args, bound)?;
    if priced.needs_order {
        let life_secs = wanted.state.exchange.pool.order_expiry_secs;
        if !online.options.json {
            eprintln!(
                "note: this market opens no positions in one step; an order is stored, and anyone fills it at a price \
                 published after it"
            );
        }
        return place(online, &wanted, &priced, life_secs, options.wait).await;
    }
    at_once(online, &wanted, &priced, "by").await
}

/// `Buy 0.5 BTC`.
fn said(wanted: &AskedTrade, args: &TradeArgs) -> String {
    let asset = wanted.state.asset(args.asset_index);
    let decimals = asset.map_or(0, |one| one.asset.params.base_decimals);
    let name = name_of(&wanted.state, args.asset_index);
    let verb = if args.size_atoms > 0 { "Buy" } else { "Sell" };
    if args.size_atoms.unsigned_abs() >= i64::MAX.unsigned_abs() {
        return format!("Close the whole position in {name}");
    }
    let size = signed_size(args.size_atoms, decimals);
    let only = if args.reduce_only {
        ", to reduce only"
    } else {
        ""
    };
    format!(
        "{verb} {} {name}{only}",
        size.trim_start_matches(['+', '−'])
    )
}

/// Stores an order, and waits for its fill if that was asked for.
pub async fn place(
    online: &Online,
    wanted: &AskedTrade,
    priced: &PricedTrade,
    life_secs: u32,
    wait: bool,
) -> Result<Answer, CommandFailure> {
    let TradeArgs {
        asset_index,
        size_atoms,
        limit_price_e12,
        reduce_only,
    } = priced.args;
    let args = RequestOrderArgs {
        asset_index,
        size_atoms,
        limit_price_e12,
        reduce_only,
        life_secs,
    };
    let (exchange, account) = (wanted.state.address, wanted.account.address);
    let what = said(wanted, &priced.args);
    let title = format!("Order: {what} within {life_secs} s, by margin account {account}");
    let mut intent = wanted.intent(title, priced);
    intent.instructions.push(instructions::request_order(
        exchange,
        wanted.authority,
        account,
        args,
    ));
    let answer = online.carry_out(intent).await?;
    if answer.signatures.is_empty() {
        return Ok(answer);
    }
    if !wait {
        return Ok(waiting::with_wait(answer, account, life_secs));
    }
    let asked = (account, priced.bound);
    let filled = waiting::wait_for_fill(online, &wanted.state, asked, &answer).await;
    answer.followed_by(filled)
}

/// Closes a position, or all of them, each by a transaction of its own.
pub async fn close(
    online: &Online,
    options: ClosePositionOptions,
) -> Result<Answer, CommandFailure> {
    let bound = PriceBound::as_asked(None, options.slippage)?;
    let wanted = AskedTrade::new(online, &options.choice).await?;
    let held = wanted
        .account
        .state
        .positions
        .iter()
        .filter(|slot| slot.asset_index != NO_ASSET);
    let mut indices: Vec<u16> = held.map(|slot| slot.asset_index).collect();
    if options.asset != "all" {
        let index = asset_of(&wanted.state, &options.asset)?.asset.index;
        indices.retain(|held| *held == index);
    }
    if indices.is_empty() {
        return Err(CommandFailure::input(
            format!(
                "Margin account {} has no such position.",
                wanted.account.address
            ),
            "`freeboard positions` shows those it has.",
        ));
    }
    let mut answer = Answer::default();
    for asset_index in indices {
        let step = close_one(online, &options.choice, asset_index, bound).await;
        answer = answer.followed_by(step)?;
    }
    Ok(answer)
}

async fn close_one(
    online: &Online,
    choice: &AccountChoice,
    asset_index: u16,
    bound: PriceBound,
) -> Result<Answer, CommandFailure> {
    let wanted = &AskedTrade::new(online, choice).await?; // its slots change with each step
    let position = wanted.account.state.find_position(asset_index);
    let is_short = position.is_some_and(|slot| slot.base_size_atoms < 0);
    let args = TradeArgs {
        asset_index,
        size_atoms: if is_short { i64::MAX } else { -i64::MAX },
        limit_price_e12: 0,
        reduce_only: true,
    };
    let priced = wanted.priced(args, bound)?;
    at_once(online, wanted, &priced, "of").await
}

/// Trades in one step; `relation` is the word between the trade and the margin account.
async fn at_once(
    online: &Online,
    wanted: &AskedTrade,
    priced: &PricedTrade,
    relation: &str,
) -> Result<Answer, CommandFailure> {
    let title = format!(
        "{}, {relation} margin account {}",
        said(wanted, &priced.args),
        wanted.account.address
    );
    let mut intent = wanted.intent(title, priced);
    let instruction = wanted
        .state
        .trade(wanted.authority, &wanted.account, priced.args, true);
    intent
        .instructions
        .push(instruction.ok_or_else(unknown_asset)?);
    online.carry_out(intent).await
}

/// Positions of an account.
pub async fn positions(online: &Online, choice: AccountChoice) -> Result<Answer, CommandFailure> {
    let view = view(online, &choice).await?;
    let text = match view.positions.is_empty() {
        true => format!("Margin account {} has no position.\n", view.address),
        false => report::position_table(&view.positions),
    };
    Ok(Answer::new(text, &view.positions))
}

/// Whether a sample of an asset is due, by the newest price of its feed.
pub fn is_due(one: &AssetState) -> bool {
    let (Some(price), Ok(volatility)) = (report::oracle_price(one), one.asset.volatility()) else {
        return false;
    };
    let age = price.publish_ts.saturating_sub(volatility.anchor_ts);
    !one.asset.is_settled() && age >= i64::from(one.asset.params.sample.min_spacing_secs)
}

/// Takes samples.
pub async fn sample(online: &Online, options: SampleOptions) -> Result<Answer, CommandFailure> {
    let state = online.exchange().await?;
    let chosen: Vec<&AssetState> = if options.assets.is_empty() {
        state.assets.iter().filter(|one| is_due(one)).collect()
    } else {
        let found = options.assets.iter().map(|name| asset_of(&state, name));
        found.collect::<Result<_, _>>()?
    };
    if chosen.is_empty() {
        let text = "No sample is due: each asset's newest price is too near its last sample.";
        return Ok(Answer::new(text, &json!([])));
    }
    let names: Vec<String> = chosen.iter().map(|one| one.name()).collect();
    let paid = reward_account(online).await?;
    let samples = chosen
        .iter()
        .map(|one| state.sample_volatility_for(one.asset.index, paid));
    let samples = samples
        .collect::<Option<Vec<_>>>()
        .ok_or_else(unknown_asset)?;
    let title = format!("Take a volatility sample of {}", names.join(", "));
    let intent = Intent::new(title, samples).with_preview(&json!({ "assets": names }));
    Ok(with_earned(online.carry_out(intent).await?, paid))
}
