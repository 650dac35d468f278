//! Everything a program outside the chain needs: addresses, instructions with their accounts in the
//! right order, decoded accounts and events, and the margin report, computed by the same core as on
//! chain.
//!
//! | module | what it holds |
//! |---|---|
//! | [`address`] | program-derived addresses, and the keys of an exchange and of an asset |
//! | [`slots`] | which assets an instruction on a margin account needs, in which order |
//! | [`instructions`] | one builder per instruction |
//! | [`decode`] | account data to the program's own types |
//! | [`pin`] | the one exchange that a client means |
//! | [`events`] | logs and calls to events |
//! | [`feed`] | an asset's price, as the program reads it |
//! | [`margin`] | the margin report of decoded accounts |
//! | [`parameters`] | parameter files, checked against the hard bounds |
//! | [`change_file`] | changes written as TOML, over the values of now |
//! | [`change_fields`] | what a change does to each field, and which way it is tighter |
//! | [`dump`] | a folder of account dumps |
//! | [`forecast`] | what a change does to margins, now and once every ramp has ended |
//! | [`post`] | a Pyth price update posted and used in one transaction |
//! | [`lookup_table`], [`transaction`] | lookup tables; transactions of versions 0 and 1 within their limits |
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod address;
pub mod change_fields;
pub mod change_file;
pub mod decode;
pub mod dump;
pub mod events;
pub mod feed;
pub mod forecast;
pub mod instructions;
pub mod lookup_table;
pub mod margin;
mod parameter_fields;
pub mod parameters;
pub mod pin;
pub mod post;
pub mod slots;
pub mod transaction;

pub use address::{AssetKeys, CollateralKeys, ExchangeKeys};
pub use freeboard;
pub use freeboard_risk as risk;
