//! Charts of the page, drawn by plotters into SVG text.
use anyhow::{Result, anyhow};
use plotters::prelude::*;

use crate::backtest::{Backtest, MarginChart};
use crate::baseline::{BaselineLevel, Model};
use crate::time::Date;

const SIZE: (u32, u32) = (1_080, 320);
const INK: RGBColor = RGBColor(60, 66, 74);
const GRID: RGBColor = RGBColor(228, 231, 235);
const MM: RGBColor = RGBColor(15, 98, 140);
const IM: RGBColor = RGBColor(214, 126, 44);
const MOVE: RGBColor = RGBColor(150, 158, 168);
const BEYOND: RGBColor = RGBColor(196, 36, 48);

/// Margins of one asset over the tested span, with the largest hourly move of each day.
pub fn margins(chart: &MarginChart) -> Result<String> {
    let mut svg = String::new();
    draw_margins(chart, &mut svg).map_err(|error| anyhow!("a chart: {error}"))?;
    Ok(svg)
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

fn draw_margins(chart: &MarginChart, svg: &mut String) -> Drawn {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let (Some(first), Some(last)) = (chart.days.first(), chart.days.last()) else {
        return Ok(());
    };
    let top = chart
        .days
        .iter()
        .flat_map(|day| &day[1..4])
        .fold(0.0, |top: f64, y| top.max(*y));
    let mut axes = ChartBuilder::on(&root)
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(52)
        .build_cartesian_2d(first[0]..last[0], 0.0..top * 1.05)?;
    axes.configure_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .x_labels(9)
        .x_label_formatter(&|ts| date(*ts))
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .label_style(("sans-serif", 13).into_font().color(&INK))
        .draw()?;
    let series = |column: usize| chart.days.iter().map(move |day| (day[0], day[column]));
    let sticks = series(3).map(|(ts, y)| PathElement::new(vec![(ts, 0.0), (ts, y)], MOVE));
    axes.draw_series(sticks)?
        .label("largest move within an hour")
        .legend(|at| line(at, MOVE));
    axes.draw_series(LineSeries::new(series(1), MM.stroke_width(2)))?
        .label("maintenance margin")
        .legend(|at| line(at, MM));
    axes.draw_series(LineSeries::new(series(2), IM.stroke_width(2)))?
        .label("initial margin")
        .legend(|at| line(at, IM));
    let beyond = chart.days.iter().filter(|day| day[3] > day[1]);
    axes.draw_series(beyond.map(|day| Circle::new((day[0], day[3]), 3, BEYOND.filled())))?
        .label("move beyond that day's mean MM")
        .legend(|(x, y)| Circle::new((x + 10, y), 3, BEYOND.filled()));
    axes.configure_series_labels()
        .background_style(WHITE.mix(0.85))
        .border_style(GRID)
        .label_font(("sans-serif", 13).into_font().color(&INK))
        .position(SeriesLabelPosition::UpperRight)
        .draw()?;
    root.present()?;
    Ok(())
}

/// Mean margin of each model and asset, for a level at its own horizon.
pub fn means(backtest: &Backtest, level: BaselineLevel) -> Result<String> {
    let mut svg = String::new();
    draw_means(backtest, level, &mut svg).map_err(|error| anyhow!("a chart: {error}"))?;
    Ok(svg)
}

fn draw_means(backtest: &Backtest, level: BaselineLevel, svg: &mut String) -> Drawn {
    const COLOURS: [RGBColor; 4] = [MM, MOVE, IM, RGBColor(106, 76, 147)];
    let mut assets: Vec<&str> = Vec::new();
    for run in &backtest.runs {
        if !assets.contains(&run.asset.as_str()) {
            assets.push(&run.asset);
        }
    }
    let mean = |asset: &str, model: Model| {
        backtest
            .runs
            .iter()
            .find(|run| {
                run.asset == asset
                    && run.model == model
                    && run.level == level
                    && run.horizon_h == level.own_horizon_h()
            })
            .map_or(0.0, |run| run.coverage.mean_margin)
    };
    let all = assets
        .iter()
        .flat_map(|asset| Model::ALL.map(|model| mean(asset, model)));
    let top = all.fold(0.0, f64::max);
    let root = SVGBackend::with_string(svg, (SIZE.0, 260)).into_drawing_area();
    let count = assets.len() as f64;
    let mut axes = ChartBuilder::on(&root)
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..count, 0.0..top * 1.25)?;
    axes.configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(INK)
        .x_labels(0)
        .y_label_formatter(&|share| format!("{:.0} %", share * 100.0))
        .label_style(("sans-serif", 13).into_font().color(&INK))
        .draw()?;
    for (index, (model, colour)) in Model::ALL.into_iter().zip(COLOURS).enumerate() {
        let bar = |(place, asset): (usize, &&str)| {
            let left = place as f64 + 0.14 + 0.18 * index as f64;
            Rectangle::new(
                [(left, 0.0), (left + 0.16, mean(asset, model))],
                colour.filled(),
            )
        };
        axes.draw_series(assets.iter().enumerate().map(bar))?
            .label(model.name())
            .legend(move |(x, y)| {
                Rectangle::new([(x + 4, y - 5), (x + 14, y + 5)], colour.filled())
            });
    }
    let font = ("sans-serif", 13).into_font().color(&INK);
    for (place, asset) in assets.iter().enumerate() {
        let at = axes.backend_coord(&(place as f64 + 0.3, 0.0));
        root.draw_text(&asset.replace('_', " "), &font, (at.0, at.1 + 8))?;
    }
    axes.configure_series_labels()
        .background_style(WHITE.mix(0.85))
        .border_style(GRID)
        .label_font(font)
        .position(SeriesLabelPosition::UpperLeft)
        .draw()?;
    root.present()?;
    Ok(())
}

fn line((x, y): (i32, i32), colour: RGBColor) -> PathElement<(i32, i32)> {
    PathElement::new(vec![(x, y), (x + 20, y)], colour.stroke_width(2))
}

fn date(ts: f64) -> String {
    Date::of_ts(ts as i64).map_or(String::new(), |date| date.to_string())
}
