//! The counterparty's side: what the pool is worth and why, the insurance fund, the LP.
use maud::{Markup, html};

use super::axis;
use super::charts::{break_band, end_secs};
use super::{fund_tables, pool_tables};
use crate::report::{PoolMoment, Report};
use freeboard_sim::page::axis::Axis;
use freeboard_sim::page::chart::{Band, ChartSeries, PageChart, Readout, SeriesForm};

/// What the pool is worth beyond what was paid in.
pub fn result(report: &Report) -> Markup {
    let charts = Pair {
        label: "Cash, open profit of the accounts and value of the pool",
        y: axis::usd,
        lines: &[
            ("value beyond what was paid in", "equity", |pool| {
                pool.result_atoms() as f64
            }),
            ("cash beyond what was paid in", "c", |pool| {
                (pool.cash_atoms - pool.paid_in_atoms()) as f64
            }),
            ("open profit owed to the accounts", "mm", |pool| {
                pool.owed_atoms as f64
            }),
        ],
    };
    html! {
        section {
            h2 { "The other side: the pool" }
            p.caption {
                "Every position is held against the pool. Its value is its cash minus what the \
                 accounts would take with them if all closed at the oracle price; below zero, what \
                 they have lost and not paid yet. Cash moves only when a position is closed, so a crash first shows in the open profit, and in the \
                 cash as liquidations close what has lost."
            }
            (charts.render(report))
            (pool_tables::moments(report))
        }
    }
}

/// Where the pool's money came from.
pub fn sources(report: &Report) -> Markup {
    let charts = Pair {
        label: "What the pool has earned by source since the start",
        y: axis::usd,
        lines: &[
            ("taker fees", "equity", |pool| {
                value(pool, |flows| flows.fees_atoms)
            }),
            ("spread and impact", "c", |pool| {
                value(pool, |flows| flows.spread_atoms)
            }),
            ("price moves, losses beyond equity", "mm", |pool| {
                value(pool, |flows| {
                    flows.traded_atoms
                        + flows.liquidated_atoms
                        + flows.open_atoms
                        + flows.bankruptcies_atoms
                })
            }),
            ("funding", "sigma", |pool| {
                value(pool, |flows| flows.funding_atoms)
            }),
            ("penalties", "im", |pool| {
                value(pool, |flows| flows.penalties_atoms + flows.takeovers_atoms)
            }),
        ],
    };
    html! {
        section {
            h2 { "Where the pool's money came from" }
            p.caption {
                "Each transaction is split by its events and by the core's own arithmetic; the run \
                 ends with an error if the parts miss the pool's ledgers by one atom. The lines \
                 count what is settled and what is still open."
            }
            (charts.render(report))
            (pool_tables::sources(report))
        }
    }
}

/// The insurance fund, and who paid for accounts that had nothing left.
pub fn insurance(report: &Report) -> Markup {
    let charts = Pair {
        label: "Insurance fund, fees of the protocol and known bad debt",
        y: axis::usd,
        lines: &[
            ("insurance fund", "equity", |pool| {
                pool.insurance_atoms as f64
            }),
            ("fees of the protocol", "c", |pool| pool.fees_atoms as f64),
            ("known bad debt and deficit", "mm", |pool| {
                (pool.bad_debt_atoms + pool.deficit_atoms) as f64
            }),
        ],
    };
    html! {
        section {
            h2 { "Insurance fund" }
            p.caption {
                "Paid first when an account has lost more than it had. It lives on a share of the \
                 fees and of the penalties."
            }
            (charts.render(report))
            (fund_tables::flows(report))
            (fund_tables::waterfall(report))
        }
    }
}

/// What a share is worth, and the LP's two requests.
pub fn shares(report: &Report) -> Markup {
    let charts = Pair {
        label: "Value of an LP share",
        y: axis::share_price,
        lines: &[
            ("bought at", "c", |pool| {
                price(pool, pool.nav_for_deposit_atoms)
            }),
            ("at oracle prices", "equity", |pool| {
                price(pool, pool.nav_atoms)
            }),
            ("redeemed at", "im", |pool| {
                price(pool, pool.nav_for_redeem_atoms)
            }),
        ],
    };
    html! {
        section {
            h2 { "The LP" }
            p.caption {
                "A share is a part of the pool's value; those for what governance paid in belong to \
                 nobody. Whoever deposits or redeems is counted at the prices that are worst for \
                 him, the oracle price with its uncertainty or the moving average. A request waits a \
                 day and is executed at the value of then."
            }
            (charts.render(report))
            (fund_tables::liquidity(report))
        }
    }
}

/// Settled and open.
fn value(pool: &PoolMoment, of: fn(&crate::report::PoolFlows) -> i64) -> f64 {
    (of(&pool.cash) + of(&pool.unsettled)) as f64
}

/// US cents; not a number, and so not drawn, before there are shares.
fn price(pool: &PoolMoment, nav_atoms: i64) -> f64 {
    let price = pool.share_price(nav_atoms);
    price.map_or(f64::NAN, |dollars| dollars * 100.0)
}

/// Name in the legend, CSS class, value.
type PoolLine = (&'static str, &'static str, fn(&PoolMoment) -> f64);

/// The same lines during the crash and over the whole period.
struct Pair {
    label: &'static str,
    y: fn() -> Axis,
    lines: &'static [PoolLine],
}

impl Pair {
    fn render(&self, report: &Report) -> Markup {
        html! {
            h3 { "During the crash" }
            (self.chart(report, axis::minutes(-5, 35, 5), "during the crash").render(Readout::Shown))
            h3 { "The whole period" }
            (self.chart(report, axis::days(end_secs(report)), "over the whole period").render(Readout::Shown))
        }
    }

    fn chart(&self, report: &Report, x: Axis, when: &str) -> PageChart {
        let bands: Vec<Band> = vec![break_band()];
        PageChart {
            label: format!("{} {when}", self.label),
            x,
            y: (self.y)(),
            series: self.lines.iter().map(|line| series(report, line)).collect(),
            bands,
            marks: Vec::new(),
            rules: Vec::new(),
        }
    }
}

fn series(report: &Report, (name, class, value): &PoolLine) -> ChartSeries {
    let points = report
        .timeline
        .iter()
        .map(|moment| [moment.elapsed_secs as f64, value(&moment.pool)]);
    ChartSeries {
        name: (*name).to_owned(),
        class,
        form: SeriesForm::Line,
        points: points.filter(|[_, y]| y.is_finite()).collect(),
    }
}
