//! Bounds of what an exchange has besides the parameter structs: each value is set, and checked, by itself.
use super::{bounds, require, within};
use crate::RiskError;

/// Most joint scenarios.
pub const MAX_SCENARIOS: usize = 16;
/// The delay of changes, seconds.
pub const TIMELOCK_SECS: [u32; 2] = [86_400, 2_592_000];
/// Largest cap of payouts, quote atoms.
pub const PAYOUT_CAP_MAX_QUOTE_ATOMS: u64 = 1_000_000_000_000;
/// Longest name of an asset, bytes.
pub const NAME_BYTES: usize = 16;

/// How many joint scenarios an exchange has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenarios {
    /// The number.
    pub scenarios: usize,
}

/// The delay of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timelock {
    /// Seconds.
    pub timelock_secs: u32,
}

/// What may be paid out in 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payouts {
    /// The cap, quote atoms.
    pub cap_quote_atoms: u64,
}

pub(super) mod scenarios {
    use super::*;
    bounds! {
        /// Checks how many scenarios there are.
        pub fn check_bounds of Scenarios, "" {
            ScenarioOutOfBounds {
                scenarios: Count(0, MAX_SCENARIOS);
            }
        }
    }
}

pub(super) mod timelock {
    use super::*;
    bounds! {
        /// Checks the delay of changes.
        pub fn check_bounds of Timelock, "" {
            TimelockOutOfBounds {
                /// A longer one would be a way to end governance.
                timelock_secs: Secs(TIMELOCK_SECS[0], TIMELOCK_SECS[1]);
            }
        }
    }
}

pub(super) mod payouts {
    use super::*;
    bounds! {
        /// Checks the cap of payouts.
        pub fn check_bounds of Payouts, "payouts." {
            PayoutCapOutOfBounds {
                /// Twenty times what a tenth of a fee of 0.05 % on $1 bn a day earns.
                cap_quote_atoms: Usd(0, PAYOUT_CAP_MAX_QUOTE_ATOMS);
            }
        }
    }
}

/// The name of an asset: 1 to 16 visible ASCII characters, then zeros.
pub fn is_valid_name(name: &[u8; NAME_BYTES]) -> bool {
    let mut text_ends = false;
    let [first, ..] = name;
    *first != 0
        && name.iter().all(|byte| {
            text_ends |= *byte == 0;
            if text_ends {
                *byte == 0
            } else {
                byte.is_ascii_graphic()
            }
        })
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;
