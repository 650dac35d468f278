//! Every error of Freeboard: number, name, sentence and remedy, in one table.
//!
//! The program takes the numbers from it and links no text. Client, CLI, IDL and docs/errors.md take the texts.
//! Sentences of hard bounds are made from the rows of [`freeboard_risk::params::bounds`].
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "anchor")]
extern crate alloc;

#[cfg(feature = "anchor")]
mod anchor;
mod table;

#[cfg(feature = "anchor")]
pub use anchor::framework;
pub use table::{FreeboardError, TABLE};

use core::fmt::{Display, Formatter, Result};
use freeboard_risk::RiskError;
use freeboard_risk::params::bounds::Sentence;

/// What an error concerns: the block of its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// 60xx.
    Access,
    /// 61xx.
    Parameters,
    /// 62xx.
    Prices,
    /// 63xx.
    Margin,
    /// 64xx.
    Trades,
    /// 65xx.
    Liquidation,
    /// 66xx.
    Pool,
    /// 67xx.
    Governance,
    /// 69xx.
    Arithmetic,
}

impl Subject {
    /// The block's first number, divided by 100, and its heading.
    pub const fn heading(self) -> (u32, &'static str) {
        match self {
            Self::Access => (60, "Access, accounts and pauses"),
            Self::Parameters => (61, "Listing and parameters"),
            Self::Prices => (62, "Prices"),
            Self::Margin => (63, "Balances and margin"),
            Self::Trades => (64, "Trades"),
            Self::Liquidation => (65, "Liquidation"),
            Self::Pool => (66, "Pool"),
            Self::Governance => (67, "Governance: changes, roles, the end of a market"),
            Self::Arithmetic => (69, "Arithmetic"),
        }
    }
}

/// What an error says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// A sentence and what to do.
    Plain(&'static str, &'static str),
    /// A value outside its hard bounds: the sentence is made from their rows.
    Bounds(RiskError),
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number, as a transaction's custom error carries it.
    pub number: u32,
    /// Name: the condition that failed.
    pub name: &'static str,
    /// What it concerns.
    pub subject: Subject,
    /// Sentence and remedy.
    pub words: Words,
}

impl Entry {
    /// The sentence: what failed.
    pub fn sentence(&self) -> impl Display + use<> {
        let words = self.words;
        Say(move |out: &mut Formatter<'_>| match words {
            Words::Plain(sentence, _) => out.write_str(sentence),
            Words::Bounds(error) => Sentence(error).fmt(out),
        })
    }

    /// The remedy: what to do.
    pub const fn remedy(&self) -> &'static str {
        match self.words {
            Words::Plain(_, remedy) => remedy,
            Words::Bounds(_) => "Choose values within the bounds.",
        }
    }
}

/// `6402 ReduceOnly: sentence remedy`.
impl Display for Entry {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let Self { number, name, .. } = self;
        write!(
            out,
            "{number} {name}: {} {}",
            self.sentence(),
            self.remedy()
        )
    }
}

struct Say<F>(F);

impl<F: Fn(&mut Formatter<'_>) -> Result> Display for Say<F> {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        (self.0)(out)
    }
}

/// The row of a number; none if the program has no such error.
pub fn of_number(number: u32) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.number == number)
}

/// The row of a name; none if the program has no such error.
pub fn of_name(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

impl FreeboardError {
    /// Its row.
    pub fn entry(self) -> Option<&'static Entry> {
        of_number(self.into())
    }
}

#[cfg(test)]
mod tests;
