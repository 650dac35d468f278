//! Line charts as inline SVG: axes with units, lines, bands, marks, and the values under the
//! pointer for the page's script.
use maud::{Markup, PreEscaped, html};
use serde_json::json;

use super::axis::Axis;
use super::frame::{BOTTOM, Frame, HEIGHT, LEFT, RIGHT, TOP, WIDTH, round};

/// Room that a band's name takes.
const BAND_NAME_ROOM: f64 = 80.0;
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
    pub rules: Vec<RuleLine>,
}

/// A level with a name.
pub struct RuleLine {
    /// y.
    pub at: f64,
    /// Shown at its right end.
    pub name: &'static str,
}

/// Values over x.
pub struct ChartSeries {
    /// In the legend.
    pub name: String,
    /// CSS class, which gives the colour.
    pub class: &'static str,
    /// How they are drawn.
    pub form: SeriesForm,
    /// x and y, oldest first.
    pub points: Vec<[f64; 2]>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesForm {
    /// From point to point.
    Line,
    /// From zero to each point.
    Sticks,
}

/// Whether the page's script shows the values under the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    /// It does: [`super::HOVER`].
    Shown,
    /// The page has no script.
    None,
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
    /// What kind of point it is.
    pub kind: MarkKind,
    /// Shown when pointed at.
    pub title: String,
}

/// Kinds of marks: shapes differ, not only colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkKind {
    /// CSS class.
    pub class: &'static str,
    /// In the legend.
    pub name: &'static str,
    /// The mark itself, an SVG path around 0, 0.
    pub shape: &'static str,
}

impl PageChart {
    /// Legend and drawing.
    pub fn render(&self, readout: Readout) -> Markup {
        let frame = self.frame();
        let hover = match readout {
            Readout::Shown => Some(self.hover(&frame)),
            Readout::None => None,
        };
        html! {
            div.legend { (self.legend()) }
            div.plot {
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(self.label)
                    data-hover=[hover.as_deref()] {
                    (frame.rows(&self.y))
                    (self.columns(&frame))
                    @for band in &self.bands { (frame.band(band)) }
                    @for rule in &self.rules { (frame.rule(rule)) }
                    @for series in &self.series {
                        path.line.(series.class) d=(frame.path(series)) {}
                    }
                    @for mark in &self.marks { (frame.mark(mark)) }
                    @if hover.is_some() { line.cursor y1=(TOP) y2=(HEIGHT - BOTTOM) {} }
                }
                @if hover.is_some() { div.readout {} }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            @for series in &self.series {
                span.key { i.swatch.(series.class) {} (series.name) }
            }
            @for kind in self.kinds() {
                span.key {
                    svg.glyph viewBox="-8 -8 16 16" aria-hidden="true" {
                        path.(kind.class) d=(kind.shape) {}
                    }
                    (kind.name)
                }
            }
        }
    }

    /// The kinds of marks that there are, as they first appear.
    fn kinds(&self) -> Vec<MarkKind> {
        let mut kinds = Vec::new();
        for mark in &self.marks {
            if !kinds.contains(&mark.kind) {
                kinds.push(mark.kind);
            }
        }
        kinds
    }

    /// The span of what is seen, with room above the highest value and below a lowest that is below the axis.
    fn frame(&self) -> Frame {
        let (x_from, x_to) = (self.x.from, self.x.to);
        let points = self.series.iter().flat_map(|series| &series.points);
        let seen = points
            .filter(|[x, _]| (x_from..=x_to).contains(x))
            .map(|[_, y]| *y);
        let y = seen.fold((self.y.from, self.y.to), |(low, high), y| {
            (low.min(y), high.max(y))
        });
        Frame::new((x_from, x_to), y, self.y.from)
    }

    fn columns(&self, frame: &Frame) -> Markup {
        let bottom = HEIGHT - BOTTOM;
        html! {
            @for value in &self.x.ticks() {
                @let x = round(frame.x(*value));
                line.tickmark x1=(x) x2=(x) y1=(bottom) y2=(bottom + 5.0) {}
                text.tick x=(x) y=(bottom + 19.0) text-anchor="middle" { ((self.x.label)(*value)) }
            }
            text.unit x=(WIDTH - RIGHT) y=(HEIGHT - 8.0) text-anchor="end" { (self.x.unit) }
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

impl Frame {
    fn path(&self, series: &ChartSeries) -> String {
        let mut path = String::new();
        for [x, y] in series.points.iter().filter(|[x, _]| self.holds(*x)) {
            let (x, y) = (self.x(*x), self.y(*y));
            path += &match series.form {
                SeriesForm::Line if path.is_empty() => format!("M{x:.1} {y:.1}"),
                SeriesForm::Line => format!("L{x:.1} {y:.1}"),
                SeriesForm::Sticks => format!("M{x:.1} {:.1}V{y:.1}", self.y(0.0)),
            };
        }
        path
    }

    fn band(&self, band: &Band) -> Markup {
        let from = self.clamped_x(band.from);
        let to = self.clamped_x(band.to);
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

    fn rule(&self, rule: &RuleLine) -> Markup {
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
        let place = format!("translate({:.1} {:.1})", self.x(x), self.clamped_y(y));
        html! {
            g.mark transform=(place) {
                title { (mark.title) }
                path.(mark.kind.class) d=(mark.kind.shape) {}
            }
        }
    }
}
