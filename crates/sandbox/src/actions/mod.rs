//! One method per instruction, with the accounts that belong, by subject; `*_instruction` gives the instruction unsent,
//! for tests that bend it. What sets an exchange up is in `world.rs` and `listing.rs`.
pub mod account;
pub mod endings;
pub mod governance;
pub mod liquidation;
pub mod liquidity;
pub mod losses;
pub mod trading;
pub mod views;

use crate::{Failure, Meta, World};
use anchor_lang::solana_program::instruction::Instruction;
use freeboard::error::FreeboardError;
use solana_keypair::Keypair;

pub(crate) type Sent = Result<Meta, Failure>;

impl World {
    /// Sends without the pool, and with it if the program asks for it: as a client would who does not want to
    /// lock the pool.
    pub(crate) fn send_with_pool_if_asked(
        &mut self,
        instruction: impl Fn(&Self, bool) -> Instruction,
        signers: &[&Keypair],
    ) -> Sent {
        let without = instruction(self, false);
        match self.send(&[without], signers) {
            Err(failure) if failure.is(FreeboardError::PoolAccountMissing) => {
                let with = instruction(self, true);
                self.send(&[with], signers)
            }
            sent => sent,
        }
    }
}
