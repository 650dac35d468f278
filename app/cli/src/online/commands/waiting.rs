//! `--wait`: an order until it is gone, and how it ended: by what the account's own transactions told.
//!
//! An order leaves its account by a fill, by whoever takes it back, or expired, when another takes its slot. A liquidation
//! moves the position and leaves orders where they are: that the position changed says nothing of an order.
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use freeboard_client::dump::Located;
use freeboard_client::events::Event;
use freeboard_client::freeboard::events::PositionChanged;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::network::{NetworkError, SendOptions, SentTransaction};
use freeboard_client::state::ExchangeState;
use serde_json::json;
use solana_signature::Signature;
use solana_signer::Signer;

use super::funds::unknown_asset;
use crate::online::context::Online;
use crate::online::events::{Names, told, trade_said};
use crate::online::failure::{CommandFailure, FailureKind};
use crate::online::output::Answer;

/// How often an account is asked whether its order was filled.
const POLL: Duration = Duration::from_millis(500);
/// How often a node is asked how an order ended: its history is a little behind its accounts.
const LOOKS: usize = 20;

/// An order that waits for its fill.
struct PlacedOrder {
    account: Pubkey,
    id: u64,
    /// The transaction that placed it.
    placed_by: Signature,
}

/// How its account was seen last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastSeen {
    /// Without the order.
    Gone,
    /// With it when it could not be filled any more.
    HeldTooLong,
}

/// How an order ended.
enum OrderEnd<'a> {
    /// By this fill.
    Filled(&'a PositionChanged),
    /// Taken back, by this signer.
    TakenBack(Pubkey),
    /// Nobody filled it in time.
    Expired,
    /// The node has not told all that happened.
    Untold,
}

/// What the transactions of an account told since an order was placed.
#[derive(Default)]
struct ToldSince {
    /// The oldest first.
    events: Vec<Event>,
    /// Some transaction is not known, or not all that it told.
    is_partial: bool,
}

/// Waits until the order that this answer tells of is gone; fills it as soon as a price allows it, unless somebody else is
/// first.
///
/// Errors: it was not filled; those of the network.
pub async fn wait_for_fill(
    online: &Online,
    state: &ExchangeState,
    account: Pubkey,
    placed: &Answer,
) -> Result<Answer, CommandFailure> {
    let order = PlacedOrder::new(online, account, placed).await?;
    let spinner = online.spinner("waiting for a price to fill it at");
    let seen = loop {
        let now = online.now().await?;
        let held = online.account_at(account).await?; // after the clock: what is there then was not filled before
        let waiting = held.state.orders.iter().find(|one| one.id == order.id);
        match waiting {
            None => break LastSeen::Gone,
            Some(waiting) if now >= waiting.expiry_ts => break LastSeen::HeldTooLong,
            Some(_) => {}
        }
        // Whoever is first fills it; the account says so the next time.
        if let Err(failure) = fill(online, &held, order.id).await
            && failure.kind != FailureKind::Refused
        {
            return Err(failure);
        }
        tokio::time::sleep(POLL).await;
    };
    let told = order.told(online, seen).await;
    spinner.finish_and_clear();
    order.outcome(&told, seen, &Names::new(state))
}

impl PlacedOrder {
    /// The order that an answer tells of; where the node did not tell its events, the account's newest.
    async fn new(
        online: &Online,
        account: Pubkey,
        placed: &Answer,
    ) -> Result<Self, CommandFailure> {
        let id = match requested(&placed.events, account) {
            Some(id) => id,
            None => online.account_at(account).await?.state.order_sequence,
        };
        let placed_by = placed.signatures.last().and_then(|text| text.parse().ok());
        Ok(Self {
            account,
            id,
            placed_by: placed_by.unwrap_or_default(),
        })
    }

    /// What the account's transactions told since, once they say how it ended or the node was asked often enough.
    async fn told(&self, online: &Online, seen: LastSeen) -> ToldSince {
        let mut looks = 1;
        loop {
            // A node that answers no such question has told nothing.
            let told = self.look(online).await.unwrap_or(ToldSince {
                events: Vec::new(),
                is_partial: true,
            });
            if looks == LOOKS || !matches!(self.end(&told, seen), OrderEnd::Untold) {
                return told;
            }
            looks += 1;
            tokio::time::sleep(POLL).await;
        }
    }

    async fn look(&self, online: &Online) -> Result<ToldSince, NetworkError> {
        let cluster = &online.cluster;
        let mut told = ToldSince::default();
        for signature in cluster
            .transactions_of(&self.account, self.placed_by)
            .await?
        {
            match cluster.transaction(&signature).await? {
                Some(executed) => {
                    told.is_partial |= executed.told.is_truncated;
                    told.events.extend(executed.told.events);
                }
                None => told.is_partial = true,
            }
        }
        Ok(told)
    }

    /// How it ended.
    fn end<'a>(&self, told: &'a ToldSince, seen: LastSeen) -> OrderEnd<'a> {
        let own = (self.account, self.id);
        let ended = told.events.iter().find_map(|event| match event {
            Event::PositionChanged(e) if (e.stamp.key, e.order_id) == own => {
                Some(OrderEnd::Filled(e))
            }
            Event::OrderCancelled(e) if (e.stamp.key, e.order_id) == own => {
                Some(OrderEnd::TakenBack(e.by))
            }
            _ => None,
        });
        // Only an order that has expired gives its slot to another.
        let is_replaced = requested(&told.events, self.account).is_some() && !told.is_partial;
        match (ended, seen) {
            (Some(end), _) => end,
            (None, LastSeen::HeldTooLong) => OrderEnd::Expired,
            (None, LastSeen::Gone) if is_replaced => OrderEnd::Expired,
            (None, LastSeen::Gone) => OrderEnd::Untold,
        }
    }

    /// What to say of it.
    ///
    /// Errors: it was not filled, or nobody knows.
    fn outcome(
        &self,
        told: &ToldSince,
        seen: LastSeen,
        names: &Names,
    ) -> Result<Answer, CommandFailure> {
        let id = self.id;
        let (message, remedy) = match self.end(told, seen) {
            OrderEnd::Filled(fill) => return Ok(self.filled(fill, names)),
            OrderEnd::TakenBack(by) => (
                format!("Order {id} was taken back by {by} and not filled."),
                "Place it again if it is still wanted.",
            ),
            OrderEnd::Expired => (
                format!("Order {id} expired without a fill."),
                "No price within its limit came in time. Place it again with a wider --slippage.",
            ),
            OrderEnd::Untold => (
                format!("Order {id} is gone, and the node does not tell how it ended."),
                "`freeboard positions` says what there is; place it again only if that is not what was wanted.",
            ),
        };
        let meanwhile = self.meanwhile(told, names);
        Err(CommandFailure::new(
            FailureKind::Unknown,
            message + &meanwhile,
            remedy,
        ))
    }

    fn filled(&self, fill: &PositionChanged, names: &Names) -> Answer {
        let data = json!({
            "state": "filled",
            "order": self.id,
            "filled_atoms": fill.size_after_atoms.saturating_sub(fill.size_before_atoms),
            "size_after_atoms": fill.size_after_atoms,
            "notional_atoms": fill.fill_notional_atoms,
            "fee_atoms": fill.fee_atoms,
        });
        let said = trade_said(fill, names);
        Answer::new(format!("Order {} is filled. {said}\n", self.id), &data)
    }

    /// What else changed the account's positions meanwhile, a sentence each: a liquidation is no fill.
    fn meanwhile(&self, told_since: &ToldSince, names: &Names) -> String {
        let events = told_since.events.iter();
        let own = events.filter(|event| match event {
            Event::AccountLiquidated(e) => e.stamp.key == self.account,
            Event::AccountSliced(e) => e.stamp.key == self.account,
            Event::PositionDeleveraged(e) => e.stamp.key == self.account,
            Event::PositionSettled(e) => e.stamp.key == self.account,
            Event::PositionChanged(e) => e.stamp.key == self.account,
            _ => false,
        });
        own.map(|event| format!(" Meanwhile: {}", told(event, names).said))
            .collect()
    }
}

/// The number that the program gave to an order of this account.
fn requested(events: &[Event], account: Pubkey) -> Option<u64> {
    events.iter().find_map(|event| match event {
        Event::OrderRequested(event) if event.stamp.key == account => Some(event.order_id),
        _ => None,
    })
}

/// Fills an order, by whoever acts.
///
/// Errors: those of the fill: no price after the order yet, or none within its limit.
async fn fill(
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

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;
