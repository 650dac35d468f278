//! Who may call what: for every instruction of the interface description each role that must not call it is
//! refused, with the error that says so, and nothing has changed.
//!
//! | file | what it holds |
//! |---|---|
//! | `idl` | the interface description, as it was built |
//! | `cast` | the roles, and the scenes they play in |
//! | `table` | every instruction and who may call it |
//! | `calls` | the calls, right but for who makes them |
//! | `governance` | every kind of change, by every role |
//! | `never_blocked` | what works under every pause but one, or under all |
//! | `strangers` | what works whatever strangers did just before |
mod calls;
mod cast;
mod governance;
mod idl;
mod never_blocked;
mod strangers;
mod table;

use crate::support::refused_with;
use anchor_lang::{
    error::ErrorCode,
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use cast::{Cast, EVERYBODY, Who};
use freeboard_tests::{Failure, Meta};
use solana_signer::Signer;
use std::collections::BTreeSet;
use table::{Caller, Entry, table};

impl Entry {
    /// The instruction that it calls.
    fn instruction(&self) -> &'static str {
        self.name.split(':').next().expect("a name")
    }

    /// The instruction as it was built.
    fn built(&self) -> idl::Instruction {
        let mut all = idl::instructions().into_iter();
        let found = all.find(|instruction| instruction.name == self.instruction());
        found.unwrap_or_else(|| {
            panic!(
                "no instruction {}: remove its entry from the table",
                self.name
            )
        })
    }

    /// The account whose signature decides, if one does.
    fn authority(&self) -> Option<&'static str> {
        match self.caller {
            Caller::Held(signer, ..) | Caller::Own(signer) => Some(signer),
            Caller::Anyone => None,
        }
    }

    /// Those who may.
    fn may(&self) -> &'static [Who] {
        match self.caller {
            Caller::Held(_, who, _) => who,
            Caller::Own(_) | Caller::Anyone => &EVERYBODY,
        }
    }

    /// The error of a call by somebody else on the first one's accounts.
    fn refusal(&self) -> u32 {
        match self.caller {
            Caller::Held(_, _, error) => error.into(),
            Caller::Own(_) | Caller::Anyone => ErrorCode::ConstraintSeeds.into(),
        }
    }

    /// The call by this one where everything stands ready for it.
    fn staged(&self, scene: &Cast, who: Who) -> (Cast, Instruction) {
        let mut cast = scene.clone();
        let call = (self.call)(&mut cast, who);
        (cast, call)
    }
}

fn send(cast: &mut Cast, call: &Instruction) -> Result<Meta, Failure> {
    let actors = cast.actors();
    let keypairs: Vec<_> = actors.iter().map(|actor| &**actor).collect();
    cast.world.send(std::slice::from_ref(call), &keypairs)
}

/// Everything that a call could have changed: what it names, and all accounts of the exchange.
fn state(cast: &Cast, call: &Instruction) -> Vec<(Pubkey, Vec<u8>, u64)> {
    let world = &cast.world;
    let named = call.accounts.iter().map(|meta: &AccountMeta| meta.pubkey);
    let assets = world.assets.iter();
    let assets = assets.flat_map(|asset| [Some(asset.address), asset.vault].into_iter().flatten());
    let own = [world.exchange, world.pool, world.quote_vault];
    named
        .chain(assets)
        .chain(world.margin_accounts.iter().copied())
        .chain(own)
        .filter(|key| *key != world.payer.pubkey()) // pays the network, also for what is refused
        .map(|key| (key, world.account(&key)))
        .map(|(key, account)| (key, account.data, account.lamports))
        .collect()
}

/// Sends a call that must be refused with this code, and nothing changes.
#[track_caller]
fn refused_unchanged(cast: &mut Cast, call: &Instruction, code: u32, what: &str) {
    let before = state(cast, call);
    refused_with(send(cast, call), code, what);
    assert!(before == state(cast, call), "{what}: something has changed");
}

#[track_caller]
fn accepted(cast: &mut Cast, call: &Instruction, what: &str) {
    if let Err(failure) = send(cast, call) {
        panic!("{what}: {failure:?}");
    }
}

/// The call with another signature in the same place, all else the same.
fn signed_by(call: &Instruction, position: usize, key: Pubkey) -> Instruction {
    let mut other = call.clone();
    other.accounts[position].pubkey = key;
    other
}

#[test]
fn every_instruction_has_an_entry_and_every_signer_is_classified() {
    let (built, table) = (idl::instructions(), table());
    assert!(built.len() > 30, "the interface description is empty");
    for instruction in &built {
        let name = &instruction.name;
        let entries = table.iter().filter(|entry| entry.instruction() == name);
        let entries: Vec<&Entry> = entries.collect();
        assert!(
            !entries.is_empty(),
            "{name} has no entry: add one to roles/table.rs with who may call it and a call"
        );
        for entry in entries {
            let classified = entry
                .authority()
                .into_iter()
                .chain(entry.payers.iter().copied());
            let classified: BTreeSet<&str> = classified.collect();
            let signers = instruction.signers.iter().map(String::as_str);
            let signers: BTreeSet<&str> = signers.collect();
            assert_eq!(
                signers, classified,
                "{}: left, who signs; right, what its entry knows: name each signer there, as the one \
                 that decides or as a payer",
                entry.name
            );
        }
    }
    let names: BTreeSet<&str> = table.iter().map(|entry| entry.name).collect();
    assert_eq!(names.len(), table.len(), "an entry stands twice");
    for entry in &table {
        entry.built(); // says what to do if there is none
        let decides = matches!(entry.caller, Caller::Held(..) | Caller::Own(_));
        let signs = !entry.built().signers.is_empty();
        assert!(
            signs || !decides,
            "{}: nobody signs it, so anybody may call it",
            entry.name
        );
    }
}

#[test]
fn who_may_call_an_instruction_can() {
    for entry in table() {
        let scene = (entry.scene)();
        for who in entry.may() {
            let (mut cast, call) = entry.staged(&scene, *who);
            accepted(&mut cast, &call, &format!("{} by {who:?}", entry.name));
        }
    }
}

#[test]
fn nobody_else_can_with_the_right_ones_accounts_or_his_own() {
    let mut refusals = 0;
    for entry in table() {
        let Some(authority) = entry.authority() else {
            continue;
        };
        let (scene, position) = ((entry.scene)(), entry.built().position(authority));
        let right = entry.may()[0];
        let (mut cast, call) = entry.staged(&scene, right);
        assert_eq!(
            call.accounts[position].pubkey,
            cast.key(right),
            "{}: its signer",
            entry.name
        );
        let held = matches!(entry.caller, Caller::Held(..));
        let others = EVERYBODY.into_iter();
        let others = others.filter(|who| !(held && entry.may().contains(who)) && *who != right);
        for who in others {
            let what = format!("{} by {who:?}", entry.name);
            let bent = signed_by(&call, position, cast.key(who));
            refused_unchanged(&mut cast, &bent, entry.refusal(), &what);
            refusals += 1;
            if held {
                let (mut cast, own) = entry.staged(&scene, who);
                refused_unchanged(&mut cast, &own, entry.refusal(), &what);
            }
        }
        // The refusals were about who signs: the same call still works.
        accepted(&mut cast, &call, entry.name);
    }
    assert!(refusals > 180, "{refusals}");
}

#[test]
fn without_a_signature_nothing_works() {
    for entry in table() {
        let (built, scene) = (entry.built(), (entry.scene)());
        let (mut cast, call) = entry.staged(&scene, entry.may()[0]);
        for signer in &built.signers {
            let position = built.position(signer);
            let mut unsigned = call.clone();
            unsigned.accounts[position].is_signer = false;
            let code = ErrorCode::AccountNotSigner.into();
            let what = format!("{} without {signer}", entry.name);
            assert_ne!(
                call.accounts[position].pubkey,
                cast.world.payer.pubkey(),
                "{what}"
            );
            refused_unchanged(&mut cast, &unsigned, code, &what);
        }
        for (position, meta) in call
            .accounts
            .iter()
            .enumerate()
            .filter(|(_, meta)| meta.is_signer)
        {
            let name = &built.accounts[position];
            assert!(
                built.signers.contains(name),
                "{}: {name} need not sign: {meta:?}",
                entry.name
            );
        }
    }
}

#[test]
fn payers_may_be_anybody() {
    for entry in table() {
        let (built, scene) = (entry.built(), (entry.scene)());
        for payer in entry.payers {
            let right = entry.may()[0];
            let (mut cast, call) = entry.staged(&scene, right);
            let stranger = cast.key(Who::Stranger);
            let call = signed_by(&call, built.position(payer), stranger);
            accepted(
                &mut cast,
                &call,
                &format!("{}: {payer} is a stranger", entry.name),
            );
        }
    }
}

/// Every call of the table as one who may would make it, with its instruction's name.
pub fn staged_calls() -> impl Iterator<Item = (&'static str, Instruction)> {
    table().into_iter().map(|entry| {
        let (_, call) = entry.staged(&(entry.scene)(), entry.may()[0]);
        (entry.instruction(), call)
    })
}
