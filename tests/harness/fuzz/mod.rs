//! What the fuzz targets of `fuzz/` run: a body for each, so that the workspace compiles it and plays seeds of it.
//!
//! | module | plays |
//! |---|---|
//! | `portfolio` | an account, inside the hard bounds or from the whole range of its integers |
//! | `volatility` | an asset's volatility through waits, samples and changes of parameters |
//! | `account_bytes` | the data of an exchange, a margin account, assets and feeds |
//! | `actions` | choices of everybody on a prepared exchange |
//!
//! Each returns what got past the refusals, by which a test knows that an input is not merely refused.
mod account_bytes;
mod actions;
mod bytes;
// Accounts and parameters inside the hard bounds: the property tests' own file, not a copy.
#[path = "../../../crates/risk/tests/properties/draw.rs"]
#[allow(dead_code)] // the properties draw more than the targets
mod draw;
mod portfolio;
mod volatility;

pub use account_bytes::judge_account_bytes;
pub use actions::play_actions;
pub use portfolio::judge_portfolio;
pub use volatility::judge_volatility;
