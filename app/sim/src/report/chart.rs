//! Which charts the page of a backtest has.
use maud::Markup;

use crate::backtest::{Backtest, MarginChart};
use crate::baseline::{BaselineLevel, Model};
use crate::page::axis::Axis;
use crate::page::bars::{BarChart, BarSeries};
use crate::page::chart::{ChartSeries, Mark, MarkKind, PageChart, Readout, SeriesForm};
use crate::time::Date;

/// Classes of the models, in the order of [`Model::ALL`].
const MODEL_CLASSES: [&str; 4] = ["mm", "move", "im", "other"];
/// A move beyond the margin.
const BEYOND: MarkKind = MarkKind {
    class: "beyond",
    name: "move beyond that day's mean MM",
    shape: "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0Z",
};

/// Margins of one asset over the tested span, with the largest hourly move of each day.
pub fn margins(chart: &MarginChart) -> Markup {
    let (Some(first), Some(last)) = (chart.days.first(), chart.days.last()) else {
        return Markup::default();
    };
    let series = |name: &str, class, form, column: usize| ChartSeries {
        name: name.to_owned(),
        class,
        form,
        points: chart.days.iter().map(|day| [day[0], day[column]]).collect(),
    };
    let beyond = chart.days.iter().filter(|day| day[3] > day[1]);
    let page = PageChart {
        label: format!(
            "Margins of {} and its largest move of each day",
            chart.asset
        ),
        x: Axis::values(first[0]..last[0], "", date),
        y: shares(),
        series: vec![
            series("largest move within an hour", "move", SeriesForm::Sticks, 3),
            series("maintenance margin", "mm", SeriesForm::Line, 1),
            series("initial margin", "im", SeriesForm::Line, 2),
        ],
        bands: Vec::new(),
        marks: beyond
            .map(|day| Mark {
                at: [day[0], day[3]],
                kind: BEYOND,
                title: format!("{}: {}", date(day[0]), percent(day[3])),
            })
            .collect(),
        rules: Vec::new(),
    };
    page.render(Readout::None)
}

/// Mean margin of each model and asset, for a level at its own horizon.
pub fn means(backtest: &Backtest, level: BaselineLevel) -> Markup {
    let mut assets: Vec<&str> = Vec::new();
    for run in &backtest.runs {
        if !assets.contains(&run.asset.as_str()) {
            assets.push(&run.asset);
        }
    }
    let mean = |asset: &str, model: Model| {
        let run = backtest.runs.iter().find(|run| {
            run.asset == asset
                && run.model == model
                && run.level == level
                && run.horizon_h == level.own_horizon_h()
        });
        run.map_or(0.0, |run| run.coverage.mean_margin)
    };
    let bars = |(model, class): (Model, &'static str)| BarSeries {
        name: model.name().to_owned(),
        class,
        values: assets.iter().map(|asset| mean(asset, model)).collect(),
    };
    let chart = BarChart {
        label: format!("Mean {} of every model", level.name()),
        y: shares(),
        groups: assets.iter().map(|asset| asset.replace('_', " ")).collect(),
        series: Model::ALL
            .into_iter()
            .zip(MODEL_CLASSES)
            .map(bars)
            .collect(),
    };
    chart.render()
}

/// Shares of the price in per cent, from zero.
fn shares() -> Axis {
    let label = |share: f64| format!("{:.0} %", share * 100.0);
    Axis::values(0.0..0.0, "% of notional", label).exactly(percent)
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

fn date(ts: f64) -> String {
    Date::of_ts(ts as i64).map_or(String::new(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_beyond_its_margin_is_marked_and_the_page_has_no_script() {
        let day = 86_400.0;
        let days = vec![
            [0.0, 0.05, 0.1, 0.02, 0.03],
            [day, 0.05, 0.1, 0.07, 0.08],
            [2.0 * day, 0.06, 0.1, 0.01, 0.02],
        ];
        let chart = MarginChart {
            asset: "BTC".to_owned(),
            days,
        };
        let svg = margins(&chart).into_string();
        assert_eq!(svg.matches("<title>1970-01-02: 7.00 %</title>").count(), 1);
        assert_eq!(
            svg.matches("class=\"beyond\"").count(),
            2,
            "drawn and in the legend"
        );
        assert!(!svg.contains("data-hover") && !svg.contains("NaN"), "{svg}");
        let none = MarginChart {
            days: Vec::new(),
            ..chart
        };
        assert!(margins(&none).into_string().is_empty());
    }
}
