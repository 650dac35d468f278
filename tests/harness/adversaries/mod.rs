//! Random actions of traders, LPs, liquidators, keepers, of a cranker who chooses his moments, of an owner with
//! many accounts, of callers who choose what prices to show, and of somebody who tries everything with accounts
//! that are not his; and what must hold after each (whitepaper §9.1).
//!
//! | module | what it holds |
//! |---|---|
//! | [`choices`] | where choices come from |
//! | [`base`] | two exchanges on which plays begin |
//! | [`play`] | one play: who acts next |
//! | [`updates`] | prices, good and bad, and what was printed before |
//! | `traders`, `providers`, `keepers`, `owner`, `cranker`, `bundles`, `attacker` | what each does |
//! | `bends` | who gives an older price or none, and what he gains |
//! | `scene` | what everybody has at a moment |
//! | `checks`, `liquidations`, `solvency`, `probes` | the properties |
//! | [`refusals`] | which refusal each action may meet |
pub mod base;
pub mod choices;
pub mod play;
pub mod refusals;
pub mod updates;

mod attacker;
mod bends;
mod bundles;
mod checks;
mod cranker;
mod keepers;
mod liquidations;
mod owner;
mod probes;
mod providers;
mod scene;
mod solvency;
mod traders;

pub use base::Base;
pub use choices::{Bytes, Choices, Recorder};
pub use play::{Counts, Play};
