//! Where a feed's price account is, and whether a listing accepts the price in it.
use anchor_lang::prelude::{AccountInfo, Pubkey};
use freeboard_client::errors::{self, FreeboardError};
use freeboard_client::freeboard::oracle;
use freeboard_client::freeboard::state::FeedBinding;
use freeboard_client::network::{FetchedAccount, push_account};
use freeboard_client::parameters::AssetEntry;
use freeboard_client::risk::RiskError;
use freeboard_client::risk::price::standard::PriceStandard;

use crate::deployment::AssetPart;

/// The shard whose accounts Pyth's sponsors keep fresh.
const SPONSORED_SHARD: u16 = 0;

/// The account where a feed's price is kept: of a receiver's feed the sponsored one, of a legacy feed its only one.
pub fn price_account(feed: &FeedBinding) -> Pubkey {
    push_account(feed.kind, &feed.feed, SPONSORED_SHARD)
}

/// Whether a listing would accept the price that an account holds now; else why not.
pub(crate) fn acceptable(
    found: Option<&FetchedAccount>,
    part: &AssetPart,
    entry: &AssetEntry,
    now_ts: i64,
) -> Result<(), String> {
    let place = part.price_account;
    let Some(found) = found else {
        return Err(format!("there is no account {place}"));
    };
    let (mut lamports, mut data) = (found.lamports, found.data.clone());
    let owner = &found.owner;
    let info = AccountInfo::new(&place, false, false, &mut lamports, &mut data, owner, false);
    let explained = |number: Option<u32>| match number.and_then(errors::explain) {
        Some(explained) => format!("that in {place} is refused: {explained}"),
        None => format!("that in {place} cannot be read"),
    };
    let read = oracle::read(part.feed.kind, &part.feed.feed, &info);
    let price = read.map_err(|error| explained(errors::number_of(&error)))?;
    let limits = &entry.oracle;
    let age_secs = now_ts.saturating_sub(price.publish_ts);
    let future = price.check_not_from_future(now_ts, limits.max_future_secs);
    let within = future.and_then(|()| PriceStandard::Trade.check_limits(&price, limits, now_ts));
    within.map_err(|error| match error {
        RiskError::PriceStale => format!(
            "that in {place} is {age_secs} s old, and a listing accepts {} s",
            limits.age_trade_secs
        ),
        RiskError::PriceFromFuture => format!(
            "that in {place} is dated {} s ahead of the chain's clock",
            age_secs.unsigned_abs()
        ),
        error => explained(Some(u32::from(FreeboardError::from(error)))),
    })
}
