//! From instructions to transactions within the network's limits.
pub mod lookup_table;
pub mod post;
pub mod transaction;
