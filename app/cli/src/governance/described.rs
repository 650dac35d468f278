//! A change that is about to be made: what it concerns, and field by field.
use anchor_lang::error::Error;
use freeboard_client::forecast::ForecastState;
use freeboard_client::freeboard::state::Change;
use serde::Serialize;

use super::subject::{self, FieldRow};

/// A change in words.
#[derive(Debug, Serialize)]
pub struct DescribedChange {
    /// The name of an asset, or the exchange.
    pub concerns: String,
    /// What kind of change it is.
    pub kind: String,
    /// Whether it only tightens: then the risk manager could make it at once.
    pub only_tightens: bool,
    /// How often its field group was changed before.
    pub version: u32,
    /// What differs.
    pub fields: Vec<FieldRow>,
}

impl DescribedChange {
    /// A change against the values of now; `now` is the chain's clock.
    ///
    /// Errors: what the program would refuse its proposal with.
    pub fn new(state: &ForecastState, change: &Change, now: i64) -> Result<Self, Error> {
        let mut copy = state.clone();
        let target = copy.target(change)?;
        target.check_change(change, now)?;
        let (old, version) = (target.current(change), target.version(change));
        Ok(Self {
            concerns: subject::concerns(state, change),
            kind: subject::kind(change),
            only_tightens: target.only_tightens(change).unwrap_or(false),
            version,
            fields: subject::fields(state, old.as_ref(), change, None),
        })
    }

    /// The fields as a table; nothing where there are none.
    pub fn table(&self) -> String {
        subject::field_table(&self.fields)
    }
}
