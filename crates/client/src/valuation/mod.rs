//! Margins of decoded accounts, what trades, liquidations and changes do to them, and the value of the pool.
pub mod course;
mod fetched;
pub mod forecast;
pub mod index;
pub mod liquidation;
pub mod margin;
pub mod pool;
pub mod preview;
pub mod validation;
