//! The margin report of decoded accounts: what `view_margin` answers, without a transaction, by the
//! program's own code.
use crate::feed::FeedAccount;
use crate::valuation::fetched::Fetched;
use anchor_lang::error::Error;
use freeboard::instructions::MarginReport;
use freeboard::instructions::views::view_margin;
use freeboard::state::{Asset, Exchange, MarginAccount};

/// An asset and the account that holds its price.
#[derive(Clone, Debug)]
pub struct PricedAsset {
    /// The asset.
    pub asset: Asset,
    /// Its feed.
    pub feed: FeedAccount,
}

/// The report that `view_margin` gives at clock time `now`.
///
/// `assets` may be in any order and hold more than the account does.
///
/// Errors: those of the program; `AssetAccountMissing` where `assets` lacks one that is held.
pub fn report(
    exchange: &Exchange,
    account: &MarginAccount,
    assets: &[PricedAsset],
    now: i64,
) -> Result<MarginReport, Error> {
    view_margin::report(exchange, account, &mut Fetched(assets), now)
}
