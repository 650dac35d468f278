//! Margin accounts and their trades.
use freeboard_client::display::money::{decimal, usd};
use freeboard_client::events::Event;
use freeboard_client::freeboard::events::{
    Deposited, ImpliedVolatilityDoubt, OrderRequested, PositionChanged, WindowOutcome,
};
use freeboard_client::freeboard::state::NO_ASSET;

use super::{Names, margin, or_nobody, usd_of};
use crate::online::words::{price, time};

/// What such an event tells; none for another.
pub fn said(event: &Event, names: &Names) -> Option<String> {
    of_accounts(event)
        .or_else(|| of_funds(event, names))
        .or_else(|| of_trades(event, names))
}

/// Accounts opened and closed, delegates.
fn of_accounts(event: &Event) -> Option<String> {
    Some(match event {
        Event::MarginAccountOpened(e) => format!(
            "{} opened margin account {} ({}).",
            e.owner, e.sub_account, e.stamp.key
        ),
        Event::MarginAccountClosed(e) => format!(
            "{} closed margin account {} ({}).",
            e.owner, e.sub_account, e.stamp.key
        ),
        Event::DelegateChanged(e) => format!(
            "Margin account {}: the delegate is {}; it was {}.",
            e.stamp.key,
            or_nobody(&e.after),
            or_nobody(&e.before)
        ),
        _ => return None,
    })
}

/// What was paid in and out.
fn of_funds(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::Deposited(e) => format!(
            "Margin account {} was paid {}{}{}.",
            e.stamp.key,
            names.amount(e.asset_index, e.amount_atoms),
            interest(e.interest_atoms),
            counted(e, names)
        ),
        Event::Withdrawn(e) => format!(
            "Margin account {} paid out {}{}; {} after it.",
            e.stamp.key,
            names.amount(e.asset_index, e.amount_atoms),
            interest(e.interest_atoms),
            margin("initial margin", &e.initial)
        ),
        Event::Borrowed(e) => format!(
            "Margin account {} took {} out, {} of it as a loan{}; its balance is {}.",
            e.stamp.key,
            names.amount(NO_ASSET, e.amount_atoms),
            usd(e.borrowed_atoms),
            interest(e.interest_atoms),
            usd(e.balance_after_atoms)
        ),
        Event::WithdrawnProRata(e) => format!(
            "Margin account {} gave {} of its balance for {}: the vault held {} of {} owed.",
            e.stamp.key,
            usd_of(e.amount_atoms),
            usd_of(e.received_atoms),
            usd_of(e.vault_atoms),
            usd_of(e.owed_atoms)
        ),
        _ => return None,
    })
}

/// What of a collateral counts after a deposit, where that is not all.
fn counted(e: &Deposited, names: &Names) -> String {
    let held = u64::try_from(e.balance_after_atoms).unwrap_or(0);
    if e.asset_index == NO_ASSET || e.counted_after_atoms >= held {
        return String::new();
    }
    let counted = e.counted_after_atoms.saturating_add(e.relief_after_atoms);
    let [counted, relief, held] =
        [counted, e.relief_after_atoms, held].map(|atoms| names.amount(e.asset_index, atoms));
    let kept = match e.relief_after_atoms {
        0 => String::new(),
        _ => format!(", {relief} of them to keep positions only"),
    };
    format!("; {counted} of its {held} count{kept}, the rest is above the cap")
}

/// Orders, trades, measured and implied volatility.
fn of_trades(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::PositionChanged(e) => trade_said(e, names),
        Event::OrderRequested(e) => requested(e, names),
        Event::OrderCancelled(e) => format!(
            "{} took order {} of margin account {} back.",
            e.by, e.order_id, e.stamp.key
        ),
        Event::VolatilitySampled(e) => format!(
            "{} was sampled at {}{}; it has {} samples.{}",
            names.name(e.asset_index),
            price(e.price_e12),
            if e.clamped {
                ", its return cut to the bound of one sample"
            } else {
                ""
            },
            e.samples,
            watched(e.window)
        ),
        Event::ImpliedVolatilityShown(e) => format!(
            "{} was shown an implied volatility of {} % a year; it counts until {}.",
            names.name(e.asset_index),
            decimal(e.index_e12.cast_signed(), 12),
            time(e.until_ts)
        ),
        Event::ImpliedVolatilityIgnored(e) => format!(
            "{} was shown an implied volatility of {} % a year, which is ignored: {}.",
            names.name(e.asset_index),
            decimal(e.index_e12.cast_signed(), 12),
            doubt(e.reason)
        ),
        _ => return None,
    })
}

/// Why an index is ignored.
const fn doubt(reason: ImpliedVolatilityDoubt) -> &'static str {
    match reason {
        ImpliedVolatilityDoubt::NotNewer => "it is not newer than the one that is known",
        ImpliedVolatilityDoubt::Stale => "it is older than a minute",
        ImpliedVolatilityDoubt::Wide => "its confidence interval is wider than 5 %",
        ImpliedVolatilityDoubt::Absurd => {
            "it is no volatility between 1 and 1,000 % a year and below the asset's largest"
        }
    }
}

/// What a sample ends of live validation.
const fn watched(window: WindowOutcome) -> &'static str {
    match window {
        WindowOutcome::Open | WindowOutcome::Begun => "",
        WindowOutcome::Within => " An hour ended within its maintenance shock.",
        WindowOutcome::Fall => " An hour ended with a fall beyond its maintenance shock.",
        WindowOutcome::Rise => " An hour ended with a rise beyond its maintenance shock.",
        WindowOutcome::Missed => " It came too late to end the hour that was watched.",
    }
}

fn requested(e: &OrderRequested, names: &Names) -> String {
    let is_all = e.size_atoms.unsigned_abs() >= i64::MAX.unsigned_abs();
    let size = match is_all {
        true => format!("all of its {}", names.name(e.asset_index)),
        false => names.signed(e.asset_index, e.size_atoms),
    };
    let only = if e.reduce_only {
        ", to reduce only"
    } else {
        ""
    };
    format!(
        "Margin account {} asked for order {}: {size} at {} or better{only}, until {}.",
        e.stamp.key,
        e.order_id,
        price(e.limit_price_e12),
        time(e.expiry_ts)
    )
}

fn interest(atoms: i64) -> String {
    if atoms == 0 {
        String::new()
    } else {
        format!(", after {} interest on its loan", usd(atoms))
    }
}

/// What a trade or the fill of an order did.
pub fn trade_said(e: &PositionChanged, names: &Names) -> String {
    let change = e.size_after_atoms.saturating_sub(e.size_before_atoms);
    let at = names.unit_price(e.asset_index, change, e.fill_notional_atoms);
    let at = at.map_or(String::new(), |at| format!(" at {}", price(at)));
    let order = if e.order_id == 0 {
        String::new()
    } else {
        format!(" by order {}", e.order_id)
    };
    let realized = match e.realized_pnl_atoms {
        0 => String::new(),
        atoms => format!(", realised {}", usd(atoms)),
    };
    let funding = match e.funding_atoms {
        0 => String::new(),
        atoms => format!(", funding {}", usd(atoms)),
    };
    format!(
        "Margin account {} traded {}{order}{at} for {} (oracle price {}), fee {}{realized}{funding}; position {}, quote {}; {}.",
        e.stamp.key,
        names.signed(e.asset_index, change),
        usd_of(e.fill_notional_atoms),
        price(e.price_e12),
        usd_of(e.fee_atoms),
        names.signed(e.asset_index, e.size_after_atoms),
        usd(e.quote_after_atoms),
        margin("required margin", &e.requirement)
    )
}
