//! The insurance fund, the losses that somebody else paid, and the LP, as tables.
use maud::{Markup, html};

use super::exact;
use crate::format;
use crate::prices::CALM_SECS;
use crate::report::{FundFlows, LiquidityStep, LiquidityStepKind, Report};

/// What went into the fund and out of it, calm and crash apart.
pub fn flows(report: &Report) -> Markup {
    let fund = |until: i64| {
        let mut moments = report.timeline.iter();
        let last = moments.rfind(|moment| moment.elapsed_secs <= until);
        last.map_or_else(FundFlows::default, |moment| moment.pool.fund)
    };
    let (calm, whole) = (fund(CALM_SECS), fund(i64::MAX));
    let rows = calm.lines().into_iter().zip(whole.lines());
    let residual = whole.total_atoms() - report.books.insurance_atoms;
    html! {
        h3 { "In and out" }
        div.scroll {
            table {
                thead { tr {
                    th { "USDC" } th.n { "Calm month" } th.n { "Crash and after" } th.n { "Whole run" }
                } }
                tbody {
                    @for ((name, calm), (_, whole)) in rows {
                        tr { td.what { (name) } (cells(calm, whole)) }
                    }
                    tr.total { td { "Insurance fund" } (cells(calm.total_atoms(), whole.total_atoms())) }
                    tr.total { td { "Not explained" } td {} td {} td.n { (exact(residual)) } }
                }
            }
        }
    }
}

fn cells(calm: i64, whole: i64) -> Markup {
    html! {
        @for atoms in [calm, whole - calm, whole] {
            td.n { (format::quote_exact(atoms)) }
        }
    }
}

/// Who paid for the accounts that had nothing left.
pub fn waterfall(report: &Report) -> Markup {
    html! {
        h3 { "Who paid for bankrupt accounts" }
        @if report.bankruptcies.is_empty() {
            p { "Nobody had to: no account ended with a debt and nothing to pay it with." }
        } @else {
            p.caption { "First the insurance fund, then the pool, then the winners by deleveraging." }
            div.scroll {
                table {
                    thead { tr {
                        th { "Time" } th { "Account" } th.n { "Loss" } th.n { "Insurance fund" }
                        th.n { "Pool" } th.n { "Nobody yet" }
                    } }
                    tbody {
                        @for one in &report.bankruptcies {
                            tr {
                                td.t { (format::elapsed(one.elapsed_secs)) }
                                td.t { (report.accounts[one.account].name) }
                                @for atoms in [
                                    one.loss_atoms, one.by_insurance_atoms, one.by_pool_atoms, one.deficit_atoms,
                                ] { td.n { (format::usd(atoms as i64)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the LP asked for and what it got.
pub fn liquidity(report: &Report) -> Markup {
    html! {
        h3 { "What the LP did" }
        div.scroll {
            table {
                thead { tr {
                    th { "Time" } th { "Step" } th.n { "USDC" } th.n { "Shares" }
                    th.n { "Value of the pool" } th.n { "Price of a share" }
                } }
                tbody { @for step in &report.liquidity { (liquidity_row(step)) } }
            }
        }
        (holding(report))
    }
}

fn liquidity_row(step: &LiquidityStep) -> Markup {
    let name = match step.kind {
        LiquidityStepKind::DepositRequested => "deposit requested",
        LiquidityStepKind::Deposited => "deposit executed",
        LiquidityStepKind::RedemptionRequested => "redemption requested",
        LiquidityStepKind::Redeemed => "redemption executed",
    };
    let amount = |atoms: u64| match atoms {
        0 => "–".to_owned(),
        atoms => format::quote_exact(atoms as i64),
    };
    let price = (step.shares > 0 && step.quote_atoms > 0)
        .then(|| format!("${:.6}", step.quote_atoms as f64 / step.shares as f64));
    html! {
        tr {
            td.t { (format::elapsed(step.elapsed_secs)) }
            td { span.badge { (name) } }
            td.n { (amount(step.quote_atoms)) }
            td.n { (amount(step.shares)) }
            td.n { @if let Some(atoms) = step.nav_atoms { (format::quote_exact(atoms)) } @else { "–" } }
            td.n { (price.unwrap_or_else(|| "–".to_owned())) }
        }
    }
}

/// What the LP's money has become.
fn holding(report: &Report) -> Markup {
    let (mut paid, mut received, mut shares) = (0_i64, 0_i64, 0_i64);
    for step in &report.liquidity {
        match step.kind {
            LiquidityStepKind::Deposited => {
                paid += step.quote_atoms as i64;
                shares += step.shares as i64;
            }
            LiquidityStepKind::Redeemed => {
                received += step.quote_atoms as i64;
                shares -= step.shares as i64;
            }
            LiquidityStepKind::DepositRequested | LiquidityStepKind::RedemptionRequested => {}
        }
    }
    let last = report.timeline.last().map(|moment| &moment.pool);
    let Some(price) = last.and_then(|pool| pool.share_price(pool.nav_for_redeem_atoms)) else {
        return html! {};
    };
    let worth = (shares as f64 * price) as i64;
    html! {
        p.caption {
            "Paid in " (format::usd_whole(paid)) ", received " (format::usd_whole(received))
            ", shares left worth " (format::usd_whole(worth)) " at what they could be redeemed at: a result of "
            (format::usd_whole(received + worth - paid)) "."
        }
    }
}
