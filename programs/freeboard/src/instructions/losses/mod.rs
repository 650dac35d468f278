//! What the pool, the insurance and the winners carry.
pub mod accounts;
pub mod deleverage;
pub mod resolve_bankruptcy;
pub mod settle_loss;

#[allow(ambiguous_glob_reexports)]
pub use accounts::*;
pub use deleverage::*;
pub use resolve_bankruptcy::*;
pub use settle_loss::*;
