//! Markets that end: prices for the average of the last day, and the positions of those that have ended.
use freeboard_client::dump::Located;
use freeboard_client::freeboard::endings::settlement;
use freeboard_client::freeboard::state::{Asset, AssetStatus, MarginAccount};
use freeboard_client::instructions;
use freeboard_client::risk::market::settlement::SPACING_SECS;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::state::AssetState;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::job::{Duty, JobKey, KeeperJob};

/// Positions settled in one round, of each market: what is left comes in the next.
const POSITIONS_A_ROUND: usize = 64;

/// A job for each price that counts, and for positions of markets that have ended.
pub fn wanted(book: &ExchangeBook, now: i64, _: &KeeperConfig) -> Vec<KeeperJob> {
    let mut jobs = Vec::new();
    for one in &book.state.assets {
        if one.asset.is_settled() {
            let holders = book.holders(one.asset.index);
            let with_position =
                holders.filter(|account| account.state.find_position(one.asset.index).is_some());
            let some = with_position.take(POSITIONS_A_ROUND);
            jobs.extend(some.map(|account| settle(book, one, account)));
        } else if counts_now(one, now) {
            jobs.push(record(book, one));
        }
    }
    jobs
}

/// Whether a price would count, or the market can end.
fn counts_now(one: &AssetState, now: i64) -> bool {
    let asset: &Asset = &one.asset;
    if asset.status() != AssetStatus::WindingDown || settlement::check_time(asset, now).is_err() {
        return false;
    }
    if settlement::is_due(asset, now) {
        return true;
    }
    let latest = one.feed.as_ref().and_then(|feed| feed.latest(asset).ok());
    let usable = latest.is_some_and(|price| {
        asset.newest_for(PriceStandard::Trade, Some(price)) == price
            && asset.check_price(PriceStandard::Trade, &price, now).is_ok()
    });
    usable && now.saturating_sub(asset.average.last_ts) >= SPACING_SECS
}

fn record(book: &ExchangeBook, one: &AssetState) -> KeeperJob {
    let (exchange, asset, feed) = (book.state.address, one.keys.asset, one.keys.feed);
    let instruction = instructions::record_settlement_price(exchange, asset, feed);
    let key = JobKey::whole(Duty::Endings, asset);
    KeeperJob::new(
        key,
        instruction,
        format!("a settlement price of {}", one.name()),
    )
}

fn settle(book: &ExchangeBook, one: &AssetState, account: &Located<MarginAccount>) -> KeeperJob {
    let keys = &book.state.keys;
    let (asset, address) = (one.keys.asset, account.address);
    let by_ledger = instructions::settle_position(keys, false, asset, address);
    let with_pool = instructions::settle_position(keys, true, asset, address);
    let key = JobKey {
        duty: Duty::Endings,
        subject: address,
        part: one.asset.index.into(),
    };
    let title = format!("the position of {address} in {}", one.name());
    KeeperJob {
        with_pool: Some(vec![with_pool]),
        ..KeeperJob::new(key, by_ledger, title)
    }
}
