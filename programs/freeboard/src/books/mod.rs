//! What moves between accounts, pool, insurance fund and protocol; `state` holds the layouts.
mod accruals;
mod bad_debt;
mod charge;
mod collateral;
mod interest;
mod payments;
mod pool;
mod positions;
mod rewards;

pub use accruals::Accruals;
pub use bad_debt::PricesSeen;
pub(crate) use charge::charge_loss;
