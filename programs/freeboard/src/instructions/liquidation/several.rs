//! Instructions on several margin accounts: what is wrong with one of them stops none of the others. Otherwise its
//! owner, who closes it or opens a slot just before, would protect them all.
use crate::error::{FreeboardError, OrRaise, ensure};
use crate::state::{Load, MarginAccount};
use anchor_lang::prelude::*;

/// The remaining accounts of an instruction on several margin accounts.
pub(in crate::instructions) struct SeveralAccounts<'info> {
    /// The margin accounts.
    pub margin_accounts: &'info [AccountInfo<'info>],
    /// Each asset and its feed.
    pub pairs: &'info [AccountInfo<'info>],
}

/// The first `count` remaining accounts, and the rest.
///
/// Errors: `MarginAccountsMissing` for none, for more than 64, or for fewer than that.
pub(in crate::instructions) fn split<'info>(
    remaining: &'info [AccountInfo<'info>],
    count: u8,
) -> Result<SeveralAccounts<'info>> {
    ensure(
        (1..=64).contains(&count),
        FreeboardError::MarginAccountsMissing,
    )?;
    let split = remaining.split_at_checked(count.into());
    let (margin_accounts, pairs) = split.or_raise(FreeboardError::MarginAccountsMissing)?;
    Ok(SeveralAccounts {
        margin_accounts,
        pairs,
    })
}

/// A margin account of this exchange, writable.
///
/// Errors: Anchor's of a wrong account; `WrongExchange`.
pub(in crate::instructions) fn margin_account<'info>(
    info: &'info AccountInfo<'info>,
    exchange: Pubkey,
) -> Result<AccountLoader<'info, MarginAccount>> {
    let loader = AccountLoader::<MarginAccount>::try_from(info)?;
    ensure(
        loader.write()?.exchange == exchange,
        FreeboardError::WrongExchange,
    )?;
    Ok(loader)
}

/// For which of them it was done.
#[derive(Default)]
pub(in crate::instructions) struct Several {
    /// Bit n for account n.
    done: u64,
    seen: u32,
    last: Option<Error>,
}

impl Several {
    /// Counts what came of the next account.
    pub(in crate::instructions) fn count(&mut self, result: Result<()>) {
        match result {
            Ok(()) => self.done |= 1u64.checked_shl(self.seen).unwrap_or(0),
            Err(error) => self.last = Some(error),
        }
        self.seen = self.seen.saturating_add(1);
    }

    /// Bit n for account n if it was done for it.
    ///
    /// Errors: that of the last account, if it was done for none.
    pub(in crate::instructions) fn finish(self) -> Result<u64> {
        match self.last {
            Some(error) if self.done == 0 => Err(error),
            _ => Ok(self.done),
        }
    }
}
