//! What price feeds publish, for markets that have to be made up or played again: the demo's and the local network's.
//!
//! | file | what it holds |
//! |---|---|
//! | `walk` | [`Walk`]: seeded prices of a calm market |
//! | `history` | [`PriceHistory`]: the price at any second, from bars |
//! | `publisher` | [`Publisher`]: a price as Pyth publishes it: mantissa, confidence interval, moving average |
mod history;
mod publisher;
mod walk;

pub use history::PriceHistory;
pub use publisher::{EXPONENT, FeedUpdate, Publisher};
pub use walk::{Walk, WalkedAsset};
