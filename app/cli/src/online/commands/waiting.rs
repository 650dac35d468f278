//! `--wait`: an order until it is gone, and how it ended: by what the account's own transactions told.
//!
//! An order leaves its account by a fill, by whoever takes it back, or expired, when another takes its slot. A liquidation
//! moves the position and leaves orders where they are: that the position changed says nothing of an order.
use std::collections::BTreeSet;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use freeboard_client::dump::Located;
use freeboard_client::events::{Event, Told};
use freeboard_client::freeboard::events::{OrderRequested, PositionChanged};
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::network::{NetworkError, SendOptions, SentTransaction};
use freeboard_client::state::ExchangeState;
use serde_json::json;
use solana_signature::Signature;
use solana_signer::Signer;

use super::funds::unknown_asset;
use super::pricing::PriceBound;
use crate::online::context::Online;
use crate::online::events::{Names, told, trade_said};
use crate::online::failure::{CommandFailure, FailureKind};
use crate::online::output::Answer;
use crate::online::words::time;

/// How often an account is asked whether its order was filled.
const POLL: Duration = Duration::from_millis(500);
/// How often a node is asked how an order ended: its history is a little behind its accounts.
const LOOKS: usize = 20;

/// An order that waits for its fill.
struct PlacedOrder {
    account: Pubkey,
    id: u64,
    /// Until when it may be filled, unix seconds; none where nobody told and nothing is left of it.
    expiry_ts: Option<i64>,
    /// How bad its fill may be.
    bound: PriceBound,
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
    /// The transactions that told them: none is asked for twice.
    read: BTreeSet<Signature>,
    /// Some of them did not tell everything.
    is_truncated: bool,
    /// The node has not told yet what it listed.
    is_behind: bool,
}

/// The answer that tells of an order, with what is still to come of it.
pub fn with_wait(mut answer: Answer, account: Pubkey, life_secs: u32) -> Answer {
    let request = requests_of(account, &answer.events).next_back();
    let (id, expiry_ts) = (
        request.map(|request| request.order_id),
        request.map(|request| request.expiry_ts),
    );
    let until = match expiry_ts {
        Some(expiry_ts) => format!("until {}", time(expiry_ts)),
        None => format!("for {life_secs} s"),
    };
    answer.text += &format!(
        "It is an order and not filled yet: anyone may fill it {until}. `freeboard order list` says whether it still \
         waits; with --wait it is waited for.\n"
    );
    if let Some(data) = answer.data.as_object_mut() {
        data.insert("order".to_owned(), json!(id));
        data.insert("order_expiry_ts".to_owned(), json!(expiry_ts));
    }
    answer
}

/// Waits until the order that this answer tells of is gone; fills it as soon as a price allows it, unless somebody else is
/// first.
///
/// Errors: it was not filled; those of the network.
pub async fn wait_for_fill(
    online: &Online,
    state: &ExchangeState,
    (account, bound): (Pubkey, PriceBound),
    placed: &Answer,
) -> Result<Answer, CommandFailure> {
    let order = PlacedOrder::new(online, (account, bound), placed).await?;
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
        (account, bound): (Pubkey, PriceBound),
        placed: &Answer,
    ) -> Result<Self, CommandFailure> {
        let mut requests = requests_of(account, &placed.events);
        let (id, expiry_ts) = match requests.next_back() {
            Some(request) => (request.order_id, Some(request.expiry_ts)),
            None => newest_order(&online.account_at(account).await?.state),
        };
        let placed_by = placed.signatures.last().and_then(|text| text.parse().ok());
        Ok(Self {
            account,
            id,
            expiry_ts,
            bound,
            placed_by: placed_by.unwrap_or_default(),
        })
    }

    /// What the account's transactions told since, once they say how it ended or the node was asked often enough.
    async fn told(&self, online: &Online, seen: LastSeen) -> ToldSince {
        let mut told = ToldSince::default();
        for look in 1..=LOOKS {
            // A node that answers no such question tells nothing more; what it told stays told.
            let _ = self.look(online, &mut told).await;
            if look == LOOKS || !matches!(self.end(&told, seen), OrderEnd::Untold) {
                break;
            }
            tokio::time::sleep(POLL).await;
        }
        told
    }

    /// Reads what the account's transactions told that were not read yet.
    async fn look(&self, online: &Online, told: &mut ToldSince) -> Result<(), NetworkError> {
        let cluster = &online.cluster;
        told.is_behind = true;
        let listed = cluster.transactions_of(&self.account, self.placed_by);
        let listed = listed.await?;
        for signature in told.unread(&listed) {
            if let Some(executed) = cluster.transaction(&signature).await? {
                told.add(signature, executed.told);
            }
        }
        told.is_behind = !told.unread(&listed).is_empty();
        Ok(())
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
        match (ended, seen) {
            (Some(end), _) => end,
            (None, LastSeen::HeldTooLong) => OrderEnd::Expired,
            (None, LastSeen::Gone) if self.is_outlived(told) => OrderEnd::Expired,
            (None, LastSeen::Gone) => OrderEnd::Untold,
        }
    }

    /// Whether all was told till after its time: another was placed then, and before it nobody had filled this one.
    ///
    /// An order that is placed earlier says nothing, for it takes any empty slot, and what filled this one may not be told yet.
    fn is_outlived(&self, told: &ToldSince) -> bool {
        let mut later = requests_of(self.account, &told.events);
        let is_outlived = self
            .expiry_ts
            .is_some_and(|expiry_ts| later.any(|request| request.stamp.ts >= expiry_ts));
        is_outlived && !told.is_truncated && !told.is_behind
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
                match self.bound {
                    PriceBound::Limit(_) => {
                        "No price within its limit came in time. Place it again with a --limit further from the price."
                    }
                    PriceBound::Slippage(_) => {
                        "No price within its limit came in time. Place it again with a wider --slippage."
                    }
                },
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

impl ToldSince {
    /// Those of the listed transactions that were not read, in their order.
    fn unread(&self, listed: &[Signature]) -> Vec<Signature> {
        let unread = listed.iter();
        let unread = unread.filter(|signature| !self.read.contains(signature));
        unread.copied().collect()
    }

    /// Adds what one of them told.
    fn add(&mut self, signature: Signature, told: Told) {
        if self.read.insert(signature) {
            self.is_truncated |= told.is_truncated;
            self.events.extend(told.events);
        }
    }
}

/// The orders of this account among what was told, the oldest first.
fn requests_of(
    account: Pubkey,
    events: &[Event],
) -> impl DoubleEndedIterator<Item = &OrderRequested> {
    events.iter().filter_map(move |event| match event {
        Event::OrderRequested(request) if request.stamp.key == account => Some(request),
        _ => None,
    })
}

/// Number of the order that an account was given last, and until when it may be filled where it is still there.
fn newest_order(account: &MarginAccount) -> (u64, Option<i64>) {
    let id = account.order_sequence;
    let mut held = account.orders.iter();
    let newest = held.find(|order| order.id == id);
    (id, newest.map(|order| order.expiry_ts))
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
