//! The keeper: makes the calls that somebody has to make. It samples volatility, fills orders, moves the pool's cash,
//! executes ripe requests and changes, flags and liquidates, deals with losses, and ends markets. docs/keepers.md says
//! which call earns what.
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`], [`identity`] | what it is told; its key and margin account |
//! | [`source`], [`port`], [`cluster_port`] | what happens on the cluster, and a way to send |
//! | [`book`] | what it knows: a full scan, and what was told since; who is worth what, by the program's own code |
//! | [`duties`] | what there is to do: a pure decision each |
//! | [`decide`], [`fees`] | which closing of an account; what a transaction may cost |
//! | [`groups`] | several accounts in one transaction |
//! | [`job`], [`outcome`], [`flight`] | a job, what became of it, which are on their way |
//! | [`runner`] | the loop |
//! | [`start`], [`backoff`] | the first scan; pauses between tries |
//! | [`explain`] | the decision on one account, in words |
//! | [`telemetry`], [`metrics`], [`health`], [`http`] | what it tells |
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod backoff;
pub mod book;
pub mod cluster_port;
pub mod config;
pub mod decide;
pub mod duties;
pub mod explain;
pub mod fees;
pub mod flight;
pub mod groups;
pub mod health;
pub mod http;
pub mod identity;
pub mod job;
pub mod metrics;
pub mod outcome;
pub mod port;
pub mod runner;
pub mod source;
pub mod start;
pub mod telemetry;
