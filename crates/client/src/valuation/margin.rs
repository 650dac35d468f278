//! The margin report of decoded accounts: what `view_margin` answers, without a transaction, by the
//! program's own code; and the holdings that it is computed from, for what else the core says of them.
use crate::feed::FeedAccount;
use crate::valuation::fetched::Fetched;
use anchor_lang::error::Error;
use freeboard::arrange::{Holdings, Standards};
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

/// What an account holds at clock time `now`, as the core reads it: each asset at the price that these standards count, in
/// the order of the account's slots. An empty slot that names an asset is among them.
///
/// [`PriceStandard::Either`](freeboard_risk::price::standard::PriceStandard::Either) counts what `view_margin` does;
/// where [`Holdings::standards_differ`] then, it takes the initial margin at `Trade`, and the liquidation at
/// [`Standards::of_view`] of `Liquidation`.
///
/// `assets` may be in any order and hold more than the account does.
///
/// Errors: those of the program; `AssetAccountMissing` where `assets` lacks one that is held.
pub fn holdings(
    account: &MarginAccount,
    assets: &[PricedAsset],
    standards: Standards,
    now: i64,
) -> Result<Holdings, Error> {
    Holdings::load(account, &mut Fetched(assets), standards, now)
}
