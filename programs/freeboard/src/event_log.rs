//! Where the events of governance go: into a call of the program to itself.
//!
//! A transaction's log has 10,000 bytes. Its builder can fill it first (24 sweeps are
//! enough), and then it drops what is too large for the rest and goes on with what is small: a proposal could be made
//! without its event. A call to itself is part of the transaction's record, whatever its log holds. Everything else
//! tells its events by the log, and a reader that finds it truncated asks the accounts, which are the truth
//! (`freeboard_client::events`).
use anchor_lang::{
    Event,
    prelude::{borsh::io, *},
    solana_program::{instruction::Instruction, log::sol_log_data, program::invoke_signed},
};
use io::Write;

/// Bytes of the largest event that is told by the log, and room.
const EVENT_BYTES: usize = 512;
/// Seed of the address that signs the call.
pub const EVENT_AUTHORITY_SEED: &[u8] = b"__event_authority";
/// The address `["__event_authority"]`, for which only this program can sign.
pub const EVENT_AUTHORITY: Pubkey = pubkey!("36WoseryYEeGyNbVTmFHbsqZagXBM4NFxpesQH13gDQ4");
const EVENT_AUTHORITY_BUMP: u8 = 254;
/// First bytes of the call's data, before the event's own: Anchor's tag of such calls, which indexers know.
pub const EVENT_TAG: &[u8] = &[228, 69, 165, 46, 81, 203, 154, 29];

/// What an instruction needs to tell an event by a call to itself.
#[derive(Accounts)]
pub struct EventLog<'info> {
    /// CHECK: signs the call; only this program can.
    #[account(address = EVENT_AUTHORITY)]
    pub event_authority: UncheckedAccount<'info>,
    /// This program, which is called.
    pub program: Program<'info, crate::program::Freeboard>,
}

impl EventLog<'_> {
    /// Tells the event.
    ///
    /// Errors: those of the call, which has none of its own.
    pub fn tell(&self, event: &impl Event) -> Result<()> {
        self.call(event.data())
    }

    #[inline(never)]
    fn call(&self, event: Vec<u8>) -> Result<()> {
        let authority = self.event_authority.to_account_info();
        let call = Instruction {
            program_id: crate::ID,
            accounts: vec![AccountMeta::new_readonly(EVENT_AUTHORITY, true)],
            data: [EVENT_TAG, &event].concat(),
        };
        let seeds: &[&[u8]] = &[EVENT_AUTHORITY_SEED, &[EVENT_AUTHORITY_BUMP]];
        invoke_signed(&call, &[authority], &[seeds]).map_err(Into::into)
    }
}

/// Tells the event by the transaction's log. Its bytes are put together on the stack: on the heap, which nothing frees,
/// the events of several accounts in one instruction would run out of it, and field by field they would be checked for room.
///
/// Errors: `AccountDidNotSerialize` of Anchor's for an event that does not fit, which none of this program's is.
#[inline(never)]
pub fn tell<E: Event>(event: &E) -> Result<()> {
    let mut page = [0; EVENT_BYTES];
    let told = written(&mut page, |page| {
        page.write_all(E::DISCRIMINATOR)?;
        event.serialize(page)
    })?;
    sol_log_data(&[told]);
    Ok(())
}

/// What is written on a page.
///
/// Errors: `AccountDidNotSerialize` of Anchor's where it does not fit.
#[inline(always)]
pub(crate) fn written(
    page: &mut [u8],
    write: impl FnOnce(&mut Page) -> io::Result<()>,
) -> Result<&[u8]> {
    let whole = page.len();
    let mut rest = Page(page);
    let outcome = write(&mut rest);
    let used = whole.saturating_sub(rest.0.len());
    let written = page.get(..used).filter(|_| outcome.is_ok());
    written.ok_or_else(|| ErrorCode::AccountDidNotSerialize.into())
}

/// The empty rest of a page. Its length is known when a value is written on it by code that is inlined, and then nothing
/// is checked; a vector would be asked for room at every field.
pub(crate) struct Page<'a>(&'a mut [u8]);

impl io::Write for Page<'_> {
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline(always)]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let rest = core::mem::take(&mut self.0);
        let Some((here, rest)) = rest.split_at_mut_checked(bytes.len()) else {
            return Err(io::ErrorKind::WriteZero.into());
        };
        here.copy_from_slice(bytes);
        self.0 = rest;
        Ok(())
    }

    #[inline(always)]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Accounts of record_event.
#[derive(Accounts)]
pub struct RecordEvent<'info> {
    /// The program itself.
    #[account(address = EVENT_AUTHORITY)]
    pub event_authority: Signer<'info>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::Discriminator;

    #[test]
    fn the_authority_is_the_programs_own_address() {
        let derived = Pubkey::find_program_address(&[EVENT_AUTHORITY_SEED], &crate::ID);
        assert_eq!(derived, (EVENT_AUTHORITY, EVENT_AUTHORITY_BUMP));
    }

    #[test]
    fn the_tag_is_that_of_the_instruction() {
        assert_eq!(crate::instruction::RecordEvent::DISCRIMINATOR, EVENT_TAG);
    }
}
