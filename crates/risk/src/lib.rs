//! The margin model of Freeboard as pure integer arithmetic: values in, a report out.
//!
//! No allocation, no unsafe, no Solana type: the program, the client, the simulator and the tests
//! all call this code, so that a margin computed off chain is the margin on chain.
//!
//! | module | what it holds | see |
//! |---|---|---|
//! | [`number::quantity`] | units as types: fractions, variances, prices | whitepaper §1.1 |
//! | [`number::arith`], [`number::math`] | directed 128-bit helpers; ln, 2^x, square roots with stated errors | whitepaper §10.1 |
//! | [`params`] | every parameter, its unit and its hard bound | whitepaper §8.1 |
//! | [`price::observation`] | what makes an oracle price usable, per action | whitepaper §2.2 |
//! | [`price::feed`] | what is known of a feed: the newest price, absence, runs | whitepaper §2.3 |
//! | [`price::standing`] | how a price stands that cannot be used in a liquidation, and what it counts at | whitepaper §2.6 |
//! | [`price::migration`] | how far another feed may be from the one it replaces | whitepaper §8.9 |
//! | [`price::volatility`] | the estimator and its samples | whitepaper §3.1 |
//! | [`price::unit_shock`] | stressed volatility, the unit shock and its speed limit | whitepaper §3.4 |
//! | [`requirement::holding`] | one asset of an account; net size and its value at P | whitepaper §4.1 |
//! | [`requirement::shock`] | the shock of one asset: size, open-interest add-on, basis, funding provision | whitepaper §4.1 |
//! | [`requirement::portfolio`], [`requirement::scenario`] | requirement of a whole account, binding term | whitepaper §5.1 |
//! | [`requirement::contribution`] | each asset's share of a requirement | whitepaper §5.1 |
//! | [`requirement::equity`] | equity at both levels | whitepaper §5.3 |
//! | [`requirement::margin`] | the report and the levels | whitepaper §5.4 |
//! | [`requirement::rest`] | an account without one holding, summed once while that one changes | whitepaper §5.1 |
//! | [`market::position`] | a position and what a fill does to it | whitepaper §6.1 |
//! | [`market::notional`] | what a size is worth at a price, rounded against the account | 6 |
//! | [`market::skew`] | what moving the skew costs, and what moving it back pays | whitepaper §6.5 |
//! | [`market::trade`] | fill price, fees, open-interest caps | whitepaper §6.1 |
//! | [`market::gap`] | what a gap may cost pool and insurance in one market | whitepaper §6.12 |
//! | [`market::funding`] | what the larger side pays the smaller one | whitepaper §6.9 |
//! | [`market::collateral`] | what of a collateral balance counts, and the cap of deposits | whitepaper §6.4 |
//! | [`market::outflow`] | how fast a vault may be emptied | whitepaper §6.4 |
//! | [`market::settlement`] | the average price that a market ends at | whitepaper §8.10 |
//! | [`pool::borrow`] | index and rate of the pool's loans | whitepaper §6.10 |
//! | [`pool`] | what the pool is worth, what it lacks, LP shares and windows, allocation, exposure | whitepaper §6.13 |
//! | [`liquidation::flag`], [`liquidation`] | grace period; closing size and penalty | whitepaper §7.1 |
//! | [`liquidation::penalty`] | recipients of the penalty | whitepaper §7.3 |
//! | [`pool::bankruptcy`], [`pool::deleverage`] | payers of a loss; the profits that cover the rest | whitepaper §7.12 |
//! | [`governance`] | which way a parameter is tighter; how slowly a change reaches MM | whitepaper §8.3 |
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
