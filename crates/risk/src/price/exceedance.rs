//! Live validation: how often the price moves beyond the maintenance shock within an hour (whitepaper §12.7).
//!
//! A sample begins a window at its price P₀ and publish time t₀, with u₀, the unit shock of MM right after it.
//!
//! | the first sample published at t | counts |
//! |---|---|
//! | before t₀ + 1 h | nothing: the window stays open, whatever the price is |
//! | until t₀ + 1 h 10 min | one window; a fall where P₀ − P > u₀·P₀, a rise where P − P₀ > u₀·P₀ |
//! | later | ⌊(t − t₀)/1 h⌋ hours as missed |
//!
//! A sample that ends a window begins the next. So windows never overlap, and Kupiec's test holds for them. Counters saturate.
use crate::number::arith::{div_floor_u64, mul_u128_u64_shr_floor};
use crate::number::quantity::{FRACTION_BITS, Fraction, HOUR_SECS, Price};
use crate::price::migration::carried;

/// Least time between the samples that begin and end a window, seconds: the horizon of MM.
pub const WINDOW_SECS: u64 = HOUR_SECS;
/// How much later the last sample may come that ends it, seconds. It is more than the largest spacing of samples, so a
/// caller who samples whenever that is allowed always ends it, whoever else samples.
pub const WINDOW_GRACE_SECS: u64 = 600;

/// The hour that is being watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExceedanceWindow {
    /// Price of the sample that began it; 0 where no window is open.
    pub price: Price,
    /// Unit shock of MM right after that sample.
    pub u_mm: Fraction,
    /// Publish time of that sample, unix seconds.
    pub start_ts: i64,
}

/// An asset's windows so far. The counters of windows, falls and rises stand still once the first of them is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exceedances {
    /// The open window.
    pub window: ExceedanceWindow,
    /// Windows that a sample ended in time.
    pub windows: u32,
    /// Of them, those in which the price fell by more than u₀.
    pub falls: u32,
    /// Of them, those in which it rose by more than u₀.
    pub rises: u32,
    /// Hours that no window tells of, because no sample came in time; saturating.
    pub missed: u32,
}

/// What a sample says of the open window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowOutcome {
    /// It is younger than an hour and stays open.
    Open,
    /// There was none: this sample begins the first.
    Begun,
    /// It has ended, and the move was at most u₀.
    Within,
    /// It has ended, and the price fell by more.
    Fall,
    /// It has ended, and the price rose by more.
    Rise,
    /// The sample came too late to end it.
    Missed,
}

impl ExceedanceWindow {
    /// Whether a window is open.
    #[inline]
    pub const fn is_open(&self) -> bool {
        self.price.0 != 0
    }

    /// What a sample at this price and publish time says of it. A move of exactly u₀ is within.
    #[inline]
    pub fn judge(&self, price: Price, publish_ts: i64) -> WindowOutcome {
        if !self.is_open() {
            return WindowOutcome::Begun;
        }
        match self.age_secs(publish_ts) {
            0..WINDOW_SECS => WindowOutcome::Open,
            WINDOW_SECS..=LAST_SECS => self.compare(price),
            _ => WindowOutcome::Missed,
        }
    }

    fn compare(&self, price: Price) -> WindowOutcome {
        let (start, Price(end)) = (self.price.0, price);
        // The move is an integer: it is above u₀·P₀ where it is above the integer part. A product that does not fit is beyond
        // every price.
        let shock = mul_u128_u64_shr_floor(start, self.u_mm.to_bits(), FRACTION_BITS);
        let is_beyond = shock.is_ok_and(|shock| end.abs_diff(start) > shock);
        match (is_beyond, end < start) {
            (false, _) => WindowOutcome::Within,
            (true, true) => WindowOutcome::Fall,
            (true, false) => WindowOutcome::Rise,
        }
    }

    /// Seconds from its start to a publish time; 0 before it.
    fn age_secs(&self, publish_ts: i64) -> u64 {
        let age_secs = publish_ts.saturating_sub(self.start_ts);
        u64::try_from(age_secs).unwrap_or(0)
    }
}

const LAST_SECS: u64 = WINDOW_SECS + WINDOW_GRACE_SECS;

impl Exceedances {
    /// Takes note of an accepted sample: counts the window that it ends or misses, and begins the next with `u_mm`, the unit
    /// shock right after the sample.
    #[inline]
    pub fn observe(&mut self, price: Price, publish_ts: i64, u_mm: Fraction) -> WindowOutcome {
        let outcome = self.window.judge(price, publish_ts);
        if outcome != WindowOutcome::Open {
            self.count(outcome, publish_ts);
            self.window = ExceedanceWindow {
                price,
                u_mm,
                start_ts: publish_ts,
            };
        }
        outcome
    }

    /// Moves the open window to another feed that shows `new` where the old one shows `old`: what two feeds differ by is no
    /// move. A window whose price cannot be moved is missed.
    pub fn migrate(&mut self, old: Price, new: Price, publish_ts: i64) {
        if !self.window.is_open() {
            return;
        }
        match carried(self.window.price.0, old, new) {
            Some(price) if price > 0 => self.window.price = Price(price),
            _ => self.abandon(publish_ts),
        }
    }

    /// Counts the open window as missed and leaves none open: where the price that would end it is not comparable.
    pub fn abandon(&mut self, publish_ts: i64) {
        if self.window.is_open() {
            self.count(WindowOutcome::Missed, publish_ts);
            self.window = ExceedanceWindow::default();
        }
    }

    #[inline(never)]
    fn count(&mut self, outcome: WindowOutcome, publish_ts: i64) {
        match outcome {
            WindowOutcome::Open | WindowOutcome::Begun => {}
            WindowOutcome::Missed => {
                let hours = div_floor_u64(self.window.age_secs(publish_ts), WINDOW_SECS).max(1);
                let hours = u32::try_from(hours).unwrap_or(u32::MAX);
                self.missed = self.missed.saturating_add(hours);
            }
            WindowOutcome::Within | WindowOutcome::Fall | WindowOutcome::Rise => {
                let Some(windows) = self.windows.checked_add(1) else {
                    return; // full: the share of exceedances stays what it is
                };
                self.windows = windows;
                let falls = u32::from(outcome == WindowOutcome::Fall);
                let rises = u32::from(outcome == WindowOutcome::Rise);
                // Both together are at most `windows`.
                self.falls = self.falls.saturating_add(falls);
                self.rises = self.rises.saturating_add(rises);
            }
        }
    }
}

#[cfg(test)]
mod tests;
