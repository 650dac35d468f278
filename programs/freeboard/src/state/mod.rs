//! Accounts. All are zero-copy: size, offsets and alignment are pinned by `layout.rs`.
mod asset;
mod change;
mod exchange;
#[cfg(test)]
mod layout;
mod liquidity_request;
mod margin_account;
mod params;
mod pool;
mod version;

pub use asset::{
    Asset, AssetStatus, Funding, Ledger, OracleKind, RecordedPrice, SettlementAverage, Touched,
    from_words, signed_from_words, to_words,
};
pub use change::{
    Change, EXCHANGE_TARGET, FeedBinding, GROUPS, LISTING_GROUP, Listing, PendingChange, ROLES,
    Role,
};
pub use exchange::{
    BUCKETS, Borrow, Exchange, MAX_ASSETS, MAX_SCENARIOS, OPERATIONS, Pause, Scenario,
};
pub use liquidity_request::{LiquidityKind, LiquidityRequest, RequestLife};
pub use margin_account::{
    Collateral, MAX_COLLATERALS, MAX_ORDERS, MAX_POSITIONS, MarginAccount, NO_ASSET,
    NUMBERS_PER_SLOT, Order, Position,
};
pub use params::{
    AssetParams, LiquidationParams, OracleParams, PoolParams, PortfolioParams, SampleParams,
    TradeParams,
};
pub use pool::Pool;
pub use version::{HasLayout, Layout, Load, Versioned};
