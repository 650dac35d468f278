//! What accounts are worth: prices, margins, and margins after a change.
pub mod feed;
pub mod forecast;
pub mod margin;
