//! The main flow on a full Solana bank: `solana-program-test` with the built programs and the real
//! token programs; prices are posted by transactions. A package of its own, because its dependencies
//! take minutes to compile.
//!
//! | module | what it holds |
//! |---|---|
//! | [`bank`] | the bank, its clock, transactions |
//! | [`market`] | one exchange with its assets, tokens and prices |
#![forbid(unsafe_code)]

pub mod bank;
pub mod market;

pub use bank::{Bank, Executed, Refused};
pub use market::{Actor, Listed, Market};
