//! Liquidations: of whom the grace is over, or who is so far below that none is asked for.
use freeboard_client::dump::Located;
use freeboard_client::freeboard::governance::pauses;
use freeboard_client::freeboard::instructions::Closing;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::risk::liquidation::flag::Grace;
use freeboard_client::risk::params::LiquidationParams;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::decide::{self, ClosingOffer, OwnRoom};
use crate::duties::{WantedJobs, most_accounts};
use crate::job::{ChosenClosing, Duty, Grouping, JobKey, KeeperJob, closing_name};

/// A job for each account of which something may be closed now and is worth it, the deepest first, as far as
/// [`looked_at`] looks. None without a margin account for the rewards.
pub fn wanted(book: &ExchangeBook, now: i64, told: &KeeperConfig) -> Vec<KeeperJob> {
    looked_at(book, now, told).jobs
}

/// The same, and the accounts without a closing that is fit. Pricing every closing of an account takes its time, so no more
/// accounts are looked at than could leave.
pub fn looked_at(book: &ExchangeBook, now: i64, told: &KeeperConfig) -> WantedJobs {
    let mut looked = WantedJobs::default();
    let Some(own) = book.own() else {
        return looked;
    };
    let mut room = decide::room_of(book);
    let most = most_accounts(book, told, told.liquidate.most_liquidations);
    let key = |account: &Located<MarginAccount>| JobKey::whole(Duty::Liquidate, account.address);
    let free = book
        .candidates()
        .filter(|account| !book.busy.contains(&key(account)));
    let due = free.filter(|account| is_due(book, account, now));
    for account in due.take(most) {
        match job(book, own, account, now, told, &mut room) {
            Some(job) => looked.jobs.push(job),
            None => looked.fruitless.push(key(account)),
        }
    }
    looked
}

/// Whether it is worth a look: below its margin, and flagged for long enough or far below.
fn is_due(book: &ExchangeBook, account: &Located<MarginAccount>, now: i64) -> bool {
    let Some(worth) = book
        .verdict(&account.address)
        .filter(|worth| !worth.is_unsettled)
    else {
        return false;
    };
    let exchange = &book.state.exchange;
    let params: LiquidationParams = exchange.liquidation.into();
    let paused = pauses::liquidations_paused(exchange);
    let run = account.state.flag().run_at(now, paused, &params);
    let waited = run.since_ts.is_some() && run.age_secs() >= u64::from(params.grace_secs);
    worth.is_liquidatable() && (waited || worth.grace == Grace::Waived)
}

fn job(
    book: &ExchangeBook,
    own: &Located<MarginAccount>,
    account: &Located<MarginAccount>,
    now: i64,
    told: &KeeperConfig,
    room: &mut OwnRoom,
) -> Option<KeeperJob> {
    let offers = decide::offers(book, account, now, told, room);
    let chosen = offers.first().filter(|first| first.unfit.is_none())?;
    let (args, liquidator) = (chosen.args(), book.keys.authority);
    // With the pool: its insurance may add to the reward, and whoever is below zero needs it.
    let instruction = book.state.liquidate(liquidator, own, account, args, true)?;
    let key = JobKey::whole(Duty::Liquidate, account.address);
    let kind = closing_name(args.closing);
    Some(KeeperJob {
        closing: Some(ChosenClosing {
            asset_index: args.asset_index,
            closing: args.closing,
        }),
        reward_atoms: chosen.profit_atoms,
        may_be_grouped: grouping(chosen),
        ..KeeperJob::new(key, instruction, format!("{kind} of {}", account.address))
    })
}

/// Whole closings against the pool can be asked for together: they take nothing of the keeper's own account.
fn grouping(chosen: &ClosingOffer) -> Grouping {
    let args = chosen.args();
    if args.closing == Closing::PositionByPool && args.max_size_atoms == u64::MAX {
        Grouping::Shared
    } else {
        Grouping::Alone
    }
}
