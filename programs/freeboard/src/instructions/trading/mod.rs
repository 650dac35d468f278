//! Positions are opened and closed; orders; volatility; what fillers and samplers are paid.
pub mod cancel_order;
pub(crate) mod fill;
pub mod fill_order;
pub mod request_order;
mod reward;
pub mod sample_volatility;
pub mod show_implied_volatility;
pub mod trade;

#[allow(ambiguous_glob_reexports)]
pub use cancel_order::*;
pub use fill_order::*;
pub use request_order::*;
pub use sample_volatility::*;
pub use show_implied_volatility::*;
pub use trade::*;
