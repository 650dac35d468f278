//! `Funding`: what positions of a market owe each other, as an asset keeps it.
use super::words::{signed_from_words, signed_to_words};
use anchor_lang::prelude::*;
use freeboard_risk::funding::FundingState;

/// Funding of a market: `risk::FundingState` as words.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Funding {
    /// What one base atom of a long has paid, units of 2^-64 quote atoms, low word first.
    pub long_index_q64: [u64; 2],
    /// What one base atom of a short has received, same unit.
    pub short_index_q64: [u64; 2],
    /// What all positions owe the pool and have not settled, same unit.
    pub receivable_q64: [u64; 2],
    /// Share of the price that the larger side pays per second, units of 2^-64; positive when longs
    /// pay.
    pub rate_q64: i64,
    /// Until when the indices count, unix seconds.
    pub updated_ts: i64,
}

impl Funding {
    /// As the core sees it.
    pub fn as_core(&self) -> FundingState {
        FundingState {
            long_index_q64: signed_from_words(self.long_index_q64),
            short_index_q64: signed_from_words(self.short_index_q64),
            receivable_q64: signed_from_words(self.receivable_q64),
            rate_q64: self.rate_q64,
            updated_ts: self.updated_ts,
        }
    }

    /// Stores the core's value.
    pub fn set(&mut self, state: &FundingState) {
        *self = Self {
            long_index_q64: signed_to_words(state.long_index_q64),
            short_index_q64: signed_to_words(state.short_index_q64),
            receivable_q64: signed_to_words(state.receivable_q64),
            rate_q64: state.rate_q64,
            updated_ts: state.updated_ts,
        };
    }
}
