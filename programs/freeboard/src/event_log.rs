//! Where the events of governance go: into a call of the program to itself.
//!
//! A transaction's log has 10,000 bytes. Whoever builds the transaction can fill it first (24 sweeps are
//! enough), and then it drops what is too large for the rest and goes on with what is small: a proposal could be made
//! without its event. A call to itself is part of the transaction's record, whatever its log holds. Everything else
//! tells its events by the log, and a reader who finds it truncated asks the accounts, which are the truth
//! (`freeboard_client::events`).
use anchor_lang::{
    Event,
    prelude::*,
    solana_program::{instruction::Instruction, log::sol_log_data, program::invoke_signed},
};

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

/// Tells events by the transaction's log, one after the other from one buffer. What each of them took would stay on the
/// heap, which nothing frees, and several accounts in one instruction would run out of it.
pub struct Teller(Vec<u8>);

impl Teller {
    /// With room for the largest event of one account.
    pub fn with_room() -> Self {
        Self(Vec::with_capacity(512))
    }

    /// Tells the event.
    ///
    /// Errors: none of its own.
    #[inline(never)]
    pub fn tell<E: Event>(&mut self, event: &E) -> Result<()> {
        self.0.clear();
        self.0.extend_from_slice(E::DISCRIMINATOR);
        event.serialize(&mut self.0)?;
        sol_log_data(&[&self.0]);
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
