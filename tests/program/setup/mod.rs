//! An exchange begins; what its accounts look like.
pub(crate) mod initialize_exchange;
pub(crate) mod invariants;
pub(crate) mod layouts;
pub(crate) mod versions;
