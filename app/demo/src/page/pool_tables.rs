//! The pool as tables: how it stood at a few moments, and the sources of its money.
use maud::{Markup, html};

use super::exact;
use crate::format;
use crate::prices::{BAR_SECS, CALM_SECS, CRASH_BAR_SECS, DAY_SECS};
use crate::report::{PoolFlows, PoolMoment, Report, ReportMoment};

/// A quantity of the pool, in whole USD.
type Quantity = (&'static str, fn(&PoolMoment) -> i64);

const QUANTITIES: [Quantity; 10] = [
    ("Cash", |pool| pool.cash_atoms),
    ("Open profit owed to the accounts", |pool| pool.owed_atoms),
    ("Value at oracle prices (NAV)", |pool| pool.nav_atoms),
    ("Value that shares are redeemed at", |pool| {
        pool.nav_for_redeem_atoms
    }),
    ("Value that shares are bought at", |pool| {
        pool.nav_for_deposit_atoms
    }),
    ("Loans of the accounts", |pool| pool.loans_atoms),
    ("Insurance fund", |pool| pool.insurance_atoms),
    ("Fees of the protocol", |pool| pool.fees_atoms),
    ("Known bad debt", |pool| pool.bad_debt_atoms),
    ("Deficit", |pool| pool.deficit_atoms),
];

/// The pool before, during and after the crash.
pub fn moments(report: &Report) -> Markup {
    let columns = columns(report);
    html! {
        h3 { "At a few moments" }
        div.scroll {
            table {
                thead { tr {
                    th { "USD" }
                    @for (name, moment) in &columns {
                        th.n { (name) br; (format::elapsed(moment.elapsed_secs)) }
                    }
                } }
                tbody {
                    @for (name, quantity) in QUANTITIES {
                        tr {
                            td.what { (name) }
                            @for (_, moment) in &columns {
                                td.n { (format::usd_whole(quantity(&moment.pool))) }
                            }
                        }
                    }
                    tr {
                        td { "LP share at oracle prices" }
                        @for (_, moment) in &columns {
                            td.n { (share(&moment.pool)) }
                        }
                    }
                }
            }
        }
    }
}

fn share(pool: &PoolMoment) -> String {
    let price = pool.share_price(pool.nav_atoms);
    price.map_or_else(|| "–".to_owned(), |price| format!("${price:.6}"))
}

/// Moments worth a column, oldest first.
fn columns(report: &Report) -> Vec<(&'static str, &ReportMoment)> {
    let last_until = |secs: i64| {
        let mut moments = report.timeline.iter();
        moments.rfind(|moment| moment.elapsed_secs <= secs)
    };
    let columns = [
        ("LP paid in", last_until(DAY_SECS)),
        ("Before the slip", last_until(CALM_SECS)),
        ("After the break", last_until(CRASH_BAR_SECS + BAR_SECS)),
        ("A day later", last_until(CRASH_BAR_SECS + DAY_SECS)),
        ("End", report.timeline.last()),
    ];
    let columns = columns.into_iter();
    columns
        .filter_map(|(name, moment)| Some((name, moment?)))
        .collect()
}

/// Cash by its source, calm and crash apart, and what is not settled yet.
pub fn sources(report: &Report) -> Markup {
    let Some(last) = report.timeline.last().map(|moment| &moment.pool) else {
        return html! {};
    };
    let calm = calm_flows(report);
    let rows: Vec<_> = calm
        .lines()
        .into_iter()
        .zip(last.cash.lines())
        .zip(last.unsettled.lines())
        .map(|(((name, calm), (_, cash)), (_, unsettled))| (name, [calm, cash, unsettled]))
        .filter(|(_, amounts)| *amounts != [0; 3])
        .collect();
    let totals = [
        calm.total_atoms(),
        last.cash.total_atoms(),
        last.unsettled.total_atoms(),
    ];
    let residual = last.cash.total_atoms() - report.books.pool_atoms;
    html! {
        h3 { "Cash by source" }
        div.scroll {
            table {
                thead { tr {
                    th { "USDC" } th.n { "Calm month" } th.n { "Crash and after" } th.n { "Cash, whole run" }
                    th.n { "Not settled yet" } th.n { "Value" }
                } }
                tbody {
                    @for (name, amounts) in &rows { tr { td.what { (name) } (cells(*amounts)) } }
                    tr.total { td { "Change of cash; of value (NAV)" } (cells(totals)) }
                    tr.total {
                        td { "Pool's cash in the ledgers" } td {} td {}
                        td.n { (format::quote_exact(report.books.pool_atoms)) } td {} td {}
                    }
                    tr.total { td { "Not explained" } td {} td {} td.n { (exact(residual)) } td {} td {} }
                }
            }
        }
        p.caption {
            "A row that is missing is zero. Spread and impact, and the liquidator's share of a \
             penalty where the liquidator took the position, are part of the price a position was \
             opened at: they become cash when it is closed. A loss beyond an account's equity counts \
             as a price move first and is taken back in its own row."
        }
    }
}

/// The cash flows until the slip began.
fn calm_flows(report: &Report) -> PoolFlows {
    let mut moments = report.timeline.iter();
    let before = moments.rfind(|moment| moment.elapsed_secs <= CALM_SECS);
    before.map_or_else(PoolFlows::default, |moment| moment.pool.cash)
}

fn cells([calm, cash, unsettled]: [i64; 3]) -> Markup {
    html! {
        @for atoms in [calm, cash - calm, cash, unsettled, cash + unsettled] {
            td.n { (format::quote_exact(atoms)) }
        }
    }
}
