//! Accounts of the chain become values of the core.
mod asset_accounts;
pub mod closing;
mod holdings;
pub mod pool_assets;
pub mod pool_value;
mod prepared;
mod shared_risk;
mod standards;
mod verdicts;

pub use asset_accounts::{AssetAccounts, AssetSource};
pub use holdings::{Holdings, Source, renew_holding};
pub use prepared::PreparedHolding;
pub use shared_risk::SharedRisk;
pub use standards::Standards;
