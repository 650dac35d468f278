//! Hard bounds (whitepaper §8.1), compiled in: no key can leave them.
//!
//! One table per parameter struct states them. From it are made: `check_bounds`, the program's check;
//! the sentences of the errors and docs/errors.md; the keys that the client names; the table of
//! whitepaper §8.1. A `check_bounds` answers with the first condition that fails. Every bound is inclusive.
//!
//! A row is a range of one field, or the name of a function where several fields are tied. Its comment says where
//! the bound comes from, if not from whitepaper §8.1.
use crate::RiskError;

mod asset;
mod exchange;
mod implied;
mod liquidation;
mod market;
mod oracle;
mod pool;
mod portfolio;
mod sample;
mod scenario;
mod text;
mod trade;

pub use asset::{DEPTH_CUT_MAX_E9, K_E9, OMEGA_E9, S_FLOOR_E9};
pub use exchange::{
    MAX_SCENARIOS, NAME_BYTES, PAYOUT_CAP_MAX_QUOTE_ATOMS, Payouts, Scenarios, TIMELOCK_SECS,
    Timelock, is_valid_name,
};
pub use implied::{GovernedImplied, IMPLIED_AHEAD_SECS};
pub use portfolio::{RHO_HI_E9, RHO_LO_MAX_E9};
pub use sample::ABSENCE_SECS;
pub use text::{ReadValue, Sentence};
pub use trade::MARGIN_PER_IMPACT;

/// Largest age of any price, seconds.
pub(crate) const AGE_MAX_SECS: u32 = 60;
/// Largest lead of a publish time over the clock, seconds: twice the default of whitepaper §2.1.
const FUTURE_MAX_SECS: u32 = 10;
/// Widest confidence to trade, sample or liquidate, × 10^9: 2.5 times the largest default.
const CONFIDENCE_MAX_E9: u64 = 50_000_000;
/// Largest basis, × 10^9.
const BASIS_MAX_E9: u64 = 100_000_000;

/// How a number of the table is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Fraction × 10^9, read as a decimal.
    Fraction,
    /// Fraction × 10^9, read in percent.
    Percent,
    /// Rate per hour × 10^9, read in percent per hour.
    PercentPerHour,
    /// Seconds.
    Secs,
    /// Quote atoms, read in dollars.
    Usd,
    /// A count, or atoms of any token.
    Count,
}

/// What a row demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A field lies between two numbers, both allowed. `upper` of [`NO_END`] is no bound.
    Range {
        /// How the numbers are read.
        scale: Scale,
        /// Least value.
        lower: i128,
        /// Largest value.
        upper: i128,
    },
    /// A function ties fields.
    Condition {
        /// What it demands; `{}` stands for the number.
        text: &'static str,
        /// The number, if it has one, and how it is read.
        number: Option<(Scale, i128)>,
    },
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The error of a value outside.
    pub error: RiskError,
    /// Keys of a parameter file that it ties, from the asset or the file on: `params.k_e9`, `portfolio.theta_e9`.
    pub keys: &'static [&'static str],
    /// What it demands.
    pub rule: Rule,
    /// Where it comes from; empty for whitepaper §8.1.
    pub why: &'static str,
}

/// Largest value of a field of 64 bits: no bound above.
pub const NO_END: u64 = u64::MAX;

/// Every table, in the order of docs/whitepaper.md.
const TABLES: [&[Bound]; 14] = [
    asset::BOUNDS,
    sample::BOUNDS,
    implied::BOUNDS,
    oracle::BOUNDS,
    trade::BOUNDS,
    market::BOUNDS,
    market::OF_CHANGES,
    portfolio::BOUNDS,
    scenario::BOUNDS,
    exchange::scenarios::BOUNDS,
    liquidation::BOUNDS,
    pool::BOUNDS,
    exchange::timelock::BOUNDS,
    exchange::payouts::BOUNDS,
];

/// Every row, in the order of docs/whitepaper.md.
pub fn all() -> impl Iterator<Item = &'static Bound> {
    TABLES.into_iter().flatten()
}

/// The rows whose error this is; none for an error that is no bound.
pub fn of_error(error: RiskError) -> impl Iterator<Item = &'static Bound> + Clone {
    TABLES
        .into_iter()
        .flatten()
        .filter(move |bound| bound.error == error)
}

/// Declares the table of one struct and the function that checks it.
///
/// The literal after the struct is where it stands in a parameter file. Rows of one error are joined; errors are
/// checked in the order of the table.
///
/// ```text
/// field: Scale(lower, upper);                                 a range
/// function: If("what it demands", ["key", …]);                a condition; `Each` of an array
/// function: If("at least {} times", ["key", …], Count(2));    the same, with the number as its argument
/// ```
macro_rules! bounds {
    (
        $(#[$meta:meta])*
        $vis:vis fn $check:ident of $Params:ty, $path:literal {
            $($error:ident {
                $($(#[doc = $why:literal])* $name:ident: $rule:ident $args:tt;)+
            })+
        }
    ) => {
        #[allow(clippy::as_conversions)] // to a wider type, when compiled
        pub(in crate::params::bounds) const BOUNDS: &[$crate::params::bounds::Bound] = &[$($(
            $crate::params::bounds::row!(
                $error, concat!($($why),*), $path, $name, $rule $args
            ),
        )+)+];

        impl $Params {
            $(#[$meta])*
            ///
            /// Errors: that of the first bound that is left.
            $vis fn $check(&self) -> Result<(), RiskError> {
                $(require(
                    $($crate::params::bounds::holds!(self, $name, $rule $args))&&+,
                    RiskError::$error,
                )?;)+
                Ok(())
            }
        }
    };
}

/// The condition of one row.
macro_rules! holds {
    ($params:expr, $function:ident, If($text:literal, $keys:tt)) => {
        $params.$function()
    };
    ($params:expr, $function:ident, If($text:literal, $keys:tt, $scale:ident($number:expr))) => {
        $params.$function($number)
    };
    ($params:expr, $field:ident, Each($scale:ident, $lower:expr, $upper:expr)) => {
        $params
            .$field
            .iter()
            .all(|one| within(*one, [$lower, $upper]))
    };
    ($params:expr, $field:ident, $scale:ident($lower:expr, $upper:expr)) => {
        within($params.$field, [$lower, $upper])
    };
}

/// One row as data.
macro_rules! row {
    ($error:ident, $why:expr, $path:literal, $function:ident, If($text:literal, [$($key:literal),+])) => {
        $crate::params::bounds::row!(@ $error, $why, [$($key),+], Condition { text: $text, number: None })
    };
    (
        $error:ident, $why:expr, $path:literal, $function:ident,
        If($text:literal, [$($key:literal),+], $scale:ident($number:expr))
    ) => {
        $crate::params::bounds::row!(@ $error, $why, [$($key),+], Condition {
            text: $text,
            number: Some(($crate::params::bounds::Scale::$scale, $number as i128)),
        })
    };
    ($error:ident, $why:expr, $path:literal, $field:ident, Each($scale:ident, $lower:expr, $upper:expr)) => {
        $crate::params::bounds::row!($error, $why, $path, $field, $scale($lower, $upper))
    };
    ($error:ident, $why:expr, $path:literal, $field:ident, $scale:ident($lower:expr, $upper:expr)) => {
        $crate::params::bounds::row!(@ $error, $why, [concat!($path, stringify!($field))], Range {
            scale: $crate::params::bounds::Scale::$scale,
            lower: $lower as i128,
            upper: $upper as i128,
        })
    };
    (@ $error:ident, $why:expr, [$($key:expr),+], $($rule:tt)+) => {
        $crate::params::bounds::Bound {
            error: $crate::RiskError::$error,
            keys: &[$($key),+],
            rule: $crate::params::bounds::Rule::$($rule)+,
            why: $why,
        }
    };
}

use {bounds, holds, row};

/// `Ok` when the condition holds.
#[inline(always)]
fn require(condition: bool, error: RiskError) -> Result<(), RiskError> {
    if condition { Ok(()) } else { Err(error) }
}

#[inline(always)]
fn within<T: PartialOrd>(x: T, [min, max]: [T; 2]) -> bool {
    min <= x && x <= max
}

#[cfg(test)]
mod tests;
