//! An order is filled at a price published after it: by the first that anybody shows.
use anchor_lang::prelude::Pubkey;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::governance::pauses;
use freeboard_client::freeboard::state::{MarginAccount, Operation, Order, from_words};
use freeboard_client::risk::market::position::Position;
use freeboard_client::risk::price::observation::FillKind;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::job::{Duty, JobKey, KeeperJob};

/// A job for each order that the price of now may fill. Whether its limit allows spread and skew too, the simulation
/// says.
pub fn wanted(book: &ExchangeBook, now: i64, _: &KeeperConfig) -> Vec<KeeperJob> {
    let mut jobs = Vec::new();
    for account in book.with_orders() {
        let waiting = account
            .state
            .orders
            .iter()
            .filter(|order| !order.is_free(now));
        let fillable = waiting.filter(|order| is_fillable(book, &account.state, order, now));
        jobs.extend(fillable.filter_map(|order| job(book, account, order)));
    }
    jobs
}

fn job(book: &ExchangeBook, account: &Located<MarginAccount>, order: &Order) -> Option<KeeperJob> {
    let by_ledger = book.state.fill_order(account, order.id, false)?;
    let with_pool = book.state.fill_order(account, order.id, true)?;
    let key = order_key(account.address, order.id);
    let title = format!("order {} of {}", order.id, account.address);
    Some(KeeperJob {
        with_pool: Some(vec![with_pool]),
        ..KeeperJob::new(key, by_ledger, title)
    })
}

/// What a job about an order is about.
pub const fn order_key(account: Pubkey, order_id: u64) -> JobKey {
    JobKey {
        duty: Duty::Fill,
        subject: account,
        part: order_id,
    }
}

/// Whether the price of now is after the order, within its limit and young enough.
fn is_fillable(book: &ExchangeBook, account: &MarginAccount, order: &Order, now: i64) -> bool {
    let Some(one) = book.state.asset(order.asset_index) else {
        return false;
    };
    let Some(Ok(price)) = one.feed.as_ref().map(|feed| feed.latest(&one.asset)) else {
        return false;
    };
    let held = account.find_position(order.asset_index);
    let held: Position = held.map(|slot| slot.as_core()).unwrap_or_default();
    let kind = if held.is_reduced_by(order.size_atoms) || order.reduce_only != 0 {
        FillKind::Reduce
    } else {
        FillKind::Increase
    };
    let operation = match kind {
        FillKind::Reduce => Operation::Reduce,
        FillKind::Increase => Operation::Increase,
    };
    let exchange = &book.state.exchange;
    let earliest = order
        .requested_ts
        .saturating_add(exchange.pool.fill_delay_secs.into());
    let limit = from_words(order.limit_price_e12);
    let within = if order.size_atoms > 0 {
        price.price.0 <= limit
    } else {
        price.price.0 >= limit
    };
    within
        && price.publish_ts.min(now) >= earliest
        && pauses::require_open(exchange, operation, now).is_ok()
        && one.asset.require_market(kind).is_ok()
        && one.asset.check_price(kind.into(), &price, now).is_ok()
}
