//! The main flow on a full Solana bank: `solana-program-test` with the built programs and the real
//! token programs; prices are posted by transactions.
//!
//! | module | what it holds |
//! |---|---|
//! | [`bank`] | the bank, its clock, transactions |
//! | [`market`] | one exchange with its assets, tokens and prices |
//! | [`flow`] | the tests |
#![forbid(unsafe_code)]

mod bank;
mod flow;
mod market;
