//! Shares of the pool are bought and redeemed; the pool's own collateral.
pub mod cancel_liquidity;
pub mod execute_liquidity;
pub mod rebalance_pool;
pub mod request_liquidity;

#[allow(ambiguous_glob_reexports)]
pub use cancel_liquidity::*;
pub use execute_liquidity::*;
pub use rebalance_pool::*;
pub use request_liquidity::*;
