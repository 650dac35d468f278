//! Losses: bankruptcies always, losses that are settled while the pool lacks cash, winners who go without while there is a
//! deficit or their market owes.
use anchor_lang::prelude::Pubkey;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::governance::pauses;
use freeboard_client::freeboard::instructions::DeleverageArgs;
use freeboard_client::freeboard::state::{Asset, MarginAccount, Operation};
use freeboard_client::risk::number::atoms::{BaseAtoms, SignedQuoteAtoms};
use freeboard_client::risk::pool::bankruptcy::{CollateralDust, DustPrice, LastHoldings};
use freeboard_client::risk::pool::deleverage::{self, Candidate};
use freeboard_client::risk::price::observation::Observation;
use freeboard_client::risk::price::standard::PriceStandard;
use freeboard_client::state::AssetState;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::job::{Duty, JobKey, KeeperJob};

/// Positions of one kind in one round: each changes what the next is judged by.
const A_ROUND: usize = 4;

/// A job for each bankruptcy, loss and winner that there is to be dealt with.
pub fn wanted(book: &ExchangeBook, now: i64, _: &KeeperConfig) -> Vec<KeeperJob> {
    let mut jobs = bankruptcies(book, now);
    if lacks_cash(book) {
        jobs.extend(losses(book, now));
    }
    if pauses::require_open(&book.state.exchange, Operation::Liquidate, now).is_ok() {
        jobs.extend(winners(book, now));
    }
    jobs
}

/// Accounts with nothing left but a loan.
fn bankruptcies(book: &ExchangeBook, now: i64) -> Vec<KeeperJob> {
    let bankrupt = book
        .debtors()
        .filter(|account| is_bankrupt(book, &account.state, now));
    let job = |account: &Located<MarginAccount>| {
        let address = account.address;
        let instruction = book.state.resolve_bankruptcy(address);
        let key = JobKey::whole(Duty::Losses, address);
        KeeperJob::new(key, instruction, format!("the bankruptcy of {address}"))
    };
    bankrupt.map(job).collect()
}

/// Whether it has neither a position nor collateral that is worth anything. Of collateral without a price nothing is
/// assumed: the program knows how long its feed has been dead.
fn is_bankrupt(book: &ExchangeBook, account: &MarginAccount, now: i64) -> bool {
    let Ok(balance) = account.quote_after_interest(&book.state.exchange, now) else {
        return false;
    };
    let mut dust = CollateralDust::default();
    for one in &book.state.assets {
        let held = account.collateral_atoms(one.asset.index);
        if held == 0 {
            continue;
        }
        let Some(price) = usable(one, PriceStandard::Either, now) else {
            return false;
        };
        let worth = one
            .asset
            .priced(price.price)
            .notional_ceil(BaseAtoms::new(held));
        dust.add(worth.unwrap_or_default(), DustPrice::Usable);
    }
    let left = LastHoldings {
        has_position: account.has_positions(),
        collateral: dust.live,
        balance: SignedQuoteAtoms::new(balance),
    };
    left.loss().is_ok()
}

/// Whether the pool has lent or owes more than it holds, wherever that is booked.
fn lacks_cash(book: &ExchangeBook) -> bool {
    let ledgers = book.state.assets.iter().map(|one| &one.asset.ledger);
    let all = ledgers.chain([&book.state.pool.ledger]);
    let free: i128 = all
        .map(|ledger| i128::from(ledger.pool_atoms) - i128::from(ledger.loans_atoms))
        .sum();
    free < 0
}

/// A position and what closing it at the price of now would realise.
struct Marked<'a> {
    account: &'a Located<MarginAccount>,
    asset: &'a AssetState,
    pnl_atoms: i64,
    notional_atoms: u64,
    entry_quote_atoms: i64,
}

/// Every position in an asset at this price.
fn positions<'a>(
    book: &'a ExchangeBook,
    asset: &'a AssetState,
    price: Observation,
) -> Vec<Marked<'a>> {
    let priced = asset.asset.priced(price.price);
    let marked = |account: &'a Located<MarginAccount>| {
        let position = account.state.find_position(asset.asset.index)?.as_core();
        let size = BaseAtoms::new(position.size_atoms.unsigned_abs());
        let closed = position.close_at(priced, size).ok()?;
        Some(Marked {
            account,
            asset,
            pnl_atoms: closed.filled.realized_quote_atoms,
            notional_atoms: priced.notional_floor(size).ok()?.get(),
            entry_quote_atoms: position.entry_quote_atoms,
        })
    };
    book.holders(asset.asset.index).filter_map(marked).collect()
}

/// The largest losses that positions carry.
fn losses(book: &ExchangeBook, now: i64) -> Vec<KeeperJob> {
    let mut found = Vec::new();
    for asset in &book.state.assets {
        let price = usable(asset, PriceStandard::Either, now);
        found.extend(
            price
                .map(|price| positions(book, asset, price))
                .unwrap_or_default(),
        );
    }
    found.retain(|marked| marked.pnl_atoms < 0);
    found.sort_by_key(|marked| marked.pnl_atoms);
    let job = |marked: Marked| {
        let (address, index) = (marked.account.address, marked.asset.asset.index);
        let instruction = book.state.settle_loss(address, index);
        let title = format!("the loss of {address} in {}", marked.asset.name());
        KeeperJob::new(position_key(address, index), instruction, title)
    };
    found.into_iter().take(A_ROUND).map(job).collect()
}

/// The winners with the highest scores that may be deleveraged now.
fn winners(book: &ExchangeBook, now: i64) -> Vec<KeeperJob> {
    let mut found = Vec::new();
    for asset in &book.state.assets {
        let Some(since_ts) = owed_since(book, &asset.asset, now) else {
            continue;
        };
        let Some(price) = usable(asset, PriceStandard::Liquidation, now) else {
            continue;
        };
        let elapsed = now.saturating_sub(since_ts).max(0).unsigned_abs();
        let all = positions(book, asset, price).into_iter();
        found.extend(all.filter(|marked| reaches(book, marked, elapsed)));
    }
    // The largest gain first: it pays the most of what is owed.
    found.sort_by_key(|marked| std::cmp::Reverse(marked.pnl_atoms));
    let job = |marked: Marked| {
        let (address, index) = (marked.account.address, marked.asset.asset.index);
        let args = DeleverageArgs {
            asset_index: index,
            max_size_atoms: u64::MAX,
        };
        let instruction = book.state.deleverage(address, args);
        let title = format!("deleveraging {address} in {}", marked.asset.name());
        KeeperJob::new(position_key(address, index), instruction, title)
    };
    found.into_iter().take(A_ROUND).map(job).collect()
}

/// Since when winners of this market go without; none where they do not.
fn owed_since(book: &ExchangeBook, asset: &Asset, now: i64) -> Option<i64> {
    let pool = &book.state.pool;
    let losses = asset.losses();
    if losses.owed(pool.value_atoms.into(), now, &asset.trade.into()) > 0 {
        return Some(losses.since_ts);
    }
    (pool.deficit_atoms > 0).then_some(pool.deficit_since_ts)
}

fn reaches(book: &ExchangeBook, marked: &Marked, elapsed_secs: u64) -> bool {
    let Some(worth) = book.verdict(&marked.account.address) else {
        return false;
    };
    let candidate = Candidate {
        pnl_atoms: marked.pnl_atoms,
        entry_quote_atoms: marked.entry_quote_atoms,
        notional_atoms: marked.notional_atoms,
        equity_atoms: worth.requirement().equity_atoms.saturating_add(1),
    };
    let params = book.state.exchange.pool.into();
    deleverage::check_score(&candidate, elapsed_secs, &params).is_ok()
}

/// The asset's newest price, if this standard accepts it.
fn usable(one: &AssetState, standard: PriceStandard, now: i64) -> Option<Observation> {
    let latest = one
        .feed
        .as_ref()
        .and_then(|feed| feed.latest(&one.asset).ok());
    let newest = one.asset.newest_for(standard, latest);
    let accepted = one.asset.check_price(standard, &newest, now);
    accepted.ok().map(|()| newest)
}

const fn position_key(account: Pubkey, asset_index: u16) -> JobKey {
    JobKey {
        duty: Duty::Losses,
        subject: account,
        part: 1 + asset_index as u64, // 0 is the whole account
    }
}
