//! What there is to do, by duty: each a pure decision on the book and the chain's clock.
pub mod changes;
pub mod endings;
pub mod fill;
pub mod flag;
pub mod liquidate;
pub mod liquidity;
pub mod losses;
pub mod sample;
pub mod show;
pub mod sweep;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::job::{Duty, JobKey, KeeperJob};

/// What there is to do, and what was looked at in vain.
#[derive(Clone, Debug, Default)]
pub struct WantedJobs {
    /// What there is to do, the most urgent first.
    pub jobs: Vec<KeeperJob>,
    /// What costs time to look at, and has nothing that can be done now: it is left for a moment, so that others are
    /// looked at.
    pub fruitless: Vec<JobKey>,
}

/// Everything that there is to do at `now`, the most urgent first. A job that is on its way already may be among it: the
/// runner knows.
pub fn wanted(book: &ExchangeBook, now: i64, told: &KeeperConfig) -> WantedJobs {
    let mut all = WantedJobs::default();
    for duty in Duty::ALL.into_iter().filter(|duty| told.duties.does(*duty)) {
        if duty == Duty::Liquidate {
            let closings = liquidate::looked_at(book, now, told);
            all.jobs.extend(closings.jobs);
            all.fruitless.extend(closings.fruitless);
        } else {
            all.jobs.extend(wanted_of(duty, book, now, told));
        }
    }
    all
}

/// Accounts that could leave with the transactions that may, so many in each: looking at more takes time and sends nothing.
fn most_accounts(book: &ExchangeBook, told: &KeeperConfig, in_each: u32) -> usize {
    let transactions = book.room.min(told.timing.most_in_flight);
    transactions.saturating_mul(usize::try_from(in_each).unwrap_or(1))
}

/// What there is to do of one duty.
pub fn wanted_of(duty: Duty, book: &ExchangeBook, now: i64, told: &KeeperConfig) -> Vec<KeeperJob> {
    let decide = match duty {
        Duty::Sample => sample::wanted,
        Duty::Show => show::wanted,
        Duty::Fill => fill::wanted,
        Duty::Sweep => sweep::wanted,
        Duty::Liquidity => liquidity::wanted,
        Duty::Changes => changes::wanted,
        Duty::Flag => flag::wanted,
        Duty::Liquidate => liquidate::wanted,
        Duty::Losses => losses::wanted,
        Duty::Endings => endings::wanted,
    };
    decide(book, now, told)
}
