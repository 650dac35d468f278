//! A cluster over RPC: what an exchange and its accounts are now, what changes, and transactions that land once.
//!
//! | file | what it holds |
//! |---|---|
//! | `cluster` | [`Cluster`]: the node, its clock; accounts, told apart from failures to ask |
//! | `failure` | [`NetworkError`]: why a node could not be asked, in words |
//! | `fetch` | an exchange and margin accounts, owner, type and exchange checked |
//! | `scan` | all accounts of a kind, by filters that the node applies |
//! | `feeds` | [`FeedBook`]: which account holds an asset's price |
//! | `watch` | changes of accounts as they happen; connects again by itself |
//! | `send` | simulate, budget, sign, send, confirm; never twice |
//! | `land`, `blockhash`, `statuses` | one signed transaction until it has landed; what it is signed with, each once; what became of many, asked together |
//! | `refusal` | [`SendError`], [`Refusal`]: why nothing happened |
//! | `fee` | [`FeePolicy`]: priority fees |
//! | `tables` | lookup tables of one's own, found, extended, made |
//! | `history` | what a transaction did, events from log and calls |
//! | `hermes` | [`PriceService`]: Pyth updates to post and act on |
mod blockhash;
mod cluster;
mod failure;
mod fee;
mod feeds;
mod fetch;
mod hermes;
mod history;
mod land;
mod refusal;
mod scan;
mod send;
mod statuses;
mod tables;
mod watch;

#[cfg(test)]
mod node_tests;
#[cfg(test)]
mod send_tests;

pub use cluster::{CLOCK_SYSVAR, Cluster, FetchedAccount, decode_clock};
pub use failure::NetworkError;
pub use fee::FeePolicy;
pub use feeds::{FeedBook, PUSH_ORACLE, PUSH_ORACLE_PRO, push_account};
pub use hermes::{Hermes, PriceService, RecordedPrices};
pub use history::ExecutedTransaction;
pub use refusal::{Refusal, SendError};
pub use scan::{AccountFilter, AccountMark};
pub use send::{SendOptions, SentTransaction, Simulated, WireVersion};
pub use tables::TableError;
pub use watch::{AccountWatch, WatchEvent};
