//! An exchange in an in-process SVM: the built programs in LiteSVM, real token programs, real Pyth account layouts, the
//! runtime's real limits. A [`World`] holds one exchange and plays everybody in it. The demo runs on it, and the tests.
//!
//! | module | what it holds |
//! |---|---|
//! | [`world`] | the network, the clock, the exchange |
//! | [`spec`] | what an exchange and its assets are made of |
//! | [`feeds`] | Pyth price accounts |
//! | [`tokens`] | mints and token accounts |
//! | [`listing`] | creating assets; a market ready to trade |
//! | [`actions`] | one method per instruction, by subject |
//! | [`send`] | transactions, and what came of them |
//! | [`books`] | decoded accounts; whether the books balance |
//! | [`invariants`] | whether an account contradicts itself |
//! | [`markets`] | what the program would count a market at |
//! | [`neighbour`] | a second exchange, for accounts that are real and wrong |
//! | [`bent`] | instructions sent with another account than the honest one |
//! | [`distress`] | exchanges in trouble: an account that no single closing helps, a pool that cannot pay |
//! | [`beside`] | prices, cases and accounts that are no part of the product |
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![allow(clippy::result_large_err)]

pub mod actions;
pub mod bent;
pub mod beside;
pub mod books;
pub mod distress;
pub mod feeds;
pub mod invariants;
pub mod listing;
pub mod markets;
pub mod neighbour;
pub mod send;
pub mod spec;
pub mod tokens;
pub mod world;

pub use actions::governance::feed_migration::NewFeed;
pub use actions::{governance, liquidity};
pub use beside::beside;
pub use books::Books;
pub use feeds::{FeedKind, Quote};
pub use freeboard_client as client;
pub use listing::AssetHandle;
pub use send::{Failure, Format, Meta};
pub use spec::{AssetSpec, ExchangeSpec, shipped};
pub use tokens::{MintKind, TokenProgram};
pub use world::{Trader, World};

/// Quote atoms of so many dollars.
pub const fn usd(dollars: u64) -> u64 {
    dollars * 1_000_000
}
