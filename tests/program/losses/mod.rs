//! Bad debt: who carries it.
pub(crate) mod charges;
