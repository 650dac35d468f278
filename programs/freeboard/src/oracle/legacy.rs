//! The legacy price account of the Pyth oracle program, decoded by `pyth-sdk-solana`.
use super::Message;
use crate::error::{FreeboardError, OrRaise, ensure};
use anchor_lang::prelude::*;
use pyth_sdk_solana::state::{PriceStatus, SolanaPriceAccount, load_price_account};

/// The Pyth oracle program on mainnet.
pub const PYTH_ORACLE_ID: Pubkey = pubkey!("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpYe4975bi3XN");

/// The aggregate of the price account at this address, if its status is Trading.
pub(super) fn read(address: &[u8; 32], feed: &AccountInfo) -> Result<Message> {
    ensure(
        feed.key.to_bytes() == *address,
        FreeboardError::FeedMismatch,
    )?;
    let data = feed.try_borrow_data()?;
    let account: &SolanaPriceAccount =
        load_price_account(&data).or_raise(FreeboardError::FeedMalformed)?;
    ensure(
        account.agg.status == PriceStatus::Trading,
        FreeboardError::PriceNotTrading,
    )?;
    Ok(Message {
        price: account.agg.price,
        confidence: account.agg.conf,
        ema: account.ema_price.val,
        exponent: account.expo,
        publish_ts: account.timestamp,
    })
}
