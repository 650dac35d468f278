//! Shares of the pool and its collateral.
pub(crate) mod accounts;
pub(crate) mod pool;
pub(crate) mod request_refusals;
pub(crate) mod requests;
pub(crate) mod whole_pool;
