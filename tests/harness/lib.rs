//! What the tests share: the sandbox that they run in, and what only tests need.
//!
//! | module | what it holds |
//! |---|---|
//! | `freeboard_sandbox` | the world: network, exchange, one method per instruction, books |
//! | [`stream`] | numbers that look random |
//! | [`adversaries`] | random actions of everybody, and the properties after each |
//! | [`fuzz`] | what the fuzz targets run |
#![forbid(unsafe_code)]
#![allow(clippy::result_large_err)]

pub mod adversaries;
pub mod fuzz;
pub mod stream;

pub use freeboard_sandbox::*;
pub use stream::Stream;

use freeboard::instructions::Closing;

/// Every kind of closing.
pub const CLOSINGS: [Closing; 5] = [
    Closing::PositionByPool,
    Closing::PositionByLiquidator,
    Closing::Collateral,
    Closing::Pair,
    Closing::Slice,
];
