//! The margin report of an account, as people read it.
use freeboard_client::display::money::{decimal, duration, percent_e9, times, usd, usd_floor};
use freeboard_client::display::state::{state_name, utilisation};
use freeboard_client::display::table::table;
use freeboard_client::freeboard::instructions::MarginState;

use super::doubt::{favour, untradable, untradable_reasons};
use super::view::{AccountView, CollateralView, MarginsView, OrderView, PositionView};
use crate::online::output::rows;
use crate::online::words::{price, time};

/// The whole report.
pub fn text(view: &AccountView) -> String {
    let mut text = format!(
        "Margin account {}, number {} of {}, {}\n",
        view.address,
        view.number,
        view.owner,
        time(view.now)
    );
    let mut lines = vec![("quote".to_owned(), usd_floor(view.quote_atoms))];
    match (&view.margins, &view.unpriced) {
        (Some(margins), _) => lines.extend(margin_lines(margins, view.now)),
        (None, reason) => {
            let reason = reason.as_deref().unwrap_or("unknown");
            lines.push((
                "margins".to_owned(),
                format!("cannot be computed: {reason}"),
            ));
        }
    }
    if let Some(delegate) = &view.delegate {
        lines.push(("delegate".to_owned(), delegate.clone()));
    }
    text += &rows(&lines);
    text += &position_table(&view.positions);
    text += &collateral_table(&view.collaterals);
    text += &order_table(&view.orders, view.now);
    text
}

fn margin_lines(margins: &MarginsView, now: i64) -> Vec<(String, String)> {
    let share = |part: i64, of: i64| {
        if of > 0 {
            format!(" ({:.1} %)", part as f64 / of as f64 * 100.0)
        } else {
            String::new()
        }
    };
    let mut lines = vec![
        ("equity", usd_floor(margins.equity_atoms)),
        (
            "maintenance margin",
            match margins.maintenance_margin_atoms {
                0 => usd(0),
                atoms => format!("{}, by {}", usd(atoms), margins.binds),
            },
        ),
        (
            "cushion",
            format!(
                "{}{}; MM uses {} of equity",
                usd_floor(margins.cushion_atoms),
                share(margins.cushion_atoms, margins.equity_atoms),
                utilisation(margins.utilisation_permille)
            ),
        ),
        (
            "initial margin",
            match margins.initial_margin_atoms {
                0 => usd(0),
                atoms => format!(
                    "{} of {} that count for it, by {}",
                    usd(atoms),
                    usd_floor(margins.initial_equity_atoms),
                    margins.initial_binds
                ),
            },
        ),
        ("free collateral", free_collateral(margins)),
    ];
    if let Some(course) = margins.course.and_then(|course| course.said()) {
        lines.insert(2, ("on its way to", course));
    }
    if let Some(told) = favour(margins) {
        lines.insert(1, ("equity at these prices", told));
    }
    if margins.gross_notional_atoms > 0 {
        let leverage = format!(
            "{} of {}",
            times(margins.leverage),
            usd(margins.gross_notional_atoms)
        );
        lines.push(("leverage", leverage));
    }
    lines.push(("state", state(margins, now)));
    lines
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What can be withdrawn now, and why nothing.
fn free_collateral(margins: &MarginsView) -> String {
    let free = usd_floor(margins.free_collateral_atoms);
    match untradable(margins).filter(|_| !margins.meets_initial_margin) {
        _ if margins.meets_initial_margin => free,
        Some(cause) => format!("{free}, nothing can be withdrawn: {cause}"),
        None => format!("{free}, nothing can be withdrawn: this is what the initial margin lacks"),
    }
}

/// How an account stands, and what follows.
pub fn condition(margins: &MarginsView, now: i64) -> String {
    let flag = margins
        .flagged_ts
        .map(|since| duration(now.saturating_sub(since).max(0).unsigned_abs()));
    match (margins.is_liquidatable, flag) {
        (true, Some(age)) => match margins.grace_left_secs {
            Some(0) | None => {
                format!("LIQUIDATABLE, flagged for {age}: anyone may close parts of it now")
            }
            Some(left) => format!(
                "LIQUIDATABLE, flagged for {age}: anyone may close parts of it in {}",
                duration(left.into())
            ),
        },
        (true, None) if margins.grace_left_secs == Some(0) => {
            "LIQUIDATABLE, so far below that it needs no flag: anyone may close parts of it now"
                .to_owned()
        }
        (true, None) => "LIQUIDATABLE, not flagged yet: add margin or close positions".to_owned(),
        (false, Some(age)) => format!("flagged for {age}, and above its maintenance margin again"),
        (false, None) if margins.state == state_name(MarginState::Call) => {
            format!(
                "MARGIN CALL, equity is below {} · MM: deposit or reduce before it is below MM",
                decimal(margins.call_level_e9.into(), 9)
            )
        }
        (false, None) if margins.meets_initial_margin => "healthy".to_owned(),
        (false, None) => held_back(margins),
    }
}

/// How an account stands, with the reason of the prices that hold it back.
fn state(margins: &MarginsView, now: i64) -> String {
    let told = condition(margins, now);
    let is_held_back =
        !margins.meets_initial_margin && !margins.is_liquidatable && margins.flagged_ts.is_none();
    match untradable_reasons(margins).filter(|_| is_held_back) {
        Some(reasons) => format!("{told}: {reasons}"),
        None => told,
    }
}

/// Why an account above its maintenance margin can only reduce.
fn held_back(margins: &MarginsView) -> String {
    let is_below = margins.initial_equity_atoms < margins.initial_margin_atoms;
    match (untradable(margins), is_below) {
        (Some(cause), false) => {
            format!("it can reduce and deposit, not increase or withdraw: {cause}")
        }
        (Some(cause), true) => format!(
            "below its initial margin: it can reduce, not increase or withdraw; and {cause}"
        ),
        (None, _) => "below its initial margin: it can reduce, not increase or withdraw".to_owned(),
    }
}

/// Positions as a table; nothing without any.
pub fn position_table(positions: &[PositionView]) -> String {
    if positions.is_empty() {
        return String::new();
    }
    let columns = [
        "position",
        "size",
        "entry",
        "price",
        "notional",
        "profit",
        "liquidated at",
        "or at",
        "of MM",
    ];
    let cells = positions.iter().map(|one| {
        let optional = |value: Option<u128>| value.map_or_else(|| "–".to_owned(), price);
        let amount = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), usd);
        let notional = one
            .notional_atoms
            .and_then(|atoms| i64::try_from(atoms).ok());
        [
            one.asset.clone(),
            one.size.clone(),
            price(one.entry_price_e12),
            optional(one.price_e12),
            amount(notional),
            amount(one.unrealized_pnl_atoms),
            optional(one.liquidation_price_e12),
            optional(one.far_liquidation_price_e12),
            amount(one.maintenance_atoms),
        ]
    });
    format!("{}\n", table(&columns, 1).add_rows(cells))
}

/// What of a collateral counts, and how much of that keeps positions only.
fn counts(one: &CollateralView) -> String {
    match one.relief_atoms {
        0 => one.counted.clone(),
        _ => format!(
            "{}, of which {} keeps positions only",
            one.counted, one.relief
        ),
    }
}

fn collateral_table(collaterals: &[CollateralView]) -> String {
    if collaterals.is_empty() {
        return String::new();
    }
    let columns = [
        "collateral",
        "amount",
        "counts",
        "worth",
        "weight",
        "liquidated at",
    ];
    let cells = collaterals.iter().map(|one| {
        let worth = one.value_atoms.and_then(|atoms| i64::try_from(atoms).ok());
        [
            one.asset.clone(),
            one.amount.clone(),
            counts(one),
            worth.map_or_else(|| "–".to_owned(), usd_floor),
            percent_e9(one.weight_e9.into()),
            one.liquidation_price_e12
                .map_or_else(|| "–".to_owned(), price),
        ]
    });
    format!("{}\n", table(&columns, 1).add_rows(cells))
}

/// Orders as a table; nothing without any.
pub fn order_table(orders: &[OrderView], now: i64) -> String {
    if orders.is_empty() {
        return String::new();
    }
    let columns = ["order", "asset", "size", "limit", "left"];
    let cells = orders.iter().map(|one| {
        let left = match one.is_expired {
            true => "expired".to_owned(),
            false => duration(one.expiry_ts.saturating_sub(now).unsigned_abs()),
        };
        let only = if one.reduce_only {
            " (reduce only)"
        } else {
            ""
        };
        [
            one.id.to_string(),
            one.asset.clone(),
            format!("{}{only}", one.size),
            price(one.limit_price_e12),
            left,
        ]
    });
    format!("{}\n", table(&columns, 2).add_rows(cells))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::report::doubt::DoubtfulPriceView;

    fn margins(
        is_liquidatable: bool,
        flagged_ts: Option<i64>,
        grace_left_secs: Option<u32>,
    ) -> MarginsView {
        MarginsView {
            equity_atoms: 1,
            equity_at_prices_atoms: 1,
            maintenance_margin_atoms: 2,
            initial_equity_atoms: 1,
            initial_margin_atoms: 3,
            free_collateral_atoms: -2,
            cushion_atoms: -1,
            gross_notional_atoms: 0,
            leverage: 0.0,
            binds: String::new(),
            initial_binds: String::new(),
            meets_initial_margin: !is_liquidatable,
            is_liquidatable,
            state: state_name(match is_liquidatable {
                true => MarginState::Liquidatable,
                false => MarginState::Safe,
            }),
            call_level_e9: 1_200_000_000,
            is_called: false,
            utilisation_permille: 2_000,
            course: None,
            doubtful_prices: Vec::new(),
            flagged_ts,
            grace_left_secs,
        }
    }

    #[test]
    fn a_state_says_what_follows() {
        let said = |margins: MarginsView| condition(&margins, 100);
        assert_eq!(said(margins(false, None, None)), "healthy");
        assert!(said(margins(true, None, None)).contains("not flagged yet"));
        assert!(
            said(margins(true, Some(94), Some(4)))
                .contains("flagged for 6 s: anyone may close parts of it in 4 s")
        );
        assert!(said(margins(true, Some(80), Some(0))).contains("now"));
        let called = MarginsView {
            state: state_name(MarginState::Call),
            ..margins(false, None, None)
        };
        assert!(said(called).starts_with("MARGIN CALL, equity is below 1.2 · MM"));
        assert!(said(margins(true, None, Some(0))).contains("needs no flag"));
        assert!(
            said(margins(false, Some(90), None)).contains("above its maintenance margin again")
        );
    }

    /// Above both margins, with a price of BTC that counts for neither a trade nor a liquidation.
    fn far() -> MarginsView {
        let reason = || Some("the price is far".to_owned());
        MarginsView {
            equity_atoms: 9_000_000,
            equity_at_prices_atoms: 1_000_000,
            initial_equity_atoms: 5,
            free_collateral_atoms: 0,
            meets_initial_margin: false,
            doubtful_prices: vec![DoubtfulPriceView {
                asset: "BTC".to_owned(),
                has_position: true,
                not_for_trades: reason(),
                not_for_liquidations: reason(),
            }],
            ..margins(false, None, None)
        }
    }

    #[test]
    fn a_state_names_the_price_that_holds_an_account_back() {
        let cause = "the price of BTC may not be traded on now";
        let said = state(&far(), 100);
        assert!(
            said.ends_with(&format!("{cause}: the price is far")),
            "{said}"
        );
        assert!(!said.contains("below"), "{said}");
        assert!(free_collateral(&far()).contains(cause));
        let below = MarginsView {
            initial_equity_atoms: 1,
            ..far()
        };
        let said = condition(&below, 100);
        assert!(said.starts_with("below its initial margin"), "{said}");
        assert!(said.contains(cause), "{said}");
        // Several prices for one reason, which is said once.
        let mut both = far();
        let eth = DoubtfulPriceView {
            asset: "ETH".to_owned(),
            ..both.doubtful_prices[0].clone()
        };
        both.doubtful_prices.push(eth);
        let said = state(&both, 100);
        assert!(said.contains("the prices of BTC and ETH may"), "{said}");
        assert_eq!(said.matches("the price is far").count(), 1, "{said}");
        // Collateral whose price is far is left out, and keeps nobody from trading.
        let mut collateral = below;
        collateral.doubtful_prices[0].has_position = false;
        assert!(!condition(&collateral, 100).contains("BTC"));
        assert!(free_collateral(&collateral).contains("lacks"));
    }

    #[test]
    fn another_equity_than_that_of_the_prices_is_explained() {
        let said = favour(&far()).unwrap();
        assert!(said.starts_with("$1.00;"), "{said}");
        assert!(said.contains("BTC, the price is far"), "{said}");
        assert_eq!(favour(&margins(false, None, None)), None);
    }
}
