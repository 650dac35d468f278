//! `Outflow`: what left an asset's vault lately and what it held, as an asset keeps it.
use anchor_lang::prelude::*;
use freeboard_risk::market::outflow::{Day, OUTFLOW_WINDOW_SECS, VaultLows};
use freeboard_risk::market::paid_window::CappedWindow;

/// What left a vault in the last hours and counts, and the least that it held on three days: `risk::market::outflow` as
/// an account carries it. Written by deposit, withdraw and pay_out.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outflow {
    /// Start of the running hour, unix seconds.
    pub start_ts: i64,
    /// What left in it and was deposited before the day before, base atoms.
    pub taken_atoms: u64,
    /// The same for the hour before it.
    pub taken_before_atoms: u64,
    /// The least that the vault has held on [`Self::day`], base atoms.
    pub low_atoms: u64,
    /// The least on the day before it.
    pub low_yesterday_atoms: u64,
    /// The least on the day before that.
    pub low_before_atoms: u64,
    /// The newest day that the vault was changed on: unix time by 86,400 s.
    pub day: u16,
    /// Zero.
    pub padding: [u8; 6],
}

impl Outflow {
    /// What left in the last hours.
    pub const fn window(&self) -> CappedWindow<OUTFLOW_WINDOW_SECS> {
        CappedWindow {
            start_ts: self.start_ts,
            paid_atoms: self.taken_atoms,
            paid_before_atoms: self.taken_before_atoms,
        }
    }

    /// Stores what left.
    pub const fn set_window(&mut self, window: CappedWindow<OUTFLOW_WINDOW_SECS>) {
        self.start_ts = window.start_ts;
        self.taken_atoms = window.paid_atoms;
        self.taken_before_atoms = window.paid_before_atoms;
    }

    /// The least that the vault held on three days.
    pub const fn lows(&self) -> VaultLows {
        VaultLows {
            day: Day(self.day),
            low_atoms: self.low_atoms,
            yesterday_atoms: self.low_yesterday_atoms,
            before_atoms: self.low_before_atoms,
        }
    }

    /// Stores them.
    pub const fn set_lows(&mut self, lows: VaultLows) {
        self.day = lows.day.0;
        self.low_atoms = lows.low_atoms;
        self.low_yesterday_atoms = lows.yesterday_atoms;
        self.low_before_atoms = lows.before_atoms;
    }
}
