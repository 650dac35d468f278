//! Accounts. All are zero-copy: size, offsets and alignment are pinned by `layout.rs`.
mod asset;
mod exchange;
#[cfg(test)]
mod layout;
mod margin_account;
mod params;
mod pool;

pub use asset::{Asset, Ledger, OracleKind, RecordedPrice};
pub use exchange::{BUCKETS, Exchange, MAX_SCENARIOS, OPERATIONS, Pause, Scenario};
pub use margin_account::{
    Collateral, MAX_COLLATERALS, MAX_POSITIONS, MarginAccount, NO_ASSET, Position,
};
pub use params::{
    AssetParams, LiquidationParams, OracleParams, PortfolioParams, SampleParams, TradeParams,
};
pub use pool::Pool;
