//! What a token account of a user may refuse: Token-2022 lets its owner lock it against transfers by programs (CPI
//! guard) and ask for a memo with each incoming one; an issuer may freeze it. Refused here by name, before the token
//! program ends in a bare number of its own.
use crate::error::{FreeboardError, ensure};
use anchor_lang::prelude::*;
use anchor_spl::token_2022::{
    self,
    spl_token_2022::{
        extension::{
            BaseStateWithExtensions, StateWithExtensions, cpi_guard::CpiGuard,
            memo_transfer::MemoTransfer,
        },
        state::{Account, AccountState},
    },
};

/// Refuses a source that its owner cannot transfer from by a program. One that the token program gave to be spent by
/// a delegate is not locked for that delegate.
///
/// Errors: `TokenAccountFrozen`, `SourceGuarded`.
pub fn check_source(source: &AccountInfo, authority: &Pubkey) -> Result<()> {
    refuse_frozen(source)?;
    let is_guarded = with_extensions(source, |account| {
        let is_delegate = account.base.delegate == Some(*authority).into();
        let guard = account.get_extension::<CpiGuard>();
        !is_delegate && guard.is_ok_and(|guard| bool::from(guard.lock_cpi))
    })?;
    ensure(!is_guarded, FreeboardError::SourceGuarded)
}

/// Refuses a destination that takes no plain transfer.
///
/// Errors: `TokenAccountFrozen`, `DestinationNeedsMemo`.
pub fn check_destination(destination: &AccountInfo) -> Result<()> {
    refuse_frozen(destination)?;
    let needs_memo = with_extensions(destination, needs_memo)?;
    ensure(!needs_memo, FreeboardError::DestinationNeedsMemo)
}

/// Whether it is a token account of this program, mint and owner that takes a plain transfer now.
pub fn takes_transfer(
    account: &AccountInfo,
    program: &Pubkey,
    mint: &Pubkey,
    owner: &Pubkey,
) -> bool {
    let Ok(data) = account.try_borrow_data() else {
        return false;
    };
    let Ok(state) = StateWithExtensions::<Account>::unpack(&data) else {
        return false;
    };
    let base = &state.base;
    let is_own = account.owner == program && base.mint == *mint && base.owner == *owner;
    is_own && base.state == AccountState::Initialized && !needs_memo(&state)
}

fn needs_memo(account: &StateWithExtensions<Account>) -> bool {
    let memo = account.get_extension::<MemoTransfer>();
    memo.is_ok_and(|memo| bool::from(memo.require_incoming_transfer_memos))
}

/// Where both token programs keep the state of an account.
const STATE_OFFSET: usize = 108;

fn refuse_frozen(account: &AccountInfo) -> Result<()> {
    let data = account.try_borrow_data()?;
    let is_frozen = data.get(STATE_OFFSET) == Some(&(AccountState::Frozen as u8));
    ensure(!is_frozen, FreeboardError::TokenAccountFrozen)
}

/// Asks an account of Token-2022 that has extensions; any other has nothing to refuse.
fn with_extensions(
    account: &AccountInfo,
    ask: impl FnOnce(&StateWithExtensions<Account>) -> bool,
) -> Result<bool> {
    if *account.owner != token_2022::ID {
        return Ok(false);
    }
    let data = account.try_borrow_data()?;
    let state = StateWithExtensions::<Account>::unpack(&data);
    Ok(state.is_ok_and(|state| ask(&state)))
}
