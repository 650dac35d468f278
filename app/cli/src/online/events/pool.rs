//! The pool and its LPs.
use freeboard_client::display::money::usd;
use freeboard_client::events::Event;
use freeboard_client::freeboard::events::LiquidityExecuted;
use freeboard_client::freeboard::state::LiquidityKind;

use crate::online::amount::Unit;
use crate::online::words::{average_price, price};

use super::{Names, shares, usd_of};

/// What such an event tells; none for another.
pub fn said(event: &Event, names: &Names) -> Option<String> {
    Some(match event {
        Event::PoolFunded(e) => format!("{} were paid into the pool.", usd_of(e.amount_atoms)),
        Event::PoolSwept(e) => format!(
            "The ledger of {} was swept: pool {}, insurance {}, fees {}; {} allocated anew.",
            names.name(e.asset_index),
            usd(e.pool_atoms),
            usd(e.insurance_atoms),
            usd(e.fees_atoms),
            usd(e.allocation_atoms)
        ),
        Event::PoolRebalanced(e) => format!(
            "The pool was rebalanced: cash {}, insurance {}, fees {}, loans {}; worth {}, deficit {}.",
            usd(e.pool_atoms),
            usd(e.insurance_atoms),
            usd(e.fees_atoms),
            usd(e.loans_atoms),
            usd(e.value_atoms),
            usd_of(e.deficit_atoms)
        ),
        Event::LiquidityRequested(e) => match e.kind {
            LiquidityKind::Deposit => format!(
                "{} asked to deposit {} into the pool (request {}).",
                e.owner,
                usd_of(e.amount_atoms),
                e.request
            ),
            LiquidityKind::Redeem => format!(
                "{} asked to redeem {} (request {}).",
                e.owner,
                shares(e.amount_atoms),
                e.request
            ),
        },
        Event::LiquidityExecuted(e) => executed(e),
        Event::LiquidityCancelled(e) => format!(
            "{} got back what request {} held{}.",
            e.owner,
            e.request,
            if e.is_executed { ", its outcome" } else { "" }
        ),
        _ => return None,
    })
}

fn executed(e: &LiquidityExecuted) -> String {
    let (given, got) = match e.is_redemption {
        true => (shares(e.amount_atoms), usd_of(e.out_atoms)),
        false => (usd_of(e.amount_atoms), shares(e.out_atoms)),
    };
    let (share_atoms, quote_atoms) = match e.is_redemption {
        true => (e.amount_atoms, e.out_atoms),
        false => (e.out_atoms, e.amount_atoms),
    };
    let [size, cost] =
        [share_atoms, quote_atoms].map(|atoms| i64::try_from(atoms).unwrap_or(i64::MAX));
    let each = price(average_price(size, cost, Unit::SHARES.decimals));
    let paid = if e.is_paid {
        ""
    } else {
        "; it waits in escrow"
    };
    format!(
        "{} got {got} for {given}, {each} a share; the pool was counted at {}{paid}.",
        e.owner,
        usd(e.nav_atoms)
    )
}
