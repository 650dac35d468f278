//! Self-contained pages: nothing is fetched. The page of a backtest and that of the demo are made of these.
//!
//! | module | what it holds |
//! |---|---|
//! | [`axis`] | spans, ticks, and how values are written |
//! | [`chart`] | lines, sticks, bands and marks over an axis |
//! | [`bars`] | bars of several series, side by side |
pub mod axis;
pub mod bars;
pub mod chart;
mod frame;

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// How charts look. Colours of series, marks and the page are the page's own.
pub const CHART_STYLE: &str = include_str!("chart.css");
/// Shows the values under the pointer, on charts that are drawn with them.
pub const HOVER: &str = include_str!("hover.js");

/// What stands around a page's body.
pub struct Document<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its own style sheet, beside [`CHART_STYLE`].
    pub style: &'a str,
    /// Its script, if it has one.
    pub script: Option<&'a str>,
}

impl Document<'_> {
    /// The page's text.
    pub fn render(&self, body: &Markup) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (self.title) }
                    link rel="icon" href="data:,";
                    style { (PreEscaped(CHART_STYLE)) (PreEscaped(self.style)) }
                }
                body {
                    (body)
                    @if let Some(script) = self.script { script { (PreEscaped(script)) } }
                }
            }
        };
        page.into_string()
    }
}
