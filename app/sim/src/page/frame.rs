//! From values to places in a drawing.
use maud::{Markup, html};

use super::axis::{Axis, nice_ticks};

pub(super) const WIDTH: f64 = 960.0;
pub(super) const HEIGHT: f64 = 340.0;
pub(super) const LEFT: f64 = 66.0;
pub(super) const RIGHT: f64 = 14.0;
pub(super) const TOP: f64 = 14.0;
pub(super) const BOTTOM: f64 = 46.0;
/// Room above and below the lines, part of their span.
const PADDING: f64 = 0.06;

/// The spans of both axes.
pub(super) struct Frame {
    x_from: f64,
    x_to: f64,
    y_from: f64,
    y_to: f64,
}

impl Frame {
    /// Of these values, with room above, and below where the lowest is below the axis.
    pub(super) fn new(x: (f64, f64), (low, high): (f64, f64), axis_from: f64) -> Self {
        let padding = (high - low) * PADDING;
        Self {
            x_from: x.0,
            x_to: x.1,
            y_from: if low < axis_from { low - padding } else { low },
            y_to: high + padding,
        }
    }

    pub(super) fn holds(&self, x: f64) -> bool {
        (self.x_from..=self.x_to).contains(&x)
    }

    /// A place within the span, for what may lie beyond it.
    pub(super) fn clamped_x(&self, x: f64) -> f64 {
        self.x(x.clamp(self.x_from, self.x_to))
    }

    /// The same for what may lie above or below it.
    pub(super) fn clamped_y(&self, y: f64) -> f64 {
        self.y(y.clamp(self.y_from, self.y_to))
    }

    pub(super) fn x(&self, x: f64) -> f64 {
        LEFT + (x - self.x_from) / (self.x_to - self.x_from) * (WIDTH - LEFT - RIGHT)
    }

    pub(super) fn y(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - (y - self.y_from) / (self.y_to - self.y_from) * (HEIGHT - TOP - BOTTOM)
    }

    /// Lines across with their values, the axis below, and what the values are.
    pub(super) fn rows(&self, axis: &Axis) -> Markup {
        let bottom = HEIGHT - BOTTOM;
        let middle = TOP + (bottom - TOP) / 2.0;
        html! {
            @for value in &nice_ticks(self.y_from, self.y_to, 5) {
                @let y = round(self.y(*value));
                line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
                text.tick x=(LEFT - 8.0) y=(y + 4.0) text-anchor="end" { ((axis.label)(*value)) }
            }
            line.axis x1=(LEFT) x2=(WIDTH - RIGHT) y1=(bottom) y2=(bottom) {}
            text.unit x=(14) y=(middle) text-anchor="middle"
                transform=(format!("rotate(-90 14 {middle})")) { (axis.unit) }
        }
    }
}

/// A tenth of a drawing unit is finer than a pixel.
pub(super) fn round(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}
