//! `ExceedanceWindow`: the hour of live validation that is watched, as an asset's account keeps it.
use super::words::{from_words, to_words};
use anchor_lang::prelude::*;
use freeboard_risk::number::quantity::{Fraction, Price};
use freeboard_risk::price::exceedance as risk;

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

impl From<ExceedanceWindow> for risk::ExceedanceWindow {
    fn from(window: ExceedanceWindow) -> Self {
        Self {
            price: Price(from_words(window.price_e12)),
            u_mm: Fraction::from_bits(window.u_mm_q60),
            start_ts: window.start_ts,
        }
    }
}

impl From<risk::ExceedanceWindow> for ExceedanceWindow {
    fn from(window: risk::ExceedanceWindow) -> Self {
        Self {
            price_e12: to_words(window.price.0),
            u_mm_q60: window.u_mm.to_bits(),
            start_ts: window.start_ts,
        }
    }
}
