//! The world the tests run in: the built programs in LiteSVM, real token programs, real Pyth account
//! layouts. A [`World`] holds one exchange and plays everybody in it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`world`] | the network, the clock, the exchange |
//! | [`spec`] | what an exchange and its assets are made of |
//! | [`feeds`] | Pyth price accounts |
//! | [`tokens`] | mints and token accounts |
//! | [`listing`] | creating assets; a market ready to trade |
//! | [`governance`] | proposals, tightenings, roles |
//! | [`endings`] | the end of a market, the change of a feed |
//! | [`neighbour`] | a second exchange, for accounts that are real and wrong |
//! | [`actions`] | one method per instruction of traders, guardians and cranks |
//! | [`liquidations`] | the same, for flags and liquidations |
//! | [`pool_actions`] | the same, for orders, liquidity and losses |
//! | [`send`] | transactions, and what came of them |
//! | [`markets`] | what the program would count a market at |
//! | [`books`] | decoded accounts; whether the books balance |
//! | [`invariants`] | whether an account contradicts itself |
//! | [`bent`] | instructions sent with another account than the honest one |
//! | [`beside`] | prices, cases and accounts that are no part of the product |
//! | [`stream`] | numbers that look random |
//! | [`adversaries`] | random actions of everybody, and the properties after each |
#![forbid(unsafe_code)]
#![allow(clippy::result_large_err)]

pub mod actions;
pub mod adversaries;
pub mod bent;
pub mod beside;
pub mod books;
pub mod endings;
pub mod feeds;
pub mod governance;
pub mod invariants;
pub mod liquidations;
pub mod listing;
pub mod markets;
pub mod neighbour;
pub mod pool_actions;
pub mod send;
pub mod spec;
pub mod stream;
pub mod tokens;
pub mod world;

pub use beside::beside;
pub use books::Books;
pub use endings::NewFeed;
pub use feeds::{FeedKind, Quote};
pub use freeboard_client as client;
pub use listing::AssetHandle;
pub use send::{Failure, Format, Meta};
pub use spec::{AssetSpec, ExchangeSpec};
pub use stream::Stream;
pub use tokens::{MintKind, TokenProgram};
pub use world::{Trader, World};

/// Quote atoms of so many dollars.
pub const fn usd(dollars: u64) -> u64 {
    dollars * 1_000_000
}
