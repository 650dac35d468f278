//! Markets that end.
pub(crate) mod dead_feed;
pub(crate) mod settled;
pub(crate) mod wind_down;
pub(crate) mod wind_down_refusals;
