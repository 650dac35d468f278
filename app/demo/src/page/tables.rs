//! What happened, who paid whom, and the books, as tables of the page.
use maud::{Markup, html};

use super::{charts, exact};
use crate::format;
use crate::prices::{CALM_SECS, HOUR_SECS};
use crate::report::{BindingModelTerm, EventKind, Report, ReportedLiquidation, Taker};

/// One line of the story.
struct TableLine<'a> {
    elapsed_secs: i64,
    account: &'a str,
    badge: Markup,
    text: String,
}

/// Everything that happened to the accounts, oldest first; what was before the crash is folded.
pub fn story(report: &Report) -> Markup {
    let events = report.events.iter().map(|event| TableLine {
        elapsed_secs: event.elapsed_secs,
        account: report.accounts[event.account].name,
        badge: badge(event.kind),
        text: event.text.clone(),
    });
    let liquidations = report.liquidations.iter().map(|one| TableLine {
        elapsed_secs: one.elapsed_secs,
        account: report.accounts[one.account].name,
        badge: html! { span.badge.pool { "liquidation" } },
        text: liquidation_text(report, one),
    });
    let mut lines: Vec<_> = events.chain(liquidations).collect();
    lines.sort_by_key(|line| line.elapsed_secs);
    let (before, after): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .partition(|line| line.elapsed_secs < CALM_SECS);
    html! {
        section {
            h2 { "What happened" }
            p.caption { "Every action on the accounts since the market began to slip, by the program's clock." }
            (story_table(&after))
            details {
                summary { "The month before: " (before.len()) " deposits, withdrawals, trades and calls" }
                (story_table(&before))
            }
        }
    }
}

fn story_table(lines: &[TableLine]) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr { th { "Time" } th { "Account" } th { "Action" } th { "Details" } } }
                tbody {
                    @for line in lines {
                        tr {
                            td.t { (format::elapsed(line.elapsed_secs)) }
                            td.t { (line.account) }
                            td { (line.badge) }
                            td { (line.text) }
                        }
                    }
                }
            }
        }
    }
}

fn badge(kind: EventKind) -> Markup {
    match kind {
        EventKind::Deposit => html! { span.badge { "deposit" } },
        EventKind::Withdrawal => html! { span.badge { "withdrawal" } },
        EventKind::Trade => html! { span.badge { "trade" } },
        EventKind::Loan => html! { span.badge { "loan" } },
        EventKind::MarginCall => html! { span.badge.call { "margin call" } },
        EventKind::Flag => html! { span.badge.flag { "flag" } },
        EventKind::FlagCleared => html! { span.badge.cleared { "flag cleared" } },
        EventKind::OracleRefused => html! { span.badge { "oracle" } },
    }
}

fn liquidation_text(report: &Report, one: &ReportedLiquidation) -> String {
    let asset = &report.assets[one.asset];
    let taker = match one.taken_by {
        Taker::Pool => "the pool",
        Taker::Liquidator => "the liquidator",
    };
    format!(
        "{} {} of {} {} at {}, taken over by {taker}; penalty {}",
        format::base_size(one.closed_atoms as i64, asset.base_decimals),
        asset.name,
        format::base_size(one.size_before_atoms.abs(), asset.base_decimals),
        if one.is_collateral {
            "of collateral sold"
        } else {
            "closed"
        },
        format::price(one.price_e8),
        format::usd(one.penalty_atoms as i64),
    )
}

/// Each liquidation with what it cost and who got it.
pub fn liquidations(report: &Report) -> Markup {
    let total = |part: fn(&ReportedLiquidation) -> u64| {
        format::usd(report.liquidations.iter().map(part).sum::<u64>() as i64)
    };
    html! {
        section {
            h2 { "Liquidations" }
            p.caption {
                "The penalty is a share of the risk removed, not of the position. Half of it goes \
                 to whoever liquidates, the rest to the insurance fund and the pool."
            }
            @if report.liquidations.is_empty() {
                p { "None: equity stayed above the maintenance margin." }
            } @else {
                div.scroll {
                    table {
                        thead { tr {
                            th { "Time" } th { "Account" } th { "Taken by" } th.n { "Size" } th.n { "Price" }
                            th.n { "Notional" } th.n { "Penalty" } th.n { "Of margin freed" } th.n { "Liquidator" }
                            th.n { "Insurance" } th.n { "Pool" } th.n { "Equity ÷ MM" }
                        } }
                        tbody {
                            @for one in &report.liquidations { (liquidation_row(report, one)) }
                            tr.total {
                                td { "Total" } td {} td {} td {} td {}
                                td.n { (format::usd_whole(report.liquidations.iter().map(|one| one.notional_atoms).sum::<u64>() as i64)) }
                                td.n { (total(|one| one.penalty_atoms)) }
                                td {}
                                td.n { (total(|one| one.liquidator_atoms)) }
                                td.n { (total(|one| one.insurance_atoms)) }
                                td.n { (total(|one| one.pool_atoms)) }
                                td {}
                            }
                        }
                    }
                }
            }
        }
    }
}

fn liquidation_row(report: &Report, one: &ReportedLiquidation) -> Markup {
    let asset = &report.assets[one.asset];
    let ratio = |equity: i64, margin: i64| match margin {
        0 => "–".to_owned(),
        _ => format!("{:.2}", equity as f64 / margin as f64).replace('-', "−"),
    };
    let before = ratio(one.equity_before_atoms, one.maintenance_margin_before_atoms);
    let after = ratio(one.equity_after_atoms, one.maintenance_margin_after_atoms);
    html! {
        tr {
            td.t { (format::elapsed(one.elapsed_secs)) }
            td.t { (report.accounts[one.account].name) }
            td { @match one.taken_by {
                Taker::Pool => span.badge.pool { "pool" },
                Taker::Liquidator => span.badge.liquidator { "liquidator" },
            } }
            td.n { (format::base_size(one.closed_atoms as i64, asset.base_decimals)) " " (asset.name) @if one.is_collateral { " (collateral)" } }
            td.n { (format::price(one.price_e8)) }
            td.n { (format::usd_whole(one.notional_atoms as i64)) }
            td.n { (format::usd(one.penalty_atoms as i64)) }
            td.n { @match one.relief_atoms() {
                0 => { "–" }
                freed => { (format::percent((one.penalty_atoms as f64 / freed as f64 * 1e9) as u64, 1)) }
            } }
            td.n { (format::usd(one.liquidator_atoms as i64)) }
            td.n { (format::usd(one.insurance_atoms as i64)) }
            td.n { (format::usd(one.pool_atoms as i64)) }
            td.n { (before) " → " (after) }
        }
    }
}

/// How each account came through.
pub fn accounts(report: &Report) -> Markup {
    html! {
        section {
            h2 { "Five books, one crash" }
            p.caption {
                "Positions and collateral of one account are margined together, so a hedge counts \
                 as a hedge. Collateral counts at its weight: SOL falls, and the loan against it stays. Where positions stand \
                 against each other, a joint scenario may ask for more than their correlation does."
            }
            (charts::safety(report))
            div.scroll {
                table {
                    thead { tr {
                        th { "Account" } th { "Holds" } th.n { "Equity before" } th.n { "MM before" }
                        th { "What set its MM" } th.n { "Lowest equity ÷ MM" } th.n { "Equity at the end" } th.n { "Liquidations" }
                    } }
                    tbody {
                        @for (index, account) in report.accounts.iter().enumerate() {
                            (account_row(report, index, account.name, account.description))
                        }
                    }
                }
            }
        }
    }
}

fn account_row(report: &Report, index: usize, name: &str, description: &str) -> Markup {
    let moments = || {
        report
            .timeline
            .iter()
            .map(|moment| (moment.elapsed_secs, moment.accounts[index]))
    };
    let before = moments().rfind(|(secs, _)| *secs <= CALM_SECS);
    let before = before.map(|(_, account)| account).unwrap_or_default();
    let last = moments()
        .next_back()
        .map(|(_, account)| account)
        .unwrap_or_default();
    let ratios = moments()
        .filter(|(_, account)| account.maintenance_margin_atoms > 0)
        .map(|(_, account)| account.equity_atoms as f64 / account.maintenance_margin_atoms as f64);
    let lowest = ratios.fold(f64::INFINITY, f64::min);
    let count = report
        .liquidations
        .iter()
        .filter(|one| one.account == index)
        .count();
    html! {
        tr {
            td.t { (name) }
            td { (description) }
            td.n { (format::usd_whole(before.equity_atoms)) }
            td.n { (format::usd_whole(before.maintenance_margin_atoms)) }
            td { (binding_terms(report, index)) }
            td.n { @if lowest.is_finite() { (format!("{lowest:.2}")) } @else { "–" } }
            td.n { (format::usd_whole(last.equity_atoms)) }
            td.n { (count) }
        }
    }
}

/// The terms that set an account's maintenance margin, with their part of the hours.
fn binding_terms(report: &Report, index: usize) -> String {
    let hours = report.timeline.iter();
    let terms: Vec<_> = hours
        .filter(|moment| moment.elapsed_secs % HOUR_SECS == 0)
        .filter_map(|moment| moment.accounts[index].binding)
        .collect();
    let mut counts: Vec<(BindingModelTerm, usize)> = Vec::new();
    for term in &terms {
        match counts.iter_mut().find(|(known, _)| known == term) {
            Some((_, count)) => *count += 1,
            None => counts.push((*term, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let part = |(term, count): &(BindingModelTerm, usize)| {
        let name = match term {
            BindingModelTerm::Correlation => "correlation".to_owned(),
            BindingModelTerm::Floor => "floor".to_owned(),
            BindingModelTerm::Scenario(index) => format!("scenario {}", index + 1),
        };
        let percent = 100.0 * *count as f64 / terms.len() as f64;
        format!("{name} {percent:.0}\u{a0}%")
    };
    counts.iter().map(part).collect::<Vec<_>>().join(", ")
}

/// The token books.
pub fn books(report: &Report) -> Markup {
    let books = &report.books;
    let rows = [
        (
            "Quote balances of all margin accounts",
            books.accounts_atoms,
        ),
        ("Pool", books.pool_atoms),
        ("Insurance fund", books.insurance_atoms),
        ("Fees of the protocol", books.fees_atoms),
    ];
    html! {
        section {
            h2 { "Books" }
            p.caption { "USDC in the vault against what is owed, to the last atom." }
            table {
                tbody {
                    @for (name, atoms) in rows {
                        tr { td { (name) } td.n { (format::quote_exact(atoms)) } }
                    }
                    tr.total { td { "Vault" } td.n { (format::quote_exact(books.vault_atoms)) } }
                    tr.total {
                        td { "Difference" }
                        td.n { (exact(books.difference_atoms)) }
                    }
                }
            }
        }
    }
}

/// What ran, and how to run it again.
pub fn facts(report: &Report) -> Markup {
    let samples: u32 = report
        .assets
        .iter()
        .map(|asset| asset.volatility_samples)
        .sum();
    html! {
        section {
            h2 { "What ran" }
            p.caption { "The same bytecode that is deployed, in an in-process Solana runtime." }
            dl {
                dt { "Program" }
                dd {
                    (format::grouped(report.program.bytes.into())) " bytes, SBPF v"
                    (report.program.sbpf_version)
                }
                dt { "Compiled by" } dd { (report.program.builder) }
                dt { "Prices" }
                dd { (format::grouped(report.prices.updates as u128)) " updates of each feed, in Pyth's account layout" }
                dt { "Volatility samples" } dd { (format::grouped(samples.into())) }
                @if let Some(seed) = report.prices.seed {
                    dt { "Run it again" } dd { code { "cargo xtask demo --seed " (seed) } }
                } @else {
                    dt { "Run it again" } dd { code { "cargo xtask demo --prices <folder>" } }
                }
            }
        }
    }
}
