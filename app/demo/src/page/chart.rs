//! Line charts as inline SVG: axes with units, lines, bands, marks, and the values under the
//! pointer for the page's script.
use maud::{Markup, PreEscaped, html};
use serde_json::json;

use super::axis::{Axis, nice_ticks};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;
/// Room that a band's name takes.
const BAND_NAME_ROOM: f64 = 80.0;
/// Room above and below the lines, part of their span.
const PADDING: f64 = 0.06;

/// A chart.
pub struct PageChart {
    /// What it shows, for those who cannot see it.
    pub label: String,
    /// Horizontal.
    pub x: Axis,
    /// Vertical; its span is extended to hold the lines.
    pub y: Axis,
    /// Drawn in this order.
    pub series: Vec<ChartSeries>,
    /// Vertical bands behind the lines.
    pub bands: Vec<Band>,
    /// Points of interest on top of the lines.
    pub marks: Vec<Mark>,
    /// Levels with a name, drawn across.
    pub rules: Vec<Rule>,
}

/// A level with a name.
pub struct Rule {
    /// y.
    pub at: f64,
    /// Shown at its right end.
    pub name: &'static str,
}

/// A line.
pub struct ChartSeries {
    /// In the legend.
    pub name: String,
    /// CSS class, which gives the colour.
    pub class: &'static str,
    /// x and y, oldest first.
    pub points: Vec<[f64; 2]>,
}

/// A span of time with a name.
pub struct Band {
    /// x.
    pub from: f64,
    /// x.
    pub to: f64,
    /// Shown at its top.
    pub name: &'static str,
}

/// A point of interest.
pub struct Mark {
    /// x and y.
    pub at: [f64; 2],
    /// CSS class and legend entry.
    pub kind: MarkKind,
    /// Shown when pointed at.
    pub title: String,
}

/// Kinds of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Equity fell below initial margin.
    MarginCall,
    /// The account was flagged.
    Flag,
    /// The pool took a position.
    Pool,
    /// The liquidator took a position.
    Liquidator,
}

impl MarkKind {
    const ALL: [Self; 4] = [Self::MarginCall, Self::Flag, Self::Pool, Self::Liquidator];

    const fn class(self) -> &'static str {
        match self {
            Self::MarginCall => "mark-call",
            Self::Flag => "mark-flag",
            Self::Pool => "mark-pool",
            Self::Liquidator => "mark-liquidator",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::MarginCall => "margin call",
            Self::Flag => "flag",
            Self::Pool => "liquidation, pool takes",
            Self::Liquidator => "liquidation, liquidator takes",
        }
    }

    /// The mark itself, around 0, 0: shapes differ, not only colours.
    const fn shape(self) -> &'static str {
        match self {
            Self::MarginCall => "M0-6.5 6.5 5H-6.5Z",
            Self::Flag => "M-1-7V7M-1-7H7L4-3.5 7 0H-1",
            Self::Pool => "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0Z",
            Self::Liquidator => "M0-6.5 6.5 0 0 6.5-6.5 0Z",
        }
    }
}

impl PageChart {
    /// Legend and drawing.
    pub fn render(&self) -> Markup {
        let frame = Frame::of(self);
        html! {
            div.legend { (self.legend()) }
            div.plot {
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(self.label)
                    data-hover=(self.hover(&frame)) {
                    (frame.grid(self))
                    @for band in &self.bands { (frame.band(band)) }
                    @for rule in &self.rules { (frame.rule(rule)) }
                    @for series in &self.series {
                        path.line.(series.class) d=(frame.path(&series.points)) {}
                    }
                    @for mark in &self.marks { (frame.mark(mark)) }
                    line.cursor y1=(TOP) y2=(HEIGHT - BOTTOM) {}
                }
                div.readout {}
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            @for series in &self.series {
                span.key { i.swatch.(series.class) {} (series.name) }
            }
            @for kind in MarkKind::ALL {
                @if self.marks.iter().any(|mark| mark.kind == kind) {
                    span.key {
                        svg.glyph viewBox="-8 -8 16 16" aria-hidden="true" {
                            path.(kind.class()) d=(kind.shape()) {}
                        }
                        (kind.name())
                    }
                }
            }
        }
    }

    /// What the script needs to answer to the pointer: positions and texts, oldest first.
    fn hover(&self, frame: &Frame) -> String {
        let Some(first) = self.series.first() else {
            return "[]".to_owned();
        };
        let names: Vec<_> = self
            .series
            .iter()
            .map(|series| series.name.as_str())
            .collect();
        let classes: Vec<_> = self.series.iter().map(|series| series.class).collect();
        let seen = first
            .points
            .iter()
            .enumerate()
            .filter(|(_, [x, _])| frame.holds(*x));
        let rows: Vec<_> = seen
            .map(|(index, [x, _])| {
                let values = self.series.iter().map(|series| {
                    series
                        .points
                        .get(index)
                        .map_or_else(String::new, |[_, y]| (self.y.exact)(*y))
                });
                json!([
                    round(frame.x(*x)),
                    (self.x.exact)(*x),
                    values.collect::<Vec<_>>()
                ])
            })
            .collect();
        json!({ "names": names, "classes": classes, "rows": rows }).to_string()
    }
}

/// From values to places in the drawing.
struct Frame {
    x_from: f64,
    x_to: f64,
    y_from: f64,
    y_to: f64,
}

impl Frame {
    fn of(chart: &PageChart) -> Self {
        let (x_from, x_to) = (chart.x.from, chart.x.to);
        let points = chart.series.iter().flat_map(|series| &series.points);
        let seen = points
            .filter(|[x, _]| (x_from..=x_to).contains(x))
            .map(|[_, y]| *y);
        let (mut y_from, mut y_to) = seen.fold((chart.y.from, chart.y.to), |(low, high), y| {
            (low.min(y), high.max(y))
        });
        let padding = (y_to - y_from) * PADDING;
        if y_from < chart.y.from {
            y_from -= padding;
        }
        y_to += padding;
        Self {
            x_from,
            x_to,
            y_from,
            y_to,
        }
    }

    fn holds(&self, x: f64) -> bool {
        (self.x_from..=self.x_to).contains(&x)
    }

    fn x(&self, x: f64) -> f64 {
        LEFT + (x - self.x_from) / (self.x_to - self.x_from) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - (y - self.y_from) / (self.y_to - self.y_from) * (HEIGHT - TOP - BOTTOM)
    }

    fn path(&self, points: &[[f64; 2]]) -> String {
        let mut path = String::new();
        for [x, y] in points.iter().filter(|[x, _]| self.holds(*x)) {
            let letter = if path.is_empty() { 'M' } else { 'L' };
            path += &format!("{letter}{:.1} {:.1}", self.x(*x), self.y(*y));
        }
        path
    }

    fn grid(&self, chart: &PageChart) -> Markup {
        let bottom = HEIGHT - BOTTOM;
        let rows = nice_ticks(self.y_from, self.y_to, 5);
        let columns = chart.x.ticks();
        html! {
            @for value in &rows {
                @let y = round(self.y(*value));
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
                text.tick x=(LEFT - 8.0) y=(y + 4.0) text-anchor="end" { ((chart.y.label)(*value)) }
            }
            @for value in &columns {
                @let x = round(self.x(*value));
                line.tickmark x1=(x) x2=(x) y1=(bottom) y2=(bottom + 5.0) {}
                text.tick x=(x) y=(bottom + 19.0) text-anchor="middle" { ((chart.x.label)(*value)) }
            }
            line.axis x1=(LEFT) x2=(WIDTH - RIGHT) y1=(bottom) y2=(bottom) {}
            text.unit x=(WIDTH - RIGHT) y=(HEIGHT - 8.0) text-anchor="end" { (chart.x.unit) }
            text.unit x=(14) y=(TOP + (bottom - TOP) / 2.0) text-anchor="middle"
                transform=(format!("rotate(-90 14 {})", TOP + (bottom - TOP) / 2.0)) { (chart.y.unit) }
        }
    }

    fn band(&self, band: &Band) -> Markup {
        let from = self.x(band.from.clamp(self.x_from, self.x_to));
        let to = self.x(band.to.clamp(self.x_from, self.x_to));
        let (place, anchor) = if from > WIDTH - RIGHT - BAND_NAME_ROOM {
            (from - 5.0, "end")
        } else {
            (from + 5.0, "start")
        };
        html! {
            rect.band x=(round(from)) y=(TOP) width=(round((to - from).max(1.5)))
                height=(HEIGHT - TOP - BOTTOM) {}
            text.band-name x=(round(place)) y=(TOP + 13.0) text-anchor=(anchor) { (band.name) }
        }
    }

    fn rule(&self, rule: &Rule) -> Markup {
        let y = round(self.y(rule.at));
        html! {
            line.rule x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
            text.band-name x=(WIDTH - RIGHT) y=(y - 6.0) text-anchor="end" { (rule.name) }
        }
    }

    fn mark(&self, mark: &Mark) -> Markup {
        let [x, y] = mark.at;
        if !self.holds(x) {
            return PreEscaped(String::new());
        }
        let place = format!("translate({:.1} {:.1})", self.x(x), self.y(y));
        html! {
            g.mark transform=(place) {
                title { (mark.title) }
                path.(mark.kind.class()) d=(mark.kind.shape()) {}
            }
        }
    }
}

/// A tenth of a drawing unit is finer than a pixel.
fn round(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}
