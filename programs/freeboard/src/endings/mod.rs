//! How a market ends.
pub mod settlement;
