//! Which charts the page has, and what each of them says.
use maud::{Markup, html};

use super::axis;
use crate::format;
use crate::prices::{BAR_SECS, CALM_SECS, CRASH_BAR_SECS};
use crate::report::{
    AccountFacts, AccountMoment, AssetFacts, AssetMoment, EventKind, Report, ReportedEvent,
    ReportedLiquidation, SOL, TRADER, Taker,
};
use freeboard_sim::page::chart::{
    Band, ChartSeries, Mark, MarkKind, PageChart, Readout, RuleLine, SeriesForm,
};

/// Equity fell below initial margin.
const MARGIN_CALL: MarkKind = MarkKind {
    class: "mark-call",
    name: "margin call",
    shape: "M0-6.5 6.5 5H-6.5Z",
};
/// The account was flagged.
const FLAG: MarkKind = MarkKind {
    class: "mark-flag",
    name: "flag",
    shape: "M-1-7V7M-1-7H7L4-3.5 7 0H-1",
};
/// The pool took a position.
const TAKEN_BY_POOL: MarkKind = MarkKind {
    class: "mark-pool",
    name: "liquidation, pool takes",
    shape: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z",
};
/// The liquidator took a position.
const TAKEN_BY_LIQUIDATOR: MarkKind = MarkKind {
    class: "mark-liquidator",
    name: "liquidation, liquidator takes",
    shape: "M0-6.5 6.5 0 0 6.5-6.5 0Z",
};
const ASSET_CLASSES: [&str; 3] = ["a", "b", "c"];
const ACCOUNT_CLASSES: [&str; 5] = ["equity", "c", "sigma", "a", "b"];
/// Where the chart of equity per margin ends.
const MAX_RATIO: f64 = 8.0;

/// Equity against both requirements, from before the slip until the market has turned.
pub fn crash(report: &Report) -> Markup {
    let chart = PageChart {
        label: "Equity, initial and maintenance margin of the trader during the crash".into(),
        x: axis::minutes(-5, 25, 5),
        y: axis::usd(),
        series: equity_series(report),
        bands: vec![break_band()],
        marks: marks(report),
        rules: Vec::new(),
    };
    html! {
        section {
            h2 { "The crash, ten seconds at a time" }
            p.caption {
                "Equity of the trader against what the program asks for. Below the initial margin \
                 nothing new may be opened; below the maintenance margin anyone may flag the \
                 account and, after a grace period and at a fresher price, close just as much as \
                 brings it back above the line."
            }
            (chart.render(Readout::Shown))
            (closest(report))
        }
    }
}

/// Two minutes on either side of the trader's first liquidation.
fn closest(report: &Report) -> Markup {
    let Some(first) = report.liquidations.iter().find(|one| one.account == TRADER) else {
        return html! {};
    };
    let minute = (first.elapsed_secs - CALM_SECS).div_euclid(60);
    let chart = PageChart {
        label: "Equity, initial and maintenance margin of the trader at its first liquidation"
            .into(),
        x: axis::minutes(minute - 1, minute + 3, 1),
        y: axis::usd(),
        series: equity_series(report),
        bands: Vec::new(),
        marks: marks(report),
        rules: Vec::new(),
    };
    html! {
        h3 { "Around the trader's first liquidation" }
        (chart.render(Readout::Shown))
    }
}

/// The whole run.
pub fn whole_period(report: &Report) -> Markup {
    let chart = PageChart {
        label: "Equity, initial and maintenance margin of the trader over the whole period".into(),
        x: axis::days(end_secs(report)),
        y: axis::usd(),
        series: equity_series(report),
        bands: Vec::new(),
        marks: marks(report)
            .into_iter()
            .filter(|mark| mark.kind != FLAG)
            .collect(),
        rules: Vec::new(),
    };
    html! {
        section {
            h2 { "The whole period" }
            p.caption {
                "The trader from the first deposit on. Steps in equity are deposits and \
                 withdrawals: once a week the trader brings leverage back to what it was at first."
            }
            (chart.render(Readout::Shown))
        }
    }
}

/// Margin fractions and volatility of SOL.
pub fn margin_fractions(report: &Report) -> Markup {
    let series = || {
        let line = |name: &str, class, value: fn(&AssetMoment) -> u64| ChartSeries {
            name: name.to_owned(),
            class,
            form: SeriesForm::Line,
            points: asset_points(report, SOL, move |asset| value(asset) as f64),
        };
        vec![
            line("initial margin", "im", |asset| {
                asset.initial_margin_fraction_e9
            }),
            line("maintenance margin", "mm", |asset| {
                asset.maintenance_margin_fraction_e9
            }),
            line("volatility σ per √hour", "sigma", |asset| asset.sigma_e9),
        ]
    };
    let chart = |label: &str, x| PageChart {
        label: label.to_owned(),
        x,
        y: axis::percent("% of notional"),
        series: series(),
        bands: vec![break_band()],
        marks: Vec::new(),
        rules: Vec::new(),
    };
    let whole = chart(
        "Margin fractions of SOL over the whole period",
        axis::days(end_secs(report)),
    );
    let zoom = chart(
        "Margin fractions of SOL around the crash",
        axis::hours(-6, 46, 6),
    );
    html! {
        section {
            h2 { "Margin follows volatility" }
            p.caption {
                "Requirements of a small SOL position. New risk pays for today's volatility at \
                 once; the maintenance margin of open positions rises by at most 3 % an hour, so a \
                 spike liquidates nobody by itself."
            }
            h3 { "Around the crash" }
            (zoom.render(Readout::Shown))
            h3 { "The whole period" }
            (whole.render(Readout::Shown))
        }
    }
}

/// Equity of every account as a multiple of its maintenance margin, around the crash.
pub fn safety(report: &Report) -> Markup {
    let line = |(index, account): (usize, &AccountFacts)| ChartSeries {
        name: account.name.to_owned(),
        class: ACCOUNT_CLASSES[index % ACCOUNT_CLASSES.len()],
        form: SeriesForm::Line,
        points: report
            .timeline
            .iter()
            .map(|moment| {
                let account = &moment.accounts[index];
                let (equity, margin) = (account.equity_atoms, account.maintenance_margin_atoms);
                let ratio = if margin > 0 {
                    equity as f64 / margin as f64
                } else {
                    f64::INFINITY
                };
                [moment.elapsed_secs as f64, ratio.min(MAX_RATIO)]
            })
            .collect(),
    };
    let chart = PageChart {
        label: "Equity per maintenance margin of each account during the crash".into(),
        x: axis::minutes(-5, 25, 5),
        y: axis::multiples(MAX_RATIO),
        series: report.accounts.iter().enumerate().map(line).collect(),
        bands: vec![break_band()],
        marks: Vec::new(),
        rules: vec![RuleLine {
            at: 1.0,
            name: "below: may be liquidated",
        }],
    };
    html! {
        (chart.render(Readout::Shown))
        p.caption { "Shown up to " (MAX_RATIO) "." }
    }
}

/// Open interest and the funding that follows it, through the month.
pub fn trading(report: &Report) -> Markup {
    let chart = |label: &str, y, series| PageChart {
        label: label.to_owned(),
        x: axis::days(end_secs(report)),
        y,
        series,
        bands: vec![break_band()],
        marks: Vec::new(),
        rules: Vec::new(),
    };
    let net = chart(
        "Longs minus shorts of each market over the whole period",
        axis::millions(),
        asset_lines(report, |asset, moment| {
            let net =
                moment.long_open_interest_atoms as f64 - moment.short_open_interest_atoms as f64;
            net / 10f64.powi(i32::from(asset.base_decimals)) * moment.price_e8 as f64 / 100.0
        }),
    );
    let funding = chart(
        "Funding that a long pays a year over the whole period",
        axis::percent("% a year"),
        asset_lines(report, |_, moment| moment.funding_per_year_e9 as f64),
    );
    html! {
        section {
            h2 { "Trading through the month" }
            p.caption {
                "Two sides trade every six hours. What one side holds more than the other stands \
                 against the pool, moves the next fill, and pays funding to the smaller side."
            }
            h3 { "Longs minus shorts" }
            (net.render(Readout::Shown))
            h3 { "Funding: above zero longs pay" }
            (funding.render(Readout::Shown))
        }
    }
}

/// Prices relative to the start.
pub fn prices(report: &Report) -> Markup {
    let chart = |label: &str, x| PageChart {
        label: label.to_owned(),
        x,
        y: axis::indexed(99.0),
        series: asset_lines(report, |asset, moment| {
            moment.price_e8 as f64 / asset.first_price_e8 as f64 * 100.0
        }),
        bands: vec![break_band()],
        marks: Vec::new(),
        rules: Vec::new(),
    };
    let whole = chart("Prices over the whole period", axis::days(end_secs(report)));
    let zoom = chart("Prices during the crash", axis::minutes(-5, 35, 5));
    html! {
        section {
            h2 { "Prices" }
            p.caption { (report.prices.description) "." }
            h3 { "During the crash" }
            (zoom.render(Readout::Shown))
            h3 { "The whole period" }
            (whole.render(Readout::Shown))
        }
    }
}

fn equity_series(report: &Report) -> Vec<ChartSeries> {
    let line = |name: &str, class, value: fn(&AccountMoment) -> i64| {
        let points = report.timeline.iter().map(|moment| {
            [
                moment.elapsed_secs as f64,
                value(&moment.accounts[TRADER]) as f64,
            ]
        });
        ChartSeries {
            name: name.to_owned(),
            class,
            form: SeriesForm::Line,
            points: points.collect(),
        }
    };
    vec![
        line("equity", "equity", |account| account.equity_atoms),
        line("initial margin", "im", |account| {
            account.initial_margin_atoms
        }),
        line("maintenance margin", "mm", |account| {
            account.maintenance_margin_atoms
        }),
    ]
}

/// A line for each asset.
fn asset_lines(report: &Report, value: fn(&AssetFacts, &AssetMoment) -> f64) -> Vec<ChartSeries> {
    let lines = report
        .assets
        .iter()
        .enumerate()
        .map(|(index, asset)| ChartSeries {
            name: asset.name.to_owned(),
            class: ASSET_CLASSES[index % ASSET_CLASSES.len()],
            form: SeriesForm::Line,
            points: asset_points(report, index, move |moment| value(asset, moment)),
        });
    lines.collect()
}

fn asset_points(
    report: &Report,
    asset: usize,
    value: impl Fn(&AssetMoment) -> f64,
) -> Vec<[f64; 2]> {
    let moments = report.timeline.iter();
    moments
        .map(|moment| [moment.elapsed_secs as f64, value(&moment.assets[asset])])
        .collect()
}

/// The bar in which the market broke.
pub fn break_band() -> Band {
    let (from, to) = (CRASH_BAR_SECS as f64, (CRASH_BAR_SECS + BAR_SECS) as f64);
    Band {
        from,
        to,
        name: "the break",
    }
}

/// Margin calls, flags and liquidations of the trader, on its equity line.
fn marks(report: &Report) -> Vec<Mark> {
    let events = report.events.iter().filter(|event| event.account == TRADER);
    let mut marks: Vec<_> = events
        .filter_map(|event| event_mark(report, event))
        .collect();
    let liquidations = report
        .liquidations
        .iter()
        .filter(|one| one.account == TRADER);
    marks.extend(liquidations.map(|one| liquidation_mark(report, one)));
    marks
}

fn event_mark(report: &Report, event: &ReportedEvent) -> Option<Mark> {
    let kind = match event.kind {
        EventKind::MarginCall => MARGIN_CALL,
        EventKind::Flag => FLAG,
        _ => return None,
    };
    let moment = report
        .timeline
        .iter()
        .rfind(|moment| moment.elapsed_secs <= event.elapsed_secs)?;
    let equity = moment.accounts[TRADER].equity_atoms;
    Some(Mark {
        at: [event.elapsed_secs as f64, equity as f64],
        kind,
        title: format!("{}: {}", format::elapsed(event.elapsed_secs), event.text),
    })
}

fn liquidation_mark(report: &Report, one: &ReportedLiquidation) -> Mark {
    let asset = &report.assets[one.asset];
    Mark {
        at: [one.elapsed_secs as f64, one.equity_before_atoms as f64],
        kind: match one.taken_by {
            Taker::Pool => TAKEN_BY_POOL,
            Taker::Liquidator => TAKEN_BY_LIQUIDATOR,
        },
        title: format!(
            "{}: {} {} {} at {}, penalty {}",
            format::elapsed(one.elapsed_secs),
            format::base_size(one.closed_atoms as i64, asset.base_decimals),
            asset.name,
            if one.is_collateral {
                "of collateral sold"
            } else {
                "closed"
            },
            format::price(one.price_e8),
            format::usd(one.penalty_atoms as i64),
        ),
    }
}

/// Seconds from the start to the last moment.
pub fn end_secs(report: &Report) -> i64 {
    report
        .timeline
        .last()
        .map_or(CALM_SECS, |moment| moment.elapsed_secs)
}
