//! The self-contained page: no script, no request to anywhere.
use anyhow::Result;
use maud::{Markup, html};

use super::chart;
use super::fixed::{FIXED_COLUMNS, fixed_rows};
use super::inputs::{INPUT_COLUMNS, input_rows, remarks};
use super::scores::{
    CRASH_COLUMNS, RIVAL_COLUMNS, crash_rows, outside_remarks, rival_rows, score_columns,
    score_rows,
};
use super::table::{DELAY_COLUMNS, GOAL_COLUMNS, RUN_COLUMNS, delay_rows, goal_rows, run_cells};
use crate::backtest::Backtest;
use crate::baseline::BaselineLevel;
use crate::page::Document;
use crate::time::Date;

/// The page of a backtest as HTML.
///
/// Errors: a time out of range.
pub fn html(backtest: &Backtest) -> Result<String> {
    let last = Date::of_ts(backtest.last_ts)?;
    let body = html! {
        h1 { "Margins on history" }
        p {
            "Hourly closes from " (backtest.test_from) " to " (last)
            ", replayed sample by sample through the code that runs on chain. What this run fits "
            "itself, the fixed fractions “fitted before” and the tail of Z2, saw no price after "
            (backtest.fit_until) "; on what prices the parameters were fitted, it cannot "
            "tell. A loss is beyond the margin when the "
            "price moves further within the horizon than the margin of the side that loses; every "
            "hour is looked at, and where bars are missing the loss is that at the first price after them. "
            "Rates of lone assets are two-sided, a move up or down may be beyond; "
            "those of books are one-sided, a book loses in one direction. " (backtest.books_per_kind)
            " random books of each kind, seed " (backtest.seed) "."
        }
        h2 { "Goals" }
        (rows(&GOAL_COLUMNS, &goal_rows(backtest), 2))
        p.note {
            "“By construction”: the speed limit alone makes it true; no price can fail it. What the words mean "
            "stands under the next tables."
        }
        h2 { "What MM is worth" }
        (rows(&score_columns(backtest), &score_rows(backtest), 1))
        p.note {
            "In brackets 95 % intervals: 1,000 samples of whole weeks of hours (days, for the 1-minute month), drawn with "
            "the seed of the run. The range and the fastest rises are single moments and have none. Saving: both margins "
            "are scaled, in hindsight, until exactly this share of the hours is beyond them, so it does not depend on "
            "the level of either. Tick loss: the mean of 0.25 % of the margin plus the loss beyond it, least for the true "
            "quantile; below 1 Freeboard is better. On the way: the worst close within the hour, not that at its end."
        }
        h2 { "Beside margins that know only the past" }
        (rows(&RIVAL_COLUMNS, &rival_rows(backtest), 2))
        p.note {
            "Each aims at 0.25 % of hours beyond. fixed_expanding, fixed_trailing and ewma are fitted each quarter on what "
            "lay before, fixed_trailing on one year of it. garch is GARCH(1,1) with Student's t by maximum likelihood, "
            "fitted once before " (backtest.fit_until) "; garch_refitted each quarter on the year before. None of them has a "
            "floor or a speed limit: see how far they move. Loss beyond against fixed: every margin scaled to one mean."
        }
        h2 { "Crashes" }
        (rows(&CRASH_COLUMNS, &crash_rows(backtest), 2))
        p.note {
            "Loss beyond MM at 1 h on hourly closes, USD per $1 M of one side's open interest, all of the window; every "
            "margin scaled to Freeboard's mean over the whole file. A bare EWMA or GARCH follows a storm within hours and "
            "leaves less: the price of a margin whose rise is limited and known beforehand."
        }
        h2 { "Outside any margin" }
        ul { @for remark in outside_remarks(backtest) { li { (remark) } } }
        h2 { "Against a fixed fraction" }
        (rows(&FIXED_COLUMNS, &fixed_rows(backtest), 2))
        p.note {
            "“Hindsight”: the fixed fraction is chosen knowing the tested span, so that it has "
            "exactly Freeboard's number of exceedances there. “Fitted before”: it is the one that "
            "had Freeboard's coverage in the fitting span, which is all that could be known when "
            "it had to be set; where it has fewer exceedances in the tested span than Freeboard, "
            "it covered more, and the saving is not one at equal coverage."
        }
        @for one in &backtest.charts {
            h2 { (one.asset) ": margin of a lone position, daily means" }
            figure { (chart::margins(one)) }
        }
        h2 { "Mean maintenance margin, 1 h" }
        figure { (chart::means(backtest, BaselineLevel::Mm)) }
        h2 { "Mean initial margin, 4 h" }
        figure { (chart::means(backtest, BaselineLevel::Im)) }
        p.note {
            "fixed and ewma are scaled, with hindsight, to Freeboard's number of exceedances; "
            "size_oi stands at 3 % and 5 %, as at 20× leverage, whatever its coverage. For books, only "
            "Freeboard lets positions offset each other."
        }
        h2 { "All runs" }
        (runs(backtest.runs.iter().map(|run| run_cells("", run)), 1))
        h2 { "Finer closes" }
        p {
            "Warm: the estimators go on where the earlier hourly closes leave them. Cold: there "
            "are none, they start as those of a new asset. What lies before "
            (backtest.test_from) " is not out of sample. Files: " (warmth(backtest)) "."
        }
        (runs(backtest.episodes.iter().map(|one| run_cells(&one.source, &one.run)), 0))
        h2 { "Liquidations that come late" }
        p {
            "Accounts open at random moments with 1 to 1.5 times their initial margin and hold for "
            "two days. Below the maintenance margin they are closed whole, after the delay, if they "
            "still are below. fixed and ewma keep the factors of the hourly "
            "closes, chosen with hindsight on the tested span. A delay shorter than a bar cannot be "
            "told from none and is left out. By requirement: at the fraction and the volatility of the opening, equity "
            "would have been enough at every close of the two days; the requirement rose, not the price alone."
        }
        (rows(&DELAY_COLUMNS, &delay_rows(backtest), 2))
        h2 { "What was read" }
        (rows(&INPUT_COLUMNS, &input_rows(backtest), 1))
        ul { @for remark in remarks(backtest) { li { (remark) } } }
        p.note {
            "Step: measured, and that of the name. Frozen: bars in runs of six or more equal closes. Taken "
            "back: a move of at least 2 % and 25 times the usual that the next bar takes back by four fifths "
            "or more, a wrong print or a crash with its rebound; none is left out."
        }
        h2 { "How to read the tests" }
        ul {
            li { "Kupiec: are there as many exceedances as 0.5 %? A small p with fewer than that means: more margin than needed." }
            li { "Christoffersen: a small p means that exceedances come in clusters." }
            li { "Basel: traffic light at a coverage of 99.5 %. Z2 (Acerbi–Székely): below 0 losses beyond the margin are more or larger than the fitting span's tail says." }
            li { "All four use horizons that do not overlap; the rate uses all. Books of one kind share prices: pooled, their tests count the same storm many times and overstate how sure they are." }
        }
    };
    let document = Document {
        title: "Freeboard: margins on history",
        style: include_str!("style.css"),
        script: None,
    };
    Ok(document.render(&body))
}

/// Each file of finer closes with its start.
fn warmth(backtest: &Backtest) -> String {
    let mut files: Vec<String> = backtest
        .episodes
        .iter()
        .map(|one| {
            let start = if one.warm { "warm" } else { "cold" };
            format!("{} {} {start}", one.run.asset, one.source)
        })
        .collect();
    files.dedup();
    files.join(", ")
}

fn runs(cells: impl Iterator<Item = [String; 16]>, skip: usize) -> Markup {
    let cells: Vec<Vec<String>> = cells.map(|cells| cells[skip..].to_vec()).collect();
    rows(&RUN_COLUMNS[skip..], &cells, 5 - skip)
}

/// A table; numbers to the right from column `numbers` on.
fn rows<R: AsRef<[String]>>(columns: &[&str], rows: &[R], numbers: usize) -> Markup {
    let class = |index: usize| if index < numbers { "" } else { "number" };
    html! {
        div.table {
            table {
                thead { tr { @for (index, column) in columns.iter().enumerate() { th class=(class(index)) { (column) } } } }
                tbody {
                    @for row in rows {
                        tr.missed[row.as_ref().last().is_some_and(|cell| cell == "NO")] {
                            @for (index, cell) in row.as_ref().iter().enumerate() { td class=(class(index)) { (cell) } }
                        }
                    }
                }
            }
        }
    }
}
