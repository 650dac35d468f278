//! The run as one HTML page that needs nothing else: charts, what happened, the books.
mod axis;
mod charts;
mod fund_tables;
mod pool;
mod pool_tables;
mod tables;
mod tiles;

use freeboard_sim::page::{Document, HOVER};
use maud::{Markup, html};

use crate::format;
use crate::report::Report;

const STYLE: &str = include_str!("style.css");

/// The page's text.
pub fn render(report: &Report) -> String {
    let body = html! {
        main {
            (header(report))
            (tiles::render(report))
            (charts::crash(report))
            (tables::liquidations(report))
            (charts::margin_fractions(report))
            (tables::accounts(report))
            (charts::whole_period(report))
            (charts::trading(report))
            (pool::result(report))
            (pool::sources(report))
            (pool::insurance(report))
            (pool::shares(report))
            (charts::prices(report))
            (tables::story(report))
            div.two { (tables::books(report)) (tables::facts(report)) }
            footer {
                "Requirements are rounded up, equity is rounded down. Amounts on this page \
                 are rounded to what is shown; the books are exact."
            }
        }
    };
    let document = Document {
        title: "Freeboard: a calm month and a crash",
        style: STYLE,
        script: Some(HOVER),
    };
    document.render(&body)
}

fn header(report: &Report) -> Markup {
    html! {
        header {
            p.brand { "Freeboard" }
            h1 { "A calm month and a crash, margined on chain" }
            p {
                (report.prices.description) ". Every volatility sample, trade, flag and liquidation \
                 below is a transaction that the bytecode built here executed in a local runtime; every number was read \
                 from its accounts and events."
            }
        }
    }
}

/// A difference of quote atoms: good if it is none.
fn exact(atoms: i64) -> Markup {
    html! {
        @if atoms == 0 { span.good { (format::quote_exact(0)) } } @else { span.bad { (format::quote_exact(atoms)) } }
    }
}
