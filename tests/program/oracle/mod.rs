//! Accounts of Pyth.
pub(crate) mod dumps;
pub(crate) mod feeds;
