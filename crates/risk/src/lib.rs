//! The margin model of Freeboard as pure integer arithmetic: values in, a report out.
//!
//! No allocation, no unsafe, no Solana type: the program, the client, the simulator and the tests
//! all call this code, so that a margin computed off chain is the margin on chain.
//!
//! | module | what it holds | section of docs/whitepaper.md |
//! |---|---|---|
//! | [`number::quantity`] | units as types: fractions, variances, prices | 1 |
//! | [`number::arith`], [`number::math`] | directed 128-bit helpers; ln, 2^x, square roots with stated errors | 1 |
//! | [`params`] | every parameter, its unit and its hard bound | 8 |
//! | [`price::observation`] | what makes an oracle price usable, per action | 2 |
//! | [`price::feed`] | what is known of a feed: the newest price, absence, runs | 2 |
//! | [`price::standing`] | how a price stands that cannot be used in a liquidation, and what it counts at | 2 |
//! | [`price::migration`] | how far another feed may be from the one it replaces | 8 |
//! | [`price::volatility`] | the estimator and its samples | 3 |
//! | [`price::unit_shock`] | stressed volatility, the unit shock and its speed limit | 3 |
//! | [`requirement::holding`] | one asset of an account; net size and its value at P | 4 |
//! | [`requirement::shock`] | the shock of one asset: size, open-interest add-on, basis, funding provision | 4 |
//! | [`requirement::portfolio`], [`requirement::scenario`] | requirement of a whole account, binding term | 5 |
//! | [`requirement::contribution`] | each asset's share of a requirement | 5 |
//! | [`requirement::equity`] | equity at both levels | 5 |
//! | [`requirement::margin`] | the report and the levels | 5 |
//! | [`market::position`] | a position and what a fill does to it | 6 |
//! | [`market::notional`] | what a size is worth at a price, rounded against the account | 6 |
//! | [`market::skew`] | what moving the skew costs, and what moving it back pays | 6 |
//! | [`market::trade`] | fill price, fees, open-interest caps | 6 |
//! | [`market::gap`] | what a gap may cost pool and insurance in one market | 6, 7 |
//! | [`market::funding`] | what the larger side pays the smaller one | 6 |
//! | [`market::settlement`] | the average price that a market ends at | 8 |
//! | [`pool::borrow`] | index and rate of the pool's loans | 1 |
//! | [`pool`] | what the pool is worth, what it lacks, LP shares and windows, allocation, exposure | 6, 7 |
//! | [`liquidation::flag`], [`liquidation`] | grace period; closing size and penalty | 7 |
//! | [`liquidation::penalty`] | who gets the penalty | 7 |
//! | [`pool::bankruptcy`], [`pool::deleverage`] | who pays a loss; whose profit covers what is left of it | 7 |
//! | [`governance`] | which way a parameter is tighter; how slowly a change reaches MM | 8 |
//!
//! Rounding is in every name: requirements go up, equity goes down.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Outside `number::arith` nothing may overflow, truncate or be out of bounds unseen; tests may.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::integer_division,
        clippy::indexing_slicing
    )
)]

pub mod error;
pub mod governance;
pub mod liquidation;
pub mod market;
pub mod number;
pub mod params;
pub mod pool;
pub mod price;
pub mod requirement;

#[cfg(test)]
mod fixture;

pub use error::RiskError;
