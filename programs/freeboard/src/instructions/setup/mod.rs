//! An exchange begins.
pub mod initialize_exchange;

#[allow(ambiguous_glob_reexports)]
pub use initialize_exchange::*;
