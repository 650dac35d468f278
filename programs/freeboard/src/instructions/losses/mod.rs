//! What the pool, the insurance and the winners carry.
pub mod accounts;
pub mod deleverage;
pub mod resolve_bankruptcy;
pub mod settle_loss;

pub use accounts::*;
pub use deleverage::*;
