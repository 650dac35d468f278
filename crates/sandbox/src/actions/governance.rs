//! Proposals, their execution, tightenings, roles, pauses.
pub mod feed_migration;

use super::Sent;
use crate::{Failure, Meta, World, world::Actor};
use anchor_lang::{AccountDeserialize, prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::governance::delay_secs;
use freeboard::governance::pauses::Operation;
use freeboard::instructions::OfferRoleArgs;
use freeboard::instructions::PauseArgs;
use freeboard::instructions::ProposeChangeArgs;
use freeboard::instructions::TightenArgs;
use freeboard::state::{Change, EXCHANGE_TARGET, PendingChange, Role};
use freeboard_client::{
    address,
    instructions::{self, Pending},
};
use solana_signer::Signer;

/// How long a change waits in every world, seconds: the delay of an LP's request and its window; the timelock itself is a
/// day.
pub const TIMELOCK_SECS: i64 = 129_600;

/// Every operation that can be paused.
pub const OPERATIONS: [Operation; 10] = Operation::ALL;

impl World {
    /// The change that waits where a change like this would.
    pub fn pending(&self, change: &Change) -> Option<PendingChange> {
        let account = self.account(&address::pending_change(&self.exchange, change));
        PendingChange::try_deserialize(&mut account.data.as_slice()).ok()
    }

    /// The number that the next proposal must have.
    pub fn next_change(&self) -> u64 {
        self.exchange().change_count + 1
    }

    /// Proposes a change as governance and returns its number.
    pub fn propose(&mut self, change: Change) -> Result<(u64, Meta), Failure> {
        let governance = self.governance.clone();
        let number = self.next_change();
        let meta = self.propose_as(&governance, number, change)?;
        Ok((number, meta))
    }

    /// Proposes a change of this number, signed by `by`.
    pub fn propose_as(&mut self, by: &Actor, number: u64, change: Change) -> Result<Meta, Failure> {
        let payer = self.payer.pubkey();
        let args = ProposeChangeArgs { number, change };
        let instruction = instructions::propose_change(payer, by.pubkey(), self.exchange, args);
        self.send(&[instruction], &[by])
    }

    /// Proposes a change a timelock ago: it can be carried out now. Returns its number.
    pub fn propose_in_time(&mut self, change: Change) -> Result<u64, Failure> {
        let now = self.now();
        self.set_time(now - i64::from(delay_secs(&self.exchange())));
        let proposed = self.propose(change);
        self.set_time(now);
        proposed.map(|(number, _)| number)
    }

    /// Carries out the change that waits where a change like this would. Nobody in particular signs.
    pub fn execute(&mut self, change: &Change) -> Result<Meta, Failure> {
        self.send(&[self.execute_instruction(change)], &[])
    }

    /// execute_change, unsent.
    pub fn execute_instruction(&self, change: &Change) -> Instruction {
        let pending = self.waiting(change);
        let executor = self.payer.pubkey();
        match change {
            Change::SettleDeadFeed { asset_index } => {
                let feed = self.assets[usize::from(*asset_index)].feed;
                instructions::settle_dead_feed(executor, &pending, feed)
            }
            _ => instructions::execute_change(executor, &pending),
        }
    }

    /// Proposes a change a timelock ago and carries it out now.
    pub fn change(&mut self, change: Change) -> Result<Meta, Failure> {
        self.propose_in_time(change.clone())?;
        let executed = self.execute(&change);
        if executed.is_err() {
            self.withdraw_proposal(&change);
        }
        executed
    }

    /// Cancels the change that waits where a change like this would, signed by `by`.
    pub fn cancel_change_as(&mut self, by: &Actor, change: &Change) -> Result<Meta, Failure> {
        let pending = self.waiting(change);
        self.send(&[instructions::cancel_change(by.pubkey(), &pending)], &[by])
    }

    /// What a client sends to act on the change that waits there.
    pub fn waiting(&self, change: &Change) -> Pending {
        let pending = self.pending(change).expect("a change that waits");
        Pending {
            exchange: pending.exchange,
            number: pending.number,
            payer: pending.payer,
            change: pending.change,
        }
    }

    /// Tightens parameters as the risk manager.
    pub fn tighten(&mut self, change: Change) -> Result<Meta, Failure> {
        let risk_manager = self.risk_manager.clone();
        let version = self.version(&change);
        self.tighten_as(&risk_manager, version, change)
    }

    /// Tightens parameters of this version, signed by `by`.
    pub fn tighten_as(
        &mut self,
        by: &Actor,
        version: u32,
        change: Change,
    ) -> Result<Meta, Failure> {
        let args = TightenArgs { version, change };
        let instruction = instructions::tighten(by.pubkey(), self.exchange, args);
        self.send(&[instruction], &[by])
    }

    /// How often the field group of a change was changed.
    pub fn version(&self, change: &Change) -> u32 {
        let group = usize::from(change.group());
        match change.target() {
            EXCHANGE_TARGET => self.exchange().versions[group],
            asset_index => self.asset(asset_index).versions[group],
        }
    }

    /// Offers a role, signed by `by`.
    pub fn offer_role(&mut self, by: &Actor, role: Role, holder: Pubkey) -> Result<Meta, Failure> {
        let args = OfferRoleArgs {
            number: self.exchange().offer_count(role) + 1,
            role,
            holder,
        };
        let instruction = instructions::offer_role(by.pubkey(), self.exchange, args);
        self.send(&[instruction], &[by])
    }

    /// Accepts a role.
    pub fn accept_role(&mut self, by: &Actor, role: Role) -> Result<Meta, Failure> {
        let instruction = instructions::accept_role(by.pubkey(), self.exchange, role);
        self.send(&[instruction], &[by])
    }

    /// Cancels as governance what waits where this change would, if anything does.
    pub fn withdraw_proposal(&mut self, change: &Change) {
        if self.pending(change).is_some() {
            let governance = self.governance.clone();
            let cancelled = self.cancel_change_as(&governance, change);
            cancelled.expect("governance cancels");
        }
    }

    /// pause, by the guardian.
    pub fn pause(&mut self, operation: Operation, duration_secs: u32) -> Sent {
        let guardian = self.guardian.clone();
        let args = self.pause_args(operation, duration_secs);
        let instruction = instructions::pause(self.exchange, guardian.pubkey(), args);
        self.send(&[instruction], &[&guardian])
    }

    /// Ends the operation's pause, by the guardian.
    pub fn unpause(&mut self, operation: Operation) -> Sent {
        self.pause(operation, 0)
    }

    /// What pauses the operation as things stand; for 0 s, ends its pause.
    pub fn pause_args(&self, operation: Operation, duration_secs: u32) -> PauseArgs {
        PauseArgs {
            operation,
            duration_secs,
            next_pause_ts: self.exchange().pauses[operation as usize].next_pause_ts,
        }
    }

    /// What ends the operation's pause as things stand.
    pub fn unpause_args(&self, operation: Operation) -> PauseArgs {
        self.pause_args(operation, 0)
    }
}
