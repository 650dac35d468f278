//! A market ends at a settlement price.
pub mod record_settlement_price;
pub mod settle_position;

#[allow(ambiguous_glob_reexports)]
pub use record_settlement_price::*;
pub use settle_position::*;
