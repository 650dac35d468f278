//! An exchange begins.
pub mod initialize_exchange;
pub mod open_liquidity;

#[allow(ambiguous_glob_reexports)]
pub use initialize_exchange::*;
pub use open_liquidity::*;
