//! From a Pyth account to the core's `Observation`. Both account forms; who may have written the
//! account and whether it is the asset's own feed are checked here, age and width by the core.
mod counted;
mod legacy;
mod receiver;
mod record;
mod settled;

use crate::error::{FreeboardError, OrRaise, OrRefuse, ensure};
use crate::state::{Asset, FeedBinding, OracleKind};
use anchor_lang::{error::Error, prelude::*};
use freeboard_risk::price::observation::Observation;

pub use counted::{
    CountedPrice, counted, price_for_pool_value, read_accepted, read_current, read_newest,
};
pub use legacy::PYTH_ORACLE_ID;

/// The first Pyth receiver on mainnet; its push oracle is `pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT`.
pub const RECEIVER_ID: Pubkey = pubkey!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");
/// The second, with the same layout; its push oracle is `pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou`.
pub const RECEIVER_PRO_ID: Pubkey = pubkey!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp");

/// The program that writes feeds of this kind.
pub const fn owner_of(kind: OracleKind) -> Pubkey {
    match kind {
        OracleKind::PythReceiver => RECEIVER_ID,
        OracleKind::PythReceiverPro => RECEIVER_PRO_ID,
        OracleKind::PythLegacy => PYTH_ORACLE_ID,
    }
}

/// Refuses an account that another program wrote, and names both.
///
/// Errors: `FeedReceiverMismatch` for Pyth's other receiver, else `FeedOwnerInvalid`.
fn check_owner(kind: OracleKind, feed: &AccountInfo) -> Result<()> {
    let expected = owner_of(kind);
    if *feed.owner == expected {
        return Ok(());
    }
    Err(wrong_owner(kind, feed.owner, expected))
}

#[cold]
#[inline(never)]
fn wrong_owner(kind: OracleKind, owner: &Pubkey, expected: Pubkey) -> Error {
    let is_receiver = [RECEIVER_ID, RECEIVER_PRO_ID].contains(owner);
    let error = if is_receiver && kind != OracleKind::PythLegacy {
        FreeboardError::FeedReceiverMismatch
    } else {
        FreeboardError::FeedOwnerInvalid
    };
    error.raise().with_pubkeys((*owner, expected))
}

/// The observation in a feed that is bound like this.
///
/// Errors: `FeedOwnerInvalid`, `FeedReceiverMismatch`, `FeedMismatch`, `FeedMalformed`, `PriceNotFullyVerified`,
/// `PriceNotTrading`; from the core `PriceNotPositive`, `EmaNotPositive`, `ExponentOutOfRange`.
pub fn read(kind: OracleKind, feed_binding: &[u8; 32], feed: &AccountInfo) -> Result<Observation> {
    check_owner(kind, feed)?;
    let message = match kind {
        OracleKind::PythLegacy => legacy::read(feed_binding, feed)?,
        OracleKind::PythReceiver | OracleKind::PythReceiverPro => {
            receiver::read(feed_binding, feed)?
        }
    };
    Observation::from_pyth(
        message.price,
        message.confidence,
        message.ema,
        message.exponent,
        message.publish_ts,
    )
    .or_refuse()
}

/// The update of an index that is bound like this, published until `latest_ts`; none where it holds no positive number in
/// the range of prices.
///
/// Errors: those of an account that is not its feed, `PriceNotFullyVerified`, `PriceNotTrading`, `PriceFromFuture`.
pub fn read_index(
    binding: &FeedBinding,
    feed: &AccountInfo,
    latest_ts: i64,
) -> Result<Option<Observation>> {
    let no_number = [
        FreeboardError::PriceNotPositive,
        FreeboardError::EmaNotPositive,
        FreeboardError::ExponentOutOfRange,
    ];
    match read(binding.kind, &binding.feed, feed) {
        Ok(update) => {
            let in_time = update.publish_ts <= latest_ts;
            ensure(in_time, FreeboardError::PriceFromFuture)?;
            Ok(Some(update))
        }
        Err(error) if no_number.into_iter().any(|code| error == code.into()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The observation given at an asset's feed, not from the future, of whatever age. A market that has ended has its
/// settlement price, and its feed is not read.
///
/// Errors: those of [`read`], `PriceFromFuture`.
#[inline(always)]
pub fn read_update(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<Observation> {
    if asset.is_settled() {
        return Ok(settled::observation(asset, now));
    }
    read_feed(asset, feed, now)
}

#[inline(never)]
fn read_feed(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<Observation> {
    let update = read(asset.oracle_kind(), &asset.feed, feed)?;
    let checked = update.check_not_from_future(now, asset.oracle.max_future_secs);
    checked.or_refuse()?;
    Ok(update)
}

/// What a caller shows of an asset's feed, of whatever age; none where there is no price.
///
/// The sender of the transaction chooses the account that holds a receiver feed's price: an older one, one not fully
/// verified, an empty one. A legacy feed has one address, and an unreadable account there is no price.
///
/// Errors: those of an account that is not the asset's feed.
#[inline(always)] // once per asset of every account
pub fn shown(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<Option<Observation>> {
    match read_update(asset, feed, now) {
        Ok(update) => Ok(Some(update)),
        Err(error) => no_price(asset, feed, error),
    }
}

/// The same where it is not older than the recorded price.
///
/// Errors: those of [`shown`].
pub fn given(asset: &Asset, feed: &AccountInfo, now: i64) -> Result<Option<Observation>> {
    let last_ts = asset.recorded.publish_ts;
    Ok(shown(asset, feed, now)?.filter(|update| update.publish_ts >= last_ts))
}

#[cold]
#[inline(never)]
fn no_price(asset: &Asset, feed: &AccountInfo, error: Error) -> Result<Option<Observation>> {
    let is_silent = if asset.oracle_kind() == OracleKind::PythLegacy {
        feed.key.to_bytes() == asset.feed
    } else {
        *feed.owner == anchor_lang::system_program::ID && feed.data_is_empty()
    };
    let foreign = [
        FreeboardError::FeedOwnerInvalid,
        FreeboardError::FeedReceiverMismatch,
        FreeboardError::FeedMismatch,
        FreeboardError::FeedMalformed,
    ];
    if !is_silent && foreign.into_iter().any(|code| error == code.into()) {
        return Err(error);
    }
    Ok(None)
}

/// What both account forms hold.
struct Message {
    price: i64,
    confidence: u64,
    ema: i64,
    exponent: i32,
    publish_ts: i64,
}

/// `N` bytes at an offset.
fn bytes_at<const N: usize>(data: &[u8], offset: usize) -> Result<[u8; N]> {
    let end = offset.saturating_add(N);
    let bytes = data
        .get(offset..end)
        .and_then(|bytes| bytes.try_into().ok());
    bytes.or_raise(FreeboardError::FeedMalformed)
}
