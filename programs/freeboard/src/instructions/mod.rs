//! One instruction per file, by subject: arguments, accounts, handler.
//!
//! | folder | what it holds |
//! |---|---|
//! | [`setup`] | an exchange begins |
//! | [`account`] | accounts of traders, and what is paid into them and out |
//! | [`trading`] | positions, orders, samples of volatility |
//! | [`liquidation`] | flags, liquidations, and the prices that are shown for them |
//! | [`liquidity`] | shares of the pool, and its own collateral |
//! | [`losses`] | what the pool, insurance and winners carry |
//! | [`endings`] | markets that end at a settlement price |
//! | [`governance`] | parameters, assets, feeds, roles, pauses, payouts |
//! | [`views`] | reports and previews; nothing is written |
pub mod account;
pub mod endings;
pub mod governance;
pub mod liquidation;
pub mod liquidity;
pub mod losses;
pub mod setup;
pub mod trading;
pub mod views;

// Anchor needs the generated client modules here; each `handler` is called by its path.
#[allow(ambiguous_glob_reexports)]
mod all {
    pub use super::account::*;
    pub use super::endings::*;
    pub use super::governance::*;
    pub use super::liquidation::*;
    pub use super::liquidity::*;
    pub use super::losses::*;
    pub use super::setup::*;
    pub use super::trading::*;
    pub use super::views::*;
}
pub use all::*;
