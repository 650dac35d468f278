//! The margin of a portfolio: shocks, scenarios, equity, and what each holding contributes.
pub mod contribution;
pub mod equity;
pub(crate) mod favour;
pub mod holding;
pub mod margin;
pub mod portfolio;
pub mod rest;
pub mod scenario;
pub mod shock;
pub mod state;
pub(crate) mod sums;
pub(crate) mod terms;
pub(crate) mod total;
pub(crate) mod valued;
