//! Flags: set where an account is below its maintenance margin, renewed before they lapse.
//!
//! A renewal keeps the start of the run, so that the grace goes on. A flag of an account that has recovered is left to
//! lapse: ending it earns nothing, and the program ends it in whatever instruction finds the account healthy.
use freeboard_client::dump::Located;
use freeboard_client::freeboard::governance::pauses;
use freeboard_client::freeboard::state::{MarginAccount, Operation};
use freeboard_client::risk::params::LiquidationParams;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::duties::most_accounts;
use crate::job::{Duty, Grouping, JobKey, KeeperJob};

/// What there is to do about the flag of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagVerdict {
    /// It has not been valued, or cannot be: its market has ended and is not settled, for example.
    Unvalued,
    /// At or above its margin.
    Healthy,
    /// Nothing that a liquidation could close.
    Idle,
    /// Liquidations are paused: a flag can neither be set nor lapse.
    Paused,
    /// To be set.
    Set,
    /// To be renewed.
    Renew,
    /// It stands.
    Standing {
        /// Since when, unix seconds.
        since_ts: i64,
        /// From when it is to be renewed, unix seconds.
        renew_from_ts: i64,
    },
}

/// A job for each flag to set or to renew, as far as they can leave: the deepest first.
pub fn wanted(book: &ExchangeBook, now: i64, told: &KeeperConfig) -> Vec<KeeperJob> {
    let job = |account: &Located<MarginAccount>| {
        let word = match verdict(book, account, now, told) {
            FlagVerdict::Set => "a flag on",
            FlagVerdict::Renew => "a renewed flag on",
            _ => return None,
        };
        let instruction = book.state.flag(account)?;
        Some(KeeperJob {
            may_be_grouped: Grouping::Shared,
            ..KeeperJob::new(
                key(account),
                instruction,
                format!("{word} {}", account.address),
            )
        })
    };
    let most = most_accounts(book, told, told.liquidate.most_flags);
    let free = book
        .candidates()
        .filter(|account| !book.busy.contains(&key(account)));
    free.filter_map(job).take(most).collect()
}

fn key(account: &Located<MarginAccount>) -> JobKey {
    JobKey::whole(Duty::Flag, account.address)
}

/// What there is to do about the flag of this account.
pub fn verdict(
    book: &ExchangeBook,
    account: &Located<MarginAccount>,
    now: i64,
    told: &KeeperConfig,
) -> FlagVerdict {
    let exchange = &book.state.exchange;
    let Some(worth) = book
        .verdict(&account.address)
        .filter(|worth| !worth.is_unsettled)
    else {
        return FlagVerdict::Unvalued;
    };
    if account.state.is_idle() {
        return FlagVerdict::Idle;
    }
    if !worth.is_liquidatable() {
        return FlagVerdict::Healthy;
    }
    if pauses::require_open(exchange, Operation::Liquidate, now).is_err() {
        return FlagVerdict::Paused;
    }
    let params: LiquidationParams = exchange.liquidation.into();
    let flag = account.state.flag();
    let run = flag.run_at(now, pauses::liquidations_paused(exchange), &params);
    let Some(since_ts) = run.since_ts else {
        return FlagVerdict::Set;
    };
    let percent = i64::from(told.liquidate.renew_after_percent);
    let life_secs = i64::from(params.flag_lapse_secs) * percent / 100;
    let renew_from_ts = flag.renewed_ts.saturating_add(life_secs);
    if now >= renew_from_ts {
        FlagVerdict::Renew
    } else {
        FlagVerdict::Standing {
            since_ts,
            renew_from_ts,
        }
    }
}
