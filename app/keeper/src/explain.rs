//! The keeper's own decision on one account, in words and with numbers, and why nothing else is done.
use std::fmt::Write;

use anchor_lang::prelude::Pubkey;
use freeboard_client::display::money;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::state::MarginAccount;
use freeboard_client::risk::liquidation::flag::Grace;

use crate::book::ExchangeBook;
use crate::config::KeeperConfig;
use crate::decide::{self, ClosingOffer, Unfit};
use crate::duties;
use crate::duties::flag::{self, FlagVerdict};
use crate::fees;
use crate::job::closing_name;

/// What the keeper would do about an account now. The book has to be refreshed.
pub fn explain(book: &ExchangeBook, address: &Pubkey, told: &KeeperConfig) -> String {
    let mut said = String::new();
    let Some(account) = book.account(address) else {
        return format!(
            "{address} is no margin account of exchange {}.\n",
            book.state.address
        );
    };
    // A string takes every byte.
    let _ = write_margin(&mut said, book, account);
    let _ = write_flag(&mut said, book, account, told);
    let _ = write_closings(&mut said, book, account, told);
    let _ = write_jobs(&mut said, book, account, told);
    said
}

fn write_margin(
    said: &mut String,
    book: &ExchangeBook,
    account: &Located<MarginAccount>,
) -> std::fmt::Result {
    writeln!(
        said,
        "Account {} of {}.",
        account.address, account.state.owner
    )?;
    match (
        book.verdict(&account.address),
        book.refusal(&account.address),
    ) {
        (Some(worth), _) => {
            let need = worth.requirement();
            let relation = if worth.is_liquidatable() {
                "below"
            } else {
                "not below"
            };
            let (equity, margin) = (usd(need.equity_atoms), usd(need.margin_atoms));
            write!(
                said,
                "Equity {equity} is {relation} the maintenance margin {margin}"
            )?;
            if need.margin_atoms > 0 {
                write!(said, ", by {:+.1} % of it", worth.cushion() * 100.0)?;
            }
            writeln!(said, ".")?;
            if worth.is_unsettled {
                writeln!(
                    said,
                    "It has a position in a market that has ended: that is settled first."
                )?;
            }
            if worth.is_liquidatable() && worth.grace == Grace::Waived {
                writeln!(
                    said,
                    "It is below two thirds of it at sure prices: no grace is asked for."
                )?;
            }
            Ok(())
        }
        (None, Some(why)) => writeln!(said, "It cannot be valued: {why}"),
        (None, None) => writeln!(said, "It has not been valued yet."),
    }
}

fn write_flag(
    said: &mut String,
    book: &ExchangeBook,
    account: &Located<MarginAccount>,
    told: &KeeperConfig,
) -> std::fmt::Result {
    let (now, grace) = (
        book.now,
        i64::from(book.state.exchange.liquidation.grace_secs),
    );
    match flag::verdict(book, account, now, told) {
        FlagVerdict::Unvalued => writeln!(said, "Flag: none, it has no value."),
        FlagVerdict::Healthy if account.state.flagged_ts != 0 => {
            writeln!(
                said,
                "Flag: stands, and is left to lapse; ending it earns nothing."
            )
        }
        FlagVerdict::Healthy => writeln!(said, "Flag: none is needed."),
        FlagVerdict::Idle => writeln!(said, "Flag: none, it holds nothing that could be closed."),
        FlagVerdict::Paused => writeln!(said, "Flag: liquidations are paused."),
        FlagVerdict::Set => writeln!(
            said,
            "Flag: to be set now; a liquidation follows {grace} s later."
        ),
        FlagVerdict::Renew => writeln!(said, "Flag: to be renewed now."),
        FlagVerdict::Standing {
            since_ts,
            renew_from_ts,
        } => writeln!(
            said,
            "Flag: stands for {} s of {grace} s of grace, to be renewed in {} s.",
            now.saturating_sub(since_ts),
            renew_from_ts.saturating_sub(now)
        ),
    }
}

fn write_closings(
    said: &mut String,
    book: &ExchangeBook,
    account: &Located<MarginAccount>,
    told: &KeeperConfig,
) -> std::fmt::Result {
    let mut room = decide::room_of(book);
    if book.own().is_none() {
        writeln!(
            said,
            "The keeper has no margin account for rewards: run with --open-account."
        )?;
    }
    let offers = decide::offers(book, account, book.now, told, &mut room);
    if offers.is_empty() {
        return writeln!(said, "Closings: the rules allow none.");
    }
    let cost = fees::expected_cost_atoms(book, &told.fees);
    writeln!(
        said,
        "Closings, after {} for the transaction:",
        usd(cost.into())
    )?;
    offers
        .iter()
        .try_for_each(|one| write_offer(said, book, one))
}

fn write_offer(said: &mut String, book: &ExchangeBook, one: &ClosingOffer) -> std::fmt::Result {
    let preview = &one.closing.preview;
    let name = book
        .state
        .asset(one.closing.args.asset_index)
        .map(|asset| asset.name());
    let why = match one.unfit {
        None => "CHOSEN",
        Some(Unfit::NotNow) => "not now: grace, prices not newer than the flag, or a pause",
        Some(Unfit::SwitchedOff) => "switched off by the configuration",
        Some(Unfit::NoRoom) => "the keeper's own account cannot take it over",
        Some(Unfit::TooLittle) => "earns too little",
        Some(Unfit::NotBest) => "another is better",
    };
    writeln!(
        said,
        "  {} {}: closes {}, frees {}, penalty {}, earns {}; {why}.",
        closing_name(one.closing.args.closing),
        name.unwrap_or_else(|| "of everything".to_owned()),
        usd(preview.notional_atoms.into()),
        usd(one.closing.freed_atoms()),
        usd(preview.penalty_atoms.into()),
        usd(one.profit_atoms.into()),
    )
}

fn write_jobs(
    said: &mut String,
    book: &ExchangeBook,
    account: &Located<MarginAccount>,
    told: &KeeperConfig,
) -> std::fmt::Result {
    let wanted = duties::wanted(book, book.now, told);
    let mine = wanted
        .iter()
        .filter(|job| job.keys.iter().any(|key| key.subject == account.address));
    let titles: Vec<&str> = mine.map(|job| job.title.as_str()).collect();
    if titles.is_empty() {
        return writeln!(said, "Now: nothing is sent.");
    }
    titles
        .iter()
        .try_for_each(|title| writeln!(said, "Now: {title} is sent."))
}

/// Dollars of quote atoms; of more than there can be the most.
fn usd(atoms: i128) -> String {
    let most = if atoms < 0 { i64::MIN } else { i64::MAX };
    money::usd(i64::try_from(atoms).unwrap_or(most))
}
