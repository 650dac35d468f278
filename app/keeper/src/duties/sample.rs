//! A volatility sample is due once per spacing: the program's own code says on a copy whether it takes one now.
use freeboard_client::freeboard::governance::pauses;
use freeboard_client::freeboard::state::{Asset, Operation};
use freeboard_client::risk::params::AssetCoefficients;
use freeboard_client::risk::price::observation::Observation;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::state::AssetState;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::job::{Duty, JobKey, KeeperJob};

/// A job for each asset whose sample is due.
pub fn wanted(book: &ExchangeBook, now: i64, _: &KeeperConfig) -> Vec<KeeperJob> {
    let exchange = &book.state.exchange;
    if pauses::require_open(exchange, Operation::Sample, now).is_err() {
        return Vec::new();
    }
    let assets = book.state.assets.iter();
    let due = assets.filter(|one| {
        let latest = one
            .feed
            .as_ref()
            .and_then(|feed| feed.latest(&one.asset).ok());
        latest.is_some_and(|price| is_due(&one.asset, &price, now))
    });
    let job = |one: &AssetState| {
        let instruction = book.state.sample_volatility(one.asset.index)?;
        let key = JobKey::whole(Duty::Sample, one.keys.asset);
        Some(KeeperJob::new(
            key,
            instruction,
            format!("a sample of {}", one.name()),
        ))
    };
    due.filter_map(job).collect()
}

/// Whether the program would take this price for a sample.
fn is_due(asset: &Asset, price: &Observation, now: i64) -> bool {
    let newest = asset.newest_for(PriceStandard::Trade, Some(*price));
    if asset.is_settled() || newest != *price || asset.known().check_moves(price).is_err() {
        return false;
    }
    let coefficients = AssetCoefficients::from_words(&asset.coefficient_words);
    let recorded_ts = asset.tradable.publish_ts;
    asset.volatility().is_ok_and(|mut volatility| {
        let params = asset.params.into();
        let taken = volatility.sample(price, now, recorded_ts, &params, &coefficients);
        taken.is_ok()
    })
}
