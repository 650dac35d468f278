//! `Outflow`: what left an asset's vault lately and what it held, as an asset keeps it.
use anchor_lang::prelude::*;
use freeboard_risk::market::outflow::{Day, SPANS, TakenLately, VaultLows};

/// What left a vault in the last hour and counts, and the least that it held on three days: `risk::market::outflow` as an
/// account carries it. Written by deposit, withdraw and pay_out.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outflow {
    /// What left in [`Self::span`] and the spans before it, and was deposited before the day before, base atoms.
    pub taken_atoms: [u64; SPANS],
    /// The least that the vault has held on [`Self::day`], base atoms.
    pub low_atoms: u64,
    /// The least on the day before it.
    pub low_yesterday_atoms: u64,
    /// The least on the day before that.
    pub low_before_atoms: u64,
    /// The newest span that anything left in: unix time by 600 s.
    pub span: u32,
    /// The newest day that the vault was changed on: unix time by 86,400 s.
    pub day: u16,
    /// Zero.
    pub padding: [u8; 2],
}

impl Outflow {
    /// What left in the last hour.
    pub const fn lately(&self) -> TakenLately {
        TakenLately {
            span: self.span,
            atoms: self.taken_atoms,
        }
    }

    /// Stores what left.
    pub const fn set_lately(&mut self, lately: TakenLately) {
        self.span = lately.span;
        self.taken_atoms = lately.atoms;
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
