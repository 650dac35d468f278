//! Reports, previews, and what is told.
pub(crate) mod course;
pub(crate) mod foreseen;
pub(crate) mod index;
pub(crate) mod parity;
pub(crate) mod preview;
pub(crate) mod scenarios;
pub(crate) mod telling;
pub(crate) mod view_margin;
