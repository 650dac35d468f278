//! Margin calls: what an instruction tells an account that it leaves, or sees, below its call level. A call decides
//! nothing. It is told once: not again before the account was seen to meet its initial margin, so that an account on the
//! line is not called at every price, and a stranger's calls of `flag` tell nothing twice.
use crate::event_log::tell;
use crate::events::{MarginCalled, MarginSnapshot, Stamp};
use crate::state::{Exchange, MarginAccount};
use anchor_lang::prelude::*;

/// Notes the call of an account, and tells it unless one stands. `seen`: its maintenance margin and equity.
///
/// Errors: none of its own.
#[cold]
#[inline(never)] // rare, and a stack frame of its own
pub(in crate::instructions) fn note(
    account: &mut MarginAccount,
    key: Pubkey,
    seen: MarginSnapshot,
    (exchange, clock): (&Exchange, &Clock),
) -> Result<()> {
    if account.call() {
        tell(&MarginCalled {
            stamp: Stamp::new(key, account.next_event(), clock),
            call_level_e9: exchange.liquidation.call_level_e9,
            maintenance: seen,
        })?;
    }
    Ok(())
}
