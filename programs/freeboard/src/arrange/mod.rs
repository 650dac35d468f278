//! Accounts of the chain become values of the core.
pub mod closing;
pub mod pool_assets;
pub mod pool_value;
pub mod valuation;
