//! What a trade would do, of decoded accounts: what `preview_trade` answers, without a transaction, by the program's own
//! code on copies.
use anchor_lang::error::Error;
use freeboard::instructions::views::preview_trade;
use freeboard::instructions::{TradeArgs, TradePreview};
use freeboard::state::{Exchange, MarginAccount};

use crate::margin::PricedAsset;
use crate::valuation::fetched::Fetched;

/// What is traded with, and the account after it.
#[derive(Clone, Debug)]
pub struct PreviewedTrade {
    /// The answer of `preview_trade`.
    pub preview: TradePreview,
    /// The account after the trade; the flag and the numbers of its events are those of before.
    pub account: MarginAccount,
}

/// The preview of a trade at clock time `now`.
///
/// `assets` may be in any order and hold more than the trade needs: the assets that the account holds and the traded one.
///
/// Errors: those of the program for a trade that it would refuse; `AssetAccountMissing` where `assets` lacks one that is
/// needed. Not foreseen: who signs, and a pool that cannot pay what the account realises.
pub fn trade(
    exchange: &Exchange,
    account: &MarginAccount,
    assets: &[PricedAsset],
    args: &TradeArgs,
    now: i64,
) -> Result<PreviewedTrade, Error> {
    let mut account = *account;
    let preview = preview_trade::trade_preview(exchange, &mut account, Fetched(assets), args, now)?;
    Ok(PreviewedTrade { preview, account })
}
