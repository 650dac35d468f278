//! `ExceedanceWindow`: live validation of an asset's maintenance shock, as its account keeps it.
use super::asset::Asset;
use super::words::{from_words, to_words};
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::price::exceedance::{self as risk, Exceedances, WindowOutcome};
use freeboard_risk::price::observation::Observation;

/// The hour that is being watched: `risk::ExceedanceWindow` as words. All zero while none is open.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ExceedanceWindow {
    /// Price of the sample that began it, USD per whole unit × 10^12, low word first.
    pub price_e12: [u64; 2],
    /// Unit shock of MM right after that sample, a fraction of the price, × 2^60.
    pub u_mm_q60: u64,
    /// Publish time of that sample, unix seconds.
    pub start_ts: i64,
}

impl Asset {
    /// Live validation as the core sees it.
    pub fn exceedances(&self) -> Exceedances {
        Exceedances {
            window: risk::ExceedanceWindow {
                price: Price(from_words(self.exceedance_window.price_e12)),
                u_mm: Fraction::from_bits(self.exceedance_window.u_mm_q60),
                start_ts: self.exceedance_window.start_ts,
            },
            windows: self.exceedance_windows,
            falls: self.exceedance_falls,
            rises: self.exceedance_rises,
            missed: self.exceedances_missed,
        }
    }

    /// Stores what the core made of it.
    pub fn set_exceedances(&mut self, exceedances: &Exceedances) {
        self.exceedance_window = ExceedanceWindow {
            price_e12: to_words(exceedances.window.price.0),
            u_mm_q60: exceedances.window.u_mm.to_bits(),
            start_ts: exceedances.window.start_ts,
        };
        self.exceedance_windows = exceedances.windows;
        self.exceedance_falls = exceedances.falls;
        self.exceedance_rises = exceedances.rises;
        self.exceedances_missed = exceedances.missed;
    }

    /// Takes note of an accepted sample and of the unit shock right after it.
    pub fn watch(&mut self, sample: &Observation, u_mm: Fraction) -> WindowOutcome {
        let mut exceedances = self.exceedances();
        let outcome = exceedances.observe(sample.price, sample.publish_ts, u_mm);
        if outcome != WindowOutcome::Open {
            self.set_exceedances(&exceedances);
        }
        outcome
    }
}
