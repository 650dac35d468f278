//! Shown prices, flags, liquidations, losses, the end of a market.
use std::fmt::{self, Display, Formatter};

use freeboard_client::display::money::{decimal, usd};
use freeboard_client::events::Event;
use freeboard_client::freeboard::events::{
    AccountFlagged, AccountLiquidated, AccountSliced, BankruptcyResolved, MarginSnapshot,
    PositionDeleveraged,
};

use super::{Names, margin, usd_of};
use crate::online::commands::said_of_closing;
use crate::online::words::{price, time};

/// What such an event tells; none for another.
pub fn said(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::PriceShown(e) => format!(
            "{} was shown the price {} ± {} of {}{}.",
            names.name(e.asset_index),
            price(e.price_e12),
            price(e.confidence_e12),
            time(e.publish_ts),
            if e.refutes_absence {
                "; its feed is not absent any more"
            } else {
                ""
            }
        ),
        Event::AbsenceAnnounced(e) => format!(
            "The feed of {} was announced absent; its last recorded price is {} of {}.",
            names.name(e.asset_index),
            price(e.recorded_price_e12),
            time(e.recorded_publish_ts)
        ),
        Event::AccountFlagged(e) => flagged(e),
        Event::MarginCalled(e) => format!(
            "Margin account {} got a margin call: {}, below the call level of {} · MM.",
            e.stamp.key,
            margin("maintenance margin", &e.maintenance),
            decimal(e.call_level_e9.into(), 9)
        ),
        Event::AccountLiquidated(e) => liquidated(e, names),
        Event::AccountSliced(e) => sliced(e),
        Event::LossSettled(e) => format!(
            "Margin account {} settled a loss of {} in {} at {}.",
            e.stamp.key,
            usd(e.loss_atoms),
            names.name(e.asset_index),
            price(e.price_e12)
        ),
        Event::BankruptcyResolved(e) => bankrupt(e),
        Event::PositionDeleveraged(e) => deleveraged(e, names),
        Event::WindDownAnnounced(e) => format!(
            "{} is wound down: only reduced from now on, settled from {} on.",
            names.name(e.asset_index),
            time(e.settle_from_ts)
        ),
        Event::SettlementPriceRecorded(e) => format!(
            "{} counted {} towards its settlement price, {} over {} s.",
            names.name(e.asset_index),
            price(e.price_e12),
            price(e.average_e12),
            e.covered_secs
        ),
        Event::MarketSettled(e) => format!(
            "The market of {} ended at {}.",
            names.name(e.asset_index),
            price(e.price_e12)
        ),
        Event::PositionSettled(e) => format!(
            "Margin account {} had {} settled at {}: {}; quote {}.",
            e.stamp.key,
            names.signed(e.asset_index, e.size_before_atoms),
            price(e.price_e12),
            usd(e.realized_pnl_atoms),
            usd(e.quote_after_atoms)
        ),
        _ => return None,
    })
}

fn flagged(e: &AccountFlagged) -> String {
    let what = match (e.flagged_before_ts, e.flagged_ts) {
        (0, 0) => "was seen, and is not flagged".to_owned(),
        (_, 0) => "has recovered: its flag ended".to_owned(),
        (0, _) => "was flagged".to_owned(),
        (_, since) => format!("was seen below again; flagged since {}", time(since)),
    };
    let debt = match e.bad_debt_atoms {
        0 => String::new(),
        atoms => format!(", {} below zero", usd(atoms)),
    };
    format!(
        "Margin account {} {what}: {}{debt}.",
        e.stamp.key,
        margin("maintenance margin", &e.maintenance)
    )
}

fn liquidated(e: &AccountLiquidated, names: &Names) -> String {
    let penalty = ToldPenalty {
        paid_atoms: e.penalty_atoms,
        liquidator_atoms: e.penalty_liquidator_atoms,
        topup_atoms: e.topup_atoms,
        insurance_atoms: e.penalty_insurance_atoms,
        pool_atoms: e.penalty_pool_atoms,
    };
    format!(
        "Margin account {} was liquidated: {}, {} at {} ({} notional, of at most {}). {penalty} {}",
        e.stamp.key,
        said_of_closing(e.closing),
        names.size(e.asset_index, e.closed_atoms),
        price(e.price_e12),
        usd_of(e.notional_atoms),
        names.size(e.asset_index, e.largest_close_atoms),
        before_and_after(&e.before, &e.after)
    )
}

fn sliced(e: &AccountSliced) -> String {
    let penalty = ToldPenalty {
        paid_atoms: e.penalty_atoms,
        liquidator_atoms: e.penalty_liquidator_atoms,
        topup_atoms: 0,
        insurance_atoms: e.penalty_insurance_atoms,
        pool_atoms: e.penalty_pool_atoms,
    };
    format!(
        "Margin account {} was liquidated by a slice: {} % of everything ({} notional). {penalty} {}",
        e.stamp.key,
        decimal(e.share_permille.into(), 1),
        usd_of(e.notional_atoms),
        before_and_after(&e.before, &e.after)
    )
}

/// What a liquidation took as its penalty, and who got it, quote atoms.
struct ToldPenalty {
    paid_atoms: u64,
    liquidator_atoms: u64,
    /// What insurance paid the liquidator besides.
    topup_atoms: u64,
    insurance_atoms: u64,
    pool_atoms: u64,
}

impl Display for ToldPenalty {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let topup = match self.topup_atoms {
            0 => String::new(),
            atoms => format!(" (and {} from insurance)", usd_of(atoms)),
        };
        write!(
            out,
            "Penalty {}: liquidator {}{topup}, insurance {}, pool {}.",
            usd_of(self.paid_atoms),
            usd_of(self.liquidator_atoms),
            usd_of(self.insurance_atoms),
            usd_of(self.pool_atoms)
        )
    }
}

fn before_and_after(before: &MarginSnapshot, after: &MarginSnapshot) -> String {
    let [before, after] = [before, after].map(|level| margin("maintenance margin", level));
    format!("Before: {before}; after: {after}.")
}

fn bankrupt(e: &BankruptcyResolved) -> String {
    format!(
        "The loan of {} that margin account {} left was paid: insurance {}, pool {}, nobody yet {}; the deficit is {}.",
        usd_of(e.loss_atoms),
        e.stamp.key,
        usd_of(e.by_insurance_atoms),
        usd_of(e.by_pool_atoms),
        usd_of(e.deficit_atoms),
        usd_of(e.deficit_after_atoms)
    )
}

fn deleveraged(e: &PositionDeleveraged, names: &Names) -> String {
    format!(
        "Margin account {} was deleveraged: {} of {} closed at {}, profit {}, of which the pool kept {}.",
        e.stamp.key,
        names.size(e.asset_index, e.closed_atoms),
        names.signed(e.asset_index, e.size_before_atoms),
        price(e.price_e12),
        usd(e.gain_atoms),
        usd_of(e.to_deficit_atoms)
    )
}
