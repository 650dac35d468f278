//! What moves between accounts, pool, insurance fund and protocol; `state` holds the layouts.
mod accruals;
mod bad_debt;
mod interest;
mod payments;
mod positions;

pub use accruals::Accruals;
