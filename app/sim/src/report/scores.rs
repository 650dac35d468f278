//! Scores, rivals, crashes, and what was outside any margin, for people.
use freeboard_client::display::money::{percent_two as percent, times};

use crate::backtest::{Backtest, OutsideMargin, Score};
use crate::prices::counted;
use crate::time::moment;

/// Moves outside any margin that are named one by one.
const NAMED: usize = 20;

/// How a score is written.
enum ScoreForm {
    Percent,
    /// A saving or a surplus: with its sign.
    Change,
    Ratio,
    Times,
}
use ScoreForm::{Change, Percent, Ratio, Times};

/// Every score in words, in the order of the table.
const SCORES: [(Score, &str, ScoreForm); 17] = [
    (
        Score::Save25,
        "saving against a fixed fraction, both beyond in 0.25 %",
        Change,
    ),
    (Score::Save50, "the same at 0.5 %", Change),
    (
        Score::LbmVsFixed,
        "loss beyond MM against a fixed fraction of the same mean",
        Change,
    ),
    (
        Score::TickVsFixedExpanding,
        "tick loss over: fixed, all before",
        Ratio,
    ),
    (
        Score::TickVsFixedTrailing,
        "tick loss over: fixed, the year before",
        Ratio,
    ),
    (Score::TickVsEwma, "tick loss over: EWMA", Ratio),
    (
        Score::TickVsGarch,
        "tick loss over: GARCH(1,1)-t, fitted once",
        Ratio,
    ),
    (
        Score::TickVsGarchRefitted,
        "tick loss over: GARCH(1,1)-t, each quarter",
        Ratio,
    ),
    (Score::PeakToTrough, "peak to trough", Times),
    (Score::WorstRise1d, "worst rise in 24 h", Times),
    (Score::WorstRise1h, "worst rise in 1 h", Times),
    (Score::RateCloses, "beyond at the hourly close", Percent),
    (
        Score::RateRange1h,
        "beyond at the hour's low or high",
        Percent,
    ),
    (
        Score::RatePath5m,
        "beyond on the way, 5-minute closes",
        Percent,
    ),
    (
        Score::RateRange5m,
        "the same, their lows and highs",
        Percent,
    ),
    (
        Score::RatePath1mWorstMonth,
        "beyond on the way, 1-minute closes, worst month",
        Percent,
    ),
    (
        Score::RateRange1mWorstMonth,
        "the same, their lows and highs",
        Percent,
    ),
];

/// Columns of the table of scores: one per asset.
pub(super) fn score_columns(backtest: &Backtest) -> Vec<&str> {
    let assets = backtest.scores.keys().map(String::as_str);
    std::iter::once("MM, 1 h").chain(assets).collect()
}

/// Rows of the table of scores, each number with its 95 % interval.
pub(super) fn score_rows(backtest: &Backtest) -> Vec<Vec<String>> {
    let row = |(score, words, form): &(Score, &str, ScoreForm)| {
        let cell = |scores: &crate::backtest::Scores| {
            let Some(value) = scores.value(*score) else {
                return "–".to_owned();
            };
            let range = scores
                .intervals
                .get(score)
                .map_or(String::new(), |[low, high]| {
                    format!(" [{}, {}]", written(form, *low), written(form, *high))
                });
            format!("{}{range}", written(form, value))
        };
        let cells = backtest.scores.values().map(cell);
        std::iter::once((*words).to_owned()).chain(cells).collect()
    };
    SCORES.iter().map(row).collect()
}

fn written(form: &ScoreForm, value: f64) -> String {
    match form {
        Percent => format!("{:.3} %", value * 100.0),
        Change => format!("{:+.1} %", value * 100.0),
        Ratio => format!("{value:.3}"),
        Times => times(value),
    }
}

/// Columns of the table of rivals.
pub(super) const RIVAL_COLUMNS: [&str; 10] = [
    "asset",
    "model",
    "mean",
    "beyond",
    "tick loss, bp",
    "loss beyond against fixed",
    "saving, 0.25 %",
    "saving, 0.5 %",
    "peak/trough",
    "rise 1 d",
];

/// Rows of the table of rivals.
pub(super) fn rival_rows(backtest: &Backtest) -> Vec<[String; 10]> {
    let row = |run: &crate::backtest::RivalRun| {
        [
            run.asset.clone(),
            run.model.to_owned(),
            percent(run.mean_margin),
            format!("{:.3} %", run.exceedance_rate * 100.0),
            format!("{:.3}", run.tick_loss * 1e4),
            dashed(&Change, run.lbm_vs_fixed),
            dashed(&Change, run.save_25),
            dashed(&Change, run.save_50),
            times(run.procyclicality.peak_to_trough),
            times(run.procyclicality.worst_rise_1d),
        ]
    };
    backtest.rivals.iter().map(row).collect()
}

fn dashed(form: &ScoreForm, value: f64) -> String {
    if value.is_finite() {
        written(form, value)
    } else {
        "–".to_owned()
    }
}

/// Columns of the table of crashes.
pub(super) const CRASH_COLUMNS: [&str; 8] = [
    "window",
    "asset",
    "freeboard",
    "fixed",
    "ewma",
    "garch",
    "hours beyond MM",
    "worst hour over MM",
];

/// Rows of the table of crashes.
pub(super) fn crash_rows(backtest: &Backtest) -> Vec<[String; 8]> {
    let dollars = |lost: f64| format!("{lost:.0}");
    let row = |run: &crate::backtest::CrashRun| {
        let seen = if run.in_sample { " (in sample)" } else { "" };
        [
            format!("{}{seen}", run.window),
            run.asset.clone(),
            dollars(run.freeboard),
            dollars(run.fixed),
            dollars(run.ewma),
            run.garch.map_or("–".to_owned(), dollars),
            run.exceedances.to_string(),
            times(run.worst_over_margin),
        ]
    };
    backtest.crashes.iter().map(row).collect()
}

/// The moves that no margin of this size helps against, the furthest beyond IM first, a sentence each.
pub(super) fn outside_remarks(backtest: &Backtest) -> Vec<String> {
    let mut moves: Vec<&OutsideMargin> = backtest.outside_margin.iter().collect();
    let over = |one: &OutsideMargin| one.change.abs() / one.initial;
    moves.sort_by(|one, other| over(other).total_cmp(&over(one)));
    let mut remarks = vec![format!(
        "{} within an hour beyond even the IM before them, one of each storm: insurance, caps and deleveraging are \
         for those.",
        counted(moves.len() as u64, "move")
    )];
    remarks.extend(moves.iter().take(NAMED).map(|one| {
        format!(
            "{} {}: {:+.2} % in the hour from {}, MM before it {}, IM {}.",
            one.asset,
            one.source,
            one.change * 100.0,
            moment(one.from_ts),
            percent(one.maintenance),
            percent(one.initial)
        )
    }));
    if moves.len() > NAMED {
        remarks.push(format!("{} more are in the JSON.", moves.len() - NAMED));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_stands_in_the_table_once() {
        let mut listed: Vec<Score> = SCORES.iter().map(|(score, ..)| *score).collect();
        listed.sort();
        listed.dedup();
        assert_eq!(listed.len(), SCORES.len());
        assert_eq!(
            serde_json::to_string(&Score::RateRange1mWorstMonth).unwrap(),
            "\"rate_range_1m_worst_month\"",
            "the last variant"
        );
    }
}
