//! Margins of decoded accounts, and what they become by a change.
pub mod forecast;
pub mod margin;
