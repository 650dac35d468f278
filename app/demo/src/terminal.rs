//! The run as text: a short table through time, the liquidations, the books.
use freeboard_sandbox::client::display::table::table;

use crate::format;
use crate::prices::{BAR_SECS, CALM_SECS, CRASH_BAR_SECS, DAY_SECS};
use crate::report::{EventKind, Report, ReportMoment, SOL, TRADER, Taker};

/// When the table has a row, after the start of the slip, minutes.
const MINUTES: [i64; 12] = [0, 5, 6, 7, 8, 9, 10, 12, 15, 30, 120, 1_440];

/// Everything a reader needs to see of a run.
pub fn text(report: &Report) -> String {
    let tables = [
        through_time(report),
        moments_of_note(report),
        liquidations(report),
        books(report),
    ];
    format!(
        "{}\n\n{}\n{}",
        report.prices.description,
        tables.join("\n"),
        counterparty(report)
    )
}

fn through_time(report: &Report) -> String {
    let header = [
        "Time",
        "SOL",
        "σ √h",
        "IM",
        "MM",
        "Equity",
        "Initial margin",
        "Maintenance",
        "Leverage",
    ];
    let mut table = table(&header, 1);
    let calm = [1, 5, 10, 15, 20, 25, 29].map(|day| day * DAY_SECS + 2 * 3_600);
    let fast = MINUTES.map(|minute| CALM_SECS + minute * 60);
    for secs in calm.into_iter().chain(fast) {
        if let Some(moment) = report.timeline.iter().rfind(|m| m.elapsed_secs == secs) {
            table.add_row(time_row(moment));
        }
    }
    table.to_string()
}

fn time_row(moment: &ReportMoment) -> Vec<String> {
    let (asset, account) = (&moment.assets[SOL], &moment.accounts[TRADER]);
    vec![
        format::elapsed(moment.elapsed_secs),
        format::price(asset.price_e8),
        format::percent(asset.sigma_e9, 2),
        format::percent(asset.initial_margin_fraction_e9, 2),
        format::percent(asset.maintenance_margin_fraction_e9, 2),
        format::usd_whole(account.equity_atoms),
        format::usd_whole(account.initial_margin_atoms),
        format::usd_whole(account.maintenance_margin_atoms),
        account
            .leverage()
            .map_or_else(|| "–".to_owned(), |times| format!("{times:.1}x")),
    ]
}

fn moments_of_note(report: &Report) -> String {
    let mut table = table(&["Time", "Account", "", ""], 4);
    for event in &report.events {
        let kind = match event.kind {
            EventKind::MarginCall => "margin call",
            EventKind::Flag => "flag",
            EventKind::FlagCleared => "flag cleared",
            EventKind::OracleRefused => "oracle",
            EventKind::Deposit | EventKind::Withdrawal | EventKind::Trade | EventKind::Loan => {
                continue;
            }
        };
        let account = report.accounts[event.account].name;
        table.add_row([
            &format::elapsed(event.elapsed_secs),
            account,
            kind,
            &event.text,
        ]);
    }
    table.to_string()
}

fn liquidations(report: &Report) -> String {
    let header = [
        "Liquidation",
        "Account",
        "Taken by",
        "Size",
        "Price",
        "Penalty",
        "Liquidator",
        "Insurance",
        "Pool",
    ];
    let mut table = table(&header, 3);
    for one in &report.liquidations {
        let asset = &report.assets[one.asset];
        let size = format::base_size(one.closed_atoms as i64, asset.base_decimals);
        let taker = match one.taken_by {
            Taker::Pool => "pool",
            Taker::Liquidator => "liquidator",
        };
        table.add_row([
            format::elapsed(one.elapsed_secs),
            report.accounts[one.account].name.to_owned(),
            taker.to_owned(),
            format!("{size} {}", asset.name),
            format::price(one.price_e8),
            format::usd(one.penalty_atoms as i64),
            format::usd(one.liquidator_atoms as i64),
            format::usd(one.insurance_atoms as i64),
            format::usd(one.pool_atoms as i64),
        ]);
    }
    table.to_string()
}

/// The pool, the insurance fund and who paid for bankrupt accounts, a line each.
fn counterparty(report: &Report) -> String {
    let Some(pool) = report.timeline.last().map(|moment| &moment.pool) else {
        return String::new();
    };
    let share = |nav_atoms| pool.share_price(nav_atoms).unwrap_or_default();
    let mut text = format!(
        "Pool: {} paid in, result {}; a share bought at $1 is worth ${:.4} (redeemed at ${:.4}).\n\
         Insurance fund: {}; known bad debt {}, deficit {}.\n",
        format::usd_whole(pool.paid_in_atoms()),
        format::usd_whole(pool.result_atoms()),
        share(pool.nav_atoms),
        share(pool.nav_for_redeem_atoms),
        format::usd_whole(pool.insurance_atoms),
        format::usd_whole(pool.bad_debt_atoms),
        format::usd_whole(pool.deficit_atoms),
    );
    for one in &report.bankruptcies {
        text += &format!(
            "Bankrupt: {}, loss {}: insurance {}, pool {}, nobody yet {}.\n",
            report.accounts[one.account].name,
            format::usd(one.loss_atoms as i64),
            format::usd(one.by_insurance_atoms as i64),
            format::usd(one.by_pool_atoms as i64),
            format::usd(one.deficit_atoms as i64),
        );
    }
    text
}

fn books(report: &Report) -> String {
    let mut table = table(&["Books", "USDC"], 1);
    let books = &report.books;
    for (name, atoms) in [
        ("Margin accounts", books.accounts_atoms),
        ("Pool", books.pool_atoms),
        ("Insurance fund", books.insurance_atoms),
        ("Fees", books.fees_atoms),
        ("Vault", books.vault_atoms),
        ("Difference", books.difference_atoms),
    ] {
        table.add_row([name.to_owned(), format::quote_exact(atoms)]);
    }
    table.to_string()
}

/// The rows after the slip include both ends of the bar in which the market breaks.
const _: () = assert!(CRASH_BAR_SECS - CALM_SECS == MINUTES[1] * 60 && BAR_SECS == 300);
