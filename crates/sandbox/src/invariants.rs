//! Whether an account of the program contradicts itself: asked of every one that a transaction has written.
use crate::World;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use freeboard::state::invariant::{Clause, Kept};
use freeboard::state::{Asset, Exchange, MarginAccount, Pool};
use freeboard_client::decode;
use solana_account::Account;
use std::collections::BTreeMap;

/// The clause that an account breaks; none for one that is not an exchange, an asset, a pool or a margin account.
pub fn broken(account: &Account) -> Option<Clause> {
    let (owner, data) = (&account.owner, &account.data);
    let kept: Kept = if let Ok(exchange) = decode::account::<Exchange>(owner, data) {
        exchange
            .invariant()
            .and_then(|()| exchange.parameters_invariant())
    } else if let Ok(asset) = decode::account::<Asset>(owner, data) {
        asset
            .invariant()
            .and_then(|()| asset.parameters_invariant())
    } else if let Ok(pool) = decode::account::<Pool>(owner, data) {
        pool.invariant()
    } else if let Ok(account) = decode::account::<MarginAccount>(owner, data) {
        account.invariant()
    } else {
        return None;
    };
    kept.err()
}

/// The accounts that instructions may write, as they are before.
pub struct Watched(BTreeMap<Pubkey, Account>);

impl World {
    /// The accounts of the program that these instructions may write.
    pub fn watch(&self, instructions: &[Instruction]) -> Watched {
        let metas = instructions.iter().flat_map(|one| &one.accounts);
        let writable = metas.filter(|meta| meta.is_writable);
        let before = writable.map(|meta| (meta.pubkey, self.account(&meta.pubkey)));
        Watched(before.collect())
    }

    /// Panics where one of them contradicts itself and did not before: a test may have bent it by hand.
    pub fn assert_unbroken(&self, watched: &Watched) {
        for (address, before) in &watched.0 {
            let after = self.account(address);
            if after.data == before.data {
                continue;
            }
            if let Some(clause) = broken(&after) {
                let bent = broken(before).is_some();
                assert!(bent, "{address} breaks {clause:?}");
            }
        }
    }
}
