//! Changes whose wait is over: anybody carries out what governance has decided, listings among them.
use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use freeboard_client::dump::Located;
use freeboard_client::freeboard::governance::{Wait, pauses};
use freeboard_client::freeboard::state::{Change, EXCHANGE_TARGET, Operation, PendingChange};
use freeboard_client::instructions::{self, NewAsset, Pending};

use crate::book::{ChangeAccounts, ExchangeBook};
use crate::config::KeeperConfig;
use crate::job::{Duty, JobKey, KeeperJob};

/// A job for each change that can be carried out now.
pub fn wanted(book: &ExchangeBook, now: i64, _: &KeeperConfig) -> Vec<KeeperJob> {
    let waiting = book.changes.values();
    let ripe = waiting.filter(|one| is_ripe(book, &one.state, now));
    let job = |one: &Located<PendingChange>| {
        let named = book
            .change_accounts
            .get(&one.address)
            .copied()
            .unwrap_or_default();
        let instruction = instruction_of(book, &one.state, named)?;
        let key = JobKey::whole(Duty::Changes, one.address);
        Some(KeeperJob::new(
            key,
            instruction,
            format!("change {}", one.state.number),
        ))
    };
    ripe.filter_map(job).collect()
}

/// Whether its time has come, and it replaces the values that it was proposed against.
fn is_ripe(book: &ExchangeBook, pending: &PendingChange, now: i64) -> bool {
    let exchange = &book.state.exchange;
    let group = usize::from(pending.change.group());
    let version = match (pending.change.target(), &pending.change) {
        (index, Change::Listing { .. }) => {
            let open = pauses::require_open(exchange, Operation::CreateAsset, now).is_ok();
            (open && index == exchange.asset_count).then_some(pending.version)
        }
        (EXCHANGE_TARGET, _) => exchange.versions.get(group).copied(),
        (index, _) => {
            let one = book.state.asset(index);
            one.and_then(|one| one.asset.versions.get(group).copied())
        }
    };
    let wait = Wait::of_pending(pending, exchange);
    version == Some(pending.version) && wait.require_over(now).is_ok()
}

/// The instruction that carries it out; none while an account that it needs is not known.
fn instruction_of(
    book: &ExchangeBook,
    pending: &PendingChange,
    named: ChangeAccounts,
) -> Option<Instruction> {
    let executor = book.keys.authority;
    let known = Pending {
        exchange: pending.exchange,
        number: pending.number,
        payer: pending.payer,
        change: pending.change.clone(),
    };
    let old_feed = |index: u16| Some(book.state.asset(index)?.keys.feed);
    Some(match &pending.change {
        Change::Listing {
            asset_index,
            listing,
        } => {
            let mint = if listing.mint == Pubkey::default() {
                None
            } else {
                Some((listing.mint, named.mint_program?))
            };
            let new = NewAsset {
                payer: executor,
                proposer: pending.payer,
                exchange: pending.exchange,
                index: *asset_index,
                feed: named.feed?,
                mint,
            };
            instructions::create_asset(new, pending.number)
        }
        Change::AssetFeed { asset_index, .. } => {
            let feeds = [old_feed(*asset_index)?, named.feed?];
            instructions::migrate_feed(executor, &known, feeds)
        }
        Change::SettleDeadFeed { asset_index } => {
            instructions::settle_dead_feed(executor, &known, old_feed(*asset_index)?)
        }
        _ => instructions::execute_change(executor, &known),
    })
}
