//! Hard bounds of section 8, compiled in: no key can leave them.
//!
//! Each `check_bounds` answers with the first condition that fails. Every bound is inclusive. The
//! origin of a bound is docs/whitepaper.md §8 unless its comment says otherwise. One file per
//! parameter struct.
use crate::RiskError;

mod asset;
mod liquidation;
mod oracle;
mod pool;
mod portfolio;
mod sample;
mod scenario;
mod trade;

pub use asset::*;
pub use liquidation::*;
pub use oracle::*;
pub use pool::*;
pub use portfolio::*;
pub use sample::*;
pub use scenario::*;
pub use trade::*;

/// Largest age of any price, seconds.
pub const AGE_MAX_SECS: u32 = 60;
/// Largest lead of a publish time over the clock, seconds: twice the default of §2.
pub const FUTURE_MAX_SECS: u32 = 10;
/// Widest confidence to trade, sample or liquidate, × 10^9: 2.5 times the largest default.
pub const CONFIDENCE_MAX_E9: u64 = 50_000_000;

/// `Ok` when the condition holds.
fn require(condition: bool, error: RiskError) -> Result<(), RiskError> {
    if condition { Ok(()) } else { Err(error) }
}

fn within<T: PartialOrd>(x: T, [min, max]: [T; 2]) -> bool {
    min <= x && x <= max
}

#[cfg(test)]
mod tests;
