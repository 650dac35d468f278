//! Prices that an asset has to take note of though no other instruction would show them, and feeds that are silent.
//!
//! | seen | shown or announced | why |
//! |---|---|---|
//! | an announced absence, and a price published since | shown | it refutes the absence |
//! | a price further from its EMA than a liquidation accepts | shown, twice a minute | the band is waived after an unbroken run |
//! | no price young enough for a liquidation | announced | the time after which the record counts begins |
use freeboard_client::freeboard::state::Asset;
use freeboard_client::instructions;
use freeboard_client::risk::price::feed::{NOT_ABSENT, RUN_GAP_SECS};
use freeboard_client::risk::price::observation::Observation;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::state::AssetState;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::job::{Duty, JobKey, KeeperJob};

/// How much later than the oldest usable price a silence is announced, seconds: a feed that pauses is no absence.
const SILENCE_SECS: i64 = 15;

/// A job for each asset that somebody holds and that has to take note of its feed.
pub fn wanted(book: &ExchangeBook, now: i64, _: &KeeperConfig) -> Vec<KeeperJob> {
    let held = |one: &&AssetState| book.holders(one.asset.index).next().is_some();
    let open = book
        .state
        .assets
        .iter()
        .filter(|one| !one.asset.is_settled());
    open.filter(held).filter_map(|one| note(one, now)).collect()
}

fn note(one: &AssetState, now: i64) -> Option<KeeperJob> {
    let latest = one
        .feed
        .as_ref()
        .and_then(|feed| feed.latest(&one.asset).ok());
    let key = JobKey::whole(Duty::Show, one.keys.asset);
    let (asset, feed, name) = (one.keys.asset, one.keys.feed, one.name());
    if latest.is_some_and(|price| is_worth_showing(&one.asset, &price, now)) {
        let instruction = instructions::show_price(asset, feed);
        return Some(KeeperJob::new(
            key,
            instruction,
            format!("the price of {name}"),
        ));
    }
    is_silent(&one.asset, latest.as_ref(), now).then(|| {
        let instruction = instructions::announce_absence(asset, feed);
        KeeperJob::new(key, instruction, format!("the absence of {name}'s feed"))
    })
}

/// Whether this price refutes an absence, or keeps a run beyond the EMA's band unbroken.
fn is_worth_showing(asset: &Asset, price: &Observation, now: i64) -> bool {
    let limits = asset.limits();
    let newest = asset.newest_for(PriceStandard::Trade, Some(*price));
    if newest != *price
        || price
            .check_not_from_future(now, limits.max_future_secs)
            .is_err()
    {
        return false;
    }
    let refutes = asset.absent_since_ts != NOT_ABSENT && price.publish_ts > asset.absent_since_ts;
    let shown_secs = price.publish_ts.saturating_sub(asset.shown_publish_ts);
    let is_near = PriceStandard::Liquidation.is_near_ema(price, &limits);
    refutes || !is_near && shown_secs >= RUN_GAP_SECS / 2
}

/// Whether nothing of the feed is young enough for a liquidation, and nobody has said so.
fn is_silent(asset: &Asset, latest: Option<&Observation>, now: i64) -> bool {
    let shown = asset.shown_publish_ts;
    let newest = latest.map_or(shown, |price| shown.max(price.publish_ts));
    let age_secs = now.saturating_sub(newest);
    let allowed = i64::from(asset.limits().age_liquidation_secs).saturating_add(SILENCE_SECS);
    asset.absent_since_ts == NOT_ABSENT && age_secs > allowed
}
