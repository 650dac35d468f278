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
use crate::job::{Duty, KeeperJob};

/// Everything that there is to do at `now`, the most urgent first. A job that is on its way already is among it: the
/// runner knows.
pub fn wanted(book: &ExchangeBook, now: i64, told: &KeeperConfig) -> Vec<KeeperJob> {
    let done = Duty::ALL.into_iter().filter(|duty| told.duties.does(*duty));
    done.flat_map(|duty| wanted_of(duty, book, now, told))
        .collect()
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
