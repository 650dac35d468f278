//! `freeboard trade`, `close`, `positions`, `sample`.
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use freeboard_client::dump::Located;
use freeboard_client::events::Event;
use freeboard_client::freeboard::instructions::{RequestOrderArgs, TradeArgs};
use freeboard_client::freeboard::state::{MarginAccount, NO_ASSET};
use freeboard_client::instructions;
use freeboard_client::network::{SendOptions, SentTransaction};
use freeboard_client::state::AssetState;
use serde_json::json;
use solana_signer::Signer;

use super::account::view;
use super::funds::unknown_asset;
use super::pricing::{AskedTrade, PriceBound, PricedTrade};
use super::rewards::{reward_account, with_earned};
use crate::online::amount::{HowMuch, TypedAmount};
use crate::online::arguments::{AccountChoice, ClosePositionOptions, SampleOptions, TradeOptions};
use crate::online::context::{Online, asset_of, name_of};
use crate::online::failure::{CommandFailure, FailureKind};
use crate::online::output::Answer;
use crate::online::report;
use crate::online::transact::Intent;
use crate::online::words::signed_size;

/// How often an account is asked whether its order was filled.
const POLL: Duration = Duration::from_millis(500);

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
    let was_sent = !answer.signatures.is_empty();
    if !was_sent || !wait {
        return Ok(answer);
    }
    let filled = async {
        let id = match ordered(&answer.events, account) {
            Some(id) => id,
            None => online.account_at(account).await?.state.order_sequence,
        };
        let placed = PlacedOrder {
            account,
            id,
            asset_index,
            size_before_atoms: size_of(&wanted.account.state, asset_index),
        };
        wait_for_fill(online, &placed).await
    };
    let filled = filled.await;
    answer.followed_by(filled)
}

/// An order that waits for its fill.
struct PlacedOrder {
    account: Pubkey,
    id: u64,
    asset_index: u16,
    /// The position before it, base atoms.
    size_before_atoms: i64,
}

/// The number that the program gave to an order of this account.
fn ordered(events: &[Event], account: Pubkey) -> Option<u64> {
    events.iter().find_map(|event| match event {
        Event::OrderRequested(event) if event.stamp.key == account => Some(event.order_id),
        _ => None,
    })
}

/// The account's position in an asset, base atoms.
fn size_of(account: &MarginAccount, asset_index: u16) -> i64 {
    let slot = account.find_position(asset_index);
    slot.map_or(0, |slot| slot.base_size_atoms)
}

impl PlacedOrder {
    /// What became of it, once the account does not hold it any more: a fill changes the position.
    ///
    /// Errors: it was not filled.
    fn gone(&self, size_after_atoms: i64) -> Result<Answer, CommandFailure> {
        let id = self.id;
        if size_after_atoms == self.size_before_atoms {
            return Err(CommandFailure::new(
                FailureKind::Unknown,
                format!("Order {id} is gone without a fill."),
                "It was taken back, or something else closed the same size meanwhile: `freeboard positions` says what \
                 there is. Place it again if it is still wanted.",
            ));
        }
        let data = json!({ "state": "filled", "order": id, "size_after_atoms": size_after_atoms });
        Ok(Answer::new(format!("Order {id} is filled.\n"), &data))
    }
}

/// Waits until an order is gone, by a fill or by its end; fills it as soon as a price allows it, unless somebody else is
/// first.
async fn wait_for_fill(online: &Online, placed: &PlacedOrder) -> Result<Answer, CommandFailure> {
    let id = placed.id;
    let spinner = online.spinner("waiting for a price to fill it at");
    loop {
        let held = online.account_at(placed.account).await?;
        let Some(order) = held.state.orders.iter().find(|order| order.id == id) else {
            spinner.finish_and_clear();
            return placed.gone(size_of(&held.state, placed.asset_index));
        };
        if online.now().await? >= order.expiry_ts {
            spinner.finish_and_clear();
            return Err(CommandFailure::new(
                FailureKind::Unknown,
                format!("Order {id} expired without a fill."),
                "No price within its limit came in time. Place it again with a wider --slippage.",
            ));
        }
        // Whoever is first fills it; the account says so the next time.
        if let Err(failure) = fill(online, &held, id).await
            && failure.kind != FailureKind::Refused
        {
            return Err(failure);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Fills an order, by whoever acts.
///
/// Errors: those of the fill: no price after the order yet, or none within its limit.
pub async fn fill(
    online: &Online,
    account: &Located<MarginAccount>,
    order_id: u64,
) -> Result<SentTransaction, CommandFailure> {
    let state = online.exchange().await?;
    let instruction = state.fill_order(account, order_id, true);
    let instruction = instruction.ok_or_else(unknown_asset)?;
    let signer = online.keypair()?;
    let instructions = [instruction];
    let options = SendOptions {
        // It is tried until a price allows it: what was not simulated would be paid for each time.
        skip_simulation: false,
        ..online.way_to_send(&signer.pubkey(), &instructions).await
    };
    Ok(online
        .cluster
        .send(&[&signer], &instructions, &options)
        .await?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use freeboard_client::freeboard::events::{OrderRequested, Stamp};

    fn requested(account: Pubkey, order_id: u64) -> Event {
        Event::OrderRequested(OrderRequested {
            stamp: Stamp {
                key: account,
                sequence: 1,
                slot: 2,
                ts: 3,
            },
            order_id,
            asset_index: 0,
            size_atoms: 5,
            limit_price_e12: 1,
            expiry_ts: 4,
            reduce_only: false,
        })
    }

    #[test]
    fn an_order_is_known_by_its_event() {
        let [own, other] = [[1; 32], [2; 32]].map(Pubkey::new_from_array);
        let events = [requested(other, 8), requested(own, 9)];
        assert_eq!(ordered(&events, own), Some(9));
        assert_eq!(ordered(&[], own), None);
    }

    #[test]
    fn an_order_that_is_gone_was_filled_only_if_the_position_changed() {
        let placed = PlacedOrder {
            account: Pubkey::default(),
            id: 9,
            asset_index: 0,
            size_before_atoms: 5,
        };
        assert_eq!(placed.gone(7).unwrap().data["state"], "filled");
        let failure = placed.gone(5).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unknown);
        assert!(failure.message.contains("gone without a fill"), "{failure}");
    }
}
