//! Margins of decoded accounts, what trades, liquidations and changes do to them, the value of the pool, and how margins have held.
mod fetched;
pub mod forecast;
pub mod index;
pub mod liquidation;
pub mod margin;
pub mod pool;
pub mod preview;
pub mod validation;
