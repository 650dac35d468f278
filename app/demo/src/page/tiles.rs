//! The run in a few numbers.
use maud::{Markup, html};

use crate::format;
use crate::prices::CALM_SECS;
use crate::report::{EventKind, LATECOMER, Report, ReportedLiquidation, TRADER};

/// One tile for each number.
pub fn render(report: &Report) -> Markup {
    let closed: u64 = report
        .liquidations
        .iter()
        .map(|one| one.notional_atoms)
        .sum();
    let penalty: u64 = report
        .liquidations
        .iter()
        .map(|one| one.penalty_atoms)
        .sum();
    let freed: u64 = report
        .liquidations
        .iter()
        .map(ReportedLiquidation::relief_atoms)
        .sum();
    let share = |of: u64| format::percent((penalty as f64 / (of as f64).max(1.0) * 1e9) as u64, 2);
    let falls = report.assets.iter().rev();
    let others: Vec<_> = falls.clone().skip(1).collect();
    html! {
        div.tiles {
            @if let Some(asset) = falls.clone().next() {
                div.tile {
                    span { (asset.name) " in one 5-minute bar" }
                    b { (format::signed_percent(asset.crash_bar_return_e9, 1)) }
                    span {
                        @for (index, asset) in others.iter().enumerate() {
                            @if index > 0 { ", " }
                            (asset.name) " " (format::signed_percent(asset.crash_bar_return_e9, 1))
                        }
                    }
                }
            }
            (margin_call_tile(report))
            (latecomer_tile(report))
            div.tile {
                span { "Liquidations" }
                b { (report.liquidations.len()) }
                span { (format::usd_whole(closed as i64)) " closed, step by step" }
            }
            div.tile {
                span { "Penalty" }
                b { (format::usd_whole(penalty as i64)) }
                span { (share(closed)) " of what was closed, " (share(freed)) " of the margin freed" }
            }
            (trading_tile(report))
            (counterparty_tiles(report))
            (books_tile(report))
        }
    }
}

fn margin_call_tile(report: &Report) -> Markup {
    let first = report.liquidations.iter().find(|one| one.account == TRADER);
    let end_secs = first.map_or(i64::MAX, |one| one.elapsed_secs);
    let call = report.events.iter().rfind(|event| {
        event.kind == EventKind::MarginCall
            && event.account == TRADER
            && event.elapsed_secs <= end_secs
    });
    html! {
        div.tile {
            span { "Margin call of the trader" }
            @match (call, first) {
                (Some(call), Some(first)) => {
                    b { (span_of(first.elapsed_secs - call.elapsed_secs)) }
                    span { "before its first liquidation" }
                }
                (Some(call), None) => {
                    b { (format::clock(call.elapsed_secs - CALM_SECS)) }
                    span { "after the slip began; nothing had to be closed" }
                }
                (None, Some(_)) => { b { "none" } span { "before its first liquidation" } }
                (None, None) => { b { "none" } span { "equity stayed above the call level" } }
            }
        }
    }
}

/// Who opened at high leverage just before the crash, and what is left.
fn latecomer_tile(report: &Report) -> Markup {
    let moments = || {
        let moments = report.timeline.iter();
        moments.map(|moment| moment.accounts[LATECOMER].equity_atoms)
    };
    let (first, last) = (moments().find(|equity| *equity > 0), moments().next_back());
    html! {
        div.tile {
            span { (report.accounts[LATECOMER].name) }
            b {
                (format::usd_whole(first.unwrap_or_default())) " → "
                (format::usd_whole(last.unwrap_or_default()))
            }
            span { (report.accounts[LATECOMER].description) }
        }
    }
}

fn trading_tile(report: &Report) -> Markup {
    let trading = &report.trading;
    html! {
        div.tile {
            span { "Traded" }
            b { (format::usd_whole(trading.notional_atoms as i64)) }
            span {
                (format::grouped(trading.trades.into())) " trades, "
                (format::usd_whole(trading.fees_atoms as i64)) " of fees"
            }
        }
    }
}

/// What the pool earned, what a share of it became, what the insurance fund holds.
fn counterparty_tiles(report: &Report) -> Markup {
    let Some(pool) = report.timeline.last().map(|moment| &moment.pool) else {
        return html! {};
    };
    let paid_out: u64 = report
        .bankruptcies
        .iter()
        .map(|one| one.by_insurance_atoms)
        .sum();
    html! {
        div.tile {
            span { "Result of the pool" }
            b { (format::usd_whole(pool.result_atoms())) }
            span { "value at the end beyond what was paid in" }
        }
        div.tile {
            span { "LP share at the end" }
            b { @match pool.share_price(pool.nav_atoms) {
                Some(price) => { (format!("${price:.4}")) }
                None => { "–" }
            } }
            span { "bought at $1 each on the first day" }
        }
        div.tile {
            span { "Insurance fund" }
            b { (format::usd_whole(pool.insurance_atoms)) }
            span { (format::usd_whole(paid_out as i64)) " paid for bankrupt accounts" }
        }
    }
}

fn books_tile(report: &Report) -> Markup {
    let balanced = report.books.difference_atoms == 0;
    html! {
        div.tile {
            span { "Books at the end" }
            @if balanced { b.good { "balanced" } } @else { b.bad { "off" } }
            span { "difference " (format::quote_exact(report.books.difference_atoms)) " USDC" }
        }
    }
}

/// A span of seconds in words.
fn span_of(secs: i64) -> String {
    match secs {
        ..120 => format!("{secs} s"),
        120..7_200 => format!("{} min {} s", secs / 60, secs % 60),
        _ => format!("{:.1} h", secs as f64 / 3_600.0),
    }
}
