//! Bars of several series, side by side, a group for each name.
use maud::{Markup, html};

use super::axis::Axis;
use super::frame::{BOTTOM, Frame, HEIGHT, round};

/// Part of a group's width that its bars take.
const FILLED: f64 = 0.8;

/// A chart of bars.
pub struct BarChart {
    /// What it shows, for those who cannot see it.
    pub label: String,
    /// Vertical; its span is extended to hold the bars.
    pub y: Axis,
    /// A name for each group.
    pub groups: Vec<String>,
    /// One bar in each group.
    pub series: Vec<BarSeries>,
}

/// The bars of one colour.
pub struct BarSeries {
    /// In the legend.
    pub name: String,
    /// CSS class, which gives the colour.
    pub class: &'static str,
    /// A value for each group.
    pub values: Vec<f64>,
}

impl BarChart {
    /// Legend and drawing.
    pub fn render(&self) -> Markup {
        let values = self.series.iter().flat_map(|series| &series.values);
        let top = values.fold(self.y.to, |top: f64, value| top.max(*value));
        let frame = Frame::new(
            (0.0, self.groups.len() as f64),
            (self.y.from, top),
            self.y.from,
        );
        html! {
            div.legend {
                @for series in &self.series {
                    span.key { i.swatch.(series.class) {} (series.name) }
                }
            }
            div.plot {
                svg viewBox=(format!("0 0 {} {HEIGHT}", super::frame::WIDTH)) role="img" aria-label=(self.label) {
                    (frame.rows(&self.y))
                    @for (index, series) in self.series.iter().enumerate() {
                        @for (group, value) in series.values.iter().enumerate() {
                            (self.bar(&frame, series.class, (group, index), *value))
                        }
                    }
                    @for (group, name) in self.groups.iter().enumerate() {
                        @let x = round(frame.x(group as f64 + 0.5));
                        text.tick x=(x) y=(HEIGHT - BOTTOM + 19.0) text-anchor="middle" { (name) }
                    }
                }
            }
        }
    }

    fn bar(
        &self,
        frame: &Frame,
        class: &str,
        (group, index): (usize, usize),
        value: f64,
    ) -> Markup {
        let width = FILLED / self.series.len() as f64;
        let from = group as f64 + (1.0 - FILLED) / 2.0 + width * index as f64;
        let (left, right) = (frame.x(from), frame.x(from + width * 0.9));
        let (top, bottom) = (frame.y(value), frame.y(0.0));
        html! {
            rect.bar.(class) x=(round(left)) y=(round(top)) width=(round(right - left))
                height=(round((bottom - top).max(0.0))) {
                title { ((self.y.exact)(value)) }
            }
        }
    }
}
