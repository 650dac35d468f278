//! Amounts of the core as accounts and events hold them.
use crate::error::{FreeboardError, OrRaise};
use anchor_lang::prelude::*;

/// An amount of the core as an account or event holds it, quote atoms.
///
/// Errors: `Overflow`.
pub(crate) fn atoms(amount: impl TryInto<i64>) -> Result<i64> {
    amount.try_into().or_raise(FreeboardError::Overflow)
}
