//! Accounts. All are zero-copy: size, offsets and alignment are pinned by `layout.rs`.
mod amounts;
mod asset;
mod change;
mod exceedances;
mod exchange;
mod funding;
mod implied;
pub mod invariant;
#[cfg(test)]
mod layout;
mod ledger;
mod liquidity_request;
mod margin_account;
mod operation;
mod outflow;
mod params;
mod pool;
mod recorded_price;
mod same_bytes;
mod turnover;
mod version;
mod words;

pub(crate) use amounts::atoms;
pub use asset::{Asset, AssetStatus, OracleKind};
pub use change::{
    Change, EXCHANGE_TARGET, FeedBinding, GROUPS, LISTING_GROUP, Listing, PendingChange, ROLES,
    Role,
};
pub use exceedances::ExceedanceWindow;
pub use exchange::{BUCKETS, Borrow, Exchange, MAX_ASSETS, MAX_SCENARIOS, OfferedBy, Scenario};
pub use funding::Funding;
pub use implied::{Implied, ImpliedKind, ImpliedSource};
pub use ledger::{Ledger, Loan};
pub use liquidity_request::{Escrowed, LiquidityKind, LiquidityRequest};
pub use margin_account::{
    Collateral, MAX_COLLATERALS, MAX_ORDERS, MAX_POSITIONS, MarginAccount, NO_ASSET,
    NUMBERS_PER_SLOT, Order, Position,
};
pub use operation::{OPERATIONS, Operation, Pause};
pub use outflow::Outflow;
pub use params::{
    AssetParams, LiquidationParams, OracleParams, PoolParams, PortfolioParams, SampleParams,
    TradeParams,
};
pub use pool::Pool;
pub use recorded_price::{RecordedPrice, SettlementAverage};
pub use version::{HasLayout, Layout, Load, Versioned};
pub use words::{from_words, signed_from_words, signed_to_words, to_words};
