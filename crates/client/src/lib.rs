//! Everything a program outside the chain needs: addresses, instructions with their accounts in the
//! right order, decoded accounts and events, and margins and previews, computed by the same code as on
//! chain.
//!
//! | folder | what it holds |
//! |---|---|
//! | `instructions/` | [`instructions`]: one builder per instruction, by subject |
//! | `accounts/` | [`address`]: program-derived addresses, keys of an exchange and of an asset · [`slots`]: which assets an instruction needs, in which order · [`decode`]: account data and answers to the program's own types · [`pin`]: the one exchange that a client means · [`feed`]: an asset's price, as the program reads it · [`dump`]: a folder of account dumps |
//! | `valuation/` | [`margin`]: the margin report of decoded accounts, and their holdings as the core reads them · [`preview`]: what a trade would do · [`liquidation`]: what a liquidation would do, and which closing earns most · [`index`]: thousands of accounts, valued again where something moved · [`forecast`]: what a change does to margins, now and once every ramp has ended · [`course`]: what time alone does to MM · [`pool`]: what the pool is worth · [`validation`]: whether the maintenance shock has held |
//! | `exchange/` | [`state`]: the decoded accounts of one exchange, and instructions on it with the right accounts |
//! | `governance/` | [`parameters`]: parameter files, checked against the hard bounds · [`change_file`]: changes written as TOML, over the values of now · [`change_fields`]: what a change does to each field, and which way it is tighter · [`feed_binding`]: where a price comes from, in words |
//! | `transactions/` | [`post`]: a Pyth price update posted and used in one transaction · [`lookup_table`] · [`transaction`]: versions 0 and 1 within their limits |
//! | `network/` | [`network`], with the feature `rpc`: a cluster over RPC: fetched accounts, subscriptions, transactions, prices |
//! | `display/` | [`display::money`]: amounts as people read them · [`display::state`]: states of an account in words · [`display::table`]: tables on a terminal |
//! | `events.rs` | [`events`]: logs and calls to events |
//! | `errors.rs` | [`errors`]: numbers to names, sentences and remedies |
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accounts;
pub mod display;
pub mod errors;
pub mod events;
mod exchange;
#[cfg(test)]
mod generated_tests;
mod governance;
pub mod instructions;
#[cfg(feature = "rpc")]
pub mod network;
mod transactions;
mod valuation;

#[cfg(all(doctest, feature = "rpc"))]
#[doc = include_str!("../../../docs/integrating.md")]
struct IntegratingExamples;

pub use accounts::{address, decode, dump, feed, pin, slots};
pub use exchange::{calls, state};
pub use governance::{change_fields, change_file, feed_binding, parameters};
pub use transactions::{lookup_table, post, transaction};
pub use valuation::{course, forecast, index, liquidation, margin, pool, preview, validation};

pub use address::{AssetKeys, CollateralKeys, ExchangeKeys};
pub use freeboard;
pub use freeboard_risk as risk;
