//! History through the risk core: does the margin cover, how much does it ask, how fast does it move?
//!
//! | module | what it holds |
//! |---|---|
//! | [`prices`] | closes of bars from a folder of CSV files |
//! | [`feed`] | what price feeds publish in a made-up or recorded market |
//! | [`replay`] | the volatility estimator of `crates/risk`, fed bar by bar; margins of lone positions |
//! | [`book`] | random long, short and hedged books and their margins |
//! | [`joint`] | correlations and joint scenarios, in binary |
//! | [`baseline`] | margins to compare with: fixed, EWMA only, size and open interest only |
//! | [`coverage`] | losses beyond the margin, counted and tested |
//! | [`garch`] | GARCH(1,1)-t by maximum likelihood, a rival |
//! | [`statistics`] | Kupiec, Christoffersen, Basel, Acerbi–Székely |
//! | [`procyclicality`] | peak to trough, fastest rises |
//! | [`delay`] | accounts liquidated late: who is liquidated, who ends below zero |
//! | [`pairs`] | an owner of opposite accounts who waits for a gap: what he gains |
//! | [`backtest`] | all of it for every asset, in parallel |
//! | [`calibrate`] | parameters from history, with the evidence |
//! | [`monte_carlo`] | what books may lose from now on, by filtered bootstrap |
//! | [`page`] | self-contained pages and their charts, the demo's too |
//! | [`report`] | the table, the page and the JSON of a backtest |
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod backtest;
pub mod baseline;
pub mod book;
pub mod calibrate;
pub mod coverage;
pub mod delay;
pub mod feed;
pub mod garch;
pub mod joint;
pub mod monte_carlo;
pub mod page;
pub mod pairs;
pub mod prices;
pub mod procyclicality;
pub mod replay;
pub mod report;
pub mod statistics;
mod time;

pub use time::{Date, moment};
